/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "test/unit.h"
#include "test/world.h"

#include <stdio.h>

/* Peers "p0", "p1", ... at 10.99.0.1, ..., with further declarations from the caller's texts. */
static const char *site(struct arena *arena, const char *follow, const char *const *declared,
			size_t n)
{
	char *yaml = arena_printf(arena,
				  "version: 1\n"
				  "interfaces:\n"
				  "  wg0:\n"
				  "    private_key_file: /dev/null\n"
				  "    routes: none\n"
				  "    follow_routes: %s\n"
				  "    peers:\n",
				  follow);

	for (size_t i = 0; i < n; i++) {
		struct wg_key of_peer = world_key((unsigned)i);
		char key[KEY_TEXT_MAX];

		yaml = arena_printf(arena,
				    "%s      p%zu: {public_key: \"%s\", allowed_ips: "
				    "[10.99.0.%zu/32, \"fe80::%zu/128\"%s]}\n",
				    yaml, i, key_text(&of_peer, key), i + 1, i + 1, declared[i]);
	}
	return yaml;
}

/* ---- Foreign routes ---- */

static void forget_routes(struct world *world)
{
	struct observed_interface *interface = world_interface(world, "wg0");

	interface->paths.n = 0;
	interface->via.n = 0;
}

static void add_hop(struct world *world, const char *to, const char *gateway, uint32_t metric,
		    uint32_t table, uint16_t weight)
{
	struct observed_interface *interface = world_interface(world, "wg0");
	struct observed_path *path = vec_push(world->arena, &interface->paths);
	struct observed_via *via = vec_push(world->arena, &interface->via);

	*path = (struct observed_path){ .table = table, .metric = metric, .weight = weight };
	if (*gateway)
		ck_assert(ip_parse(gateway, &path->gateway));
	ck_assert(prefix_parse(to, &via->destination));
	via->path = (uint32_t)(interface->paths.n - 1);
}

/* "p0", or "" for none. */
static const char *holder(struct world *world, const char *text)
{
	struct observed_interface *interface = world_interface(world, "wg0");
	struct prefix prefix;
	const char *found = "";

	ck_assert(prefix_parse(text, &prefix));
	vec_each (peer, &interface->peers)
		vec_each (allowed, &peer->allowed_ips)
			if (prefix_compare(allowed, &prefix) == 0)
				for (size_t i = 0; i < world->desired->interfaces.at[0].peers.n;
				     i++)
					if (key_compare(&world->desired->interfaces.at[0]
								 .peers.at[i]
								 .public_key,
							&peer->public_key) == 0)
						found = world->desired->interfaces.at[0]
								.peers.at[i]
								.name;
	return found;
}

/* ---- Choice among routes ---- */

struct hop {
	const char *to;
	const char *gateway;
	uint32_t metric;
	uint32_t table;
	uint16_t weight;
};

#define MAIN TABLE_MAIN
#define TO "10.7.0.0/16"

static const struct {
	const char *name;
	const char *follow;
	struct hop hops[4];
	const char *holder; /* of TO */
	const char *problem; /* part of it, or NULL */
} choices[] = {
	{ "one route", "true", { { TO, "10.99.0.2", 0, MAIN, 0 } }, "p1", NULL },
	{ "IPv4 through an IPv6 next hop", "true", { { TO, "fe80::3", 0, MAIN, 0 } }, "p2", NULL },
	{ "the lower metric",
	  "true",
	  { { TO, "10.99.0.1", 20, MAIN, 0 }, { TO, "10.99.0.2", 10, MAIN, 0 } },
	  "p1",
	  NULL },
	{ "the other order",
	  "true",
	  { { TO, "10.99.0.2", 10, MAIN, 0 }, { TO, "10.99.0.1", 20, MAIN, 0 } },
	  "p1",
	  NULL },
	{ "the table that is listed first",
	  "{tables: [100, main]}",
	  { { TO, "10.99.0.1", 5, MAIN, 0 }, { TO, "10.99.0.2", 10, 100, 0 } },
	  "p1",
	  NULL },
	{ "the heavier hop",
	  "true",
	  { { TO, "10.99.0.1", 0, MAIN, 1 }, { TO, "10.99.0.2", 0, MAIN, 3 } },
	  "p1",
	  NULL },
	{ "the first of equal hops",
	  "true",
	  { { TO, "10.99.0.3", 0, MAIN, 1 }, { TO, "10.99.0.2", 0, MAIN, 1 } },
	  "p2",
	  NULL },
	{ "a hop that some peer has before one that none has",
	  "true",
	  { { TO, "10.99.0.77", 0, MAIN, 9 }, { TO, "10.99.0.2", 0, MAIN, 1 } },
	  "p1",
	  NULL },
	{ "nobody has the next hop",
	  "true",
	  { { TO, "10.99.0.77", 0, MAIN, 0 } },
	  "",
	  "next hop 10.99.0.77 as an allowed IP of its own: route 10.7.0.0/16 is" },
	{ "nobody has it, and a worse route is not guessed",
	  "true",
	  { { TO, "10.99.0.77", 1, MAIN, 0 }, { TO, "10.99.0.2", 2, MAIN, 0 } },
	  "",
	  "next hop 10.99.0.77" },
	{ "an address behind a peer is not that peer's",
	  "true",
	  { { TO, "10.50.0.1", 0, MAIN, 0 } },
	  "",
	  "next hop 10.50.0.1" },
	{ "unreadable next hop", "true", { { TO, "", 0, MAIN, 0 } }, "", "could not be read" },
	{ "a contradiction to what is declared",
	  "true",
	  { { "10.50.0.0/16", "10.99.0.2", 0, MAIN, 0 }, { TO, "10.99.0.2", 0, MAIN, 0 } },
	  "p1",
	  "the first one to 10.50.0.0/16; what is declared stays" },
	{ "not followed", "false", { { TO, "10.99.0.2", 0, MAIN, 0 } }, "", NULL },
};

static const char *const declared[] = { ", 10.50.0.0/16", "", "" };

static void check_problem(struct world *world, const char *problem)
{
	const char *found = NULL;

	vec_each (event, &world->plan.events.list)
		if (event->kind == EVENT_PROBLEM)
			found = event->text;
	if (!problem)
		ck_assert_msg(!found, "%s", found);
	else
		ck_assert_msg(found && strstr(found, problem), "%s", found ? found : "none");
}

START_TEST(the_best_route_chooses)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, choices[_i].follow, declared, 3));

	world_run(world);
	for (size_t i = 0; i < 4 && choices[_i].hops[i].to; i++) {
		const struct hop *hop = &choices[_i].hops[i];

		add_hop(world, hop->to, hop->gateway, hop->metric, hop->table, hop->weight);
	}
	world_run(world);
	ck_assert_msg(strcmp(holder(world, TO), choices[_i].holder) == 0, "%s: %s has it",
		      choices[_i].name, holder(world, TO));
	check_problem(world, choices[_i].problem);
	ck_assert_str_eq(holder(world, "10.50.0.0/16"), "p0");
	forget_routes(world);
	world_run(world);
	ck_assert_str_eq(holder(world, TO), "");
	ck_assert_str_eq(holder(world, "10.50.0.0/16"), "p0");
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* Of equal hops the one that has the prefix keeps it, in any order. */
START_TEST(equal_hops_do_not_flap)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "true", declared, 3));

	world_run(world);
	add_hop(world, TO, "10.99.0.3", 0, MAIN, 1);
	world_run(world);
	ck_assert_str_eq(holder(world, TO), "p2");
	forget_routes(world);
	add_hop(world, TO, "10.99.0.1", 0, MAIN, 1);
	add_hop(world, TO, "10.99.0.3", 0, MAIN, 1);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_str_eq(holder(world, TO), "p2");
	world_free(world);
	arena_free(arena);
}
END_TEST

/* A followed prefix is added with a new peer, and moves from one that leaves. */
START_TEST(peers_come_and_go)
{
	static const char *const two[] = { "", "" };
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "true", two, 2));

	world_run(world);
	add_hop(world, TO, "10.99.0.3", 0, MAIN, 0);
	add_hop(world, "10.8.0.0/16", "10.99.0.1", 0, MAIN, 0);
	world_run(world);
	ck_assert_str_eq(holder(world, TO), "");
	check_problem(world, "10.99.0.3");
	world_declare(world, site(arena, "true", declared, 3));
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert_str_eq(holder(world, TO), "p2");
	ck_assert_str_eq(holder(world, "10.8.0.0/16"), "p0");
	world_free(world);
	arena_free(arena);
}
END_TEST

/* ---- Against a model ---- */

#define PEERS 6
#define PREFIXES 40

struct model {
	int declared[PREFIXES]; /* by peer; -1: none */
	int expected[PREFIXES];
	char text[PREFIXES][PREFIX_TEXT_MAX];
};

static void name_prefixes(struct model *model)
{
	for (unsigned i = 0; i < PREFIXES; i++)
		snprintf(model->text[i], sizeof(model->text[i]),
			 i % 4 ? "10.%u.0.0/%u" : "2001:db8:%x::/%u", i / 2,
			 i % 4 ? 16 + i % 3 * 4 : 48 + i % 8);
}

/* Random routes; the expected result by a simple algorithm. */
static void random_routes(struct world *world, struct random *random, struct model *model)
{
	forget_routes(world);
	for (unsigned i = 0; i < PREFIXES; i++) {
		uint64_t routes = random_below(random, 4);
		uint32_t best_metric = UINT32_MAX;
		int best = -1;

		for (uint64_t r = 0; r < routes; r++) {
			/* Unique metrics, so that the best is unambiguous. */
			uint32_t metric = (uint32_t)(random_below(random, 1000) * 4 + r);
			int peer = (int)random_below(random, PEERS + 1);
			char gateway[32];

			snprintf(gateway, sizeof(gateway),
				 peer == PEERS ? "10.98.0.%d" : "10.99.0.%d", peer + 1);
			add_hop(world, model->text[i], gateway, metric, MAIN, 0);
			if (metric < best_metric) {
				best_metric = metric;
				best = peer == PEERS ? -1 : peer;
			}
		}
		model->expected[i] = model->declared[i] >= 0 ? model->declared[i] : best;
	}
}

static size_t changed_prefixes(const struct world *world)
{
	size_t n = 0;

	vec_each (change, &world->plan.changes.list) {
		ck_assert(change->kind == CHANGE_ALLOWED_IP_ADD ||
			  change->kind == CHANGE_ALLOWED_IP_REMOVE);
		for (size_t i = 1; i < change->allowed_ips_n; i++)
			ck_assert_int_lt(prefix_compare(&change->allowed_ips[i - 1],
							&change->allowed_ips[i]),
					 0);
		n += change->allowed_ips_n;
	}
	return n;
}

static void check_round(struct world *world, const struct model *model, const int *before)
{
	size_t different = 0;

	for (unsigned i = 0; i < PREFIXES; i++) {
		char expected[16] = "";

		if (model->expected[i] >= 0)
			snprintf(expected, sizeof(expected), "p%d", model->expected[i]);
		ck_assert_msg(strcmp(holder(world, model->text[i]), expected) == 0,
			      "%s: '%s', not '%s'", model->text[i], holder(world, model->text[i]),
			      expected);
		different += before[i] != model->expected[i];
	}
	/* No unnecessary changes. */
	ck_assert_uint_eq(changed_prefixes(world), different);
}

START_TEST(random_routes_against_model)
{
	struct arena *arena = arena_new();
	struct model model;
	const char *lists[PEERS];
	struct random random;
	struct world *world;
	int before[PREFIXES];

	random_seed(&random, (uint64_t)_i + 1);
	name_prefixes(&model);
	for (int peer = 0; peer < PEERS; peer++)
		lists[peer] = "";
	for (unsigned i = 0; i < PREFIXES; i++) {
		model.declared[i] = (int)random_below(&random, PEERS * 3);
		if (model.declared[i] >= PEERS)
			model.declared[i] = -1;
		else
			lists[model.declared[i]] = arena_printf(
				arena, "%s, \"%s\"", lists[model.declared[i]], model.text[i]);
	}
	world = world_new(site(arena, "true", lists, PEERS));
	world_run(world);
	memcpy(before, model.declared, sizeof(before));
	for (int round = 0; round < 20; round++) {
		random_routes(world, &random, &model);
		world_run(world);
		check_round(world, &model, before);
		memcpy(before, model.expected, sizeof(before));
	}
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	TCase *tcase = tcase_create("plan_prefixes");
	Suite *suite = suite_create("plan_prefixes");

	tcase_add_loop_test(tcase, the_best_route_chooses, 0, sizeof(choices) / sizeof(choices[0]));
	tcase_add_test(tcase, equal_hops_do_not_flap);
	tcase_add_test(tcase, peers_come_and_go);
	tcase_add_loop_test(tcase, random_routes_against_model, 0, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
