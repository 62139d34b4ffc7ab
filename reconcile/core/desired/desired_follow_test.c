/* SPDX-License-Identifier: MIT */
#include "test/corpus.h"
#include "test/unit.h"

static const struct {
	const char *value;
	bool enabled;
	uint32_t tables[5]; /* 0 ends them */
	uint8_t protocols[8]; /* 0 ends them */
} follows[] = {
	{ "false", false, { 0 }, { 0 } },
	{ "true", true, { TABLE_MAIN }, { 0 } },
	{ "{}", true, { TABLE_MAIN }, { 0 } },
	{ "{tables: main}", true, { TABLE_MAIN }, { 0 } },
	{ "{tables: 0x64}", true, { 100 }, { 0 } },
	{ "{tables: [100, main, 4294967295, 1]}", true, { 100, TABLE_MAIN, UINT32_MAX, 1 }, { 0 } },
	{ "{protocols: bird}", true, { TABLE_MAIN }, { 12 } },
	{ "{protocols: 255}", true, { TABLE_MAIN }, { 255 } },
	{ "{protocols: [186, babel, 255, redirect, bird, 10], tables: 7}",
	  true,
	  { 7 },
	  { 1, 10, 12, 42, 186, 255 } },
};

static void check_follow(const struct desired_follow *follow, size_t row)
{
	size_t tables = 0, protocols = 0;

	ck_assert(follow->enabled == follows[row].enabled);
	while (follows[row].tables[tables])
		tables++;
	while (follows[row].protocols[protocols])
		protocols++;
	ck_assert_uint_eq(follow->tables.n, tables);
	for (size_t i = 0; i < tables; i++)
		ck_assert_uint_eq(follow->tables.at[i], follows[row].tables[i]);
	ck_assert_uint_eq(follow->protocols.n, protocols);
	for (size_t i = 0; i < protocols; i++)
		ck_assert_uint_eq(follow->protocols.at[i], follows[row].protocols[i]);
}

START_TEST(test_values)
{
	for (size_t i = 0; i < sizeof(follows) / sizeof(follows[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const char *text = arena_printf(
			diags.arena,
			"version: 1\ninterfaces: {wg0: {follow_routes: %s}, wg1: {}}\n",
			follows[i].value);
		const struct desired *desired = parse_text(&diags, text);

		ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
		check_follow(&desired->interfaces.at[0].follow, i);
		ck_assert(!desired->interfaces.at[1].follow.enabled);
		arena_free(diags.arena);
	}
}
END_TEST

/* All numbers except the two invalid ones, the last one first. */
START_TEST(test_every_protocol)
{
	struct diags diags = { .arena = arena_new() };
	const char *text = "version: 1\ninterfaces: {wg0: {follow_routes: {protocols: [";
	const struct desired_follow *follow;
	const struct desired *desired;

	for (int i = 255; i >= 0; i--) {
		if (i != 2 && i != 0x57)
			text = arena_printf(diags.arena, "%s%d,", text, i);
	}
	desired = parse_text(&diags, arena_printf(diags.arena, "%s]}}}\n", text));
	ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
	follow = &desired->interfaces.at[0].follow;
	ck_assert_uint_eq(follow->protocols.n, 254);
	for (size_t i = 1; i < follow->protocols.n; i++)
		ck_assert_uint_lt(follow->protocols.at[i - 1], follow->protocols.at[i]);
	arena_free(diags.arena);
}
END_TEST

SUITE("desired_follow", test_values, test_every_protocol)
