/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#define INTERFACE(name, port, address)                                                             \
	"  " name ": {private_key_file: /dev/null, listen_port: " port ", addresses: [" address    \
	"]}\n"
#define HEAD "version: 1\ninterfaces:\n"

START_TEST(ports_are_swapped)
{
	struct world *world = world_new(HEAD INTERFACE("wga", "1199", "10.1.0.1/24")
						INTERFACE("wgb", "1200", "10.2.0.1/24"));

	world_settle(world);
	world_declare(world, HEAD INTERFACE("wga", "1200", "10.1.0.1/24")
				     INTERFACE("wgb", "1199", "10.2.0.1/24"));
	world_settle(world);
	ck_assert_uint_eq(world_interface(world, "wga")->listen_port, 1200);
	ck_assert_uint_eq(world_interface(world, "wgb")->listen_port, 1199);
	world_free(world);
}
END_TEST

/* Port and address are released first; the link is removed last, and only if the other one
 * exists. */
START_TEST(an_interface_is_renamed)
{
	struct world *world = world_new(HEAD INTERFACE("wg0", "1199", "10.1.0.1/24"));
	size_t last;

	world_settle(world);
	world_declare(world, HEAD INTERFACE("home", "1199", "10.1.0.1/24"));
	world_run(world);
	last = world->plan.changes.list.n - 1;
	ck_assert_int_eq(world->plan.changes.list.at[last].kind, CHANGE_LINK_REMOVE);
	vec_each (change, &world->plan.changes.list)
		if (strcmp(change->interface, "wg0") == 0)
			ck_assert_str_eq(change->heir, "home");
	ck_assert_uint_eq(world_changes(world, CHANGE_DEVICE_PORT_RELEASE), 1);
	ck_assert_uint_eq(world_changes(world, CHANGE_ADDRESS_REMOVE), 1);
	world_settle(world);
	ck_assert_ptr_null(world_interface(world, "wg0"));
	world_free(world);
}
END_TEST

SUITE("plan_passing", ports_are_swapped, an_interface_is_renamed)
