/* SPDX-License-Identifier: MIT */
#include "select_parts.h"

#include "core/recorded/liveness.h"
#include "test/unit.h"
#include "test/world.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMER 5000 /* the period of wgreconcile@.timer, in milliseconds */

static struct world *world_of(unsigned n, const char *selector_lines)
{
	struct arena *arena = arena_new();
	struct world *world = world_new(world_yaml(arena, n, selector_lines));

	arena_free(arena);
	world_add_gateways(world, n);
	return world;
}

static void revive(struct world *world, const char *name)
{
	world_gateway(world, name)->alive = true;
}

static void kill_gateway(struct world *world, const char *name)
{
	world_gateway(world, name)->alive = false;
}

/* The established active member, or NULL. */
static const char *active(struct world *world)
{
	vec_each (selector, &world->plan.recorded.selectors)
		vec_each (slot, &selector->slots)
			if (slot->role == SLOT_ACTIVE && slot->state == SLOT_ESTABLISHED)
				/* The slot's name is freed by the next run. */
				return desired_member_find(desired_selector_find(world->desired,
										 selector->name),
							   slot->peer)
					->name;
	return NULL;
}

/* Runs until one is active; returns the time it took. */
static msec_t until_active(struct world *world, msec_t limit)
{
	msec_t begin = world->now.boot;

	do {
		world_run(world);
		if (active(world))
			return world->now.boot - begin;
		world_pass(world, TIMER);
	} while (world->now.boot - begin <= limit);
	ck_abort_msg("nobody is active after %ld ms", (long)limit);
	return -1;
}

/* The same as world_of(), with live gateways one of which is active. */
static struct world *world_connected(unsigned n, const char *selector_lines)
{
	struct world *world = world_of(n, selector_lines);

	for (unsigned i = 0; i < n; i++)
		world->gateways.at[i].alive = true;
	until_active(world, 30000);
	return world;
}

/* Runs until the member is left; returns the time it took. */
static msec_t until_left(struct world *world, const char *peer, msec_t limit)
{
	msec_t begin = world->now.boot;

	do {
		world_pass(world, TIMER);
		world_run(world);
		if (world_event(world, EVENT_LEFT, peer))
			return world->now.boot - begin;
	} while (world->now.boot - begin <= limit);
	ck_abort_msg("%s is not left after %ld ms", peer, (long)limit);
	return -1;
}

static enum left_reason reason_of(struct world *world, const char *peer)
{
	vec_each (event, &world->plan.events.list)
		if (event->kind == EVENT_LEFT && strcmp(event->peer, peer) == 0)
			return event->reason;
	ck_abort_msg("%s was not left in this run", peer);
	return 0;
}

static void assert_quiet(struct world *world)
{
	unsigned writes = world->writes;

	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert(!world->plan.recorded_changed);
	ck_assert_uint_eq(world->writes, writes);
}

static void finish(struct world *world)
{
	vec_each (complaint, &world->complaints)
		printf("at %ld ms: %s\n", (long)complaint->at, complaint->text);
	ck_assert_uint_eq(world->complaints.n, 0);
	world_free(world);
}

START_TEST(first_run_tries_one)
{
	struct world *world = world_of(4, "");
	const struct change *add = NULL;

	world_run(world);
	vec_each (change, &world->plan.changes.list)
		if (change->kind == CHANGE_PEER_ADD)
			add = change;
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert_ptr_nonnull(add);
	ck_assert(add->has_endpoint);
	ck_assert_uint_eq(add->value, DEFAULT_SELECTOR_KEEPALIVE);
	ck_assert_uint_eq(add->allowed_ips_n, 1);
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 1);
	ck_assert(world_event(world, EVENT_TRY, add->peer));
	ck_assert_uint_eq(world->writes, 1);
	finish(world);
}
END_TEST

START_TEST(trial_lasts_try_for)
{
	struct world *world = world_of(2, "");
	const char *first;

	world_run(world);
	first = arena_strdup(world->arena, world->plan.recorded.selectors.at[0].slots.at[0].peer);
	world_pass(world, 4000);
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_pass(world, 1000);
	world_run(world);
	ck_assert_int_eq(reason_of(world, first), LEFT_NO_HANDSHAKE);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_REMOVE), 1);
	finish(world);
}
END_TEST

/* Each is tried once before any is tried twice, however many there are. */
static const unsigned sizes[] = { 1, 2, 3, 4, 7, 20, 100, 1000 };

START_TEST(each_once_a_round)
{
	unsigned n = sizes[_i];
	struct world *world = world_of(n, "");
	unsigned *tried = arena_alloc(world->arena, n * sizeof(*tried));
	unsigned rounds = n < 100 ? 5 : 1, attempts = 0;

	for (unsigned run = 0; attempts < n * rounds && run < n * rounds * 2 + 2; run++) {
		world_run(world);
		vec_each (event, &world->plan.events.list) {
			unsigned index;

			if (event->kind != EVENT_TRY)
				continue;
			index = (unsigned)atoi(event->peer + 2);
			ck_assert_msg(tried[index] == attempts / n, "%s tried out of turn",
				      event->peer);
			tried[index]++;
			attempts++;
		}
		world_pass(world, TIMER);
	}
	ck_assert_uint_eq(attempts, n * rounds);
	finish(world);
}
END_TEST

START_TEST(one_alive_is_found)
{
	unsigned n = sizes[_i];
	struct world *world = world_of(n, "");
	char last[16];

	snprintf(last, sizeof(last), "gw%03u", n - 1);
	revive(world, last);
	ck_assert_int_le(until_active(world, (msec_t)(n + 1) * TIMER), (msec_t)(n + 1) * TIMER);
	ck_assert_str_eq(active(world), last);
	ck_assert_uint_eq(world_carrying(world), 1);
	world_pass(world, TIMER);
	assert_quiet(world);
	world_runs(world, 100, TIMER);
	ck_assert_str_eq(active(world), last);
	assert_quiet(world);
	/* No remains of members tried before. */
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
	ck_assert_uint_eq(world->kernel.routes.n, 1);
	finish(world);
}
END_TEST

START_TEST(random_is_random)
{
	unsigned counts[4] = { 0 };

	for (unsigned i = 0; i < 400; i++) {
		struct world *world = world_of(4, "");

		world->seed = i * 1000003ULL;
		world_run(world);
		counts[atoi(world->plan.recorded.selectors.at[0].slots.at[0].peer + 2)]++;
		finish(world);
	}
	/* 100 each are expected; 5 standard deviations are 43. */
	for (unsigned i = 0; i < 4; i++)
		ck_assert_msg(counts[i] > 57 && counts[i] < 143, "gw%03u: %u", i, counts[i]);
}
END_TEST

START_TEST(killed_gateway_by_age)
{
	struct world *world = world_connected(3, "    silent_for: off\n");
	const char *lost;
	msec_t took;

	lost = active(world);
	world_runs(world, 10, TIMER);
	kill_gateway(world, lost);
	took = until_left(world, lost, 200000);
	ck_assert_int_eq(reason_of(world, lost), LEFT_HANDSHAKE_OLD);
	ck_assert_int_ge(took, 150000 - 120000 - TIMER);
	ck_assert_int_le(took, 150000 + TIMER);
	/* The same run adds the next one. */
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	until_active(world, 30000);
	ck_assert_str_ne(active(world), lost);
	finish(world);
}
END_TEST

START_TEST(killed_gateway_by_silence)
{
	struct world *world = world_of(2, "    strategy: ordered\n");
	msec_t took;

	revive(world, "gw000");
	revive(world, "gw001");
	until_active(world, 30000);
	world_runs(world, 20, TIMER);
	kill_gateway(world, "gw000");
	took = until_left(world, "gw000", 200000);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_SILENT);
	ck_assert_int_ge(took, DEFAULT_SILENT_FOR_MS);
	ck_assert_int_le(took, DEFAULT_SILENT_FOR_MS + SAMPLES_EVERY_MS + 2 * TIMER);
	finish(world);
}
END_TEST

/* Keepalives alone are no sign of failure: they are not answered. */
START_TEST(idle_is_not_silent)
{
	struct world *world = world_of(1, "    standby: 0\n");
	struct observed_peer *peer;

	revive(world, "gw000");
	until_active(world, 30000);
	peer = world_peer(world, "wg0", "gw000");
	for (unsigned i = 0; i < 22; i++) { /* 110 s, less than a new handshake takes */
		peer->tx_bytes += i % 5 == 0 ? KEEPALIVE_BYTES : 0;
		world->now.boot += TIMER;
		world->now.wall += TIMER;
		world_run(world);
		ck_assert(!world_event(world, EVENT_LEFT, NULL));
	}
	finish(world);
}
END_TEST

/* Data sent over a long idle tunnel gets its time to be answered, sampled by a run or not. */
START_TEST(idle_then_sending_is_not_silent)
{
	struct world *world = world_of(2, "    strategy: ordered\n");
	struct observed_peer *peer;
	msec_t sent;

	revive(world, "gw000");
	until_active(world, 30000);
	for (unsigned i = 0; i < 100000; i += TIMER) { /* less than a new handshake takes */
		world->now.boot += TIMER;
		world->now.wall += TIMER;
		peer = world_peer(world, "wg0", "gw000");
		peer->tx_bytes += i % 25000 == 0 ? KEEPALIVE_BYTES : 0;
		world_run(world);
	}
	peer = world_peer(world, "wg0", "gw000");
	peer->tx_bytes += 148;
	sent = world->now.boot;
	world_run(world);
	while (!world_event(world, EVENT_LEFT, NULL) && world->now.boot < sent + 50000) {
		world->now.boot += TIMER;
		world->now.wall += TIMER;
		world_run(world);
	}
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_SILENT);
	ck_assert_int_eq(world->now.boot - sent, DEFAULT_SILENT_FOR_MS);
	finish(world);
}
END_TEST

#define PROBED "    strategy: ordered\n    probe: {target: 10.0.0.77, fail_after: 3}\n"

/* Members, of which only the active one has the prefix, as gateways to one network. */
static struct world *world_probed_with(unsigned n, const char *more,
				       const char *allowed_ips_of_second)
{
	struct arena *arena = arena_new();
	const char *text = arena_printf(arena,
					"version: 1\n"
					"interfaces:\n"
					"  wg0: {private_key_file: /dev/null}\n"
					"selectors:\n"
					"  uplink:\n"
					"    interface: wg0\n" PROBED "%s"
					"    peers:\n",
					more);
	struct world *world;

	for (unsigned i = 0; i < n; i++) {
		struct wg_key of_peer = world_key(i);
		char key[KEY_TEXT_MAX];

		text = arena_printf(arena,
				    "%s      gw%03u: {public_key: \"%s\", endpoint: "
				    "\"192.0.0.%u:51820\", allowed_ips: [%s}\n",
				    text, i, key_text(&of_peer, key), i + 1,
				    i == 1 ? allowed_ips_of_second : "10.0.0.0/24]");
	}
	world = world_new(text);
	arena_free(arena);
	world_add_gateways(world, n);
	vec_each (gateway, &world->gateways)
		gateway->alive = true;
	return world;
}

static struct world *world_probed_of(unsigned n, const char *more)
{
	return world_probed_with(n, more, "10.0.0.0/24]");
}

static struct world *world_probed(const char *more)
{
	return world_probed_of(2, more);
}

START_TEST(probe_fails_over_within_fail_after)
{
	struct world *world = world_probed("");

	until_active(world, 30000);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	world_gateway(world, "gw000")->forwards = false;
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(world_event(world, EVENT_PROBE_FAILED, "gw000"));
	ck_assert_int_eq(until_left(world, "gw000", 60000), 2 * TIMER);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_PROBE_FAILED);
	ck_assert(world_event(world, EVENT_TRY, "gw001"));
	finish(world);
}
END_TEST

static unsigned problems(struct world *world)
{
	unsigned count = 0;

	vec_each (event, &world->plan.events.list)
		count += event->kind == EVENT_PROBLEM;
	return count;
}

/* Without permission to probe, only handshakes count, with one error. */
START_TEST(probes_that_cannot_be_sent)
{
	struct world *world = world_probed_with(2, "    active: 2\n",
						"10.0.1.0/24], "
						"probe_target: 10.0.1.1");

	world->probe_error = "no ICMP socket";
	world_run(world);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(world_event(world, EVENT_ESTABLISHED, "gw000"));
	ck_assert(world_event(world, EVENT_ESTABLISHED, "gw001"));
	ck_assert_uint_eq(problems(world), 1);
	world_runs(world, 30, TIMER);
	ck_assert_uint_eq(problems(world), 1);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	kill_gateway(world, "gw000");
	ck_assert_int_le(until_left(world, "gw000", 200000), 150000 + 2 * TIMER);
	ck_assert_int_ne(reason_of(world, "gw000"), LEFT_PROBE_FAILED);
	finish(world);
}
END_TEST

START_TEST(one_answer_clears_the_count)
{
	struct world *world = world_probed("");
	const struct recorded_slot *slot;

	until_active(world, 30000);
	world_gateway(world, "gw000")->forwards = false;
	world_run(world);
	world_run(world);
	slot = world_slot(world, "uplink", "gw000");
	ck_assert_uint_eq(slot->probe_failures, 2);
	world_gateway(world, "gw000")->forwards = true;
	world_run(world);
	slot = world_slot(world, "uplink", "gw000");
	ck_assert_uint_eq(slot->probe_failures, 0);
	ck_assert_str_eq(active(world), "gw000");
	world_gateway(world, "gw000")->forwards = false;
	ck_assert_int_eq(until_left(world, "gw000", 60000), 3 * TIMER);
	finish(world);
}
END_TEST

/* Answers handshakes, forwards nothing: the trial ends with the first run after try_for. */
START_TEST(deaf_gateway_does_not_pass_the_trial)
{
	struct world *world = world_probed("");

	world_gateway(world, "gw000")->forwards = false;
	world_run(world);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_PROBE_FAILED);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), "gw001");
	finish(world);
}
END_TEST

/* Steps of the wall clock between two runs affect neither a dead nor a live peer. */
static const msec_t steps[] = { 1500,	     -1500,	   60000,	 -60000,
				3600000,     -3600000,	   86400000,	 -86400000,
				31536000000, -31536000000, 630720000000, -630720000000 };

START_TEST(live_peer_survives_clock_step)
{
	struct world *world = world_of(2, "    strategy: ordered\n");

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 7, TIMER);
	world->now.wall += steps[_i];
	world_runs(world, 100, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	/* The same with a step at the time of a handshake. */
	world_pass(world, 2000);
	world_peer(world, "wg0", "gw000")->handshake = (struct handshake){ .sec = world->now.wall /
										  1000 };
	world->now.wall -= steps[_i];
	world_pass(world, 3000);
	world_run(world);
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

START_TEST(dead_peer_is_found_despite_clock_step)
{
	struct world *world = world_of(1, "    silent_for: off\n");
	msec_t took;

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 3, TIMER);
	kill_gateway(world, "gw000");
	world->now.wall += steps[_i];
	took = until_left(world, "gw000", 200000);
	ck_assert_int_le(took, 150000 + 2 * TIMER);
	ck_assert_int_ge(took, 150000 - 120000 - 2 * TIMER);
	finish(world);
}
END_TEST

/* The same peer, tried a second time, still has the stamp of the first. */
START_TEST(stale_handshake_does_not_count)
{
	struct world *world = world_of(1, "");
	struct observed_peer *peer;

	world_run(world);
	peer = world_peer(world, "wg0", "gw000");
	peer->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	world_run(world);
	ck_assert(active(world) != NULL);
	/* Long after that the record is lost: the stamp exists, but is old. */
	world->now.boot += 1000000;
	world->now.wall += 1000000;
	world->recorded = NULL;
	world->samples = NULL;
	world_run(world);
	ck_assert(active(world) == NULL);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert(active(world) == NULL);
	finish(world);
}
END_TEST

START_TEST(baseline_does_not_count)
{
	struct recorded_slot slot = { .peer = "gw000", .role = SLOT_ACTIVE };
	struct world *world = world_of(1, "");
	struct recorded recorded;

	world_run(world);
	world_peer(world, "wg0", "gw000")->handshake = (struct handshake){
		.sec = world->now.wall / 1000 - 3
	};
	/* A new attempt that begins while the old stamp, 3 s old, exists. */
	recorded_copy(&recorded, &world->plan.recorded, world->arena);
	slot = recorded.selectors.at[0].slots.at[0];
	slot.since = world->now.boot;
	slot.baseline = world_peer(world, "wg0", "gw000")->handshake;
	recorded.selectors.at[0].slots.at[0] = slot;
	world->recorded = recorded_encode(&recorded, world->arena);
	world_run(world);
	ck_assert(active(world) == NULL);
	world->now.boot += 4000;
	world->now.wall += 4000;
	world_run(world);
	ck_assert(active(world) == NULL);
	finish(world);
}
END_TEST

START_TEST(reboot_goes_back_to_the_same)
{
	struct world *world = world_connected(5, "");
	const char *before;

	before = active(world);
	world_runs(world, 50, TIMER);
	/* The battery of the clock is empty: it boots in 1970. */
	world_reboot(world, 30000);
	world_run(world);
	ck_assert(world_event(world, EVENT_RESTARTED, before));
	ck_assert_uint_eq(world_changes(world, CHANGE_LINK_ADD), 1);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), before);
	world_pass(world, TIMER);
	assert_quiet(world);
	finish(world);
}
END_TEST

/* Ordered, so that the first of two, both alive, is active and another choice is visible. */
static struct world *with_session(void)
{
	struct world *world = world_of(2, "    strategy: ordered\n");

	revive(world, "gw000");
	revive(world, "gw001");
	until_active(world, 30000);
	world_runs(world, 5, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	return world;
}

static void set_boot_id(struct world *world, const char *boot_id)
{
	snprintf(world->now.boot_id, sizeof(world->now.boot_id), "%s", boot_id);
}

/* Another boot id, but the session exists: of the same boot seen from a container, or made
 * by another program before the first run. */
START_TEST(other_boot_with_a_live_session)
{
	struct world *world = with_session();

	set_boot_id(world, "another");
	if (_i)
		world->samples = NULL;
	world_run(world);
	ck_assert(world_event(world, EVENT_ESTABLISHED, "gw000"));
	ck_assert(!world_event(world, EVENT_RESTARTED, NULL));
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	world_runs(world, 60, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	finish(world);
}
END_TEST

/* The kernel has another member's session than the one recorded before the boot. */
START_TEST(other_boot_with_the_session_of_another)
{
	struct world *world = with_session();
	struct observed_peer *peer = world_peer(world, "wg0", "gw000");
	const struct wg_key key = world_key(1);

	set_boot_id(world, "another");
	world->samples = NULL;
	peer->public_key = key;
	peer->endpoint.ip.b[15] = peer->endpoint.ip.b[3] = 2;
	world_run(world);
	ck_assert_str_eq(active(world), "gw001");
	ck_assert(!world_event(world, EVENT_RESTARTED, NULL));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_REMOVE), 0);
	finish(world);
}
END_TEST

/* A boot id that cannot be read, in one run or in all of them, has no effect. */
START_TEST(unreadable_boot_id)
{
	struct world *world = with_session();
	unsigned writes = world->writes;

	for (unsigned i = 0; i < 60; i++) {
		set_boot_id(world, _i || i % 2 ? "" : "boot-1");
		world_run(world);
		ck_assert_uint_eq(world->plan.events.list.n, 0);
		ck_assert_uint_eq(world->plan.changes.list.n, 0);
		world_pass(world, TIMER);
	}
	ck_assert_uint_eq(world->writes, writes);
	/* Silence is still detected then. */
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 200000);
	finish(world);
}
END_TEST

/* A reboot without a changed boot id: future times prove it. */
START_TEST(reboot_without_a_boot_id)
{
	struct world *world = with_session();

	world_runs(world, 100, TIMER);
	world_reboot(world, world->now.wall + 60000);
	set_boot_id(world, "");
	world_run(world);
	ck_assert(world_event(world, EVENT_RESTARTED, "gw000"));
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

START_TEST(reboot_to_a_dead_gateway)
{
	struct world *world = world_connected(5, "");
	const char *before;

	before = active(world);
	world_reboot(world, world->now.wall + 60000);
	kill_gateway(world, before);
	ck_assert_int_le(until_active(world, 60000), 2 * TIMER);
	ck_assert_str_ne(active(world), before);
	finish(world);
}
END_TEST

/* During suspend only the boot clock continues. */
START_TEST(suspended_machine)
{
	struct world *world = world_of(3, "    strategy: ordered\n");

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 20, TIMER);
	world->now.boot += 8 * 3600000;
	world->now.wall += 8 * 3600000;
	world_run(world);
	ck_assert(!world_event(world, EVENT_LEFT, NULL));
	ck_assert(world_event(world, EVENT_RESTARTED, "gw000"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_TRIGGER), 1);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

START_TEST(suspended_and_gateway_gone)
{
	struct world *world = world_of(3, "    strategy: ordered\n");

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 20, TIMER);
	kill_gateway(world, "gw000");
	revive(world, "gw001");
	world->now.boot += 8 * 3600000;
	world->now.wall += 8 * 3600000;
	world_run(world);
	ck_assert_int_le(until_left(world, "gw000", 60000), TIMER);
	until_active(world, 30000);
	ck_assert_str_eq(active(world), "gw001");
	finish(world);
}
END_TEST

/* Only a gap between two runs of a minute, and of established_for, is an excuse for an old
 * handshake. With a shorter one the session was sampled until it died. */
static const struct {
	const char *lines;
	msec_t before; /* time with runs, after the handshake */
	msec_t gap;
	bool left;
} gaps[] = {
	{ "    silent_for: off\n    established_for: 150s\n", 100000, 70000, true },
	{ "    silent_for: off\n    established_for: 150s\n", 10000, 160000, false },
	{ "    silent_for: off\n    established_for: 20s\n", 5000, 40000, true },
	{ "    silent_for: off\n    established_for: 20s\n", 5000, 70000, false },
};

START_TEST(old_handshake_after_a_gap)
{
	struct world *world = world_of(1, gaps[_i].lines);

	revive(world, "gw000");
	until_active(world, 30000);
	kill_gateway(world, "gw000");
	world_runs(world, (unsigned)(gaps[_i].before / TIMER), TIMER);
	ck_assert_str_eq(active(world), "gw000");
	world_pass(world, gaps[_i].gap - TIMER);
	world_run(world);
	if (gaps[_i].left)
		ck_assert_int_eq(reason_of(world, "gw000"), LEFT_HANDSHAKE_OLD);
	else
		ck_assert(world_event(world, EVENT_RESTARTED, "gw000"));
	ck_assert_int_eq(world_event(world, EVENT_LEFT, "gw000"), gaps[_i].left);
	finish(world);
}
END_TEST

START_TEST(timer_stopped_for_an_hour)
{
	struct world *world = world_of(3, "    strategy: ordered\n");

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 20, TIMER);
	world_pass(world, 3600000);
	world_runs(world, 5, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	finish(world);
}
END_TEST

START_TEST(counters_that_reset)
{
	struct world *world = world_of(2, "    strategy: ordered\n");
	struct observed_peer *peer;

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 20, TIMER);
	peer = world_peer(world, "wg0", "gw000");
	peer->rx_bytes = 0;
	peer->tx_bytes = 0;
	world_runs(world, 30, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	finish(world);
}
END_TEST

START_TEST(peer_removed_by_others)
{
	struct world *world = world_of(3, "    strategy: ordered\n");

	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 5, TIMER);
	world_remove_peer(world, "wg0", "gw000");
	world->kernel.routes.n = 0;
	world_run(world);
	ck_assert(world_event(world, EVENT_RESTARTED, "gw000"));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	ck_assert_uint_eq(world_changes(world, CHANGE_ROUTE_ADD), 1);
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), "gw000");
	assert_quiet(world);
	finish(world);
}
END_TEST

static const char *not_created(struct world *world)
{
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];

	return arena_printf(world->arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  vpn: {create: false}\n"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: vpn\n"
			    "    peers:\n"
			    "      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:51820\", "
			    "allowed_ips: [\"fe80::1/128\"]}\n",
			    key_text(&key, text));
}

START_TEST(interface_appears_late_and_comes_back)
{
	struct world *world = world_of(1, "");

	world_declare(world, not_created(world));
	revive(world, "gw000");
	world_runs(world, 3, TIMER);
	ck_assert(world_event(world, EVENT_WAITING, NULL));
	ck_assert_uint_eq(world->plan.events.problems, 0);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	assert_quiet(world);

	world_add_interface(world, "vpn");
	until_active(world, 30000);
	ck_assert_uint_eq(world->kernel.routes.n, 1);

	world_remove_interface(world, "vpn");
	world_runs(world, 10, TIMER);
	ck_assert(world_event(world, EVENT_WAITING, NULL));
	assert_quiet(world);

	world_add_interface(world, "vpn");
	ck_assert_int_le(until_active(world, 30000), TIMER);
	ck_assert_uint_eq(world->kernel.routes.n, 1);
	ck_assert_uint_eq(world_interface(world, "vpn")->peers.n, 1);
	finish(world);
}
END_TEST

START_TEST(lost_state_keeps_the_connection)
{
	struct world *world = world_connected(5, "");
	const char *before;

	before = active(world);
	world_runs(world, 30, TIMER);
	world->recorded = NULL;
	world->samples = NULL;
	world_run(world);
	ck_assert_uint_eq(world->plan.changes.list.n, 0);
	ck_assert_str_eq(active(world), before);
	finish(world);
}
END_TEST

START_TEST(full_disk_still_fails_over)
{
	struct world *world = world_connected(5, "");
	const char *before;

	before = arena_strdup(world->arena, active(world));
	world->cannot_write = true;
	world->recorded = NULL;
	world_runs(world, 30, TIMER);
	ck_assert_str_eq(active(world), before);
	kill_gateway(world, before);
	world_runs(world, 60, TIMER);
	ck_assert_uint_eq(world_carrying(world), 1);
	finish(world);
}
END_TEST

static const char *named(struct world *world, const char *lines)
{
	struct wg_key key[2] = { world_key(0), world_key(1) };
	char text[2][KEY_TEXT_MAX];

	return arena_printf(world->arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0: {private_key_file: /dev/null}\n"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: wg0\n"
			    "%s"
			    "    peers:\n"
			    "      gw000: {public_key: \"%s\", endpoint: \"a.example:51820\", "
			    "allowed_ips: [10.0.0.0/24]}\n"
			    "      gw001: {public_key: \"%s\", endpoint: \"b.example:51820\", "
			    "allowed_ips: [10.0.1.0/24]}\n",
			    lines, key_text(&key[0], text[0]), key_text(&key[1], text[1]));
}

static struct world_name *name_add(struct world *world, const char *endpoint)
{
	struct world_name *name = vec_push(world->arena, &world->names);

	name->endpoint = endpoint;
	return name;
}

static void name_address(struct world *world, struct world_name *name, const char *endpoint)
{
	ck_assert(endpoint_parse(endpoint, vec_push(world->arena, &name->addresses)));
}

/* Each address of a name is tried once before the name is queried again. */
START_TEST(addresses_are_rotated)
{
	struct world *world = world_of(1, "");
	struct world_name *name = name_add(world, "a.example:51820");
	unsigned seen[4] = { 0 };

	world_declare(world, named(world, "    strategy: ordered\n"));
	name_address(world, name, "198.51.100.1:51820");
	name_address(world, name, "198.51.100.2:51820");
	name_address(world, name, "198.51.100.3:51820");
	name_address(world, name, "[2001:db8::4]:51820");
	for (unsigned attempt = 0; attempt < 12;) {
		world_run(world);
		vec_each (change, &world->plan.changes.list) {
			unsigned last;

			if (change->kind != CHANGE_PEER_ADD)
				continue;
			last = change->endpoint.ip.family == FAMILY_IPV6
				       ? 3
				       : change->endpoint.ip.b[3] - 1U;
			ck_assert_uint_eq(seen[last], attempt / 4);
			seen[last]++;
			attempt++;
		}
		world_pass(world, TIMER);
	}
	finish(world);
}
END_TEST

/* A file of a version that recorded them by member name. */
START_TEST(untried_addresses_of_an_earlier_version)
{
	struct world *world = world_of(1, "");
	struct world_name *name = name_add(world, "a.example:51820");
	unsigned seen = 0;

	world_declare(world, named(world, "    strategy: ordered\n"));
	name_address(world, name, "198.51.100.1:51820");
	world->recorded = arena_strdup(
		world->arena,
		"{\"boot_id\":\"boot-1\",\"selectors\":[{\"name\":\"uplink\",\"rotations\":["
		"{\"endpoint\":\"a.example:51820\",\"peer\":\"gw000\","
		"\"untried\":[\"198.51.100.2:51820\",\"198.51.100.3:51820\"]},"
		"{\"endpoint\":\"old.example:51820\",\"peer\":\"gw001\","
		"\"untried\":[\"198.51.100.9:51820\"]}]}],\"version\":1}\n");
	for (unsigned attempt = 0; attempt < 3;) {
		world_run(world);
		vec_each (change, &world->plan.changes.list)
			if (change->kind == CHANGE_PEER_ADD && strcmp(change->peer, "gw000") == 0) {
				seen = seen * 10 + change->endpoint.ip.b[3];
				ck_assert(!strstr(world->recorded, "rotations"));
				attempt++;
			}
		ck_assert(attempt == 0 || seen >= 10 ||
			  strstr(world->recorded, "\"untried\":[\"198.51.100.") != NULL);
		world_pass(world, TIMER);
	}
	/* Those first; then the name is queried again. */
	ck_assert(seen == 231 || seen == 321);
	ck_assert(!strstr(world->recorded, "untried"));
	finish(world);
}
END_TEST

START_TEST(preferred_family_comes_first)
{
	struct world *world = world_of(1, "");
	struct world_name *name = name_add(world, "a.example:51820");

	world_declare(world, named(world, "    strategy: ordered\n    prefer_family: ipv6\n"));
	name_address(world, name, "198.51.100.1:51820");
	name_address(world, name, "198.51.100.2:51820");
	name_address(world, name, "[2001:db8::4]:51820");
	world_run(world);
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->endpoint.ip.family, FAMILY_IPV6);
	finish(world);
}
END_TEST

/* A name that does not resolve costs no time: the next member is added at once. */
START_TEST(unresolved_name_costs_nothing)
{
	struct world *world = world_of(2, "");
	struct world_name *name = name_add(world, "b.example:51820");

	world_declare(world, named(world, "    strategy: ordered\n"));
	name_address(world, name, "192.0.0.2:51820");
	revive(world, "gw001");
	world_run(world);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_NAME_UNRESOLVED);
	ck_assert_ptr_nonnull(world_slot(world, "uplink", "gw001"));
	world_pass(world, TIMER);
	world_run(world);
	ck_assert_str_eq(active(world), "gw001");
	finish(world);
}
END_TEST

/* An offline machine continues to try, but without wearing out its flash. */
START_TEST(offline_writes_nothing)
{
	struct world *world = world_of(2, "");
	unsigned writes;

	world_declare(world, named(world, ""));
	world_runs(world, 3, TIMER);
	writes = world->writes;
	world_runs(world, 50, TIMER);
	ck_assert_uint_le(world->writes, writes + 2);
	finish(world);
}
END_TEST

START_TEST(several_active)
{
	struct world *world = world_of(6, "    active: 3\n");

	for (unsigned i = 0; i < 6; i++)
		world->gateways.at[i].alive = i % 2 == 0;
	world_runs(world, 20, TIMER);
	ck_assert_uint_eq(world_carrying(world), 3);
	assert_quiet(world);
	kill_gateway(world, "gw002");
	revive(world, "gw005");
	world_runs(world, 80, TIMER);
	ck_assert_uint_eq(world_carrying(world), 3);
	ck_assert_ptr_nonnull(world_slot(world, "uplink", "gw005"));
	/* The number of members. */
	vec_each (gateway, &world->gateways)
		gateway->alive = true;
	world_declare(world, world_yaml(world->arena, 6, "    active: 6\n"));
	world_runs(world, 3, TIMER);
	ck_assert_uint_eq(world_carrying(world), 6);
	assert_quiet(world);
	finish(world);
}
END_TEST

START_TEST(fewer_alive_than_active)
{
	struct world *world = world_of(6, "    active: 3\n");

	revive(world, "gw001");
	revive(world, "gw004");
	world_runs(world, 60, TIMER);
	ck_assert_uint_eq(world_carrying(world), 2);
	finish(world);
}
END_TEST

START_TEST(standby_takes_over_in_one_message)
{
	struct world *world = world_probed("    standby: 1\n");
	const struct change *change;

	world_runs(world, 4, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	ck_assert_int_eq(world_slot(world, "uplink", "gw001")->role, SLOT_STANDBY);
	ck_assert_uint_eq(world_peer(world, "wg0", "gw001")->allowed_ips.n, 0);
	assert_quiet(world);
	world_gateway(world, "gw000")->forwards = false;
	for (unsigned i = 0; i < 2; i++) {
		world_pass(world, TIMER);
		world_run(world);
		ck_assert_uint_eq(world->plan.changes.list.n, 0);
	}
	ck_assert_int_eq(until_left(world, "gw000", 60000), TIMER);
	/* Its allowed IP moves; no peer is added, no route is touched. */
	ck_assert(world_event(world, EVENT_PROMOTED, "gw001"));
	ck_assert_uint_eq(world->plan.changes.list.n, 2);
	change = world->plan.changes.list.at;
	ck_assert_int_eq(change[0].kind, CHANGE_ALLOWED_IP_ADD);
	ck_assert_str_eq(change[0].peer, "gw001");
	ck_assert_str_eq(change[0].from_peer, "gw000");
	ck_assert_int_eq(change[1].kind, CHANGE_PEER_REMOVE);
	ck_assert_str_eq(change[1].peer, "gw000");
	ck_assert_uint_eq(world_carrying(world), 1);
	finish(world);
}
END_TEST

START_TEST(dead_standby_is_replaced)
{
	struct world *world = world_of(4, "    standby: 1\n    strategy: ordered\n");

	revive(world, "gw000");
	revive(world, "gw003");
	world_runs(world, 12, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	ck_assert_ptr_nonnull(world_slot(world, "uplink", "gw003"));
	ck_assert_int_eq(world_slot(world, "uplink", "gw003")->state, SLOT_ESTABLISHED);
	finish(world);
}
END_TEST

static const struct {
	const char *lines;
	bool returns;
	msec_t within;
	msec_t not_before;
} failbacks[] = {
	{ "    strategy: ordered\n    failback: never\n", false, 1200000, 0 },
	{ "    strategy: ordered\n    failback: when_better\n", true, 90000, 0 },
	{ "    strategy: ordered\n    failback: {after: 5m}\n", true, 500000, 200000 },
	{ "    strategy: ordered\n    standby: 1\n    failback: when_better\n", true, 120000, 0 },
};

START_TEST(failback_policy)
{
	struct world *world = world_of(3, failbacks[_i].lines);
	msec_t begin;

	revive(world, "gw000");
	revive(world, "gw002");
	until_active(world, 30000);
	world_runs(world, 10, TIMER);
	ck_assert_str_eq(active(world), "gw000");
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 200000);
	until_active(world, 60000);
	ck_assert_str_eq(active(world), "gw002");
	revive(world, "gw000");
	begin = world->now.boot;
	while (world->now.boot - begin < failbacks[_i].within &&
	       strcmp(active(world), "gw000") != 0) {
		world_pass(world, TIMER);
		world_run(world);
		/* The working one is never left for a trial. */
		ck_assert_ptr_nonnull(active(world));
		ck_assert_uint_eq(world_carrying(world), 1);
	}
	ck_assert_int_eq(strcmp(active(world), "gw000") == 0, failbacks[_i].returns);
	ck_assert_int_ge(world->now.boot - begin, failbacks[_i].not_before);
	world_runs(world, 4, TIMER);
	if (failbacks[_i].returns)
		assert_quiet(world);
	finish(world);
}
END_TEST

/* A preferred one that is still dead is tried at growing intervals, besides the working one. */
START_TEST(dead_better_one_is_tried_ever_more_seldom)
{
	static const msec_t pauses[] = { 60000, 120000, 240000, 300000, 300000 };
	struct world *world = world_of(2, "    strategy: ordered\n    failback: when_better\n");
	msec_t left, pause;

	revive(world, "gw001");
	until_active(world, 30000);
	left = world->now.boot - TIMER;
	for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		do {
			world_pass(world, TIMER);
			world_run(world);
			ck_assert_str_eq(active(world), "gw001");
		} while (!world_event(world, EVENT_TRY, "gw000"));
		pause = world->now.boot - left;
		ck_assert_msg(pause >= pauses[i] && pause <= pauses[i] + TIMER,
			      "tried %ld ms after it was left", (long)pause);
		until_left(world, "gw000", 2 * TIMER);
		ck_assert_str_eq(active(world), "gw001");
		left = world->now.boot;
	}
	finish(world);
}
END_TEST

/* ---- A preferred one works again ---- */

/* The bound: the longest pause of a candidate, its trial, and runs of the timer. */
#define RETURN_BOUND (CANDIDATE_PAUSE_MAX_MS + 5000 + 3 * TIMER)

static struct world *world_returning(unsigned members, unsigned active, unsigned standby)
{
	struct arena *arena = arena_new();
	struct world *world = world_of(members, arena_printf(arena,
							     "    strategy: ordered\n"
							     "    failback: when_better\n"
							     "    active: %u\n"
							     "    standby: %u\n",
							     active, standby));

	arena_free(arena);
	vec_each (gateway, &world->gateways)
		gateway->alive = true;
	return world;
}

static bool is_active(struct world *world, const char *name)
{
	const struct recorded_slot *slot = world_slot(world, "uplink", name);

	return slot && slot->role == SLOT_ACTIVE && slot->state == SLOT_ESTABLISHED;
}

/* The best of them is active again; the others are never left for it. */
static void await_return(struct world *world, unsigned carrying, const char *what)
{
	msec_t begin = world->now.boot;

	while (!is_active(world, "gw000")) {
		ck_assert_msg(world->now.boot - begin <= RETURN_BOUND, "%s: no return in %ld ms",
			      what, (long)(world->now.boot - begin));
		world_pass(world, TIMER);
		world_run(world);
		ck_assert_msg(world_carrying(world) >= carrying, "%s: %u carry", what,
			      world_carrying(world));
	}
}

static void declare_active(struct world *world, unsigned members, unsigned count)
{
	world_declare(world, world_yaml(world->arena, members,
					arena_printf(world->arena,
						     "    strategy: ordered\n"
						     "    failback: when_better\n"
						     "    active: %u\n",
						     count)));
}

/* Of several active ones the least preferred is left, for a better one or as surplus,
 * regardless of age. */
START_TEST(worst_active_one_makes_room)
{
	struct world *world = world_of(3, "");

	declare_active(world, 3, 2);
	revive(world, "gw001");
	revive(world, "gw002");
	world_runs(world, 5, TIMER);
	ck_assert(is_active(world, "gw001") && is_active(world, "gw002"));
	revive(world, "gw000");
	await_return(world, 2, "to the place of the worst one");
	ck_assert_int_eq(reason_of(world, "gw002"), LEFT_FOR_BETTER);
	ck_assert(is_active(world, "gw001"));
	declare_active(world, 3, 1);
	world_run(world);
	ck_assert_int_eq(reason_of(world, "gw001"), LEFT_NOT_DESIRED);
	ck_assert(is_active(world, "gw000"));
	ck_assert_uint_eq(world_carrying(world), 1);
	assert_quiet(world);
	finish(world);
}
END_TEST

/* A working one is kept over a preferred one with unknown state, tried for the first time or
 * again, later than the working one. */
START_TEST(surplus_is_the_one_being_tried)
{
	struct world *world = world_of(2, "");

	declare_active(world, 2, 2);
	revive(world, "gw001");
	world_run(world);
	for (int i = 0; i < 2 * _i; i++) {
		world_pass(world, TIMER);
		world_run(world);
	}
	world_pass(world, 1000);
	world_run(world);
	ck_assert(is_active(world, "gw001"));
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->state, SLOT_TRYING);
	declare_active(world, 2, 1);
	world_run(world);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_NOT_DESIRED);
	ck_assert_str_eq(active(world), "gw001");
	finish(world);
}
END_TEST

/* The replaced one becomes a standby if one is desired. */
START_TEST(old_one_is_kept_as_standby)
{
	struct world *world = world_returning(2, 1, (unsigned)_i);

	world_runs(world, 20, TIMER);
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 200000);
	revive(world, "gw000");
	until_active(world, 30000);
	await_return(world, 1, "of a standby or candidate");
	ck_assert_int_eq(world_changes(world, CHANGE_PEER_REMOVE), !_i);
	if (_i) {
		ck_assert(!world_event(world, EVENT_LEFT, NULL));
		ck_assert_int_eq(world_slot(world, "uplink", "gw001")->role, SLOT_STANDBY);
		ck_assert_int_eq(world_slot(world, "uplink", "gw001")->state, SLOT_ESTABLISHED);
	} else {
		ck_assert_int_eq(reason_of(world, "gw001"), LEFT_FOR_BETTER);
	}
	finish(world);
}
END_TEST

/* A candidate replaces it as well, without another standby. */
START_TEST(old_one_fills_the_place_of_a_standby)
{
	struct world *world = world_returning(2, 1, 1);
	struct desired_peer *better = &world->desired->selectors.at[0].peers.at[0];

	better->enabled = false;
	world_runs(world, 5, TIMER);
	ck_assert_str_eq(active(world), "gw001");
	better->enabled = true;
	world_run(world);
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->role, SLOT_CANDIDATE);
	await_return(world, 1, "of a candidate");
	ck_assert(!world_event(world, EVENT_LEFT, NULL));
	ck_assert_int_eq(world_slot(world, "uplink", "gw001")->role, SLOT_STANDBY);
	finish(world);
}
END_TEST

/* The times of its failures are of another boot's clock: the first pause is counted from the
 * boot on, however late in the previous boot it failed. */
START_TEST(pauses_begin_anew_after_a_reboot)
{
	struct world *world = world_returning(2, 1, (unsigned)_i);

	world_runs(world, 100, TIMER);
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 200000);
	until_active(world, 30000);
	world_reboot(world, world->now.wall + 60000);
	revive(world, "gw000");
	until_active(world, 30000);
	ck_assert_str_eq(active(world), "gw001");
	await_return(world, 1, "after a reboot");
	ck_assert_int_ge(world->now.boot, FAILBACK_PAUSE_MS);
	ck_assert_int_le(world->now.boot, FAILBACK_PAUSE_MS + 3 * TIMER);
	finish(world);
}
END_TEST

static const msec_t away_for[] = { 30000, 300000, 7200000 };

START_TEST(better_one_returns_however_long_it_was_dead)
{
	for (unsigned members = 2; members <= 4; members++)
		for (unsigned active = 1; active <= 2; active++)
			for (unsigned standby = 0; standby <= 2; standby++) {
				struct world *world = world_returning(members, active, standby);
				unsigned rest = members - 1 < active ? members - 1 : active;
				char what[64];

				snprintf(what, sizeof(what), "%u members, %u active, %u standby",
					 members, active, standby);
				world_runs(world, 20, TIMER);
				ck_assert_msg(is_active(world, "gw000"), "%s", what);
				kill_gateway(world, "gw000");
				until_left(world, "gw000", 200000);
				world_runs(world, (unsigned)(away_for[_i] / TIMER), TIMER);
				revive(world, "gw000");
				await_return(world, rest, what);
				finish(world);
			}
}
END_TEST

/* All were dead for long, and the preferred one recovers after the other one. */
START_TEST(better_one_returns_after_all_were_dead)
{
	for (unsigned standby = 0; standby <= 1; standby++) {
		struct world *world = world_returning(2, 1, standby);

		world_runs(world, 20, TIMER);
		kill_gateway(world, "gw000");
		kill_gateway(world, "gw001");
		world_runs(world, 1000, TIMER);
		revive(world, "gw001");
		until_active(world, 60000);
		world_runs(world, 100, TIMER);
		revive(world, "gw000");
		await_return(world, 1, "after all were dead");
		finish(world);
	}
}
END_TEST

#define RETURNING "    failback: when_better\n"

static const char *const returning[] = { RETURNING "    standby: 0\n",
					 RETURNING "    standby: 1\n" };

/* Off for two minutes of each ten: it is active again each time, before the next. */
START_TEST(better_one_returns_each_time)
{
	struct world *world = world_probed(returning[_i]);

	world_runs(world, 20, TIMER);
	for (unsigned round = 0; round < 8; round++) {
		ck_assert_str_eq(active(world), "gw000");
		kill_gateway(world, "gw000");
		world_runs(world, 24, TIMER);
		ck_assert_str_eq(active(world), "gw001");
		revive(world, "gw000");
		world_runs(world, 96, TIMER);
	}
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

/* Up for 100 s, down for 40 s, for an hour: most of the time it is not used. */
START_TEST(unstable_one_is_not_run_after)
{
	struct world *world = world_probed(returning[_i]);
	unsigned returns = 0;

	world_runs(world, 20, TIMER);
	for (unsigned run = 0; run < 720; run++) {
		world_gateway(world, "gw000")->alive = run % 28 >= 8;
		world_pass(world, TIMER);
		world_run(world);
		returns += world_event(world, EVENT_PROMOTED, "gw000");
	}
	ck_assert_uint_ge(returns, 1);
	ck_assert_uint_le(returns, 7);
	/* When stable, it returns after the longest pause at most. */
	world_gateway(world, "gw000")->alive = true;
	for (unsigned run = 0; run < FAILBACK_PAUSE_MAX_MS / TIMER + 5; run++) {
		world_pass(world, TIMER);
		world_run(world);
	}
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

static const struct recorded_left *left_of(struct world *world, const char *peer)
{
	return select_left(&world->plan.recorded.selectors.at[0], peer);
}

/* gw000 fails while active, and returns after a longer time each time. */
static msec_t fail_and_return(struct world *world)
{
	msec_t begin;

	world_gateway(world, "gw000")->forwards = false;
	until_left(world, "gw000", 60000);
	world_gateway(world, "gw000")->forwards = true;
	begin = world->now.boot;
	until_active(world, 30000);
	await_return(world, 1, "after a failure");
	return world->now.boot - begin;
}

/* An unstable one that is stable again is like one that never failed. */
START_TEST(failures_are_forgiven_once_it_is_stable)
{
	struct world *world = world_probed(returning[_i]);

	world_runs(world, 20, TIMER);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_ge(fail_and_return(world), FAILBACK_PAUSE_MS << i);
	world_runs(world, FORGIVE_AFTER_MS / TIMER, TIMER);
	ck_assert_uint_eq(left_of(world, "gw000")->strikes, 3);
	ck_assert_uint_eq(left_of(world, "gw000")->active_failures, 3);
	world_run(world);
	ck_assert_uint_eq(left_of(world, "gw000")->strikes, 0);
	ck_assert_uint_eq(left_of(world, "gw000")->active_failures, 0);
	ck_assert_int_lt(fail_and_return(world), 2 * FAILBACK_PAUSE_MS);
	finish(world);
}
END_TEST

/* Handshakes as a standby do not prove that it forwards. */
START_TEST(standby_is_not_forgiven_what_it_did_as_active)
{
	struct world *world = world_probed(returning[1]);

	world_runs(world, 20, TIMER);
	for (unsigned i = 0; i < 3; i++)
		fail_and_return(world);
	world_gateway(world, "gw000")->forwards = false;
	until_left(world, "gw000", 60000);
	world_runs(world, FORGIVE_AFTER_MS / TIMER + 10, TIMER);
	ck_assert_int_eq(world_slot(world, "uplink", "gw000")->role, SLOT_STANDBY);
	ck_assert_uint_eq(left_of(world, "gw000")->strikes, 0);
	ck_assert_uint_eq(left_of(world, "gw000")->active_failures, 4);
	finish(world);
}
END_TEST

/* Two probes unanswered in each 140 s, and three in each third time: outages too short to
 * leave it must not make it return sooner. */
START_TEST(short_outages_are_not_forgiven)
{
	struct world *world = world_probed(returning[_i]);
	unsigned returns = 0;

	world_runs(world, 20, TIMER);
	for (unsigned run = 0; run < 1440; run++) {
		world_gateway(world, "gw000")->forwards = run % 28 >= (run / 28 % 3 == 2 ? 3 : 2);
		world_pass(world, TIMER);
		world_run(world);
		returns += world_event(world, EVENT_PROMOTED, "gw000");
	}
	ck_assert_uint_ge(returns, 1);
	ck_assert_uint_le(returns, 7);
	finish(world);
}
END_TEST

/* In any case the best ones are active after the longest pause. */
START_TEST(best_ones_are_active_at_last)
{
	struct random random;

	random_seed(&random, (uint64_t)_i);
	for (unsigned round = 0; round < 3; round++) {
		unsigned members = 2 + (unsigned)random_below(&random, 4);
		unsigned active = 1 + (unsigned)random_below(&random, 2);
		struct world *world = world_returning(members, active,
						      (unsigned)random_below(&random, 3));

		world->seed = (uint64_t)_i * 7919 + round;
		for (unsigned run = 0; run < 360; run++) {
			struct gateway *gateway =
				&world->gateways.at[random_below(&random, members)];

			gateway->alive ^= random_below(&random, 8) == 0;
			world_run(world);
			world_pass(world, TIMER);
		}
		vec_each (gateway, &world->gateways)
			gateway->alive = true;
		world_runs(world, (FAILBACK_PAUSE_MAX_MS + RETURN_BOUND) / TIMER, TIMER);
		for (unsigned i = 0; i < active; i++)
			ck_assert_msg(is_active(world, world->gateways.at[i].name),
				      "seed %d, round %u: %s is not active, of %u members", _i,
				      round, world->gateways.at[i].name, members);
		assert_quiet(world);
		finish(world);
	}
}
END_TEST

/* One that may not return yet does not block another preferred one. */
START_TEST(second_best_returns_beside_an_unstable_one)
{
	struct world *world = world_probed_of(3, RETURNING "    standby: 2\n");

	kill_gateway(world, "gw001");
	world_gateway(world, "gw000")->forwards = false;
	world_runs(world, 240, TIMER);
	ck_assert_str_eq(active(world), "gw002");
	ck_assert(world_slot(world, "uplink", "gw000")->state == SLOT_ESTABLISHED);
	revive(world, "gw001");
	world_runs(world, 8, TIMER);
	ck_assert_str_eq(active(world), "gw001");
	finish(world);
}
END_TEST

/* ---- Standbys to which a gateway still sends ---- */

/* The gateway does not distinguish a standby's session. */
START_TEST(standby_that_sends_is_kept)
{
	struct world *world = world_of(2, "    strategy: ordered\n    standby: 1\n");
	struct observed_peer *standby;
	msec_t promoted;

	revive(world, "gw000");
	revive(world, "gw001");
	world_gateway(world, "gw001")->sends = true;
	world_runs(world, 10, TIMER);
	for (unsigned run = 0; run < 240; run++) {
		world_pass(world, TIMER);
		world_run(world);
		ck_assert(!world_event(world, EVENT_LEFT, NULL));
	}
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 200000);
	ck_assert_str_eq(active(world), "gw001");
	/* Nothing is sent over it from now: no reason to leave it either. */
	standby = world_peer(world, "wg0", "gw001");
	standby->handshake = (struct handshake){ .sec = world->now.wall / 1000 };
	for (promoted = world->now.boot; world->now.boot < promoted + 100000;) {
		world->now.boot += TIMER;
		world->now.wall += TIMER;
		standby = world_peer(world, "wg0", "gw001");
		standby->tx_bytes += world->now.boot % 25000 ? 0 : KEEPALIVE_BYTES;
		world_run(world);
		ck_assert(!world_event(world, EVENT_LEFT, "gw001"));
	}
	finish(world);
}
END_TEST

/* Earlier probes of a failed preferred one do not count again. */
START_TEST(probe_failures_of_before_do_not_count)
{
	struct world *world = world_probed(RETURNING "    standby: 1\n");

	world_runs(world, 20, TIMER);
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 60000);
	ck_assert_str_eq(active(world), "gw001");
	revive(world, "gw000");
	world_runs(world, 5, TIMER);
	world_gateway(world, "gw001")->forwards = false;
	while (!is_active(world, "gw000")) {
		world_gateway(world, "gw001")->forwards =
			world_slot(world, "uplink", "gw001")->probe_failures == 2;
		world_pass(world, TIMER);
		world_run(world);
		ck_assert(!world_event(world, EVENT_LEFT, "gw001"));
	}
	ck_assert_uint_gt(world_slot(world, "uplink", "gw001")->probe_failures, 0);
	kill_gateway(world, "gw000");
	until_left(world, "gw000", 60000);
	ck_assert_uint_eq(world_slot(world, "uplink", "gw001")->probe_failures, 0);
	finish(world);
}
END_TEST

/* A better gateway that answers handshakes but forwards nothing must not make the selector
 * alternate: each failure doubles the pause. */
START_TEST(failback_does_not_flap)
{
	struct world *world = world_probed("    failback: when_better\n");
	unsigned switches = 0;

	until_active(world, 30000);
	world_gateway(world, "gw000")->forwards = false;
	for (unsigned run = 0; run < 720; run++) {
		world_pass(world, TIMER);
		world_run(world);
		switches += world_event(world, EVENT_PROMOTED, "gw000");
	}
	ck_assert_uint_le(switches, 7);
	ck_assert_uint_ge(switches, 2);
	finish(world);
}
END_TEST

START_TEST(weighted_by_weight)
{
	struct arena *arena = arena_new();
	unsigned heavy = 0;

	for (unsigned i = 0; i < 300; i++) {
		struct wg_key key[2] = { world_key(0), world_key(1) };
		char text[2][KEY_TEXT_MAX];
		struct world *world = world_new(arena_printf(
			arena,
			"version: 1\n"
			"interfaces: {wg0: {private_key_file: /dev/null}}\n"
			"selectors:\n"
			"  uplink:\n"
			"    interface: wg0\n"
			"    strategy: weighted\n"
			"    peers:\n"
			"      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:1\", weight: 9, "
			"allowed_ips: [10.0.0.0/24]}\n"
			"      gw001: {public_key: \"%s\", endpoint: \"192.0.0.2:1\", "
			"allowed_ips: [10.0.1.0/24]}\n",
			key_text(&key[0], text[0]), key_text(&key[1], text[1])));

		world->seed = i * 7919ULL;
		world_run(world);
		heavy += world_slot(world, "uplink", "gw000") != NULL;
		finish(world);
	}
	arena_free(arena);
	/* 270 are expected; 5 standard deviations are 26. */
	ck_assert_uint_gt(heavy, 244);
	ck_assert_uint_lt(heavy, 296);
}
END_TEST

START_TEST(ordered_begins_at_the_top)
{
	struct world *world = world_of(4, "    strategy: ordered\n");

	revive(world, "gw002");
	world_run(world);
	ck_assert_ptr_nonnull(world_slot(world, "uplink", "gw000"));
	until_active(world, 60000);
	ck_assert_str_eq(active(world), "gw002");
	revive(world, "gw000");
	revive(world, "gw003");
	kill_gateway(world, "gw002");
	until_left(world, "gw002", 200000);
	until_active(world, 60000);
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

static const char *without_first(struct world *world, const char *first)
{
	struct wg_key key[2] = { world_key(0), world_key(1) };
	char text[2][KEY_TEXT_MAX];

	return arena_printf(world->arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0: {private_key_file: /dev/null, addresses: [10.0.0.2/32]}\n"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: wg0\n"
			    "    strategy: ordered\n"
			    "    peers:\n"
			    "      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:51820\", "
			    "allowed_ips: [10.0.0.0/24]%s}\n"
			    "      gw001: {public_key: \"%s\", endpoint: \"192.0.0.2:51820\", "
			    "allowed_ips: [10.0.1.0/24]}\n",
			    key_text(&key[0], text[0]), first, key_text(&key[1], text[1]));
}

START_TEST(disabled_member_is_left_and_never_tried)
{
	struct world *world = world_of(2, "    strategy: ordered\n");

	revive(world, "gw000");
	revive(world, "gw001");
	until_active(world, 30000);
	world_declare(world, without_first(world, ", enabled: false"));
	world_run(world);
	ck_assert_int_eq(reason_of(world, "gw000"), LEFT_NOT_DESIRED);
	until_active(world, 30000);
	ck_assert_str_eq(active(world), "gw001");
	ck_assert_uint_eq(world_interface(world, "wg0")->peers.n, 1);
	kill_gateway(world, "gw001");
	world_runs(world, 60, TIMER);
	ck_assert_ptr_null(world_slot(world, "uplink", "gw000"));
	world_declare(world, without_first(world, ""));
	until_active(world, 60000);
	ck_assert_str_eq(active(world), "gw000");
	finish(world);
}
END_TEST

#define TIMED                                                                                      \
	"version: 1\n"                                                                             \
	"interfaces: {wg0: {private_key_file: /dev/null}}\n"                                       \
	"time: {servers: [192.0.0.99], backoff: 10m}\n"                                            \
	"selectors:\n"                                                                             \
	"  uplink:\n"                                                                              \
	"    interface: wg0\n"                                                                     \
	"    peers:\n"                                                                             \
	"      gw000: {public_key: \"%s\", endpoint: \"192.0.0.1:1\", allowed_ips: [10.0.0.0/24]}\n"

static struct world *world_timed(void)
{
	struct arena *arena = arena_new();
	struct wg_key key = world_key(0);
	char text[KEY_TEXT_MAX];
	struct world *world = world_new(arena_printf(arena, TIMED, key_text(&key, text)));

	arena_free(arena);
	world_add_gateways(world, 1);
	world->unsynchronised = true;
	return world;
}

START_TEST(time_before_the_first_connection)
{
	struct world *world = world_timed();

	world_run(world);
	ck_assert_uint_eq(world->synchronisations, 1);
	ck_assert(world_event(world, EVENT_TIME, NULL));
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	world->unsynchronised = true;
	world_runs(world, 500, TIMER);
	ck_assert_uint_eq(world->synchronisations, 1);
	finish(world);
}
END_TEST

START_TEST(failing_time_blocks_nothing)
{
	struct world *world = world_timed();

	world->synchroniser_error = "no server answers";
	world_run(world);
	ck_assert_uint_eq(world_changes(world, CHANGE_PEER_ADD), 1);
	world_runs(world, 119, TIMER);
	ck_assert_uint_eq(world->synchronisations, 1);
	world_runs(world, 3, TIMER);
	ck_assert_uint_eq(world->synchronisations, 2);
	revive(world, "gw000");
	until_active(world, 30000);
	world_runs(world, 500, TIMER);
	ck_assert_uint_eq(world->synchronisations, 2);
	finish(world);
}
END_TEST

START_TEST(synchronised_clock_is_left_alone)
{
	struct world *world = world_timed();

	world->unsynchronised = false;
	world_runs(world, 10, TIMER);
	ck_assert_uint_eq(world->synchronisations, 0);
	finish(world);
}
END_TEST

Suite *suite(void)
{
	const TTest *const tests[] = {
		first_run_tries_one,
		trial_lasts_try_for,
		random_is_random,
		killed_gateway_by_age,
		killed_gateway_by_silence,
		idle_is_not_silent,
		idle_then_sending_is_not_silent,
		probe_fails_over_within_fail_after,
		one_answer_clears_the_count,
		probes_that_cannot_be_sent,
		deaf_gateway_does_not_pass_the_trial,
		stale_handshake_does_not_count,
		baseline_does_not_count,
		reboot_goes_back_to_the_same,
		reboot_to_a_dead_gateway,
		other_boot_with_the_session_of_another,
		reboot_without_a_boot_id,
		suspended_machine,
		suspended_and_gateway_gone,
		timer_stopped_for_an_hour,
		counters_that_reset,
		peer_removed_by_others,
		interface_appears_late_and_comes_back,
		lost_state_keeps_the_connection,
		full_disk_still_fails_over,
		addresses_are_rotated,
		untried_addresses_of_an_earlier_version,
		preferred_family_comes_first,
		unresolved_name_costs_nothing,
		offline_writes_nothing,
		several_active,
		worst_active_one_makes_room,
		fewer_alive_than_active,
		standby_takes_over_in_one_message,
		dead_standby_is_replaced,
		old_one_fills_the_place_of_a_standby,
		better_one_returns_after_all_were_dead,
		standby_is_not_forgiven_what_it_did_as_active,
		second_best_returns_beside_an_unstable_one,
		standby_that_sends_is_kept,
		probe_failures_of_before_do_not_count,
		dead_better_one_is_tried_ever_more_seldom,
		failback_does_not_flap,
		weighted_by_weight,
		ordered_begins_at_the_top,
		disabled_member_is_left_and_never_tried,
		time_before_the_first_connection,
		failing_time_blocks_nothing,
		synchronised_clock_is_left_alone,
	};
	/* Under valgrind, see run_unit.sh, the largest would take half an hour. */
	int sizes_n = (int)(sizeof(sizes) / sizeof(sizes[0])) - (getenv("SMALL") ? 2 : 0);
	Suite *made = suite_create("select");
	TCase *each = tcase_create("select");

	tcase_set_timeout(each, 300);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(each, tests[i]);
	tcase_add_loop_test(each, each_once_a_round, 0, sizes_n);
	tcase_add_loop_test(each, one_alive_is_found, 0, sizes_n);
	tcase_add_loop_test(each, live_peer_survives_clock_step, 0,
			    sizeof(steps) / sizeof(steps[0]));
	tcase_add_loop_test(each, dead_peer_is_found_despite_clock_step, 0,
			    sizeof(steps) / sizeof(steps[0]));
	tcase_add_loop_test(each, other_boot_with_a_live_session, 0, 2);
	tcase_add_loop_test(each, unreadable_boot_id, 0, 2);
	tcase_add_loop_test(each, old_handshake_after_a_gap, 0, sizeof(gaps) / sizeof(gaps[0]));
	tcase_add_loop_test(each, surplus_is_the_one_being_tried, 0, 2);
	tcase_add_loop_test(each, old_one_is_kept_as_standby, 0, 2);
	tcase_add_loop_test(each, pauses_begin_anew_after_a_reboot, 0, 2);
	tcase_add_loop_test(each, better_one_returns_however_long_it_was_dead, 0,
			    sizeof(away_for) / sizeof(away_for[0]));
	tcase_add_loop_test(each, better_one_returns_each_time, 0, 2);
	tcase_add_loop_test(each, unstable_one_is_not_run_after, 0, 2);
	tcase_add_loop_test(each, failures_are_forgiven_once_it_is_stable, 0, 2);
	tcase_add_loop_test(each, short_outages_are_not_forgiven, 0, 2);
	tcase_add_loop_test(each, best_ones_are_active_at_last, 0, 10);
	tcase_add_loop_test(each, failback_policy, 0, sizeof(failbacks) / sizeof(failbacks[0]));
	suite_add_tcase(made, each);
	return made;
}
