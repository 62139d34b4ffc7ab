/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#include "base/random.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *declared(struct arena *arena, const char *addresses)
{
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];

	return arena_printf(arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0:\n"
			    "    private_key_file: /dev/null\n"
			    "    addresses: [%s]\n"
			    "    table: 100\n"
			    "    peers: {a: {public_key: \"%s\", allowed_ips: [10.0.0.0/8]}}\n",
			    addresses, key_text(&key, text));
}

/* The addresses of the kernel in its order, secondary ones in brackets. */
static const char *in_kernel(struct world *world)
{
	const char *list = "";

	vec_each (address, &world->kernel.addresses) {
		const struct desired_address own = { address->prefix, address->other_end };
		const char *text = desired_address_text(&own, world->arena);

		list = arena_printf(world->arena, address->secondary ? "%s%s(%s)" : "%s%s%s", list,
				    *list ? " " : "", text);
	}
	return list;
}

static void run_settled(struct world *world)
{
	world_settle(world);
	ck_assert_uint_eq(world->kernel.routes.n, 1);
}

static const struct {
	const char *before, *after, *in_kernel;
} steps[] = {
	{ "10.0.70.1/24", "10.0.70.10/24", "10.0.70.10/24" },
	{ "10.9.0.2/24, 10.9.0.3/24", "10.9.0.3/24", "10.9.0.3/24" },
	{ "10.9.0.2/24", "10.9.0.2/32", "10.9.0.2/32" },
	{ "10.7.0.1/24", "10.8.0.2/32, 10.7.0.1/24", "10.8.0.2/32 10.7.0.1/24" },
	{ "10.7.0.1/24, 10.8.0.2/32", "10.8.0.2/32, 10.7.0.1/24", "10.8.0.2/32 10.7.0.1/24" },
	{ "10.7.0.1/24, 10.7.0.2/24", "10.7.0.2/24, 10.7.0.1/24", "10.7.0.2/24 (10.7.0.1/24)" },
	/* A promoted address follows the other primary ones. */
	{ "10.0.0.1/24, 10.8.0.1/32, 10.0.0.2/24", "10.0.0.2/24, 10.8.0.1/32",
	  "10.0.0.2/24 10.8.0.1/32" },
	{ "10.0.0.1/24, 10.8.0.1/32, 10.0.0.2/24", "10.0.0.2/24, 10.0.0.1/24, 10.8.0.1/32",
	  "10.0.0.2/24 10.8.0.1/32 (10.0.0.1/24)" },
	/* The same own address with another peer address is another address. */
	{ "{address: 10.0.0.1, peer: 10.0.0.2/32}", "{address: 10.0.0.1, peer: 10.0.0.3/32}",
	  "10.0.0.1 peer 10.0.0.3/32" },
	/* Changes that only reorder the others are omitted. */
	{ "10.1.0.1/32, 10.3.0.1/32, 10.2.0.1/32", "10.1.0.1/32, 10.2.0.1/32, 10.3.0.1/32",
	  "10.1.0.1/32 10.3.0.1/32 10.2.0.1/32" },
};

START_TEST(order_is_put_right_in_one_run)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(declared(arena, steps[_i].before));

	run_settled(world);
	world_declare(world, declared(arena, steps[_i].after));
	run_settled(world);
	ck_assert_str_eq(in_kernel(world), steps[_i].in_kernel);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* The first of all, and the first of each network, are primary in the kernel. */
static void assert_first_ones_lead(struct world *world)
{
	const struct desired_interface *interface = &world->desired->interfaces.at[0];
	const struct observed_address *first = &world->kernel.addresses.at[0];

	ck_assert_int_eq(prefix_compare(&first->prefix, &interface->addresses.at[0].prefix), 0);
	vec_each (address, &interface->addresses) {
		struct prefix network = desired_address_network(address);
		bool led = false;

		vec_each (other, &interface->addresses) {
			struct prefix theirs = desired_address_network(other);

			if (other == address)
				break;
			led |= prefix_compare(&theirs, &network) == 0;
		}
		vec_each (there, &world->kernel.addresses)
			if (prefix_compare(&there->prefix, &address->prefix) == 0)
				ck_assert(there->secondary == led);
	}
}

/* Up to six of these addresses, in any order. */
static const char *draw(struct arena *arena, struct random *random)
{
	static const char *const pool[] = { "10.1.0.1/24", "10.1.0.2/24", "10.1.0.3/24",
					    "10.2.0.1/24", "10.2.0.2/24", "10.3.0.1/32" };
	unsigned left = (1u << COUNT(pool)) - 1;
	size_t n = 1 + random_below(random, COUNT(pool));
	const char *list = "";

	while (n > 0) {
		size_t pick = random_below(random, COUNT(pool));

		if (!(left & 1u << pick))
			continue;
		left &= ~(1u << pick);
		list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", pool[pick]);
		n--;
	}
	return list;
}

START_TEST(any_order_is_put_right)
{
	struct arena *arena = arena_new();
	struct random random;
	struct world *world;

	random_seed(&random, 7);
	world = world_new(declared(arena, draw(arena, &random)));
	for (unsigned i = 0; i < 500; i++) {
		run_settled(world);
		assert_first_ones_lead(world);
		world_declare(world, declared(arena, draw(arena, &random)));
	}
	world_free(world);
	arena_free(arena);
}
END_TEST

/* Another program's address is not moved, on a foreign interface. */
START_TEST(foreign_addresses_stay_in_front)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(
		arena_printf(arena, "version: 1\ninterfaces: {wg0: {create: false, "
				    "addresses: [10.2.0.1/24, 10.1.0.1/24]}}\n"));
	uint32_t index = world_add_interface(world, "wg0")->index;
	struct observed_address *foreign = vec_push(world->arena, &world->kernel.addresses);

	foreign->index = index;
	ck_assert(prefix_parse("10.1.0.1/24", &foreign->prefix));
	world_run(world);
	ck_assert_str_eq(in_kernel(world), "10.1.0.1/24 10.2.0.1/24");
	ck_assert_uint_eq(world_changes(world, CHANGE_ADDRESS_MOVE), 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

/* One with the address of the other: released before it is added, the routes stay. */
START_TEST(addresses_pass_from_one_interface_to_another)
{
	static const char *const pairs[][2] = { { "10.1.0.1/24", "10.2.0.1/24" },
						{ "10.2.0.1/24", "10.1.0.1/24" } };
	struct arena *arena = arena_new();
	struct world *world = NULL;

	for (unsigned i = 0; i < 6; i++) {
		const char *text = arena_printf(
			arena,
			"version: 1\ninterfaces:\n"
			"  wg0: {private_key_file: /dev/null, addresses: [%s]}\n"
			"  wg1: {private_key_file: /dev/null, addresses: [%s]}\n",
			pairs[i % 2][0], pairs[i % 2][1]);

		if (world)
			world_declare(world, text);
		else
			world = world_new(text);
		world_run(world);
		if (i)
			vec_each (change, &world->plan.changes.list)
				ck_assert(change->late == (change->kind == CHANGE_ADDRESS_ADD));
		world_run(world);
		ck_assert_uint_eq(world->plan.changes.list.n, 0);
		ck_assert_uint_eq(world->kernel.addresses.n, 2);
	}
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("plan_addresses");
	TCase *tests = tcase_create("plan_addresses");

	tcase_add_loop_test(tests, order_is_put_right_in_one_run, 0, (int)COUNT(steps));
	tcase_add_test(tests, any_order_is_put_right);
	tcase_add_test(tests, foreign_addresses_stay_in_front);
	tcase_add_test(tests, addresses_pass_from_one_interface_to_another);
	suite_add_tcase(made, tests);
	return made;
}
