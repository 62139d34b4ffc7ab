/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "test/unit.h"
#include "test/world.h"

#define TIMER 5000

/* gw000 answers at 192.0.0.1 only. */
#define SEVERAL                                                                                    \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    private_key_file: /dev/null\n"                                                        \
	"    peers:\n"                                                                             \
	"      a:\n"                                                                               \
	"        public_key: $0\n"                                                                 \
	"        persistent_keepalive: 25\n"                                                       \
	"        allowed_ips: [10.1.0.0/16]\n"                                                     \
	"        endpoints: [\"192.0.0.7:1\", \"192.0.0.8:1\", \"192.0.0.1:1\"]\n"

static const char *endpoint_of(struct world *world)
{
	char text[ENDPOINT_TEXT_MAX];

	return arena_strdup(world->arena,
			    endpoint_text(&world_peer(world, "wg0", "gw000")->endpoint, text));
}

START_TEST(each_endpoint_is_tried_until_one_answers)
{
	struct world *world = world_with_gateways(SEVERAL);

	world_gateway(world, "gw000")->alive = true;
	world_run(world);
	ck_assert_str_eq(endpoint_of(world), "192.0.0.7:1");
	/* Three trials at most, of three timer periods each, and the first look. */
	world_runs(world, 10, TIMER);
	ck_assert_str_eq(endpoint_of(world), "192.0.0.1:1");
	world_runs(world, 200, TIMER);
	ck_assert_str_eq(endpoint_of(world), "192.0.0.1:1");
	world_finish(world);
}
END_TEST

/* Each as often as the others, in a fixed order. */
START_TEST(dead_endpoints_are_tried_in_a_circle)
{
	static const char *const order[] = { "192.0.0.7:1", "192.0.0.1:1", "192.0.0.8:1" };
	struct world *world = world_with_gateways(SEVERAL);
	const char *last;
	size_t at = 0;

	world_run(world);
	last = endpoint_of(world);
	ck_assert_str_eq(last, order[0]);
	for (int i = 0; i < 100; i++) {
		const char *now;

		world_runs(world, 1, TIMER);
		now = endpoint_of(world);
		if (strcmp(now, last) == 0)
			continue;
		at = (at + 1) % 3;
		ck_assert_str_eq(now, order[at]);
		last = now;
	}
	/* Trials are not decisions that must survive a reboot. */
	ck_assert_uint_le(world->writes, 2);
	world_finish(world);
}
END_TEST

START_TEST(roamed_endpoint_stays_while_healthy)
{
	struct world *world = world_with_gateways(SEVERAL);
	struct observed_peer *peer;

	world_run(world);
	for (int i = 0; i < 100; i++) {
		peer = world_peer(world, "wg0", "gw000");
		peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
		ck_assert(endpoint_parse("203.0.113.9:999", &peer->endpoint));
		world_runs(world, 1, TIMER);
		ck_assert_str_eq(endpoint_of(world), "203.0.113.9:999");
	}
	world_finish(world);
}
END_TEST

/* Of names, all addresses are tried beside the literal endpoints. */
START_TEST(names_are_among_them)
{
	struct world *world = world_with_gateways(
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    private_key_file: /dev/null\n"
		"    peers:\n"
		"      a:\n"
		"        public_key: $0\n"
		"        persistent_keepalive: 25\n"
		"        allowed_ips: [10.1.0.0/16]\n"
		"        endpoints: [\"192.0.0.7:1\", \"a.example:1\"]\n");
	struct world_name *name = vec_push(world->arena, &world->names);

	name->endpoint = "a.example:1";
	ck_assert(endpoint_parse("192.0.0.8:1", vec_push(world->arena, &name->addresses)));
	ck_assert(endpoint_parse("192.0.0.1:1", vec_push(world->arena, &name->addresses)));
	world_gateway(world, "gw000")->alive = true;
	world_runs(world, 30, TIMER);
	ck_assert_str_eq(endpoint_of(world), "192.0.0.1:1");
	world_finish(world);
}
END_TEST

/* A member of a selector, too: each trial of the member takes the next one. */
START_TEST(members_try_their_endpoints)
{
	struct world *world = world_with_gateways("version: 1\n"
						  "interfaces:\n"
						  "  wg0: {private_key_file: /dev/null}\n"
						  "selectors:\n"
						  "  uplink:\n"
						  "    interface: wg0\n"
						  "    peers:\n"
						  "      a:\n"
						  "        public_key: $0\n"
						  "        allowed_ips: [10.1.0.0/16]\n"
						  "        endpoints: [\"192.0.0.7:1\", "
						  "\"192.0.0.8:1\", \"192.0.0.1:1\"]\n");

	world_gateway(world, "gw000")->alive = true;
	world_runs(world, 30, TIMER);
	ck_assert_str_eq(endpoint_of(world), "192.0.0.1:1");
	world_finish(world);
}
END_TEST

SUITE("plan_candidates", each_endpoint_is_tried_until_one_answers,
      dead_endpoints_are_tried_in_a_circle, roamed_endpoint_stays_while_healthy,
      names_are_among_them, members_try_their_endpoints)
