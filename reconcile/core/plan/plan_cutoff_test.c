/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

/* gw000 with this endpoint and allowed IPs, on wg0 with further lines. */
static const char *site(struct arena *arena, const char *lines, const char *endpoint,
			const char *allowed_ips)
{
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];

	return arena_printf(
		arena,
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    private_key_file: /dev/null\n"
		"%s"
		"    peers:\n"
		"      gw000: {public_key: \"%s\", endpoint: \"%s\", allowed_ips: [%s], "
		"persistent_keepalive: 25}\n",
		lines, key_text(&key, text), endpoint, allowed_ips);
}

#define ADDRESS "    addresses: [10.9.0.2/32]\n"
#define HALVES "0.0.0.0/1, 128.0.0.0/1"

static struct world *world_of(const char *lines, const char *endpoint, const char *allowed_ips)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(site(arena, lines, endpoint, allowed_ips));

	world_add_gateways(world, 1);
	arena_free(arena);
	return world;
}

static bool has_route(const struct world *world, const char *text)
{
	struct prefix prefix;

	ck_assert(prefix_parse(text, &prefix));
	vec_each (route, &world->kernel.routes)
		if (prefix_compare(&route->destination, &prefix) == 0)
			return true;
	return false;
}

/* Everything is reached by this route, out of eth0 or of wg0. */
static void reach(struct world *world, const char *through, bool tunnel)
{
	ck_assert(prefix_parse(through, &world->underlay.destination));
	world->underlay.index = tunnel ? world_interface(world, "wg0")->index : 1;
	world->underlay.device = tunnel ? "wg0" : "eth0";
}

static void add_server(struct world *world, const char *address)
{
	ck_assert(ip_parse(address, vec_push(world->arena, &world->kernel.name_servers)));
}

START_TEST(route_in_place_is_withdrawn)
{
	struct world *world = world_of(ADDRESS, "192.0.0.1:51820", HALVES);

	reach(world, "192.0.0.0/24", false);
	world_run(world);
	ck_assert(has_route(world, "128.0.0.0/1") && has_route(world, "0.0.0.0/1"));
	/* The more specific route was removed. */
	reach(world, "128.0.0.0/1", true);
	world_run(world);
	ck_assert(!has_route(world, "128.0.0.0/1") && has_route(world, "0.0.0.0/1"));
	ck_assert(world_event(world, EVENT_PROBLEM, "gw000"));
	/* A default route alone does not bring it back, the specific one does. */
	reach(world, "0.0.0.0/0", false);
	world_run(world);
	ck_assert(!has_route(world, "128.0.0.0/1"));
	reach(world, "192.0.0.0/24", false);
	world_run(world);
	ck_assert(has_route(world, "128.0.0.0/1"));
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

START_TEST(network_of_an_address_is_refused)
{
	struct world *world = world_of(ADDRESS, "192.0.0.1:51820", "10.9.0.0/24");

	world_run(world);
	ck_assert_uint_eq(world->kernel.addresses.n, 1);
	reach(world, "0.0.0.0/0", false);
	world_declare(world, site(world->arena, "    addresses: [192.9.0.2/8]\n", "192.0.0.1:51820",
				  "10.9.0.0/24"));
	world_run(world);
	ck_assert_uint_eq(world->kernel.addresses.n, 1);
	ck_assert_uint_eq(world->kernel.addresses.at[0].prefix.length, 32);
	ck_assert(world_event(world, EVENT_PROBLEM, "gw000"));
	world_free(world);
}
END_TEST

/* A roamed endpoint of a peer is not covered by a new route of another one. */
START_TEST(peer_that_came_is_not_covered)
{
	struct wg_key keys[2] = { world_key(0), world_key(1) };
	char first[KEY_TEXT_MAX], second[KEY_TEXT_MAX];
	const char *const text = "version: 1\n"
				 "interfaces:\n"
				 "  wg0:\n"
				 "    private_key_file: /dev/null\n"
				 "    peers:\n"
				 "      a: {public_key: \"%s\", allowed_ips: [10.9.0.1/32]}\n"
				 "      b: {public_key: \"%s\", allowed_ips: [%s]}\n";
	struct arena *arena = arena_new();
	struct world *world;
	struct observed_peer *peer;

	key_text(&keys[0], first);
	key_text(&keys[1], second);
	world = world_new(arena_printf(arena, text, first, second, "10.9.0.2/32"));
	world_add_gateways(world, 2);
	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	peer->has_endpoint = true;
	ck_assert(endpoint_parse("192.0.0.1:1", &peer->endpoint));
	peer->handshake.sec = world->now.wall / 1000 - 10;
	world_declare(world, arena_printf(arena, text, first, second, "192.0.0.0/28"));
	world_run(world);
	ck_assert(!has_route(world, "192.0.0.0/28"));
	/* A long expired one blocks nothing. */
	world_peer(world, "wg0", "gw000")->handshake.sec -= 1000;
	world_run(world);
	ck_assert(has_route(world, "192.0.0.0/28"));
	world_free(world);
	arena_free(arena);
}
END_TEST

START_TEST(questions_for_names_are_not_caught)
{
	struct world *world = world_of(ADDRESS, "gw.test:51820", HALVES);
	struct world_name *name = vec_push(world->arena, &world->names);

	add_server(world, "203.0.113.53");
	reach(world, "0.0.0.0/0", false);
	name->endpoint = "gw.test:51820";
	name->error = "no answer";
	world_run(world);
	ck_assert(!has_route(world, "128.0.0.0/1"));
	/* Answered, and the endpoint has its own route. */
	name->error = NULL;
	ck_assert(endpoint_parse("192.0.0.1:51820", vec_push(world->arena, &name->addresses)));
	world_gateway(world, "gw000")->alive = true;
	reach(world, "192.0.0.0/24", false);
	world_run(world);
	ck_assert(has_route(world, "128.0.0.0/1"));
	/* It dies, and the query would use it. */
	world_gateway(world, "gw000")->alive = false;
	name->error = "no answer";
	reach(world, "128.0.0.0/1", true);
	world_pass(world, 400000);
	world_run(world);
	ck_assert(!has_route(world, "128.0.0.0/1"));
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

static bool is_ruled(const struct world *world)
{
	vec_each (rule, &world->kernel.rules)
		if (rule->not_fwmark)
			return true;
	return false;
}

#define RULES "    fwmark: 1\n    table: 5\n    rules: fwmark\n" ADDRESS

/* A local resolver queries without the mark. */
START_TEST(rules_wait_for_a_resolver_of_this_machine)
{
	struct world *world = world_of(RULES, "gw.test:51820", "0.0.0.0/0");
	struct world_name *name = vec_push(world->arena, &world->names);

	world->kernel.forwarder = true;
	name->endpoint = "gw.test:51820";
	name->error = "no answer";
	world_runs(world, 3, 5000);
	ck_assert(!is_ruled(world));
	name->error = NULL;
	ck_assert(endpoint_parse("192.0.0.1:51820", vec_push(world->arena, &name->addresses)));
	world_gateway(world, "gw000")->alive = true;
	world_run(world);
	ck_assert(is_ruled(world));
	world_runs(world, 3, 5000);
	ck_assert(is_ruled(world));
	/* Dead, and its name does not resolve any more. */
	world_gateway(world, "gw000")->alive = false;
	name->error = "no answer";
	world_runs(world, 80, 5000);
	ck_assert(!is_ruled(world));
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

START_TEST(rules_wait_for_the_clock)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(
		arena_printf(arena, "%stime: {command: [/bin/true], backoff: 5s}\n",
			     site(arena, RULES, "192.0.0.1:51820", "0.0.0.0/0")));

	world_add_gateways(world, 1);
	world->unsynchronised = true;
	world->synchroniser_error = "no answer";
	world_runs(world, 3, 5000);
	ck_assert(!is_ruled(world));
	ck_assert_uint_gt(world->synchronisations, 1);
	world->synchroniser_error = NULL;
	world_run(world);
	ck_assert(is_ruled(world));
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* Remains of a killed run. */
START_TEST(rules_for_the_synchroniser_are_removed)
{
	struct world *world = world_of(RULES, "192.0.0.1:51820", "0.0.0.0/0");
	struct observed_rule *pass = vec_push(world->arena, &world->kernel.rules);

	pass->family = FAMILY_IPV4;
	pass->priority = 29999;
	pass->table = TABLE_MAIN;
	pass->suppress_prefix_length = -1;
	ck_assert(prefix_parse("203.0.113.123/32", &pass->to));
	world_run(world);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	ck_assert(is_ruled(world));
	world_free(world);
}
END_TEST

SUITE("plan_cutoff", route_in_place_is_withdrawn, network_of_an_address_is_refused,
      peer_that_came_is_not_covered, questions_for_names_are_not_caught,
      rules_wait_for_a_resolver_of_this_machine, rules_wait_for_the_clock,
      rules_for_the_synchroniser_are_removed)
