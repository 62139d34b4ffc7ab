/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include "recorded.h"
#include "test/unit.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define KEY_A "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define KEY_B "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="
#define BOOT "6f2c1a5e-0b9d-4c1e-9f5a-3a1d7e2b4c60"

static struct wg_key key_of(const char *text)
{
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	return key;
}

static const char samples_text[] =
	"{\"at\":5000,\"boot_id\":\"" BOOT "\",\"marks\":["
	"{\"handshake\":[1700000000,5],\"handshake_at\":4000,\"interface\":\"wg0\","
	"\"public_key\":\"" KEY_A "\",\"received_at\":4900,\"rx_bytes\":10,\"tx_bytes\":20},"
	"{\"interface\":\"wg0\",\"public_key\":\"" KEY_B "\",\"received_at\":1,"
	"\"rx_bytes\":9223372036854775807,\"tx_bytes\":0},"
	"{\"interface\":\"wg1\",\"public_key\":\"" KEY_A "\",\"received_at\":1,"
	"\"rx_bytes\":0,\"tx_bytes\":0,\"unanswered_at\":4950}],"
	"\"names_at\":3000,\"version\":1,\"wall_offset\":-1699999999000}\n";

START_TEST(round_trip)
{
	struct wg_key a = key_of(KEY_A), b = key_of(KEY_B);
	struct arena *arena = arena_new();
	struct samples samples;
	struct sample *sample;

	ck_assert_ptr_null(samples_decode(samples_text, strlen(samples_text), &samples, arena));
	ck_assert_str_eq(samples_encode(&samples, arena), samples_text);
	ck_assert_str_eq(samples.boot_id, BOOT);
	ck_assert_int_eq(samples.at, 5000);
	ck_assert_int_eq(samples.names_at, 3000);
	ck_assert_int_eq(samples.wall_offset, INT64_C(-1699999999000));
	sample = sample_find(&samples, "wg0", &a);
	ck_assert_ptr_eq(sample, &samples.list.at[0]);
	ck_assert_int_eq(sample->handshake.sec, 1700000000);
	ck_assert_int_eq(sample->handshake_at, 4000);
	ck_assert_int_eq(sample->received_at, 4900);
	ck_assert_uint_eq(sample->tx_bytes, 20);
	ck_assert_ptr_eq(sample_find(&samples, "wg0", &b), &samples.list.at[1]);
	ck_assert_ptr_eq(sample_find(&samples, "wg1", &a), &samples.list.at[2]);
	ck_assert_int_eq(sample->unanswered_at, 0);
	ck_assert_int_eq(samples.list.at[2].unanswered_at, 4950);
	ck_assert_ptr_null(sample_find(&samples, "wg1", &b));
	/* A counter too large for JSON. */
	sample->rx_bytes = UINT64_MAX;
	ck_assert_ptr_nonnull(strstr(samples_encode(&samples, arena), "9223372036854775807"));
	samples_init(&samples, arena);
	ck_assert_ptr_null(sample_find(&samples, "wg0", &a));
	arena_free(arena);
}
END_TEST

START_TEST(hostile)
{
	static const char *const table[][2] = {
		{ "\"version\":1", "\"version\":2" },
		{ "\"interface\":\"wg1\"", "\"interface\":\"wg0\"" },
		{ "\"interface\":\"wg1\"", "\"interface\":\"a\"" },
		{ "\"interface\":\"wg1\"", "\"interface\":\"/\"" },
		{ "\"rx_bytes\":10", "\"rx_bytes\":-1" },
		{ "\"rx_bytes\":10", "\"rx_bytes\":9223372036854775808" },
		{ "\"tx_bytes\":20", "\"tx_bytes\":null" },
		{ "\"received_at\":4900", "\"received_at\":9223372036854775807" },
		{ "\"handshake_at\":4000", "\"handshake_at\":-9223372036854775807" },
		{ "\"unanswered_at\":4950", "\"unanswered_at\":-9223372036854775807" },
		{ "\"wall_offset\":-", "\"wall_offset\":-999999999" },
		{ "\"names_at\":3000", "\"names_at\":\"\"" },
		{ "\"at\":5000,", "" },
		{ KEY_B, "x" },
	};
	struct arena *arena = arena_new();
	struct recorded recorded;
	struct samples samples;
	const char *text;

	for (int i = 0; i < COUNT(table); i++) {
		const char *at = strstr(samples_text, table[i][0]);

		ck_assert_ptr_nonnull(at);
		text = arena_printf(arena, "%.*s%s%s", (int)(at - samples_text), samples_text,
				    table[i][1], at + strlen(table[i][0]));
		ck_assert_msg(samples_decode(text, strlen(text), &samples, arena) != NULL, "%s",
			      text);
		ck_assert_uint_eq(samples.list.n, 0);
		ck_assert_str_eq(samples.boot_id, "");
	}
	for (size_t cut = 0; cut < strlen(samples_text) - 1; cut++)
		ck_assert_ptr_nonnull(samples_decode(samples_text, cut, &samples, arena));
	/* Neither text is accepted as the other. */
	recorded_init(&recorded, arena);
	text = recorded_encode(&recorded, arena);
	ck_assert_ptr_nonnull(samples_decode(text, strlen(text), &samples, arena));
	ck_assert_ptr_nonnull(
		recorded_decode(samples_text, strlen(samples_text), &recorded, arena));
	arena_free(arena);
}
END_TEST

SUITE("samples", round_trip, hostile)
