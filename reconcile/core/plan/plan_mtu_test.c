/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#define ENDPOINT ", endpoint: \"192.0.0.1:51820\""
#define NAMED ", endpoint: \"vpn.example:51820\""

/* An interface with one peer, and an uplink with this MTU and the one of the route. */
static struct world *world_of(const char *addresses, const char *endpoint, uint32_t device,
			      uint32_t route)
{
	struct arena *arena = arena_new();
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];
	struct world *world = world_new(
		arena_printf(arena,
			     "version: 1\n"
			     "interfaces:\n"
			     "  wg0:\n"
			     "    private_key_file: /dev/null\n"
			     "    mtu: auto\n"
			     "    addresses: [%s]\n"
			     "    peers: {a: {public_key: \"%s\"%s, allowed_ips: [10.9.0.0/16]}}\n",
			     addresses, key_text(&key, text), endpoint));

	*vec_push(world->arena, &world->kernel.links) = (struct observed_link){ 9, "eth1", 100 };
	*vec_push(world->arena, &world->kernel.links) = (struct observed_link){ 1, "eth0", device };
	world->underlay.mtu = route;
	arena_free(arena);
	return world;
}

static uint32_t mtu_of(struct world *world)
{
	return world_interface(world, "wg0")->mtu;
}

/* As wg-quick sets it. */
START_TEST(from_the_route_or_its_device)
{
	static const struct {
		uint32_t device, route, expected;
		const char *addresses, *endpoint;
	} cases[] = {
		{ 1500, 0, 1420, "10.0.0.1/24", ENDPOINT },
		{ 1492, 0, 1412, "10.0.0.1/24", ENDPOINT },
		{ 9000, 0, 8920, "10.0.0.1/24", ENDPOINT },
		{ 9000, 1400, 1320, "10.0.0.1/24", ENDPOINT },
		{ 1400, 0, 1320, "10.0.0.1/24", "" },
		{ 65536, 0, 65456, "10.0.0.1/24", ENDPOINT },
		/* Lookups for the addresses. */
		{ 1300, 0, 1280, "fd00::1/64", ENDPOINT },
		{ 1300, 0, 1220, "10.0.0.1/24", ENDPOINT },
		{ 60, 0, 576, "10.0.0.1/24", ENDPOINT },
		{ UINT32_MAX, 0, 65535, "10.0.0.1/24", ENDPOINT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world *world = world_of(cases[i].addresses, cases[i].endpoint,
					       cases[i].device, cases[i].route);

		world_run(world);
		ck_assert_msg(mtu_of(world) == cases[i].expected, "%zu: %u", i, mtu_of(world));
		world_run(world);
		ck_assert_uint_eq(world->plan.changes.list.n, 0);
		world_free(world);
	}
}
END_TEST

START_TEST(follows_the_route)
{
	struct world *world = world_of("10.0.0.1/24", ENDPOINT, 1500, 0);

	world_run(world);
	world->underlay.mtu = 1400;
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 1);
	ck_assert_uint_eq(mtu_of(world), 1320);
	/* No route, and one into the tunnel itself, do not change it. */
	world->underlay.found = false;
	world_run(world);
	world->underlay.found = true;
	world->underlay.mtu = 0;
	world->underlay.index = world_interface(world, "wg0")->index;
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_uint_eq(mtu_of(world), 1320);
	world_free(world);
}
END_TEST

/* A new interface has the default route's, an existing one keeps its own. */
START_TEST(endpoint_not_known_yet)
{
	struct world *world = world_of("10.0.0.1/24", NAMED, 1492, 0);

	world_run(world);
	ck_assert_uint_eq(mtu_of(world), 1412);
	world->kernel.links.at[1].mtu = 1400;
	world_run(world);
	ck_assert_uint_eq(mtu_of(world), 1412);
	world_free(world);
}
END_TEST

SUITE("plan_mtu", from_the_route_or_its_device, follows_the_route, endpoint_not_known_yet)
