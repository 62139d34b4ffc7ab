/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

START_TEST(own_is_deleted)
{
	struct world *world = world_new(
		"version: 1\ninterfaces: {wg0: {private_key_file: /dev/null, "
		"addresses: [10.0.0.1/24], peers: {a: {public_key: $0}}}}\n");

	world_add_interface(world, "wg9")->alias = OWNER_ALIAS "somebody";
	world_run(world);
	world_declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_LINK_REMOVE), 1);
	ck_assert_ptr_null(world_interface(world, "wg0"));
	world_run_settled(world);
	ck_assert_ptr_nonnull(world_interface(world, "wg9"));
	world_finish(world);
}
END_TEST

/* The interface itself stays, and the earlier peer. */
START_TEST(what_this_tool_put_on_others_goes)
{
	struct world *world = world_new(
		"version: 1\ninterfaces: {vpn: {create: false, addresses: [10.0.0.1/32], peers: {"
		"a: {public_key: $0, allowed_ips: [10.1.0.0/16]}}}}\n");
	struct observed_peer *foreign;

	world_add_interface(world, "vpn");
	foreign = vec_push(world->arena, &world_interface(world, "vpn")->peers);
	foreign->public_key = world_key(7);
	world_run(world);
	world_run_settled(world);
	ck_assert_uint_eq(world_interface(world, "vpn")->peers.n, 2);
	world_declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	world_run_settled(world);
	ck_assert_uint_eq(world_interface(world, "vpn")->peers.n, 1);
	ck_assert_uint_eq(world->kernel.routes.n, 0);
	ck_assert_uint_eq(world->kernel.addresses.n, 0);
	world_finish(world);
}
END_TEST

SUITE("plan_undeclared", own_is_deleted, what_this_tool_put_on_others_goes)
