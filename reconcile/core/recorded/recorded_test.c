/* SPDX-License-Identifier: MIT */
#include "recorded.h"
#include "test/unit.h"

#include <stdio.h>
#include <sys/resource.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define KEY_A "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define KEY_B "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="
/* KiB. Without limits the same texts would take twice this; the rest is left to
 * AddressSanitizer and valgrind, which take four times the requested memory. */
#define MEMORY_MAX (3 << 20)
#define OTHER_BOOT "7f2c1a5e-0b9d-4c1e-9f5a-3a1d7e2b4c61"
#define BOOT "6f2c1a5e-0b9d-4c1e-9f5a-3a1d7e2b4c60"

/* The text of sample(): the format of version 1. */
static const char sample_text[] =
	"{\"boot_id\":\"" BOOT "\",\"interfaces\":["
	"{\"addresses\":[\"10.0.0.2/24\",\"fe80::2/64\"],"
	"\"endpoints\":[{\"at\":90,\"endpoint\":\"gw.example.com:51820\","
	"\"public_key\":\"" KEY_A "\","
	"\"untried\":[\"192.0.2.2:51820\",\"[2001:db8::2]:51820\"]},"
	"{\"endpoint\":\"192.0.2.9:1\",\"public_key\":\"" KEY_B "\"}],"
	"\"endpoints_digest\":4242,\"name\":\"wg0\",\"peers\":[\"" KEY_A "\",\"" KEY_B "\"],"
	"\"rules\":{\"priority\":30000,\"table\":51820}},"
	"{\"name\":\"wg1\"}],"
	"\"selectors\":["
	"{\"name\":\"backup\"},"
	"{\"left\":[{\"active_failed_at\":900,\"active_failures\":1,\"at\":1000,"
	"\"candidate_failures\":3,\"peer\":\"sn03\",\"reason\":\"no_handshake\",\"strikes\":2},"
	"{\"peer\":\"sn04\",\"reason\":\"for_better\"}],"
	"\"name\":\"uplink\","
	"\"slots\":[{\"baseline\":[1700000000,123456789],\"endpoint\":\"[fe80::1%3]:51820\","
	"\"peer\":\"sn01\",\"probe_failures\":1,\"role\":\"carrier\",\"since\":123456,"
	"\"state\":\"established\"},"
	"{\"peer\":\"sn02 ü\\n\\u0001\",\"role\":\"scout\",\"since\":0,\"state\":\"trying\"}],"
	"\"tried\":[\"sn03\",\"sn01\"]}],"
	"\"time_attempt\":77,\"time_done\":true,\"version\":1}\n";

static struct wg_key key_of(const char *text)
{
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	return key;
}

static void sample_slots(struct arena *arena, struct recorded_selector *selector)
{
	struct recorded_slot *slot = vec_push(arena, &selector->slots);

	*slot = (struct recorded_slot){
		.peer = "sn01",
		.role = SLOT_ACTIVE,
		.state = SLOT_ESTABLISHED,
		.since = 123456,
		.baseline = { 1700000000, 123456789 },
		.has_endpoint = true,
		.endpoint = { .port = 51820, .scope = 3 },
		.probe_failures = 1,
	};
	ip_parse("fe80::1", &slot->endpoint.ip);
	slot = vec_push(arena, &selector->slots);
	*slot = (struct recorded_slot){
		.peer = "sn02 ü\n\x01",
		.role = SLOT_CANDIDATE,
		.state = SLOT_TRYING,
	};
}

static void sample_selector(struct arena *arena, struct recorded_selector *selector)
{
	sample_slots(arena, selector);
	*vec_push(arena, &selector->tried) = "sn03";
	*vec_push(arena, &selector->tried) = "sn01";
	*vec_push(arena, &selector->left) = (struct recorded_left){
		.peer = "sn03",
		.reason = LEFT_NO_HANDSHAKE,
		.at = 1000,
		.strikes = 2,
		.active_failures = 1,
		.active_failed_at = 900,
		.candidate_failures = 3,
	};
	*vec_push(arena, &selector->left) = (struct recorded_left){
		.peer = "sn04",
		.reason = LEFT_FOR_BETTER,
	};
}

static void sample_interface(struct arena *arena, struct recorded_interface *interface)
{
	struct recorded_endpoint *endpoint = vec_push(arena, &interface->endpoints);

	endpoint->public_key = key_of(KEY_A);
	endpoint->endpoint = "gw.example.com:51820";
	endpoint->at = 90;
	endpoint_parse("192.0.2.2:51820", vec_push(arena, &endpoint->untried));
	endpoint_parse("[2001:db8::2]:51820", vec_push(arena, &endpoint->untried));
	endpoint = vec_push(arena, &interface->endpoints);
	endpoint->public_key = key_of(KEY_B);
	endpoint->endpoint = "192.0.2.9:1";
	*vec_push(arena, &interface->peers) = key_of(KEY_A);
	*vec_push(arena, &interface->peers) = key_of(KEY_B);
	prefix_parse("10.0.0.2/24", vec_push(arena, &interface->addresses));
	prefix_parse("fe80::2/64", vec_push(arena, &interface->addresses));
	interface->endpoints_digest = 4242;
	interface->has_rules = true;
	interface->rule_priority = 30000;
	interface->rule_table = 51820;
}

static void sample(struct arena *arena, struct recorded *recorded)
{
	recorded_init(recorded, arena);
	strcpy(recorded->boot_id, BOOT);
	recorded->time_attempt = 77;
	recorded->time_done = true;
	/* Out of order, on purpose. */
	recorded_interface_get(recorded, "wg1");
	sample_interface(arena, recorded_interface_get(recorded, "wg0"));
	sample_selector(arena, recorded_selector_get(recorded, "uplink"));
	recorded_selector_get(recorded, "backup");
}

static bool recorded_is_empty(const struct recorded *recorded)
{
	return !recorded->boot_id[0] && !recorded->time_attempt && !recorded->time_done &&
	       !recorded->selectors.n && !recorded->interfaces.n && !recorded->unknown.n;
}

/* Whether text is accepted; a refusal must have a one-line reason and no result. */
static bool is_taken(const char *text, size_t length)
{
	struct arena *arena = arena_new();
	struct recorded recorded;
	const char *reason = recorded_decode(text, length, &recorded, arena);

	ck_assert_ptr_eq(recorded.arena, arena);
	if (reason) {
		ck_assert_msg(reason[0] && !strchr(reason, '\n'), "%s", reason);
		ck_assert(recorded_is_empty(&recorded));
	}
	arena_free(arena);
	return !reason;
}

START_TEST(test_format)
{
	struct arena *arena = arena_new();
	struct recorded recorded;

	sample(arena, &recorded);
	ck_assert_str_eq(recorded_encode(&recorded, arena), sample_text);
	recorded_init(&recorded, arena);
	ck_assert_str_eq(recorded_encode(&recorded, arena), "{\"boot_id\":\"\",\"version\":1}\n");
	arena_free(arena);
}
END_TEST

static void check_slots(const struct recorded_selector *uplink)
{
	const struct recorded_slot *slot = uplink->slots.at;
	char text[ENDPOINT_TEXT_MAX];

	ck_assert_uint_eq(uplink->slots.n, 2);
	ck_assert_str_eq(slot->peer, "sn01");
	ck_assert_int_eq(slot->role, SLOT_ACTIVE);
	ck_assert_int_eq(slot->state, SLOT_ESTABLISHED);
	ck_assert_int_eq(slot->since, 123456);
	ck_assert_int_eq(slot->baseline.sec, 1700000000);
	ck_assert_int_eq(slot->baseline.nsec, 123456789);
	ck_assert(slot->has_endpoint);
	ck_assert_str_eq(endpoint_text(&slot->endpoint, text), "[fe80::1%3]:51820");
	ck_assert_uint_eq(slot->probe_failures, 1);
	slot++;
	ck_assert_str_eq(slot->peer, "sn02 ü\n\x01");
	ck_assert_int_eq(slot->role, SLOT_CANDIDATE);
	ck_assert_int_eq(slot->state, SLOT_TRYING);
	ck_assert(!slot->has_endpoint);
	ck_assert(handshake_is_none(slot->baseline));
}

static void check_selector(const struct recorded_selector *uplink)
{
	check_slots(uplink);
	ck_assert_uint_eq(uplink->tried.n, 2);
	ck_assert_str_eq(uplink->tried.at[0], "sn03");
	ck_assert_str_eq(uplink->tried.at[1], "sn01");
	ck_assert_uint_eq(uplink->left.n, 2);
	ck_assert_str_eq(uplink->left.at[0].peer, "sn03");
	ck_assert_int_eq(uplink->left.at[0].reason, LEFT_NO_HANDSHAKE);
	ck_assert_int_eq(uplink->left.at[0].at, 1000);
	ck_assert_uint_eq(uplink->left.at[0].strikes, 2);
	ck_assert_uint_eq(uplink->left.at[0].active_failures, 1);
	ck_assert_int_eq(uplink->left.at[0].active_failed_at, 900);
	ck_assert_uint_eq(uplink->left.at[0].candidate_failures, 3);
	ck_assert_int_eq(uplink->left.at[1].reason, LEFT_FOR_BETTER);
}

static void check_interface(const struct recorded_interface *wg0)
{
	struct wg_key key_b = key_of(KEY_B);
	char text[PREFIX_TEXT_MAX];

	ck_assert_uint_eq(wg0->endpoints.n, 2);
	ck_assert_str_eq(wg0->endpoints.at[0].endpoint, "gw.example.com:51820");
	ck_assert_int_eq(wg0->endpoints.at[0].at, 90);
	ck_assert_uint_eq(wg0->endpoints.at[0].untried.n, 2);
	ck_assert_uint_eq(wg0->endpoints.at[0].untried.at[1].port, 51820);
	ck_assert_uint_eq(wg0->endpoints.at[1].untried.n, 0);
	ck_assert_int_eq(key_compare(&wg0->endpoints.at[1].public_key, &key_b), 0);
	ck_assert_uint_eq(wg0->peers.n, 2);
	ck_assert_int_eq(key_compare(&wg0->peers.at[1], &key_b), 0);
	ck_assert_uint_eq(wg0->addresses.n, 2);
	ck_assert_str_eq(prefix_text(&wg0->addresses.at[1], text), "fe80::2/64");
	ck_assert_int_eq(wg0->endpoints_digest, 4242);
	ck_assert(wg0->has_rules);
	ck_assert_uint_eq(wg0->rule_priority, 30000);
	ck_assert_uint_eq(wg0->rule_table, 51820);
}

static void check_sample(const struct recorded *recorded)
{
	ck_assert_str_eq(recorded->boot_id, BOOT);
	ck_assert_int_eq(recorded->time_attempt, 77);
	ck_assert(recorded->time_done);
	ck_assert_uint_eq(recorded->selectors.n, 2);
	ck_assert_uint_eq(recorded->interfaces.n, 2);
	check_selector(recorded_selector_find(recorded, "uplink"));
	check_interface(recorded_interface_find(recorded, "wg0"));
	ck_assert(!recorded_interface_find(recorded, "wg1")->has_rules);
}

START_TEST(test_round_trip)
{
	struct arena *arena = arena_new();
	struct recorded recorded;

	ck_assert_ptr_null(recorded_decode(sample_text, strlen(sample_text), &recorded, arena));
	check_sample(&recorded);
	ck_assert_str_eq(recorded_encode(&recorded, arena), sample_text);
	arena_free(arena);
}
END_TEST

/* Members' addresses from earlier versions: read, copied, and used by select; invalid data
 * stays invalid. */
START_TEST(test_rotations_of_earlier_versions)
{
	static const char text[] =
		"{\"boot_id\":\"\",\"selectors\":[{\"name\":\"uplink\",\"rotations\":["
		"{\"endpoint\":\"sn01.example.com:51820\",\"peer\":\"sn01\","
		"\"untried\":[\"192.0.2.2:51820\",\"[2001:db8::2]:51820\"]},"
		"{\"endpoint\":\"sn02.example.com:51820\",\"peer\":\"sn02\"}]}],\"version\":1}\n";
	static const char *const wrong[][2] = {
		{ "\"peer\":\"sn02\"", "\"peer\":\"sn01\"" },
		{ "[2001:db8::2]:51820", "192.0.2.2:51820" },
		{ "[2001:db8::2]:51820", "" },
	};
	struct arena *first = arena_new(), *arena = arena_new();
	struct recorded recorded, copy;
	struct recorded_selector *uplink;

	ck_assert_ptr_null(recorded_decode(text, strlen(text), &recorded, first));
	recorded_copy(&copy, &recorded, arena);
	arena_free(first);
	uplink = recorded_selector_find(&copy, "uplink");
	ck_assert_uint_eq(uplink->rotations.n, 2);
	ck_assert_str_eq(uplink->rotations.at[0].peer, "sn01");
	ck_assert_str_eq(uplink->rotations.at[0].endpoint.endpoint, "sn01.example.com:51820");
	ck_assert_uint_eq(uplink->rotations.at[0].endpoint.untried.n, 2);
	ck_assert_uint_eq(uplink->rotations.at[0].endpoint.untried.at[1].port, 51820);
	ck_assert_uint_eq(uplink->rotations.at[1].endpoint.untried.n, 0);
	for (int i = 0; i < COUNT(wrong); i++) {
		const char *at = strstr(text, wrong[i][0]);
		const char *changed = arena_printf(arena, "%.*s%s%s", (int)(at - text), text,
						   wrong[i][1], at + strlen(wrong[i][0]));

		ck_assert(!is_taken(changed, strlen(changed)));
	}
	arena_free(arena);
}
END_TEST

/* Extreme values must be readable, too, or a written state would be lost. */
START_TEST(test_extremes)
{
	struct arena *arena = arena_new();
	struct recorded recorded, again;
	struct recorded_selector *selector;
	char name[RECORDED_NAME_MAX + 1];

	memset(name, 'x', RECORDED_NAME_MAX);
	name[RECORDED_NAME_MAX] = '\0';
	recorded_init(&recorded, arena);
	recorded.time_attempt = INT64_C(31536000000000);
	selector = recorded_selector_get(&recorded, name);
	for (unsigned role = 0; slot_role_word((enum slot_role)role); role++)
		*vec_push(arena, &selector->slots) = (struct recorded_slot){
			.peer = arena_printf(arena, "%u", role),
			.role = (enum slot_role)role,
			.state = SLOT_ESTABLISHED,
			.since = -5,
			.probe_failures = UINT32_MAX,
		};
	for (unsigned reason = 0; left_reason_word((enum left_reason)reason); reason++)
		*vec_push(arena, &selector->left) = (struct recorded_left){
			.peer = arena_printf(arena, "%u", reason),
			.reason = (enum left_reason)reason,
			.strikes = UINT32_MAX,
			.active_failures = UINT32_MAX,
			.candidate_failures = UINT32_MAX,
		};
	for (int i = 0; i < 20000; i++)
		*vec_push(arena, &selector->tried) = arena_printf(arena, "member %d", i);
	ck_assert_ptr_null(recorded_decode(recorded_encode(&recorded, arena),
					   strlen(recorded_encode(&recorded, arena)), &again,
					   arena));
	ck_assert_str_eq(recorded_encode(&again, arena), recorded_encode(&recorded, arena));
	ck_assert_uint_eq(again.selectors.at[0].left.n, LEFT_REFUSED + 1);
	ck_assert_uint_eq(again.selectors.at[0].slots.n, SLOT_CANDIDATE + 1);
	arena_free(arena);
}
END_TEST

/* A name that is not UTF-8 must neither crash nor make a file that is refused. */
START_TEST(test_encode_of_bad_utf8)
{
	struct arena *arena = arena_new();
	struct recorded recorded;
	const char *text;

	recorded_init(&recorded, arena);
	*vec_push(arena, &recorded_selector_get(&recorded, "a\xff")->tried) = "\xc0\x80";
	text = recorded_encode(&recorded, arena);
	ck_assert(is_taken(text, strlen(text)));
	arena_free(arena);
}
END_TEST

START_TEST(test_copy)
{
	struct arena *first = arena_new();
	struct arena *second = arena_new();
	struct recorded recorded, copy, empty;

	ck_assert_ptr_null(recorded_decode(sample_text, strlen(sample_text), &recorded, first));
	recorded_copy(&copy, &recorded, second);
	recorded_copy(&empty, &copy, second);
	/* The copy must not refer to memory that is freed (and wiped) now. */
	arena_free(first);
	ck_assert_ptr_eq(copy.arena, second);
	check_sample(&copy);
	ck_assert_str_eq(recorded_encode(&copy, second), sample_text);
	/* The copy can grow without affecting its source. */
	*vec_push(second, &copy.selectors.at[1].tried) = "sn09";
	recorded_selector_get(&copy, "zz");
	ck_assert_uint_eq(empty.selectors.at[1].tried.n, 2);
	ck_assert_uint_eq(empty.selectors.n, 2);
	arena_free(second);
}
END_TEST

START_TEST(test_interface_copy)
{
	struct arena *first = arena_new();
	struct arena *second = arena_new();
	struct recorded recorded, to;

	sample(first, &recorded);
	recorded_init(&to, second);
	recorded_interface_get(&to, "wg1");
	recorded_interface_copy(&to, recorded_interface_find(&recorded, "wg0"));
	arena_free(first);
	ck_assert_uint_eq(to.interfaces.n, 2);
	ck_assert_str_eq(to.interfaces.at[0].name, "wg0");
	ck_assert_str_eq(to.interfaces.at[1].name, "wg1");
	check_interface(&to.interfaces.at[0]);
	arena_free(second);
}
END_TEST

START_TEST(test_get)
{
	static const char *const names[] = { "m", "z", "a", "n", "m", "b" };
	struct arena *arena = arena_new();
	struct recorded recorded;

	recorded_init(&recorded, arena);
	ck_assert_ptr_null(recorded_selector_find(&recorded, "m"));
	for (int i = 0; i < COUNT(names); i++)
		recorded_selector_get(&recorded, names[i])->tried.n = 0;
	ck_assert_uint_eq(recorded.selectors.n, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(recorded.selectors.at[i].name[0], "abmnz"[i]);
	ck_assert_ptr_eq(recorded_selector_get(&recorded, "n"), &recorded.selectors.at[3]);
	ck_assert_ptr_null(recorded_selector_find(&recorded, "c"));
	arena_free(arena);
}
END_TEST

/* sample_text in another boot: without times, and what was established is tried again. */
static const char rebased_text[] =
	"{\"boot_id\":\"" OTHER_BOOT "\",\"interfaces\":["
	"{\"addresses\":[\"10.0.0.2/24\",\"fe80::2/64\"],"
	"\"endpoints\":[{\"endpoint\":\"gw.example.com:51820\","
	"\"public_key\":\"" KEY_A "\","
	"\"untried\":[\"192.0.2.2:51820\",\"[2001:db8::2]:51820\"]},"
	"{\"endpoint\":\"192.0.2.9:1\",\"public_key\":\"" KEY_B "\"}],"
	"\"endpoints_digest\":4242,\"name\":\"wg0\",\"peers\":[\"" KEY_A "\",\"" KEY_B "\"],"
	"\"rules\":{\"priority\":30000,\"table\":51820}},"
	"{\"name\":\"wg1\"}],"
	"\"selectors\":["
	"{\"name\":\"backup\"},"
	"{\"left\":[{\"active_failures\":1,"
	"\"candidate_failures\":3,\"peer\":\"sn03\",\"reason\":\"no_handshake\",\"strikes\":2},"
	"{\"peer\":\"sn04\",\"reason\":\"for_better\"}],"
	"\"name\":\"uplink\","
	"\"slots\":[{\"endpoint\":\"[fe80::1%3]:51820\","
	"\"peer\":\"sn01\",\"role\":\"carrier\",\"since\":0,\"state\":\"trying\"},"
	"{\"peer\":\"sn02 ü\\n\\u0001\",\"role\":\"scout\",\"since\":0,\"state\":\"trying\"}],"
	"\"tried\":[\"sn03\",\"sn01\"]}],"
	"\"version\":1}\n";

/* The latest time in sample_text. */
#define LATEST 123456

START_TEST(test_rebase)
{
	static const struct {
		struct now now;
		bool other;
	} table[] = {
		{ { .boot = LATEST, .boot_id = BOOT }, false },
		{ { .boot = LATEST - 1, .boot_id = BOOT }, true }, /* the times prove it */
		{ { .boot = LATEST, .boot_id = OTHER_BOOT }, true },
		{ { .boot = LATEST }, false }, /* the boot id cannot be read */
		{ { .boot = LATEST - 1 }, true },
	};

	for (int i = 0; i < COUNT(table); i++) {
		struct arena *arena = arena_new();
		struct recorded recorded;

		sample(arena, &recorded);
		ck_assert(recorded_rebase(&recorded, &table[i].now) == table[i].other);
		/* Without a boot id of now, the file's is removed only together with the times. */
		ck_assert_str_eq(recorded.boot_id, table[i].other ? table[i].now.boot_id : BOOT);
		strcpy(recorded.boot_id, table[i].other ? OTHER_BOOT : BOOT);
		ck_assert_str_eq(recorded_encode(&recorded, arena),
				 table[i].other ? rebased_text : sample_text);
		arena_free(arena);
	}
}
END_TEST

/* Each time alone shows that the state is of another boot. */
START_TEST(test_latest)
{
	static const char *const texts[] = {
		"{\"boot_id\":\"\",\"time_attempt\":500,\"version\":1}",
		"{\"boot_id\":\"\",\"interfaces\":[{\"endpoints\":[{\"at\":500,\"endpoint\":"
		"\"a:1\",\"public_key\":\"" KEY_A "\"}],\"name\":\"wg0\"}],\"version\":1}",
		"{\"boot_id\":\"\",\"selectors\":[{\"name\":\"a\",\"slots\":[{\"peer\":\"b\",\"role\":"
		"\"carrier\",\"since\":500,\"state\":\"trying\"}]}],\"version\":1}",
		"{\"boot_id\":\"\",\"selectors\":[{\"left\":[{\"at\":500,\"peer\":\"b\",\"reason\":"
		"\"silent\"}],\"name\":\"a\"}],\"version\":1}",
		"{\"boot_id\":\"\",\"selectors\":[{\"left\":[{\"active_failed_at\":500,\"peer\":\"b\","
		"\"reason\":\"silent\"}],\"name\":\"a\"}],\"version\":1}",
	};
	struct now now = { 0 };

	for (int i = 0; i < COUNT(texts); i++) {
		for (now.boot = 499; now.boot <= 500; now.boot++) {
			struct arena *arena = arena_new();
			struct recorded recorded;

			ck_assert_ptr_null(
				recorded_decode(texts[i], strlen(texts[i]), &recorded, arena));
			ck_assert_msg(recorded_rebase(&recorded, &now) == (now.boot < 500), "%s",
				      texts[i]);
			ck_assert_msg(!strstr(recorded_encode(&recorded, arena), "500") ==
					      (now.boot < 500),
				      "%s", texts[i]);
			arena_free(arena);
		}
	}
}
END_TEST

START_TEST(test_words)
{
	ck_assert_str_eq(left_reason_text(LEFT_NO_HANDSHAKE), "no handshake");
	ck_assert_str_eq(left_reason_word(LEFT_NOT_DESIRED), "not_desired");
	ck_assert_str_eq(slot_role_word(SLOT_STANDBY), "standby");
	ck_assert_str_eq(slot_state_word(SLOT_TRYING), "trying");
	ck_assert_ptr_null(left_reason_text((enum left_reason)99));
	ck_assert_ptr_null(slot_role_word((enum slot_role) - 1));
	for (unsigned i = 0; left_reason_word((enum left_reason)i); i++)
		ck_assert_ptr_nonnull(left_reason_text((enum left_reason)i));
}
END_TEST

/* A file that was cut off anywhere is detected; except for the final newline. */
START_TEST(test_truncated)
{
	size_t length = strlen(sample_text);

	ck_assert(is_taken(sample_text, length));
	ck_assert(is_taken(sample_text, length - 1));
	for (size_t cut = 0; cut < length - 1; cut++)
		ck_assert_msg(!is_taken(sample_text, cut), "cut at %zu", cut);
}
END_TEST

/* With any single byte changed: no crash, and accepted texts are written back unchanged. */
START_TEST(test_every_byte_changed)
{
	static const char bytes[] = "\0\"\\[]{},:0-9aZ \n\x7f\xc3\xff";
	char text[sizeof(sample_text)];

	for (size_t place = 0; place < sizeof(sample_text) - 1; place++) {
		for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
			struct arena *arena = arena_new();
			struct recorded recorded;

			memcpy(text, sample_text, sizeof(text));
			text[place] = bytes[i];
			if (!recorded_decode(text, sizeof(text) - 1, &recorded, arena)) {
				const char *once = recorded_encode(&recorded, arena);

				ck_assert_ptr_null(
					recorded_decode(once, strlen(once), &recorded, arena));
				ck_assert_str_eq(recorded_encode(&recorded, arena), once);
			}
			arena_free(arena);
		}
	}
}
END_TEST

/* Texts differ if and only if the data differ. */
START_TEST(equal_as_the_texts_are)
{
	static const char bytes[] = "059aKZ";
	static const char *const places[][2] = {
		{ "\"time_attempt\":77,", "" },
		{ "\"time_done\":true,", "" },
		{ ",\"strikes\":2", "" },
		{ ",\"candidate_failures\":3", "" },
		{ "\"endpoint\":\"[fe80::1%3]:51820\",", "" },
		{ "\"role\":\"carrier\"", "\"role\":\"standby\"" },
		{ "\"reason\":\"no_handshake\"", "\"reason\":\"silent\"" },
		{ "\"state\":\"trying\"", "\"refused\":true,\"state\":\"trying\"" },
		{ ",\"rules\":{\"priority\":30000,\"table\":51820}", "" },
		{ ",\"[2001:db8::2]:51820\"", "" },
		{ "{\"name\":\"backup\"},", "" },
		{ ",{\"name\":\"wg1\"}", "" },
		{ "\"fe80::2/64\"", "\"fe80::2/65\"" },
	};
	struct arena *arena = arena_new();
	struct recorded sampled, other;
	unsigned different = 0;

	ck_assert_ptr_null(recorded_decode(sample_text, strlen(sample_text), &sampled, arena));
	for (size_t i = 0; i < COUNT(places); i++) {
		const char *at = strstr(sample_text, places[i][0]);
		const char *text;

		ck_assert_msg(at != NULL, "%s", places[i][0]);
		text = arena_printf(arena, "%.*s%s%s", (int)(at - sample_text), sample_text,
				    places[i][1], at + strlen(places[i][0]));
		ck_assert_ptr_null(recorded_decode(text, strlen(text), &other, arena));
		ck_assert_msg(!recorded_equal(&sampled, &other), "%s", places[i][0]);
	}
	for (size_t place = 0; place < sizeof(sample_text) - 1; place++) {
		for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
			struct arena *scratch = arena_new();
			char *text = arena_strdup(scratch, sample_text);

			text[place] = bytes[i];
			if (!recorded_decode(text, sizeof(sample_text) - 1, &other, scratch)) {
				bool equal = !strcmp(recorded_encode(&other, scratch), sample_text);

				ck_assert_msg(recorded_equal(&sampled, &other) == equal, "%s",
					      text);
				ck_assert(recorded_equal(&other, &other));
				different += !equal;
			}
			arena_free(scratch);
		}
	}
	ck_assert_uint_gt(different, 300);
	arena_free(arena);
}
END_TEST

/* sample_text with one passage replaced, and a part of the reason for refusing it. */
START_TEST(test_hostile_values)
{
	static const char *const table[][3] = {
		{ "\"version\":1", "\"version\":2", "version 2 is newer than this program's 1" },
		{ "\"version\":1", "\"version\":4294967297", "version 4294967297 is newer" },
		{ "\"version\":1", "\"version\":0", "no version" },
		{ "\"version\":1", "\"version\":-1", "no version" },
		{ "\"version\":1", "\"version\":\"1\"", "no version" },
		{ "\"version\":1", "\"version\":1.0", "no version" },
		{ "\"version\":1", "\"verzion\":1", "no version" },
		{ "\"version\":1", "\"version\":1,\"version\":1", "duplicate" },
		{ "\"version\":1", "\"version\":1,\"More\":1", "'More' cannot name a section" },
		{ "\"selectors\"", "\"s\\u0001lectors\"", "'s\\x01lectors' cannot name" },
		{ "\"version\":1}", "\"version\":1}{}", "end of file" },
		{ BOOT, BOOT "0", "boot_id" },
		{ BOOT, "../../../etc", "boot_id" },
		{ "\"boot_id\":\"" BOOT "\"", "\"boot_id\":null", "string" },
		{ "\"time_attempt\":77", "\"time_attempt\":9223372036854775807", "time_attempt" },
		{ "\"time_attempt\":77", "\"time_attempt\":-9223372036854775808", "time_attempt" },
		{ "\"time_attempt\":77", "\"time_attempt\":9223372036854775808", "too big" },
		{ "\"time_attempt\":77", "\"time_attempt\":77e0", "integer" },
		{ "\"time_attempt\":77", "\"time_attempt\":1e999", "overflow" },
		{ "\"time_attempt\":77", "\"time_attempt\":NaN", "NaN" },
		{ "\"time_done\":true", "\"time_done\":1", "true or false" },
		{ "\"name\":\"backup\"", "\"name\":\"uplink\"", "duplicate" },
		{ "\"name\":\"backup\"", "\"name\":\"zz\"", "unsorted" },
		{ "\"name\":\"backup\"", "\"name\":\"\"", "empty" },
		{ "\"name\":\"backup\"", "\"name\":\"a\\u0000b\"", "\\u0000" },
		{ "\"name\":\"backup\"", "\"name\":\"a\xff\"", "unable to decode" },
		{ "\"name\":\"backup\"", "\"name\":\"\\ud800\"", "Unicode" },
		{ "\"name\":\"backup\"", "\"name\":\"a\nb\"", "near" },
		{ "\"name\":\"backup\"", "\"nane\":\"backup\"", "name" },
		{ "\"name\":\"backup\"", "\"name\":[]", "string" },
		{ "{\"name\":\"backup\"}", "null", "object" },
		{ "{\"name\":\"backup\"}", "\"backup\"", "object" },
		{ "\"name\":\"wg0\"", "\"name\":\"wg1\"", "duplicate" },
		{ "\"name\":\"wg0\"", "\"name\":\"wg0/../..\"", "no name of an interface" },
		{ "\"name\":\"wg0\"", "\"name\":\"sixteen_letters_\"", "no name of an interface" },
		{ "\"name\":\"wg0\"", "\"name\":\".\"", "no name of an interface" },
		{ "\"role\":\"scout\"", "\"role\":\"boss\"", "boss" },
		{ "\"role\":\"scout\"", "\"role\":\"\x1b[2J\"", "near" },
		{ "\"role\":\"scout\"", "\"role\":\"\\u001b[2J\"", "\\x1b" },
		{ "\"role\":\"scout\"", "\"role\":2", "string" },
		{ "\"state\":\"trying\"", "\"state\":\"tried\"", "tried" },
		{ "\"since\":0", "\"since\":null", "integer" },
		{ "\"since\":123456", "\"since\":99999999999999", "since" },
		{ "[1700000000,123456789]", "[1700000000,1000000000]", "handshake" },
		{ "[1700000000,123456789]", "[1700000000,-1]", "handshake" },
		{ "[1700000000,123456789]", "[9223372036854775807,0]", "handshake" },
		{ "[1700000000,123456789]", "[-1,0]", "handshake" },
		{ "[1700000000,123456789]", "[1700000000]", "Array index 1" },
		{ "[1700000000,123456789]", "[1,2,3]", "array item" },
		{ "[1700000000,123456789]", "{}", "array" },
		{ "\"probe_failures\":1", "\"probe_failures\":-1", "probe_failures" },
		{ "\"probe_failures\":1", "\"probe_failures\":4294967296", "probe_failures" },
		{ "[fe80::1%3]:51820", "[fe80::1%eth0]:51820", "no endpoint" },
		{ "[fe80::1%3]:51820", "[fe80::1%4294967296]:51820", "no endpoint" },
		{ "[fe80::1%3]:51820", "[fe80::1%0]:51820", "no endpoint" },
		{ "[fe80::1%3]:51820", "[fe80::0001]:51820", "no endpoint" },
		{ "[fe80::1%3]:51820", "[fe80::1%3]:0", "no endpoint" },
		{ "[fe80::1%3]:51820", "gw.example.com:51820", "no endpoint" },
		{ "\"peer\":\"sn01\",\"probe", "\"peer\":\"sn02 ü\\n\\u0001\",\"probe",
		  "duplicate entry in slots" },
		{ "[\"sn03\",\"sn01\"]", "[\"sn03\",\"sn03\"]", "duplicate entry in tried" },
		{ "[\"sn03\",\"sn01\"]", "[\"sn03\",1]", "tried[1]: not a name" },
		{ "[\"sn03\",\"sn01\"]", "{\"sn03\":true}", "no list" },
		{ "[\"sn03\",\"sn01\"]", "null", "no list" },
		{ "\"peer\":\"sn04\"", "\"peer\":\"sn03\"", "duplicate entry in left" },
		{ "\"for_better\"", "\"for_worse\"", "for_worse" },
		{ "\"strikes\":2", "\"strikes\":99999999999", "strikes" },
		{ "\"active_failures\":1", "\"active_failures\":-1", "active_failures" },
		{ "\"active_failed_at\":900", "\"active_failed_at\":true", "xpected" },
		{ "\"candidate_failures\":3", "\"candidate_failures\":\"3\"", "xpected" },
		{ "[2001:db8::2]:51820", "192.0.2.2:51820", "duplicate entry in untried" },
		{ "[2001:db8::2]:51820", "", "untried[1]" },
		{ "\"" KEY_A "\",\"" KEY_B "\"]", "\"" KEY_B "\",\"" KEY_A "\"]", "unsorted" },
		{ "\"" KEY_A "\",\"" KEY_B "\"]", "\"" KEY_A "\",\"" KEY_A "\"]", "duplicate" },
		{ "\"" KEY_A "\",\"" KEY_B "\"]", "\"AAAA\"]", "no key" },
		{ "\"" KEY_A "\",\"" KEY_B "\"]", "7]", "not a key" },
		{ "\"10.0.0.2/24\"", "\"10.0.0.2/33\"", "no prefix" },
		{ "\"10.0.0.2/24\"", "\"10.0.0.2\"", "no prefix" },
		{ "\"10.0.0.2/24\"", "\"fe80::2/64\"", "duplicate entry in addresses" },
		{ "\"10.0.0.2/24\"", "{}", "addresses[0]" },
		{ "\"endpoints_digest\":4242", "\"endpoints_digest\":-1", "endpoints_digest" },
		{ "\"endpoints_digest\":4242", "\"endpoints_digest\":\"4242\"", "integer" },
		{ "\"priority\":30000", "\"priority\":-1", "priority" },
		{ "\"table\":51820", "\"table\":4294967296", "table" },
		{ ",\"table\":51820", "", "table" },
	};

	for (int i = 0; i < COUNT(table); i++) {
		struct arena *arena = arena_new();
		const char *at = strstr(sample_text, table[i][0]);
		struct recorded recorded;
		const char *text, *reason;

		ck_assert_msg(at != NULL, "%s", table[i][0]);
		text = arena_printf(arena, "%.*s%s%s", (int)(at - sample_text), sample_text,
				    table[i][1], at + strlen(table[i][0]));
		reason = recorded_decode(text, strlen(text), &recorded, arena);
		ck_assert_msg(reason && strstr(reason, table[i][2]), "%s: %s", table[i][1], reason);
		ck_assert(recorded_is_empty(&recorded));
		ck_assert(!is_taken(text, strlen(text)));
		arena_free(arena);
	}
}
END_TEST

START_TEST(test_hostile_texts)
{
	static const struct {
		const char *text;
		size_t length; /* 0: up to the terminating zero */
	} table[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "{}", 0 },
		{ "[]", 0 },
		{ "null", 0 },
		{ "1", 0 },
		{ "\"\"", 0 },
		{ "\xef\xbb\xbf{\"boot_id\":\"\",\"version\":1}", 0 },
		{ "{\"boot_id\":\"\",\"version\":1}\0", 27 },
		{ "{\"boot_id\":\"\",\0\"version\":1}", 27 },
		{ "{\"boot_id\":\"\0\",\"version\":1}", 27 },
		{ "{'boot_id':'','version':1}", 0 },
		{ "{\"boot_id\":\"\",\"version\":1,}", 0 },
		{ "{\"boot_id\":\"\",\"version\":1} garbage", 0 },
		{ "\x7f"
		  "ELF",
		  0 },
		{ "boot_id: ''\nversion: 1\n", 0 },
	};

	ck_assert(is_taken("{\"boot_id\":\"\",\"version\":1}", 26));
	for (int i = 0; i < COUNT(table); i++) {
		size_t length = table[i].length ? table[i].length : strlen(table[i].text);

		ck_assert_msg(!is_taken(table[i].text, length), "%d: %s", i, table[i].text);
	}
}
END_TEST

/* A text of length bytes: head, then unit repeatedly. */
static char *repeated(struct arena *arena, const char *head, const char *unit, size_t length)
{
	char *text = arena_alloc(arena, length + 1);
	size_t at = strlen(head);

	memcpy(text, head, at);
	for (size_t n = strlen(unit); at + n <= length; at += n)
		memcpy(text + at, unit, n);
	memset(text + at, ' ', length - at);
	return text;
}

/* Each is refused before much memory is used. */
START_TEST(test_huge)
{
	static const char *const table[][2] = {
		{ "", "[" },
		{ "", "{\"a\":" },
		{ "{\"version\":1,\"selectors\":[", "{}," },
		{ "{\"version\":1,\"selectors\":[", "[]," },
		{ "{\"version\":1,\"selectors\":[", "0," },
		{ "{\"version\":1,\"selectors\":[", "{\"a\":0}," },
		{ "", "]" },
		{ "", "\\" },
		{ "\"", "\\\"" },
		{ "\"", "a" },
		{ "", " " },
		{ "", "9" },
	};
	struct rusage usage;

	for (int i = 0; i < COUNT(table); i++) {
		struct arena *arena = arena_new();
		const char *text = repeated(arena, table[i][0], table[i][1], RECORDED_SIZE_MAX);

		ck_assert_msg(!is_taken(text, RECORDED_SIZE_MAX), "%s", table[i][1]);
		arena_free(arena);
	}
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	ck_assert_int_lt(usage.ru_maxrss, MEMORY_MAX);
}
END_TEST

/* The maximum that is built: the accepted number of objects, or values. */
START_TEST(test_largest)
{
	static const struct {
		const char *unit;
		size_t n;
	} table[] = {
		{ "{},", 1048000 },
		{ "[],", 1048000 },
		{ "{\"a\":0},", 1048000 },
		{ "0,", 8388000 },
	};
	struct rusage usage;

	for (int i = 0; i < COUNT(table); i++) {
		struct arena *arena = arena_new();
		const char *head = "{\"version\":1,\"selectors\":[";
		size_t length = strlen(head) + table[i].n * strlen(table[i].unit);
		char *text = repeated(arena, head, table[i].unit, length);

		memcpy(text + length - 1, "]", 1);
		ck_assert_msg(!is_taken(text, length), "%s", table[i].unit);
		arena_free(arena);
	}
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	ck_assert_int_lt(usage.ru_maxrss, MEMORY_MAX);
}
END_TEST

START_TEST(test_too_large)
{
	struct arena *arena = arena_new();
	char *text = repeated(arena, "{\"boot_id\":\"\",\"version\":1}", " ",
			      RECORDED_SIZE_MAX + 1);

	ck_assert(is_taken(text, RECORDED_SIZE_MAX));
	ck_assert(!is_taken(text, RECORDED_SIZE_MAX + 1));
	arena_free(arena);
}
END_TEST

SUITE("recorded", test_format, test_round_trip, test_rotations_of_earlier_versions, test_extremes,
      test_encode_of_bad_utf8, test_copy, test_interface_copy, test_get, test_rebase, test_latest,
      test_words, test_truncated, test_every_byte_changed, equal_as_the_texts_are,
      test_hostile_values, test_hostile_texts, test_huge, test_largest, test_too_large)
