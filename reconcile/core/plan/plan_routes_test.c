/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

/* wg0 with peers a (10.99.0.1) and b (10.99.0.2), and these lines of the interface. */
static const char *site(struct arena *arena, const char *lines)
{
	struct wg_key keys[2] = { world_key(0), world_key(1) };
	char a[KEY_TEXT_MAX], b[KEY_TEXT_MAX];

	return arena_printf(arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0:\n"
			    "    private_key_file: /dev/null\n"
			    "    addresses: [10.99.0.9/24, 10.0.0.9/32, 10.0.0.8/32]\n"
			    "%s"
			    "    peers:\n"
			    "      a: {public_key: \"%s\", allowed_ips: [10.99.0.1/32]}\n"
			    "      b: {public_key: \"%s\", allowed_ips: [10.99.0.2/32], "
			    "endpoint: \"192.0.0.2:51820\"}\n",
			    lines, key_text(&keys[0], a), key_text(&keys[1], b));
}

static const struct observed_route *route_to(struct world *world, const char *text)
{
	const struct observed_route *found = NULL;
	struct prefix prefix;

	ck_assert(prefix_parse(text, &prefix));
	vec_each (route, &world->kernel.routes)
		if (prefix_compare(&route->destination, &prefix) == 0) {
			ck_assert_msg(!found, "two routes to %s", text);
			found = route;
		}
	return found;
}

static bool has(struct world *world, unsigned peer, const char *text)
{
	struct wg_key key = world_key(peer);
	struct prefix prefix;

	ck_assert(prefix_parse(text, &prefix));
	vec_each (there, &world_interface(world, "wg0")->peers)
		vec_each (allowed, &there->allowed_ips)
			if (key_compare(&there->public_key, &key) == 0 &&
			    prefix_compare(allowed, &prefix) == 0)
				return true;
	return false;
}

static void run_settled(struct world *world)
{
	world_run(world);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_uint_eq(world->complaints.n, 0);
}

static void commit(struct world *world, const char *lines)
{
	world_declare(world, site(world->arena, lines));
	run_settled(world);
}

/* Route and allowed IP are added, moved, changed and removed together. */
START_TEST(via_route_and_allowed_ip_are_one)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "    routes: none\n"));

	run_settled(world);
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	commit(world, "    routes: [{to: 10.9.0.0/16, via_peer: a, metric: 7, src: 10.0.0.9}]\n");
	ck_assert(has(world, 0, "10.9.0.0/16"));
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->metric, 7);
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->source.b[3], 9);
	commit(world, "    routes: [{to: 10.9.0.0/16, via_peer: b, metric: 7, src: 10.0.0.8}]\n");
	ck_assert(has(world, 1, "10.9.0.0/16") && !has(world, 0, "10.9.0.0/16"));
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->source.b[3], 8);
	commit(world, "    routes: [{to: 10.9.0.0/16, via_peer: b, table: 50}]\n");
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->table, 50);
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->source.family, FAMILY_NONE);
	commit(world, "    routes: [{to: 10.9.0.0/16, via_peer: b, table: 50, src: 10.0.0.8}]\n");
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->source.b[3], 8);
	commit(world, "    routes: none\n");
	ck_assert(!has(world, 1, "10.9.0.0/16"));
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* In the lossless order: the allowed IP is added before the route, and the route is removed
 * first. */
START_TEST(via_route_is_never_without_its_peer)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "    routes: none\n"));

	run_settled(world);
	world_declare(world, site(arena, "    routes: [{to: 10.9.0.0/16, via_peer: a}]\n"));
	world_run(world);
	ck_assert_int_eq(world->plan.changes.list.at[0].kind, CHANGE_ALLOWED_IP_ADD);
	ck_assert_int_eq(world->plan.changes.list.at[1].kind, CHANGE_ROUTE_ADD);
	world_declare(world, site(arena, "    routes: none\n"));
	world_run(world);
	ck_assert_int_eq(world->plan.changes.list.at[0].kind, CHANGE_ROUTE_REMOVE);
	ck_assert_int_eq(world->plan.changes.list.at[1].kind, CHANGE_ALLOWED_IP_REMOVE);
	world_free(world);
	arena_free(arena);
}
END_TEST

START_TEST(the_policy_beside_via_routes)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(
		arena, "    routes: [allowed_ips, {to: 10.9.0.0/16, via_peer: a, metric: 5}]\n"));

	run_settled(world);
	ck_assert_ptr_nonnull(route_to(world, "10.99.0.1/32"));
	ck_assert_uint_eq(route_to(world, "10.9.0.0/16")->metric, 5);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* The same prefix by the policy, through a peer that is enabled, gets its route. */
START_TEST(via_route_of_a_disabled_peer)
{
	struct arena *arena = arena_new();
	struct wg_key keys[2] = { world_key(0), world_key(1) };
	char a[KEY_TEXT_MAX], b[KEY_TEXT_MAX];
	struct world *world = world_new(arena_printf(
		arena,
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    private_key_file: /dev/null\n"
		"    routes: [allowed_ips, {to: 10.8.0.0/16, via_peer: a}]\n"
		"    peers:\n"
		"      a: {public_key: \"%s\", enabled: false, allowed_ips: [10.9.0.0/16]}\n"
		"      b: {public_key: \"%s\", allowed_ips: [10.9.0.0/16]}\n",
		key_text(&keys[0], a), key_text(&keys[1], b)));

	run_settled(world);
	ck_assert_ptr_null(route_to(world, "10.8.0.0/16"));
	ck_assert_ptr_nonnull(route_to(world, "10.9.0.0/16"));
	ck_assert(has(world, 1, "10.9.0.0/16"));
	world_free(world);
	arena_free(arena);
}
END_TEST

/* ---- Routes that would cut the tunnel off ---- */

static const struct {
	const char *name;
	const char *lines;
	const char *underlay; /* the route to the endpoint; NULL: none */
	uint32_t underlay_table;
	uint32_t underlay_metric;
	bool added;
} cutoffs[] = {
	{ "a default route over a default route", "    routes: [{to: 0.0.0.0/0, via_peer: b}]\n",
	  "0.0.0.0/0", TABLE_MAIN, 100, false },
	{ "below a better default route",
	  "    routes: [{to: 0.0.0.0/0, via_peer: b, metric: 200}]\n", "0.0.0.0/0", TABLE_MAIN, 100,
	  true },
	{ "beside a default route of the same metric",
	  "    routes: [{to: 0.0.0.0/0, via_peer: b, metric: 100}]\n", "0.0.0.0/0", TABLE_MAIN, 100,
	  false },
	{ "the endpoint on a link of ours", "    routes: [{to: 0.0.0.0/0, via_peer: b}]\n",
	  "192.0.0.0/24", TABLE_MAIN, 0, true },
	{ "the halves of a default route", "    routes: [{to: 128.0.0.0/1, via_peer: a}]\n",
	  "0.0.0.0/0", TABLE_MAIN, 0, false },
	{ "the half without the endpoint", "    routes: [{to: 0.0.0.0/1, via_peer: a}]\n",
	  "0.0.0.0/0", TABLE_MAIN, 0, true },
	{ "the endpoint itself", "    routes: [{to: 192.0.0.2/32, via_peer: a}]\n", "192.0.0.0/24",
	  TABLE_MAIN, 0, false },
	{ "no other route yet", "    routes: [{to: 0.0.0.0/0, via_peer: b}]\n", NULL, 0, 0, false },
	{ "a table of its own", "    routes: [{to: 0.0.0.0/0, via_peer: b, table: 51820}]\n",
	  "0.0.0.0/0", TABLE_MAIN, 0, true },
	{ "a rule for the tunnel's packets", "    routes: [{to: 0.0.0.0/0, via_peer: b}]\n",
	  "0.0.0.0/0", 100, 0, true },
	{ "the other family", "    routes: [{to: \"::/0\", via_peer: b}]\n", "0.0.0.0/0",
	  TABLE_MAIN, 0, true },
};

START_TEST(cutoff)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, "    routes: none\n"));
	bool refused = false;

	world->underlay = (struct observed_lookup){ .index = 1, .device = "eth0" };
	if (cutoffs[_i].underlay) {
		world->underlay.found = true;
		world->underlay.table = cutoffs[_i].underlay_table;
		world->underlay.metric = cutoffs[_i].underlay_metric;
		ck_assert(prefix_parse(cutoffs[_i].underlay, &world->underlay.destination));
	}
	run_settled(world);
	world_declare(world, site(arena, cutoffs[_i].lines));
	run_settled(world);
	vec_each (event, &world->plan.events.list)
		refused |= event->kind == EVENT_PROBLEM && strstr(event->text, "not added");
	ck_assert_msg((world->kernel.routes.n == 1) == cutoffs[_i].added, "%s", cutoffs[_i].name);
	ck_assert_msg(refused == !cutoffs[_i].added, "%s", cutoffs[_i].name);
	world_free(world);
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	TCase *tcase = tcase_create("plan_routes");
	Suite *made = suite_create("plan_routes");

	tcase_add_test(tcase, via_route_and_allowed_ip_are_one);
	tcase_add_test(tcase, via_route_is_never_without_its_peer);
	tcase_add_test(tcase, the_policy_beside_via_routes);
	tcase_add_test(tcase, via_route_of_a_disabled_peer);
	tcase_add_loop_test(tcase, cutoff, 0, sizeof(cutoffs) / sizeof(cutoffs[0]));
	suite_add_tcase(made, tcase);
	return made;
}
