/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "test/unit.h"
#include "test/world.h"

#include <stdio.h>

#define TIMER 5000

START_TEST(first_configuration_makes_before_it_uses)
{
	struct world *world = world_with_gateways(WORLD_SITE);
	enum change_kind last = 0;

	world_run(world);
	vec_each (change, &world->plan.changes.list) {
		ck_assert_int_ge(change->kind, last);
		last = change->kind;
	}
	ck_assert_int_eq(world->plan.changes.list.at[0].kind, CHANGE_LINK_ADD);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 2);
	/* The kernel adds the route to 10.0.0.0/24 with the address. */
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 2);
	world_run_settled(world);
	world_finish(world);
}
END_TEST

/* What changed on the interface, one declaration after the other. */
static const struct {
	const char *yaml;
	enum change_kind kind;
	unsigned changes;
	const char *text;
} edits[] = {
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, mtu: 1380}}\n",
	  CHANGE_LINK_MTU, 1, "mtu 1420 -> 1380" },
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, listen_port: 7}}\n",
	  CHANGE_DEVICE_LISTEN_PORT, 1, "listen port 7" },
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, fwmark: 0x10}}\n",
	  CHANGE_DEVICE_FWMARK, 1, "fwmark off -> 0x10" },
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, addresses: [10.0.0.5/32]}}\n",
	  CHANGE_ADDRESS_ADD, 1, "address 10.0.0.5/32" },
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {a: {public_key: $0}}}}\n",
	  CHANGE_PEER_ADD, 1, "peer a, no allowed IPs" },
	{ "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, table: 77, metric: 5, "
	  "peers: {a: {public_key: $0, allowed_ips: [10.7.0.0/16]}}}}\n",
	  CHANGE_ROUTE_ADD, 2, "route 10.7.0.0/16 table 77 metric 5" },
};

START_TEST(each_edit_is_one_change_there_and_back)
{
	const char *empty = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n";
	struct world *world = world_with_gateways(empty);

	world_run(world);
	world_run_settled(world);
	world_declare(world, edits[_i].yaml);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, edits[_i].changes);
	ck_assert_str_eq(change_text(world_only_change(world, edits[_i].kind), world->arena),
			 edits[_i].text);
	world_run_settled(world);
	world_declare(world, empty);
	world_run(world);
	/* Settings no longer declared are kept (mtu, port) or removed. */
	world_run_settled(world);
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	ck_assert_uint_eq(world->kernel.addresses.n, 0);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 0);
	world_finish(world);
}
END_TEST

START_TEST(allowed_ip_moves_in_one_change)
{
	struct world *world = world_with_gateways(
		"version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {"
		"a: {public_key: $0, allowed_ips: [10.7.0.0/16, 10.8.0.0/16]}, "
		"b: {public_key: $1}}}}\n");
	const struct change *move;

	world_run(world);
	world_declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {"
			     "a: {public_key: $0, allowed_ips: [10.8.0.0/16]}, "
			     "b: {public_key: $1, allowed_ips: [10.7.0.0/16]}}}}\n");
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 1);
	move = world_only_change(world, CHANGE_ALLOWED_IP_ADD);
	ck_assert_str_eq(move->peer, "b");
	ck_assert_str_eq(move->from_peer, "a");
	world_run_settled(world);
	world_finish(world);
}
END_TEST

START_TEST(others_objects_are_left_alone)
{
	struct world *world = world_with_gateways(WORLD_SITE);
	struct prefix foreign;
	uint32_t index;

	world_run(world);
	index = world_interface(world, "wg0")->index;
	ck_assert(prefix_parse("172.16.0.0/12", &foreign));
	*vec_push(world->arena, &world->kernel.routes) = (struct observed_route){
		.index = index, .destination = foreign, .table = TABLE_MAIN, .protocol = 3
	};
	*vec_push(world->arena,
		  &world->kernel.addresses) = (struct observed_address){ .index = index,
									 .prefix = foreign };
	world_run_settled(world);
	world_finish(world);
}
END_TEST

START_TEST(others_route_to_the_same_place_serves)
{
	struct world *world = world_with_gateways(WORLD_SITE);

	world_run(world);
	vec_each (route, &world->kernel.routes)
		route->protocol = 3; /* boot: as made by a foreign script */
	world_run_settled(world);
	world_finish(world);
}
END_TEST

START_TEST(unmanaged_peers)
{
	const char *keep = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
			   "unmanaged_peers: keep, peers: {a: {public_key: $0}}}}\n";
	const char *keep_none = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
				"unmanaged_peers: keep}}\n";
	struct world *world = world_with_gateways(keep);
	struct observed_peer *foreign;

	world_run(world);
	foreign = vec_push(world->arena, &world_interface(world, "wg0")->peers);
	foreign->public_key = world_key(5);
	world_run_settled(world);
	/* Ours is recorded, and removed. */
	world_declare(world, keep_none);
	world_run(world);
	ck_assert(key_compare(&world_only_change(world, CHANGE_PEER_REMOVE)->public_key,
			      &world->gateways.at[0].key) == 0);
	world_run_settled(world);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
	world_declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n");
	world_run(world);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 0);
	world_finish(world);
}
END_TEST

/* It is left alone in the first and later runs; all else is applied. */
START_TEST(a_peer_with_the_own_key_is_a_problem)
{
	struct world *world = world_with_gateways(WORLD_SITE);
	struct observed_interface *wg0;

	world->desired->interfaces.at[0].public_key =
		world->desired->interfaces.at[0].peers.at[0].public_key;
	for (int i = 0; i < 2; i++) {
		world_run(world);
		ck_assert_uint_eq(world->plan.events.problems, 1);
		ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
		ck_assert_int_eq(world->plan.changes.list.n == 0, i);
	}
	/* Likewise if only the kernel has the key. */
	world->desired->interfaces.at[0].public_key = (struct wg_key){ 0 };
	wg0 = world_interface(world, "wg0");
	wg0->has_private_key = true;
	wg0->public_key = world_key(1);
	wg0->peers.n = 0;
	world_run(world);
	ck_assert(world_event(world, EVENT_PROBLEM, "b"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	world_finish(world);
}
END_TEST

START_TEST(preshared_keys)
{
	const char *without = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
			      "peers: {a: {public_key: $0}}}}\n";
	struct world *world = world_with_gateways(without);
	const struct change *change;

	world_run(world);
	world_peer(world, "wg0", "gw000")->preshared_key = world_key(9);
	world_run(world);
	change = world_only_change(world, CHANGE_PEER_PRESHARED_KEY);
	ck_assert_str_eq(change_text(change, world->arena), "peer a preshared key removed");
	world_run_settled(world);
	world_declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
			     "peers: {a: {public_key: $0, preshared_key: keep}}}}\n");
	world_peer(world, "wg0", "gw000")->preshared_key = world_key(9);
	world_run_settled(world);
	world_finish(world);
}
END_TEST

Suite *suite(void)
{
	const TTest *const tests[] = {
		first_configuration_makes_before_it_uses,
		allowed_ip_moves_in_one_change,
		others_objects_are_left_alone,
		others_route_to_the_same_place_serves,
		unmanaged_peers,
		a_peer_with_the_own_key_is_a_problem,
		preshared_keys,
	};
	Suite *made = suite_create("plan");
	TCase *each = tcase_create("plan");

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(each, tests[i]);
	tcase_add_loop_test(each, each_edit_is_one_change_there_and_back, 0,
			    sizeof(edits) / sizeof(edits[0]));
	suite_add_tcase(made, each);
	return made;
}
