/* SPDX-License-Identifier: MIT */
#include "core/desired/desired_yaml.h"
#include "core/recorded/liveness.h"
#include "status.h"
#include "test/unit.h"

/* The time of all looks: an hour after boot, some day in 2023. */
#define NOW_BOOT ((msec_t)3600 * 1000)
#define NOW_WALL (INT64_C(1700000000) * 1000)
#define NO_HANDSHAKE (-1)

static const char boot_id[] = "4c7fcd6e-6f0f-4f0e-8d0a-1d0ad0a5a7b3";

/* The inputs of a look. */
struct scene {
	struct arena *arena;
	struct desired *desired;
	struct recorded recorded;
	struct samples samples;
	struct observed observed;
	struct plan plan;
	const struct facts *facts; /* NULL: none */
	struct status status;
};

static struct wg_key key_number(unsigned number)
{
	return (struct wg_key){ .b = { (uint8_t)number, 1 } };
}

static const char *key_word(struct scene *scene, unsigned number)
{
	struct wg_key key = key_number(number);
	char text[KEY_TEXT_MAX];

	return arena_strdup(scene->arena, key_text(&key, text));
}

static struct scene *scene_new(void)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	recorded_init(&scene->recorded, arena);
	samples_init(&scene->samples, arena);
	scene->observed.arena = arena;
	scene->observed.now = (struct now){ .boot = NOW_BOOT, .wall = NOW_WALL };
	strcpy(scene->observed.now.boot_id, boot_id);
	strcpy(scene->recorded.boot_id, boot_id);
	return scene;
}

static void scene_free(struct scene *scene)
{
	arena_free(scene->arena);
}

static void declare(struct scene *scene, const char *yaml)
{
	struct source source = { "test.yaml", yaml, strlen(yaml) };
	struct diags diags = { .arena = scene->arena };

	scene->desired = desired_parse(&source, 1, "test", &diags);
	ck_assert_msg(scene->desired, "%s",
		      diags.list.n ? diag_text(&diags, &diags.list.at[0]) : "no desired state");
}

/* wg0 with a plain peer "office", key 1. */
static void declare_plain(struct scene *scene, unsigned keepalive)
{
	declare(scene, arena_printf(scene->arena,
				    "version: 1\n"
				    "interfaces:\n"
				    "  wg0:\n"
				    "    create: false\n"
				    "    routes: none\n"
				    "    unmanaged_peers: remove\n"
				    "    peers:\n"
				    "      office:\n"
				    "        public_key: %s\n"
				    "        allowed_ips: [10.1.0.0/16]\n"
				    "        persistent_keepalive: %u\n",
				    key_word(scene, 1), keepalive));
}

/* wg0 with a selector "uplink" of sn01, sn02 and sn03, keys 1 to 3, and lines of
 * the selector and of sn01. */
static void declare_selector(struct scene *scene, const char *lines, const char *member_lines)
{
	const char *yaml = arena_printf(scene->arena,
					"version: 1\n"
					"interfaces: {wg0: {create: false, routes: none}}\n"
					"selectors:\n"
					"  uplink:\n"
					"    interface: wg0\n"
					"%s"
					"    peers:\n",
					lines);

	for (unsigned number = 1; number <= 3; number++)
		yaml = arena_printf(scene->arena,
				    "%s"
				    "      sn0%u:\n"
				    "        public_key: %s\n"
				    "        endpoint: 192.0.2.%u:51820\n"
				    "        allowed_ips: [fe80::%u/128]\n"
				    "%s",
				    yaml, number, key_word(scene, number), number, number,
				    number == 1 ? member_lines : "");
	declare(scene, yaml);
}

static struct observed_interface *add_interface(struct scene *scene)
{
	struct observed_interface *interface = vec_push(scene->arena, &scene->observed.interfaces);

	interface->name = "wg0";
	interface->index = 7;
	interface->kind = LINK_WIREGUARD;
	interface->up = true;
	interface->alias = "";
	return interface;
}

static struct observed_peer *add_peer(struct scene *scene, struct observed_interface *interface,
				      unsigned number, const char *allowed_ip, unsigned keepalive,
				      msec_t handshake_age)
{
	struct observed_peer *peer = vec_push(scene->arena, &interface->peers);

	peer->public_key = key_number(number);
	peer->persistent_keepalive = (uint16_t)keepalive;
	if (handshake_age != NO_HANDSHAKE) {
		peer->handshake.sec = (NOW_WALL - handshake_age) / 1000;
		peer->handshake.nsec = (int32_t)((NOW_WALL - handshake_age) % 1000 * 1000000);
	}
	if (allowed_ip)
		ck_assert(prefix_parse(allowed_ip, vec_push(scene->arena, &peer->allowed_ips)));
	return peer;
}

/* A member added by a selector. */
static struct observed_peer *add_member(struct scene *scene, unsigned number, const char *allowed,
					msec_t handshake_age)
{
	struct observed_interface *interface = scene->observed.interfaces.n
						       ? &scene->observed.interfaces.at[0]
						       : add_interface(scene);
	struct observed_peer *peer = add_peer(scene, interface, number, allowed, 25, handshake_age);

	peer->has_endpoint = true;
	ck_assert(endpoint_parse(arena_printf(scene->arena, "192.0.2.%u:51820", number),
				 &peer->endpoint));
	return peer;
}

static struct recorded_selector *selector_of(struct scene *scene)
{
	return recorded_selector_get(&scene->recorded, "uplink");
}

static struct recorded_slot *add_slot(struct scene *scene, const char *peer, enum slot_role role,
				      enum slot_state state, msec_t for_duration)
{
	struct recorded_slot *slot = vec_push(scene->arena, &selector_of(scene)->slots);

	slot->peer = peer;
	slot->role = role;
	slot->state = state;
	slot->since = NOW_BOOT - for_duration;
	return slot;
}

static void add_tried(struct scene *scene, const char *peer)
{
	*vec_push(scene->arena, &selector_of(scene)->tried) = peer;
}

static struct recorded_left *add_left(struct scene *scene, const char *peer,
				      enum left_reason reason, msec_t ago)
{
	struct recorded_left *left = vec_push(scene->arena, &selector_of(scene)->left);

	left->peer = peer;
	left->reason = reason;
	left->at = NOW_BOOT - ago;
	left->strikes = 1;
	return left;
}

/* As in a read-only run. */
static const struct status *look(struct scene *scene)
{
	const struct plan_input input = { scene->desired, &scene->recorded, &scene->samples,
					  &scene->observed, 1 };

	observed_sort(&scene->observed);
	scene->observed.out_of_time = true;
	plan_make(&scene->plan, scene->arena, &input);
	ck_assert(queries_none(&scene->plan.queries));
	status_make(&scene->status, scene->arena, &input, &scene->plan, scene->facts);
	return &scene->status;
}

static void expect_reasons(const struct status *status, const char *const *reasons)
{
	size_t i = 0;

	for (; reasons[i]; i++) {
		ck_assert_msg(i < status->reasons.n, "missing: %s", reasons[i]);
		ck_assert_str_eq(status->reasons.at[i], reasons[i]);
	}
	ck_assert_msg(status->reasons.n == i, "unexpected: %s", status->reasons.at[i]);
	ck_assert_int_eq(status_is_degraded(status), i > 0);
}

/* ---- Interfaces and plain peers ---- */

START_TEST(interfaces)
{
	static const struct {
		bool exists, is_wireguard, up;
		const char *reason;
	} rows[] = {
		{ true, true, true, NULL },
		{ true, true, false, "interface wg0 is not up" },
		{ true, false, true, "interface wg0 is not a WireGuard interface" },
		{ false, false, false, "interface wg0 does not exist" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *scene = scene_new();
		const struct status *status;

		declare(scene, "version: 1\ninterfaces: {wg0: {create: false, routes: none}}\n");
		if (rows[i].exists) {
			struct observed_interface *interface = add_interface(scene);

			interface->kind = rows[i].is_wireguard ? LINK_WIREGUARD : LINK_OTHER;
			interface->up = rows[i].up;
		}
		status = look(scene);
		ck_assert_uint_eq(status->interfaces.n, 1);
		ck_assert_str_eq(status->interfaces.at[0].name, "wg0");
		ck_assert_int_eq(status->interfaces.at[0].in_kernel != NULL, rows[i].exists);
		ck_assert_int_eq(status_is_degraded(status), rows[i].reason != NULL);
		if (rows[i].reason)
			ck_assert_str_eq(status->reasons.at[0], rows[i].reason);
		scene_free(scene);
	}
}
END_TEST

START_TEST(plain_peers)
{
	static const struct {
		unsigned keepalive;
		msec_t age;
		const char *reasons[2];
	} rows[] = {
		{ 25, 0, { NULL } },
		{ 25, 179999, { NULL } },
		{ 25, 180000, { NULL } },
		{ 25, 180001, { "interface wg0: peer office: no handshake for 3 m" } },
		{ 25, 243000, { "interface wg0: peer office: no handshake for 4 m 3 s" } },
		{ 25, NO_HANDSHAKE, { "interface wg0: peer office: no handshake yet" } },
		/* An idle peer reports nothing. */
		{ 0, 243000, { NULL } },
		{ 0, NO_HANDSHAKE, { NULL } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *scene = scene_new();
		const struct status *status;

		declare_plain(scene, rows[i].keepalive);
		add_peer(scene, add_interface(scene), 1, "10.1.0.0/16", rows[i].keepalive,
			 rows[i].age);
		status = look(scene);
		expect_reasons(status, rows[i].reasons);
		ck_assert_uint_eq(status->pending, 0);
		ck_assert_uint_eq(status->interfaces.at[0].peers.n, 1);
		ck_assert_str_eq(status->interfaces.at[0].peers.at[0].name, "office");
		ck_assert_int_eq(status->interfaces.at[0].peers.at[0].handshake_age,
				 rows[i].age == NO_HANDSHAKE ? AGE_NONE : rows[i].age);
		scene_free(scene);
	}
}
END_TEST

/* The wall clock was set forward by a day after the last run, and back. */
START_TEST(clock_steps)
{
	static const msec_t steps[] = { 0, 86400000, -86400000 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct scene *scene = scene_new();
		struct observed_peer *peer;

		declare_plain(scene, 25);
		peer = add_peer(scene, add_interface(scene), 1, "10.1.0.0/16", 25, 60000);
		strcpy(scene->samples.boot_id, boot_id);
		scene->samples.at = NOW_BOOT - 5000;
		scene->samples.wall_offset = NOW_WALL - NOW_BOOT;
		*vec_push(scene->arena, &scene->samples.list) = (struct sample){
			.interface = "wg0",
			.public_key = peer->public_key,
			.handshake = peer->handshake,
			.handshake_at = NOW_BOOT - 60000,
		};
		scene->observed.now.wall += steps[i];
		expect_reasons(look(scene), (const char *const[]){ NULL });
		ck_assert_int_eq(scene->status.interfaces.at[0].peers.at[0].handshake_age, 60000);
		scene_free(scene);
	}
}
END_TEST

START_TEST(missing_and_undeclared)
{
	struct scene *scene = scene_new();
	const struct status *status;
	const struct status_interface *interface;

	declare_plain(scene, 25);
	add_peer(scene, add_interface(scene), 9, NULL, 0, NO_HANDSHAKE);
	status = look(scene);
	interface = &status->interfaces.at[0];
	ck_assert_uint_eq(interface->peers.n, 2);
	ck_assert_str_eq(interface->peers.at[0].name, "office");
	ck_assert_ptr_null(interface->peers.at[0].in_kernel);
	ck_assert_int_eq(interface->peers.at[0].handshake_age, AGE_NONE);
	ck_assert_ptr_null(interface->peers.at[1].name);
	ck_assert_ptr_nonnull(interface->peers.at[1].in_kernel);
	/* One to add, one to remove; only the first is missed. */
	ck_assert_uint_eq(status->pending, 2);
	expect_reasons(
		status,
		(const char *const[]){
			"1 thing is missing of what is desired: apply would try to repair it",
			NULL });
	scene_free(scene);
}
END_TEST

/* A removal is pending, but everything desired works. */
START_TEST(pending_is_not_degraded)
{
	struct scene *scene = scene_new();
	struct observed_interface *interface;

	declare_plain(scene, 25);
	interface = add_interface(scene);
	add_peer(scene, interface, 1, "10.1.0.0/16", 25, 10000);
	add_peer(scene, interface, 9, "10.9.0.0/16", 0, NO_HANDSHAKE);
	expect_reasons(look(scene), (const char *const[]){ NULL });
	ck_assert_uint_eq(scene->status.pending, 1);
	scene_free(scene);
}
END_TEST

/* An idle peer that roamed: apply may set its endpoint again, there is no failure. */
START_TEST(roamed_endpoint)
{
	struct scene *scene = scene_new();
	struct observed_peer *peer;

	declare(scene, arena_printf(scene->arena,
				    "version: 1\n"
				    "interfaces:\n"
				    "  wg0:\n"
				    "    create: false\n"
				    "    routes: none\n"
				    "    peers:\n"
				    "      office:\n"
				    "        public_key: %s\n"
				    "        endpoint: 192.0.2.1:51820\n",
				    key_word(scene, 1)));
	peer = add_peer(scene, add_interface(scene), 1, NULL, 0, 600000);
	peer->has_endpoint = true;
	ck_assert(endpoint_parse("198.51.100.7:4242", &peer->endpoint));
	expect_reasons(look(scene), (const char *const[]){ NULL });
	ck_assert_uint_eq(scene->status.pending, 1);
	scene_free(scene);
}
END_TEST

START_TEST(problems)
{
	struct scene *scene = scene_new();
	struct observed_interface *interface;

	declare_plain(scene, 0);
	interface = add_interface(scene);
	interface->has_private_key = true;
	interface->public_key = key_number(1);
	expect_reasons(look(scene),
		       (const char *const[]){ "interface wg0: office: has the interface's own "
					      "public key: WireGuard ignores it; give the "
					      "peer's",
					      NULL });
	scene_free(scene);
}
END_TEST

/* ---- Selectors ---- */

enum { NO_SLOT = -1 };

struct member_row {
	const char *name;
	int slot; /* enum slot_state, or NO_SLOT */
	enum slot_role role;
	const char *allowed; /* in the kernel; NULL: not there */
	msec_t age;
	bool left, tried, disabled;
	enum member_state state;
	msec_t since, established;
	unsigned working;
};

static const struct member_row member_rows[] = {
	{ "never touched", NO_SLOT, 0, NULL, 0, false, false, false, MEMBER_UNTRIED, AGE_NONE,
	  AGE_NONE, 0 },
	{ "turn is over", NO_SLOT, 0, NULL, 0, false, true, false, MEMBER_TRIED, AGE_NONE, AGE_NONE,
	  0 },
	{ "left", NO_SLOT, 0, NULL, 0, true, true, false, MEMBER_LEFT, 30000, AGE_NONE, 0 },
	{ "left in an earlier round", NO_SLOT, 0, NULL, 0, true, false, false, MEMBER_LEFT, 30000,
	  AGE_NONE, 0 },
	{ "disabled", NO_SLOT, 0, NULL, 0, true, true, true, MEMBER_DISABLED, AGE_NONE, AGE_NONE,
	  0 },
	{ "disabled, still there", SLOT_ESTABLISHED, SLOT_ACTIVE, "fe80::1/128", 1000, false, true,
	  true, MEMBER_DISABLED, AGE_NONE, AGE_NONE, 0 },
	{ "put in", SLOT_TRYING, SLOT_ACTIVE, "fe80::1/128", NO_HANDSHAKE, false, true, false,
	  MEMBER_TRYING, 2000, AGE_NONE, 0 },
	{ "put in, and answered since", SLOT_TRYING, SLOT_ACTIVE, "fe80::1/128", 1000, false, true,
	  false, MEMBER_ACTIVE, 0, 0, 1 },
	{ "works", SLOT_ESTABLISHED, SLOT_ACTIVE, "fe80::1/128", 100000, false, true, false,
	  MEMBER_ACTIVE, 2000, 2000, 1 },
	{ "works, was left once", SLOT_ESTABLISHED, SLOT_ACTIVE, "fe80::1/128", 1000, true, true,
	  false, MEMBER_ACTIVE, 2000, 2000, 1 },
	{ "established_for is over", SLOT_ESTABLISHED, SLOT_ACTIVE, "fe80::1/128", 150000, false,
	  true, false, MEMBER_LOST, AGE_NONE, AGE_NONE, 0 },
	{ "removed by another program", SLOT_ESTABLISHED, SLOT_ACTIVE, NULL, 0, false, true, false,
	  MEMBER_LOST, AGE_NONE, AGE_NONE, 0 },
	{ "warm", SLOT_ESTABLISHED, SLOT_STANDBY, "", 1000, false, true, false, MEMBER_STANDBY,
	  2000, 2000, 0 },
	{ "getting warm", SLOT_TRYING, SLOT_STANDBY, "", NO_HANDSHAKE, false, true, false,
	  MEMBER_TRYING, 2000, AGE_NONE, 0 },
	{ "scout", SLOT_ESTABLISHED, SLOT_CANDIDATE, "", 1000, false, true, false, MEMBER_CANDIDATE,
	  2000, 2000, 0 },
};

static void set_up_member(struct scene *scene, const struct member_row *row)
{
	declare_selector(scene,
			 "    standby: 1\n    failback: when_better\n"
			 "    strategy: ordered\n",
			 row->disabled ? "        enabled: false\n" : "");
	add_interface(scene);
	selector_of(scene);
	if (row->allowed)
		add_member(scene, 1, row->allowed[0] ? row->allowed : NULL, row->age);
	if (row->slot != NO_SLOT)
		add_slot(scene, "sn01", row->role, (enum slot_state)row->slot, 2000);
	if (row->left)
		add_left(scene, "sn01", LEFT_SILENT, 30000);
	if (row->tried)
		add_tried(scene, "sn01");
}

static void expect_member(struct scene *scene, const struct member_row *row)
{
	const struct status_selector *selector = &look(scene)->selectors.at[0];
	const struct status_member *member = &selector->members.at[0];

	ck_assert_uint_eq(selector->members.n, 3);
	ck_assert_msg(member->state == row->state, "%s: %s", row->name,
		      member_state_word(member->state));
	ck_assert_msg(member->since == row->since, "%s: since %lld", row->name,
		      (long long)member->since);
	ck_assert_msg(member->established == row->established, "%s: established %lld", row->name,
		      (long long)member->established);
	ck_assert_msg(selector->working == row->working, "%s: %u", row->name, selector->working);
	ck_assert_int_eq(member->in_slot, row->slot != NO_SLOT);
	ck_assert_int_eq(member->tried, row->tried);
	ck_assert_uint_eq(member->strikes, row->left);
	if (member->state == MEMBER_LEFT)
		ck_assert_int_eq(member->reason, LEFT_SILENT);
}

START_TEST(members)
{
	for (size_t i = 0; i < sizeof(member_rows) / sizeof(member_rows[0]); i++) {
		struct scene *scene = scene_new();

		set_up_member(scene, &member_rows[i]);
		expect_member(scene, &member_rows[i]);
		scene_free(scene);
	}
}
END_TEST

START_TEST(fewer_than_active)
{
	struct scene *scene = scene_new();

	declare_selector(scene, "    active: 2\n", "");
	add_member(scene, 1, "fe80::1/128", 1000);
	add_slot(scene, "sn01", SLOT_ACTIVE, SLOT_ESTABLISHED, 60000)->probe_failures = 2;
	add_slot(scene, "sn02", SLOT_ACTIVE, SLOT_TRYING, 1000);
	add_member(scene, 2, NULL, NO_HANDSHAKE);
	look(scene);
	ck_assert_str_eq(scene->status.reasons.at[0], "selector uplink: 1 of 2 active peers work");
	ck_assert_uint_eq(scene->status.selectors.at[0].members.at[0].probe_failures, 2);
	scene_free(scene);
}
END_TEST

START_TEST(next)
{
	static const struct {
		const char *strategy;
		bool tried[4]; /* sn01 .. sn03 */
		const char *next[4];
		bool new_round;
	} rows[] = {
		{ "random", { true, false, false }, { "sn02", "sn03" }, false },
		{ "random", { true, true, false }, { "sn03" }, false },
		/* sn01 is in use, so that a round ends when the others were tried. */
		{ "random", { true, true, true }, { "sn02", "sn03" }, true },
		{ "weighted", { true, false, false }, { "sn02", "sn03" }, false },
		{ "ordered", { true, false, false }, { "sn02" }, false },
		{ "ordered", { true, true, false }, { "sn03" }, false },
		{ "ordered", { true, true, true }, { "sn02" }, true },
	};
	static const char *const names[] = { "sn01", "sn02", "sn03" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *scene = scene_new();
		const struct status_selector *selector;
		size_t n = 0;

		declare_selector(scene,
				 arena_printf(scene->arena, "    strategy: %s\n", rows[i].strategy),
				 "");
		add_member(scene, 1, "fe80::1/128", NO_HANDSHAKE);
		add_slot(scene, "sn01", SLOT_ACTIVE, SLOT_TRYING, 1000);
		for (size_t j = 0; j < 3; j++)
			if (rows[i].tried[j])
				add_tried(scene, names[j]);
		selector = &look(scene)->selectors.at[0];
		while (rows[i].next[n])
			n++;
		ck_assert_uint_eq(selector->next.n, n);
		for (size_t j = 0; j < n; j++)
			ck_assert_str_eq(selector->next.at[j], rows[i].next[j]);
		ck_assert_int_eq(selector->next_round, rows[i].new_round);
		scene_free(scene);
	}
}
END_TEST

/* The next run will replace it by a preferred one: until then it is active. */
START_TEST(before_failback)
{
	struct scene *scene = scene_new();
	const struct status_selector *selector;

	declare_selector(scene, "    strategy: ordered\n    failback: when_better\n", "");
	add_member(scene, 1, NULL, 1000);
	add_member(scene, 2, "fe80::2/128", 1000);
	add_slot(scene, "sn01", SLOT_CANDIDATE, SLOT_ESTABLISHED, 2000);
	add_slot(scene, "sn02", SLOT_ACTIVE, SLOT_ESTABLISHED, 60000);
	selector = &look(scene)->selectors.at[0];
	ck_assert_uint_gt(scene->status.pending, 0);
	ck_assert_int_eq(selector->members.at[0].state, MEMBER_CANDIDATE);
	ck_assert_int_eq(selector->members.at[1].state, MEMBER_ACTIVE);
	ck_assert_uint_eq(selector->working, 1);
	ck_assert(!status_is_degraded(&scene->status));
	scene_free(scene);
}
END_TEST

/* The record from before a reboot has the members, but not the times. */
START_TEST(other_boot)
{
	struct scene *scene = scene_new();
	const struct status_selector *selector;

	declare_selector(scene, "", "");
	strcpy(scene->recorded.boot_id, "00000000-0000-0000-0000-000000000000");
	add_interface(scene);
	add_slot(scene, "sn01", SLOT_ACTIVE, SLOT_ESTABLISHED, 60000);
	add_left(scene, "sn02", LEFT_NO_HANDSHAKE, 1000);
	selector = &look(scene)->selectors.at[0];
	ck_assert_int_eq(selector->members.at[0].state, MEMBER_TRYING);
	ck_assert_int_eq(selector->members.at[0].since, AGE_NONE);
	ck_assert_int_eq(selector->members.at[0].established, AGE_NONE);
	ck_assert_int_eq(selector->members.at[1].state, MEMBER_LEFT);
	ck_assert_int_eq(selector->members.at[1].since, AGE_NONE);
	ck_assert_uint_eq(selector->working, 0);
	scene_free(scene);
}
END_TEST

/* Nothing is recorded, but a member works already. */
START_TEST(adopted)
{
	struct scene *scene = scene_new();
	const struct status_selector *selector;

	declare_selector(scene, "", "");
	add_member(scene, 2, "fe80::2/128", 20000);
	selector = &look(scene)->selectors.at[0];
	ck_assert_int_eq(selector->members.at[1].state, MEMBER_ACTIVE);
	ck_assert_int_eq(selector->members.at[1].handshake_age, 20000);
	ck_assert_int_eq(selector->members.at[1].established, 0);
	ck_assert_uint_eq(selector->working, 1);
	ck_assert(!status_is_degraded(&scene->status));
	scene_free(scene);
}
END_TEST

/* Members are among the interface's peers only while configured on it. */
START_TEST(members_on_interface)
{
	struct scene *scene = scene_new();
	const struct status_interface *interface;

	declare_selector(scene, "", "");
	add_member(scene, 2, "fe80::2/128", 20000);
	add_slot(scene, "sn02", SLOT_ACTIVE, SLOT_ESTABLISHED, 60000);
	interface = &look(scene)->interfaces.at[0];
	ck_assert_uint_eq(interface->peers.n, 1);
	ck_assert_str_eq(interface->peers.at[0].name, "sn02");
	ck_assert_str_eq(interface->peers.at[0].selector, "uplink");
	ck_assert_int_eq(interface->peers.at[0].state, MEMBER_ACTIVE);
	scene_free(scene);
}
END_TEST

/* The active member's allowed IP was removed by another program: no decision, so it is missing. */
START_TEST(stolen_allowed_ip)
{
	struct scene *scene = scene_new();

	declare_selector(scene, "", "");
	add_member(scene, 2, NULL, 20000);
	add_slot(scene, "sn02", SLOT_ACTIVE, SLOT_ESTABLISHED, 60000);
	expect_reasons(
		look(scene),
		(const char *const[]){
			"1 thing is missing of what is desired: apply would try to repair it",
			NULL });
	scene_free(scene);
}
END_TEST

START_TEST(words)
{
	for (int state = MEMBER_DISABLED; state <= MEMBER_LOST; state++)
		for (int other = state + 1; other <= MEMBER_LOST; other++)
			ck_assert_str_ne(member_state_word((enum member_state)state),
					 member_state_word((enum member_state)other));
	ck_assert_ptr_null(member_state_word((enum member_state)99));
}
END_TEST

SUITE("status", interfaces, plain_peers, clock_steps, missing_and_undeclared,
      pending_is_not_degraded, roamed_endpoint, problems, members, fewer_than_active, next,
      before_failback, other_boot, adopted, members_on_interface, stolen_allowed_ip, words)
