/* SPDX-License-Identifier: MIT */
#include "test/unit.h"
#include "test/world.h"

#define OURS OWNER_ALIAS "test"
#define OTHERS OWNER_ALIAS "two"

static const char *declared(struct arena *arena, const char *lines)
{
	struct wg_key of_member = world_key(0), of_plain = world_key(1);
	char member[KEY_TEXT_MAX], plain[KEY_TEXT_MAX];

	return arena_printf(arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0:\n"
			    "    private_key_file: /dev/null\n"
			    "%s"
			    "    peers: {b: {public_key: \"%s\", allowed_ips: [10.1.0.0/16]}}\n"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: wg0\n"
			    "    peers:\n"
			    "      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:51820\", "
			    "allowed_ips: [10.9.0.0/24]}\n",
			    lines, key_text(&of_plain, plain), key_text(&of_member, member));
}

static struct world *world_of(const char *lines)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(declared(arena, lines));

	world_add_gateways(world, 3);
	arena_free(arena);
	return world;
}

static void add_peer(struct world *world, unsigned number)
{
	struct observed_interface *wg0 = world_interface(world, "wg0");

	vec_push(world->arena, &wg0->peers)->public_key = world_key(number);
}

static bool says(const struct world *world, const char *text)
{
	vec_each (event, &world->plan.events.list)
		if (event->kind == EVENT_PROBLEM && strstr(event->text, text))
			return true;
	return false;
}

static void check_refused(struct world *world, const char *text)
{
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 1);
	ck_assert(says(world, text));
	ck_assert(says(world, "take_over: true"));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_uint_eq(world->plan.recorded.selectors.n, 0);
	ck_assert_uint_eq(world->plan.recorded.interfaces.n, 0);
}

/* An interface that exists before the first run. */
static const struct {
	const char *what;
	const char *alias;
	const char *lines; /* of the interface */
	bool foreign_peer;
	const char *refused; /* part of the error; NULL: configured */
	const char *alias_after;
} rows[] = {
	{ "ours", OURS, "", true, NULL, OURS },
	{ "another's", OTHERS, "", false, "instance \"two\": left alone by instance \"test\"",
	  OTHERS },
	{ "another's, create", OTHERS, "    create: false\n", false, "\"two\"", OTHERS },
	{ "another's, keep", OTHERS, "    unmanaged_peers: keep\n", true, "\"two\"", OTHERS },
	{ "another's, taken", OTHERS, "    take_over: true\n", true, NULL, OURS },
	{ "another's, taken, create", OTHERS, "    create: false\n    take_over: true\n", true,
	  NULL, OTHERS },
	{ "without an owner", "", "", false, NULL, "" },
	{ "without an owner, taken", "", "    take_over: true\n", false, NULL, OURS },
	{ "foreign", "", "", true, "systemd-networkd", "" },
	{ "foreign, named", "office", "", true, "unmanaged_peers: keep", "office" },
	{ "foreign, create", "", "    create: false\n", true, NULL, "" },
	{ "foreign, keep", "", "    unmanaged_peers: keep\n", true, NULL, "" },
	{ "foreign, taken", "", "    take_over: true\n", true, NULL, OURS },
};

START_TEST(each_row)
{
	struct world *world = world_of(rows[_i].lines);

	world_add_interface(world, "wg0")->alias = rows[_i].alias;
	add_peer(world, 1);
	if (rows[_i].foreign_peer)
		add_peer(world, 77);
	if (rows[_i].refused) {
		check_refused(world, rows[_i].refused);
	} else {
		world_run(world);
		ck_assert_uint_eq(world->plan.events.problems, 0);
		ck_assert_ptr_nonnull(world_peer(world, "wg0", "gw000"));
	}
	ck_assert_str_eq(world_interface(world, "wg0")->alias, rows[_i].alias_after);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}
END_TEST

START_TEST(foreign_peer_is_removed_once_configured)
{
	struct world *world = world_of("");

	world_add_interface(world, "wg0");
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 0);
	add_peer(world, 77);
	world_run(world);
	ck_assert_uint_eq(world->plan.events.problems, 0);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_REMOVE), 1);
	/* Without the recorded state it is like the first run. */
	world->recorded = NULL;
	add_peer(world, 77);
	check_refused(world, "has 1 peer that nothing declares");
	world_free(world);
}
END_TEST

/* The instance was renamed: another one has the interface now, and its rules. */
START_TEST(what_another_instance_took_over_stays)
{
	struct world *world = world_of("    fwmark: 7\n    table: 7\n    rules: fwmark\n"
				       "    addresses: [10.0.0.1/32]\n");

	world_run(world);
	ck_assert_str_eq(world_interface(world, "wg0")->alias, OURS);
	ck_assert_uint_eq(world->kernel.rules.n, 2);
	world_interface(world, "wg0")->alias = OTHERS;
	world_declare(world, "version: 1\ninterfaces: {}\n");
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_ptr_nonnull(world_interface(world, "wg0"));
	world_free(world);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("plan_owner");
	TCase *each = tcase_create("plan_owner");

	tcase_add_loop_test(each, each_row, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(each, foreign_peer_is_removed_once_configured);
	tcase_add_test(each, what_another_instance_took_over_stays);
	suite_add_tcase(made, each);
	return made;
}
