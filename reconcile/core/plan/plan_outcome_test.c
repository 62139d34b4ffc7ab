/* SPDX-License-Identifier: MIT */
#include "plan_outcome.h"

#include "core/select/select.h"
#include "test/unit.h"
#include "test/world.h"

#include <stdlib.h>

#define TIMER 5000 /* the period of wgreconcile@.timer, in milliseconds */

static struct world *world_of(unsigned n)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(world_yaml(arena, n, "    strategy: ordered\n"));

	arena_free(arena);
	world_add_gateways(world, n);
	return world;
}

static bool left(struct world *world)
{
	vec_each (event, &world->plan.events.list)
		if (event->kind == EVENT_LEFT)
			return true;
	return false;
}

START_TEST(what_was_never_installed_is_not_left)
{
	struct world *world = world_of(2);
	unsigned writes;

	world_gateway(world, "gw000")->alive = true;
	world->broken = "wg0";
	world_run(world);
	writes = world->writes;
	for (unsigned i = 0; i < 10; i++) {
		world_pass(world, TIMER);
		world_run(world);
		ck_assert_msg(!left(world), "run %u: left, and never installed", i);
		ck_assert_msg(world_event(world, EVENT_RESTARTED, "gw000"), "run %u: is silent", i);
	}
	ck_assert_uint_eq(world->writes, writes);
	/* Its trial begins with the run that installs it. */
	world->broken = NULL;
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->since, world->now.boot);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(world_event(world, EVENT_ESTABLISHED, "gw000"));
	world_free(world);
}
END_TEST

START_TEST(what_is_refused_is_left)
{
	struct world *world = world_of(2);

	world_gateway(world, "gw001")->alive = true;
	world->refused = "gw000";
	world_run(world);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(world_event(world, EVENT_LEFT, "gw000"));
	vec_each (event, &world->plan.events.list)
		if (event->kind == EVENT_LEFT)
			ck_assert_int_eq(event->reason, LEFT_REFUSED);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(world_event(world, EVENT_ESTABLISHED, "gw001"));
	world_free(world);
}
END_TEST

/* The declaration changes, and applying it fails: it still counts as changed. */
START_TEST(endpoint_that_was_not_set_is_still_to_be_set)
{
	static const char *const ports[] = { "1111", "2222" };
	struct arena *arena = arena_new();
	struct world *world = NULL;
	struct observed_peer *peer;

	for (unsigned i = 0; i < 2; i++) {
		const char *yaml = arena_printf(
			arena,
			"version: 1\ninterfaces:\n  wg0:\n    private_key_file: k\n    peers:\n"
			"      a: {public_key: KWE5OoXKn8lJgSHOSFvVJrTkakggpABQdW3jkvM0qkE=,\n"
			"        endpoint: \"192.0.2.1:%s\", allowed_ips: [10.0.0.0/24]}\n",
			ports[i]);

		if (world)
			world_declare(world, yaml);
		else
			world = world_new(yaml);
		world->broken = i ? "wg0" : NULL;
		world_run(world);
		world_pass(world, TIMER);
	}
	peer = &world_interface(world, "wg0")->peers.at[0];
	ck_assert_uint_eq(peer->endpoint.port, 1111);
	world->broken = NULL;
	world_run(world);
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.at[0].endpoint.port, 2222);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* The state of an interface whose program hangs is unknown: no decisions. */
START_TEST(slots_of_an_unreadable_interface_stay)
{
	struct world *world = world_of(2);
	const char *recorded;

	world_gateway(world, "gw000")->alive = true;
	for (unsigned i = 0; i < 3; i++) {
		world_run(world);
		world_pass(world, TIMER);
	}
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->state, SLOT_ESTABLISHED);
	recorded = arena_strdup(world->arena, world->recorded);
	world_interface(world, "wg0")->unreadable = "hangs";
	world_interface(world, "wg0")->kind = LINK_OTHER;
	world_run(world);
	ck_assert(world_event(world, EVENT_PROBLEM, NULL));
	ck_assert(!world_event(world, EVENT_WAITING, NULL));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_str_eq(world->recorded, recorded);
	world_free(world);
}
END_TEST

SUITE("plan_outcome", what_was_never_installed_is_not_left, what_is_refused_is_left,
      endpoint_that_was_not_set_is_still_to_be_set, slots_of_an_unreadable_interface_stay)
