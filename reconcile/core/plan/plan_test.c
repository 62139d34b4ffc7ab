/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "test/unit.h"
#include "test/world.h"

#include <stdio.h>

#define TIMER 5000

/* Keys by name in YAML texts: $0 .. $9 stand for world_key(0) .. world_key(9). */
static const char *with_keys(struct arena *arena, const char *yaml)
{
	char *text = arena_alloc(arena, strlen(yaml) * 50), *to = text;

	for (; *yaml; yaml++) {
		struct wg_key key;

		if (yaml[0] != '$') {
			*to++ = *yaml;
			continue;
		}
		key = world_key((unsigned)(*++yaml - '0'));
		*to++ = '"';
		key_text(&key, to);
		to += strlen(to);
		*to++ = '"';
	}
	return text;
}

static struct world *world_from(const char *yaml)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(with_keys(arena, yaml));

	arena_free(arena);
	world_add_gateways(world, 10);
	return world;
}

static void declare(struct world *world, const char *yaml)
{
	world_declare(world, with_keys(world->arena, yaml));
}

static const struct change *only_change(struct world *world, enum change_kind kind)
{
	const struct change *found = NULL;

	vec_each (change, &world->plan.changes.list)
		if (change->kind == kind) {
			ck_assert_msg(!found, "more than one %s", change_word(kind));
			found = change;
		}
	ck_assert_msg(found != NULL, "no %s", change_word(kind));
	return found;
}

static void assert_settled(struct world *world)
{
	world_run(world);
	vec_each (change, &world->plan.changes.list)
		fprintf(stderr, "%c %s\n", change_sign(change->kind),
			change_text(change, world->run_arena));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert(!world->plan.recorded_changed);
}

static void finish(struct world *world)
{
	vec_each (complaint, &world->complaints)
		fprintf(stderr, "%s\n", complaint->text);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}

#define SITE                                                                                              \
	"version: 1\n"                                                                                    \
	"interfaces:\n"                                                                                   \
	"  wg0:\n"                                                                                        \
	"    private_key_file: /dev/null\n"                                                               \
	"    listen_port: 51820\n"                                                                        \
	"    mtu: 1380\n"                                                                                 \
	"    addresses: [10.0.0.1/24]\n"                                                                  \
	"    peers:\n"                                                                                    \
	"      a: {public_key: $0, endpoint: \"192.0.0.1:1\", allowed_ips: [10.0.0.0/24, 10.1.0.0/16]}\n" \
	"      b: {public_key: $1, allowed_ips: [10.2.0.0/16], persistent_keepalive: 25}\n"

START_TEST(first_configuration_makes_before_it_uses)
{
	struct world *world = world_from(SITE);
	enum change_kind last = 0;

	world_run(world);
	vec_each (change, &world->plan.changes.list) {
		ck_assert_int_ge(change->kind, last);
		last = change->kind;
	}
	ck_assert_int_eq(world->plan.changes.list.at[0].kind, CHANGE_LINK_ADD);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 2);
	/* The kernel makes the route to 10.0.0.0/24 with the address. */
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 2);
	assert_settled(world);
	finish(world);
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
	struct world *world = world_from(empty);

	world_run(world);
	assert_settled(world);
	declare(world, edits[_i].yaml);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, edits[_i].changes);
	ck_assert_str_eq(change_text(only_change(world, edits[_i].kind), world->arena),
			 edits[_i].text);
	assert_settled(world);
	declare(world, empty);
	world_run(world);
	/* What is not declared any more is left as it is (mtu, port) or taken away. */
	assert_settled(world);
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	ck_assert_uint_eq(world->kernel.addresses.n, 0);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 0);
	finish(world);
}
END_TEST

START_TEST(allowed_ip_moves_in_one_change)
{
	struct world *world = world_from(
		"version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {"
		"a: {public_key: $0, allowed_ips: [10.7.0.0/16, 10.8.0.0/16]}, "
		"b: {public_key: $1}}}}\n");
	const struct change *move;

	world_run(world);
	declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, peers: {"
		       "a: {public_key: $0, allowed_ips: [10.8.0.0/16]}, "
		       "b: {public_key: $1, allowed_ips: [10.7.0.0/16]}}}}\n");
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 1);
	move = only_change(world, CHANGE_ALLOWED_IP_ADD);
	ck_assert_str_eq(move->peer, "b");
	ck_assert_str_eq(move->from_peer, "a");
	assert_settled(world);
	finish(world);
}
END_TEST

START_TEST(others_objects_are_left_alone)
{
	struct world *world = world_from(SITE);
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
	assert_settled(world);
	finish(world);
}
END_TEST

START_TEST(others_route_to_the_same_place_serves)
{
	struct world *world = world_from(SITE);

	world_run(world);
	vec_each (route, &world->kernel.routes)
		route->protocol = 3; /* boot: as somebody's script would have made it */
	assert_settled(world);
	finish(world);
}
END_TEST

START_TEST(unmanaged_peers)
{
	const char *keep = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
			   "unmanaged_peers: keep, peers: {a: {public_key: $0}}}}\n";
	const char *keep_none = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
				"unmanaged_peers: keep}}\n";
	struct world *world = world_from(keep);
	struct observed_peer *foreign;

	world_run(world);
	foreign = vec_push(world->arena, &world_interface(world, "wg0")->peers);
	foreign->public_key = world_key(5);
	assert_settled(world);
	/* Ours is known from the record, and goes. */
	declare(world, keep_none);
	world_run(world);
	ck_assert(key_compare(&only_change(world, CHANGE_PEER_REMOVE)->public_key,
			      &world->gateways.at[0].key) == 0);
	assert_settled(world);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
	declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n");
	world_run(world);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 0);
	finish(world);
}
END_TEST

START_TEST(roamed_endpoint_stays_until_it_is_declared_anew)
{
	struct world *world = world_from(SITE);
	struct observed_peer *peer;

	world_gateway(world, "gw000")->alive = true;
	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	ck_assert(endpoint_parse("203.0.113.9:999", &peer->endpoint));
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	assert_settled(world);
	declare(world, "version: 1\n"
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
	ck_assert_str_eq(change_text(only_change(world, CHANGE_PEER_ENDPOINT), world->arena),
			 "peer a endpoint 203.0.113.9:999 -> 192.0.0.7:1");
	assert_settled(world);
	finish(world);
}
END_TEST

/* Only a session that is dead gives the declared endpoint another chance. */
START_TEST(roamed_endpoint_is_reset_when_dead)
{
	struct world *world = world_from(SITE);
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
	assert_settled(world);
	finish(world);
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
	struct world *world = world_from(NAMED);
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
	finish(world);
}
END_TEST

/* A resolver is not asked by each run, however long the peer is dead. */
START_TEST(name_of_a_dead_peer_is_asked_now_and_then)
{
	struct world *world = world_from(NAMED);
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
	finish(world);
}
END_TEST

/* Nothing is done for it, in the first run as in later ones; all else is. */
START_TEST(a_peer_with_the_own_key_is_a_problem)
{
	struct world *world = world_from(SITE);

	world->desired->interfaces.at[0].public_key =
		world->desired->interfaces.at[0].peers.at[0].public_key;
	for (int i = 0; i < 2; i++) {
		world_run(world);
		ck_assert_uint_eq(world->plan.events.problems, 1);
		ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
		ck_assert_int_eq(world->plan.changes.list.n == 0, i);
	}
	finish(world);
}
END_TEST

START_TEST(addresses_of_a_dead_peer_are_tried_in_turn)
{
	struct world *world = world_from(NAMED);
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
	finish(world);
}
END_TEST

START_TEST(unresolved_name_is_a_problem_and_blocks_nothing)
{
	struct world *world = world_from(NAMED);

	world_run(world);
	ck_assert(world_event(world, EVENT_PROBLEM, "a"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert(!only_change(world, CHANGE_PEER_ADD)->has_endpoint);
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 1);
	finish(world);
}
END_TEST

START_TEST(preshared_keys)
{
	const char *without = "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
			      "peers: {a: {public_key: $0}}}}\n";
	struct world *world = world_from(without);
	const struct change *change;

	world_run(world);
	world_peer(world, "wg0", "gw000")->preshared_key = world_key(9);
	world_run(world);
	change = only_change(world, CHANGE_PEER_PRESHARED_KEY);
	ck_assert_str_eq(change_text(change, world->arena), "peer a preshared key removed");
	assert_settled(world);
	declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
		       "peers: {a: {public_key: $0, preshared_key: keep}}}}\n");
	world_peer(world, "wg0", "gw000")->preshared_key = world_key(9);
	assert_settled(world);
	finish(world);
}
END_TEST

START_TEST(what_cannot_be_done_is_a_problem)
{
	struct world *world = world_from(SITE);
	struct observed_interface *wg0;

	/* A link of that name that is something else. */
	world_add_interface(world, "wg0")->kind = LINK_OTHER;
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 1);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	/* A peer with the interface's own key. */
	wg0 = world_interface(world, "wg0");
	wg0->kind = LINK_WIREGUARD;
	wg0->has_private_key = true;
	wg0->public_key = world_key(1);
	world_run(world);
	ck_assert(world_event(world, EVENT_PROBLEM, "b"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	/* Nothing to make it with. */
	world_remove_interface(world, "wg0");
	declare(world, "version: 1\ninterfaces: {wg0: {}}\n");
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 1);
	finish(world);
}
END_TEST

START_TEST(undeclared_interface)
{
	struct world *world = world_from(SITE);

	world_add_interface(world, "wg9")->alias = OWNER_ALIAS "somebody";
	world_run(world);
	declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	ck_assert_str_eq(only_change(world, CHANGE_LINK_REMOVE)->interface, "wg0");
	assert_settled(world);
	ck_assert_ptr_nonnull(world_interface(world, "wg9"));
	finish(world);
}
END_TEST

/* Somebody else's interface is not deleted; what this tool put on it goes. */
START_TEST(undeclared_interface_of_others)
{
	struct world *world = world_from(
		"version: 1\ninterfaces: {vpn: {create: false, addresses: [10.0.0.1/32], peers: {"
		"a: {public_key: $0, allowed_ips: [10.1.0.0/16]}}}}\n");
	struct observed_peer *foreign;

	world_add_interface(world, "vpn");
	foreign = vec_push(world->arena, &world_interface(world, "vpn")->peers);
	foreign->public_key = world_key(7);
	world_run(world);
	assert_settled(world);
	ck_assert_uint_eq(world_interface(world, "vpn")->peers.n, 2);
	declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	assert_settled(world);
	ck_assert_uint_eq(world_interface(world, "vpn")->peers.n, 1);
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	ck_assert_uint_eq(world->kernel.addresses.n, 0);
	finish(world);
}
END_TEST

#define RULED(priority)                                                                            \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    private_key_file: /dev/null\n"                                                        \
	"    fwmark: 0x51\n"                                                                       \
	"    table: 51\n"                                                                          \
	"    rules: fwmark\n"                                                                      \
	"    rule_priority: " priority "\n"                                                        \
	"    addresses: [10.0.0.1/32]\n"                                                           \
	"    peers: {a: {public_key: $0, allowed_ips: [0.0.0.0/0, \"::/0\"]}}\n"

START_TEST(rules_come_and_go)
{
	struct world *world = world_from(RULED("1000"));
	struct observed_rule other = { .family = FAMILY_IPV4,
				       .priority = 1001,
				       .table = 99,
				       .not_fwmark = true,
				       .fwmark = 9,
				       .suppress_prefix_length = -1 };

	*vec_push(world->arena, &world->kernel.rules) = other;
	*vec_push(world->arena, &world->kernel.others) = (struct observed_other){ .name = "wg9",
										  .fwmark = 9 };
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_ADD), 4);
	assert_settled(world);
	declare(world, RULED("2000"));
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_ADD), 4);
	/* The other pair of that priority needs its first rule. */
	ck_assert_uint_eq(world_changes(world, CHANGE_RULE_REMOVE), 3);
	assert_settled(world);
	declare(world, "version: 1\ninterfaces: {wg0: {private_key_file: /dev/null}}\n");
	world_run(world);
	assert_settled(world);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	finish(world);
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
		roamed_endpoint_stays_until_it_is_declared_anew,
		roamed_endpoint_is_reset_when_dead,
		name_is_asked_again_only_when_dead,
		name_of_a_dead_peer_is_asked_now_and_then,
		a_peer_with_the_own_key_is_a_problem,
		addresses_of_a_dead_peer_are_tried_in_turn,
		unresolved_name_is_a_problem_and_blocks_nothing,
		preshared_keys,
		what_cannot_be_done_is_a_problem,
		undeclared_interface,
		undeclared_interface_of_others,
		rules_come_and_go,
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
