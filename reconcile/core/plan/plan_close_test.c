/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

/* A full tunnel to one of two gateways, with further lines of the interface. */
static const char *full_tunnel(struct arena *arena, const char *lines)
{
	struct wg_key keys[2] = { world_key(0), world_key(1) };
	char first[KEY_TEXT_MAX], second[KEY_TEXT_MAX];

	return arena_printf(arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0:\n"
			    "    private_key_file: /dev/null\n"
			    "    fwmark: 51820\n"
			    "    table: 51820\n"
			    "%s"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: wg0\n"
			    "    peers:\n"
			    "      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:51820\", "
			    "allowed_ips: [0.0.0.0/0]}\n"
			    "      gw001: {public_key: \"%s\", endpoint: \"192.0.0.2:51820\", "
			    "allowed_ips: [0.0.0.0/0]}\n",
			    lines, key_text(&keys[0], first), key_text(&keys[1], second));
}

static struct world *world_of(const char *lines)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(full_tunnel(arena, lines));

	world_add_gateways(world, 2);
	arena_free(arena);
	return world;
}

static void declare(struct world *world, const char *lines)
{
	world_declare(world, full_tunnel(world->arena, lines));
}

/* Both parts: a rule that directs everything to the table, and the table's routes. */
static void check_closed(const struct world *world, uint32_t table)
{
	bool ruled = false, closed = false;

	vec_each (rule, &world->kernel.rules)
		ruled |= rule->not_fwmark && rule->table == table && rule->family == FAMILY_IPV4;
	vec_each (route, &world->kernel.unreachable)
		closed |= route->table == table && route->metric == UINT32_MAX &&
			  route->destination.length == 0;
	ck_assert(ruled && closed);
	vec_each (route, &world->kernel.unreachable)
		ck_assert_int_eq(route->destination.ip.family, FAMILY_IPV4);
}

/* The index of the first change of the kind; and with unreachable. */
static size_t place_of(const struct world *world, enum change_kind kind, bool unreachable)
{
	for (size_t i = 0; i < world->plan.changes.list.n; i++)
		if (world->plan.changes.list.at[i].kind == kind &&
		    world->plan.changes.list.at[i].unreachable == unreachable)
			return i;
	ck_abort_msg("no such change");
	return 0;
}

START_TEST(closed_while_no_gateway_lives)
{
	struct world *world = world_of("    rules: fwmark\n");

	world_run(world);
	check_closed(world, 51820);
	ck_assert_uint_lt(place_of(world, CHANGE_ROUTE_ADD, true),
			  place_of(world, CHANGE_ROUTE_ADD, false));
	for (unsigned i = 0; i < 100; i++) {
		world_pass(world, 5000);
		world_run(world);
		check_closed(world, 51820);
		ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_REMOVE), 0);
		ck_assert_uint_eq(world_changes(world, CHANGE_RULE_REMOVE), 0);
	}
	world_gateway(world, "gw001")->alive = true;
	world_runs(world, 20, 5000);
	ck_assert_uint_eq(world_carrying(world), 1);
	check_closed(world, 51820);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

START_TEST(opened_when_declared_so)
{
	struct world *world = world_of("    rules: fwmark\n");

	world_run(world);
	check_closed(world, 51820);
	declare(world, "    rules: fwmark\n    kill_switch: false\n");
	world_run(world);
	ck_assert_uint_eq(world->kernel.unreachable.n, 0);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	declare(world, "    rules: fwmark\n");
	world_run(world);
	check_closed(world, 51820);
	declare(world, "");
	world_run(world);
	ck_assert_uint_eq(world->kernel.unreachable.n, 0);
	ck_assert_uint_lt(place_of(world, CHANGE_RULE_REMOVE, false),
			  place_of(world, CHANGE_ROUTE_REMOVE, true));
	ck_assert_uint_eq(world->kernel.rules.n, 0);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

START_TEST(nothing_stays_of_what_is_no_longer_declared)
{
	struct world *world = world_of("    rules: fwmark\n");

	world_run(world);
	world_declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	ck_assert_uint_eq(world->kernel.unreachable.n, 0);
	ck_assert_uint_eq(world->kernel.rules.n, 0);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

/* Its pair of rules looks up the table, so its route stays. */
START_TEST(another_instance_keeps_its_table_closed)
{
	struct world *world = world_of("    rules: fwmark\n    rule_priority: 10000\n");

	*vec_push(world->arena,
		  &world->kernel.rules) = (struct observed_rule){ .family = FAMILY_IPV4,
								  .priority = 20001,
								  .table = 7,
								  .not_fwmark = true,
								  .fwmark = 7,
								  .suppress_prefix_length = -1 };
	*vec_push(world->arena, &world->kernel.unreachable) = (struct observed_route){
		.destination.ip.family = FAMILY_IPV4,
		.table = 7,
		.metric = UINT32_MAX,
		.protocol = OWNER_PROTOCOL,
		.unreachable = true
	};
	*vec_push(world->arena, &world->kernel.others) = (struct observed_other){ .name = "wg7",
										  .fwmark = 7 };
	world_run(world);
	check_closed(world, 51820);
	check_closed(world, 7);
	world_free(world);
}
END_TEST

START_TEST(not_closed_without_default_route)
{
	struct arena *arena = arena_new();
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];
	struct world *world = world_new(arena_printf(
		arena,
		"version: 1\n"
		"interfaces:\n"
		"  wg0: {private_key_file: /dev/null, fwmark: 1, table: 5, rules: fwmark,\n"
		"    peers: {a: {public_key: \"%s\", allowed_ips: [10.0.0.0/8]}}}\n",
		key_text(&key, text)));

	world_run(world);
	ck_assert_uint_eq(world->kernel.unreachable.n, 0);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	world_free(world);
	arena_free(arena);
}
END_TEST

SUITE("plan_close", closed_while_no_gateway_lives, opened_when_declared_so,
      nothing_stays_of_what_is_no_longer_declared, another_instance_keeps_its_table_closed,
      not_closed_without_default_route)
