/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

/* Peers a and b with an address of their own each, and this as follow_routes. */
static const char *site(struct arena *arena, const char *follow)
{
	struct wg_key keys[2] = { world_key(0), world_key(1) };
	char a[KEY_TEXT_MAX], b[KEY_TEXT_MAX];

	return arena_printf(
		arena,
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    private_key_file: /dev/null\n"
		"    routes: none\n"
		"    follow_routes: %s\n"
		"    peers:\n"
		"      a: {public_key: \"%s\", allowed_ips: [10.99.0.1/32, 10.50.0.0/16]}\n"
		"      b: {public_key: \"%s\", allowed_ips: [10.99.0.2/32]}\n",
		follow, key_text(&keys[0], a), key_text(&keys[1], b));
}

/* Result of a lookup; destination NULL: no route. */
struct answer {
	const char *destination;
	const char *gateway;
	const char *device;
	uint32_t table;
	uint8_t protocol;
	bool has_hops;
};

#define BIRD 12
#define SHORTER                                                                                    \
	{                                                                                          \
		"0.0.0.0/0", NULL, "eth0", TABLE_MAIN, 16, false                                   \
	}
#define LONGER                                                                                     \
	{                                                                                          \
		"10.7.0.0/24", "10.99.0.1", "wg0", TABLE_MAIN, BIRD, false                         \
	}
#define VIA_B                                                                                      \
	{                                                                                          \
		"10.7.0.0/16", "10.99.0.2", "wg0", TABLE_MAIN, BIRD, false                         \
	}

static const struct {
	const char *name;
	const char *follow;
	const char *prefix;
	struct answer first;
	struct answer last;
	bool clear;
	const char *change; /* NULL: none */
} rows[] = {
	{ "its route", "true", "10.7.0.0/16", VIA_B, VIA_B, true, "peer b allowed IP 10.7.0.0/16" },
	{ "none",
	  "true",
	  "10.7.0.0/16",
	  { 0 },
	  { 0 },
	  true,
	  "allowed IP 10.7.0.0/16 (current peer not looked up)" },
	{ "a shorter one only", "true", "10.7.0.0/16", SHORTER, SHORTER, true,
	  "allowed IP 10.7.0.0/16 (current peer not looked up)" },
	{ "the first address is hidden", "true", "10.7.0.0/16", LONGER, VIA_B, true,
	  "peer b allowed IP 10.7.0.0/16" },
	{ "both are", "true", "10.7.0.0/16", LONGER, LONGER, false, NULL },
	{ "declared", "true", "10.50.0.0/16", VIA_B, VIA_B, true, NULL },
	{ "a default route", "true", "0.0.0.0/0", SHORTER, SHORTER, false, NULL },
	{ "a protocol that is followed", "{protocols: bird}", "10.7.0.0/16", VIA_B, VIA_B, true,
	  "peer b allowed IP 10.7.0.0/16" },
	{ "one that is not", "{protocols: babel}", "10.7.0.0/16", VIA_B, VIA_B, false, NULL },
	{ "another table", "{tables: 77}", "10.7.0.0/16", VIA_B, VIA_B, false, NULL },
	{ "two tables", "{tables: [main, 77]}", "10.7.0.0/16", VIA_B, VIA_B, false, NULL },
	{ "a rule leads to another table",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", "10.99.0.2", "wg0", 100, BIRD, false },
	  VIA_B,
	  false,
	  NULL },
	{ "a shorter one of another table",
	  "true",
	  "10.7.0.0/16",
	  { "0.0.0.0/0", NULL, "eth0", 100, 16, false },
	  VIA_B,
	  false,
	  NULL },
	{ "a better route elsewhere",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", NULL, "eth0", TABLE_MAIN, BIRD, false },
	  VIA_B,
	  false,
	  NULL },
	{ "several hops",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", NULL, "wg0", TABLE_MAIN, BIRD, true },
	  VIA_B,
	  false,
	  NULL },
	{ "nobody has the next hop",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", "10.99.0.3", "wg0", TABLE_MAIN, BIRD, false },
	  VIA_B,
	  false,
	  NULL },
	{ "the next hop is behind a peer",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", "10.50.0.1", "wg0", TABLE_MAIN, BIRD, false },
	  VIA_B,
	  false,
	  NULL },
	{ "no next hop",
	  "true",
	  "10.7.0.0/16",
	  { "10.7.0.0/16", NULL, "wg0", TABLE_MAIN, BIRD, false },
	  VIA_B,
	  false,
	  NULL },
};

static void fill(struct observed_lookup *lookup, const struct answer *answer)
{
	if (!answer->destination)
		return;
	lookup->found = true;
	lookup->device = answer->device;
	lookup->table = answer->table;
	lookup->protocol = answer->protocol;
	lookup->has_hops = answer->has_hops;
	ck_assert(prefix_parse(answer->destination, &lookup->destination));
	if (answer->gateway)
		ck_assert(ip_parse(answer->gateway, &lookup->gateway));
}

START_TEST(each)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, rows[_i].follow));
	struct dirty dirty = { .interface = "wg0" };
	struct recorded recorded;
	struct plan plan;

	recorded_init(&recorded, arena);
	ck_assert(prefix_parse(rows[_i].prefix, &dirty.prefix));
	fill(&dirty.first, &rows[_i].first);
	fill(&dirty.last, &rows[_i].last);
	ck_assert_msg(plan_dirty(&plan, arena, world->desired, &recorded, &dirty, 1) ==
			      rows[_i].clear,
		      "%s", rows[_i].name);
	if (rows[_i].clear) {
		ck_assert_msg(plan.changes.list.n == (rows[_i].change ? 1 : 0), "%s",
			      rows[_i].name);
		if (rows[_i].change)
			ck_assert_str_eq(change_text(plan.changes.list.at, arena), rows[_i].change);
	}
	world_free(world);
	arena_free(arena);
}
END_TEST

/* Many are one change for each peer, and one for the removed ones. */
START_TEST(groups)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "true"));
	struct dirty dirty[60] = { 0 };
	struct recorded recorded;
	struct plan plan;

	recorded_init(&recorded, arena);
	for (unsigned i = 0; i < 60; i++) {
		const char *prefix = arena_printf(arena, "10.%u.0.0/16", 100 + (i * 7) % 60);
		struct answer answer = { prefix, i % 3 ? "10.99.0.2" : "10.99.0.1",
					 "wg0",	 TABLE_MAIN,
					 BIRD,	 false };

		dirty[i].interface = "wg0";
		ck_assert(prefix_parse(prefix, &dirty[i].prefix));
		if (i % 4)
			fill(&dirty[i].first, &answer);
	}
	ck_assert(plan_dirty(&plan, arena, world->desired, &recorded, dirty, 60));
	ck_assert_uint_eq(plan.changes.list.n, 3);
	vec_each (change, &plan.changes.list)
		for (size_t i = 1; i < change->allowed_ips_n; i++)
			ck_assert_int_lt(prefix_compare(&change->allowed_ips[i - 1],
							&change->allowed_ips[i]),
					 0);
	ck_assert_uint_eq(plan.changes.list.at[2].allowed_ips_n, 15);
	ck_assert(key_is_zero(&plan.changes.list.at[2].public_key));
	world_free(world);
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	TCase *tcase = tcase_create("plan_dirty");
	Suite *made = suite_create("plan_dirty");

	tcase_add_loop_test(tcase, each, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tcase, groups);
	suite_add_tcase(made, tcase);
	return made;
}
