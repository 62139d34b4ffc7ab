/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#define SITE                                                                                       \
	"version: 1\n"                                                                             \
	"interfaces: {wg0: {private_key_file: /dev/null, peers: {a: {public_key: $0}}}}\n"

/* Nothing is planned for the interface, and the problem is reported once. */
static void check_problem(struct world *world, const char *text)
{
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 1);
	ck_assert_ptr_nonnull(strstr(world->plan.events.list.at[0].text, text));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_finish(world);
}

START_TEST(other_kind_is_left_alone)
{
	struct world *world = world_new(SITE);

	world_add_interface(world, "wg0")->kind = LINK_OTHER;
	check_problem(world, "not a WireGuard interface");
}
END_TEST

START_TEST(unreadable_is_left_alone)
{
	struct world *world = world_new(SITE);

	world_add_interface(world, "wg0")->unreadable = "its socket does not answer";
	check_problem(world, "its socket does not answer");
}
END_TEST

START_TEST(without_a_key_it_cannot_be_made)
{
	check_problem(world_new("version: 1\ninterfaces: {wg0: {}}\n"), "private_key_file");
}
END_TEST

/* Waiting for an interface of another program is not a problem. */
START_TEST(others_is_waited_for)
{
	struct world *world = world_new(
		"version: 1\ninterfaces: {vpn: {create: false, peers: {a: {public_key: $0}}}}\n");

	world_run(world);
	ck_assert(world_event(world, EVENT_WAITING, NULL));
	ck_assert_uint_eq(world->plan.events.problems, 0);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_add_interface(world, "vpn");
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	world_run_settled(world);
	world_finish(world);
}
END_TEST

SUITE("plan_link", other_kind_is_left_alone, unreadable_is_left_alone,
      without_a_key_it_cannot_be_made, others_is_waited_for)
