/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "test/unit.h"
#include "test/world.h"

#define TIMER 5000

START_TEST(roamed_endpoint_stays_until_it_is_declared_anew)
{
	struct world *world = world_with_gateways(WORLD_SITE);
	struct observed_peer *peer;

	world_gateway(world, "gw000")->alive = true;
	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	ck_assert(endpoint_parse("203.0.113.9:999", &peer->endpoint));
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_run_settled(world);
	world_declare(world, "version: 1\n"
			     "interfaces:\n"
			     "  wg0:\n"
			     "    private_key_file: /dev/null\n"
			     "    mtu: 1380\n"
			     "    addresses: [10.0.0.1/24]\n"
			     "    peers:\n"
			     "      a: {public_key: $0, endpoint: \"192.0.0.7:1\", "
			     "allowed_ips: [10.0.0.0/24, 10.1.0.0/16]}\n"
			     "      b: {public_key: $1, allowed_ips: [10.2.0.0/16], "
			     "persistent_keepalive: 25}\n");
	world_run(world);
	ck_assert_str_eq(change_text(world_only_change(world, CHANGE_PEER_ENDPOINT), world->arena),
			 "peer a endpoint 203.0.113.9:999 -> 192.0.0.7:1");
	world_run_settled(world);
	world_finish(world);
}
END_TEST

/* Only with a dead session is the declared endpoint tried again. */
START_TEST(roamed_endpoint_is_reset_when_dead)
{
	struct world *world = world_with_gateways(WORLD_SITE);
	struct observed_peer *peer;

	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	ck_assert(endpoint_parse("203.0.113.9:999", &peer->endpoint));
	world_runs(world, 35, TIMER);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ENDPOINT), 0);
	world_runs(world, 3, TIMER);
	peer = world_peer(world, "wg0", "gw000");
	ck_assert_uint_eq(peer->endpoint.port, 1);
	world_run_settled(world);
	world_finish(world);
}
END_TEST

#define NAMED                                                                                      \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    private_key_file: /dev/null\n"                                                        \
	"    peers:\n"                                                                             \
	"      a: {public_key: $0, endpoint: \"a.example:1\", allowed_ips: [10.1.0.0/16]}\n"

START_TEST(name_is_asked_again_only_when_dead)
{
	struct world *world = world_with_gateways(NAMED);
	struct world_name *name = vec_push(world->arena, &world->names);
	struct observed_peer *peer;

	name->endpoint = "a.example:1";
	ck_assert(endpoint_parse("192.0.0.1:1", vec_push(world->arena, &name->addresses)));
	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	ck_assert_uint_eq(peer->endpoint.ip.b[3], 1);
	peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	ck_assert(endpoint_parse("192.0.0.2:1", &name->addresses.at[0]));
	world_runs(world, 20, TIMER);
	ck_assert_uint_eq(peer->endpoint.ip.b[3], 1);
	world_runs(world, 20, TIMER);
	ck_assert_uint_eq(world_peer(world, "wg0", "gw000")->endpoint.ip.b[3], 2);
	world_finish(world);
}
END_TEST

/* Not every run queries the resolver, however long the peer is dead. */
START_TEST(name_of_a_dead_peer_is_asked_now_and_then)
{
	struct world *world = world_with_gateways(NAMED);
	struct world_name *name = vec_push(world->arena, &world->names);
	msec_t begin = world->now.boot;
	unsigned most = 1 + 600000 / NAMES_EVERY_MS;

	name->endpoint = "a.example:1";
	ck_assert(endpoint_parse("192.0.0.1:1", vec_push(world->arena, &name->addresses)));
	while (world->now.boot - begin < 600000) {
		world_run(world);
		world_pass(world, TIMER);
	}
	ck_assert_uint_le(world->names_asked, most);
	ck_assert_uint_ge(world->names_asked, most - 1);
	world_finish(world);
}
END_TEST

START_TEST(addresses_of_a_dead_peer_are_tried_in_turn)
{
	struct world *world = world_with_gateways(NAMED);
	struct world_name *name = vec_push(world->arena, &world->names);
	unsigned seen = 0;

	name->endpoint = "a.example:1";
	ck_assert(endpoint_parse("192.0.0.1:1", vec_push(world->arena, &name->addresses)));
	ck_assert(endpoint_parse("192.0.0.2:1", vec_push(world->arena, &name->addresses)));
	ck_assert(endpoint_parse("192.0.0.3:1", vec_push(world->arena, &name->addresses)));
	for (unsigned i = 0; i < 60; i++) {
		world_runs(world, 1, TIMER);
		seen |= 1U << world_peer(world, "wg0", "gw000")->endpoint.ip.b[3];
	}
	ck_assert_uint_eq(seen, 0xe);
	world_finish(world);
}
END_TEST

/* The last bytes of the addresses set in the first round of four, in order. */
static unsigned first_turn(const char *yaml, uint64_t seed)
{
	static const char *const addresses[] = { "192.0.0.1:1", "192.0.0.2:1", "192.0.0.3:1",
						 "192.0.0.4:1" };
	struct world *world = world_with_gateways(yaml);
	struct world_name *name = vec_push(world->arena, &world->names);
	unsigned order = 0, n = 0;

	name->endpoint = "a.example:1";
	for (unsigned i = 0; i < 4; i++)
		ck_assert(endpoint_parse(addresses[i], vec_push(world->arena, &name->addresses)));
	for (unsigned i = 0; i < 100 && n < 4; i++) {
		world->seed = seed;
		world_run(world);
		vec_each (change, &world->plan.changes.list)
			if (change->has_endpoint) {
				order = order * 10 + change->endpoint.ip.b[3];
				n++;
			}
		world_pass(world, TIMER);
	}
	ck_assert_uint_eq(n, 4);
	world_finish(world);
	return order;
}

START_TEST(plain_peers_take_addresses_in_order_and_members_draw)
{
	const char *member = "version: 1\n"
			     "interfaces: {wg0: {private_key_file: /dev/null}}\n"
			     "selectors:\n"
			     "  uplink:\n"
			     "    interface: wg0\n"
			     "    peers: {a: {public_key: $0, endpoint: \"a.example:1\", "
			     "allowed_ips: [10.1.0.0/16]}}\n";
	unsigned different = 0;

	for (uint64_t seed = 1; seed <= 10; seed++) {
		ck_assert_uint_eq(first_turn(NAMED, seed), 1234);
		different += first_turn(member, seed) != first_turn(member, seed + 1);
	}
	ck_assert_uint_gt(different, 5);
}
END_TEST

/* An address becomes a name that does not resolve at first: the change is kept. */
START_TEST(declared_name_is_asked_until_answered)
{
	struct world *world = world_with_gateways(
		"version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {a: "
		"{public_key: $0, endpoint: \"192.0.0.9:1\", allowed_ips: [10.1.0.0/16]}}}}\n");
	struct world_name *name = vec_push(world->arena, &world->names);

	name->endpoint = "a.example:1";
	name->error = "server failure";
	world_run(world);
	world_peer(world, "wg0", "gw000")->handshake.sec = world->now.wall / 1000;
	world_declare(world, NAMED);
	world_runs(world, 2, TIMER);
	ck_assert_uint_eq(world_peer(world, "wg0", "gw000")->endpoint.ip.b[3], 9);
	name->error = NULL;
	ck_assert(endpoint_parse("192.0.0.1:1", vec_push(world->arena, &name->addresses)));
	world_run(world);
	ck_assert_uint_eq(world_peer(world, "wg0", "gw000")->endpoint.ip.b[3], 1);
	world_run_settled(world);
	world_finish(world);
}
END_TEST

START_TEST(unresolved_name_is_a_problem_and_blocks_nothing)
{
	struct world *world = world_with_gateways(NAMED);

	world_run(world);
	ck_assert(world_event(world, EVENT_PROBLEM, "a"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert(!world_only_change(world, CHANGE_PEER_ADD)->has_endpoint);
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 1);
	world_finish(world);
}
END_TEST

SUITE("plan_peers", roamed_endpoint_stays_until_it_is_declared_anew,
      roamed_endpoint_is_reset_when_dead, name_is_asked_again_only_when_dead,
      name_of_a_dead_peer_is_asked_now_and_then, addresses_of_a_dead_peer_are_tried_in_turn,
      plain_peers_take_addresses_in_order_and_members_draw, declared_name_is_asked_until_answered,
      unresolved_name_is_a_problem_and_blocks_nothing)
