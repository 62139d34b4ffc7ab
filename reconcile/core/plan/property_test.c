/* SPDX-License-Identifier: MIT */
/*
 * property_test: random worlds with random failures, in which the guarantees of selection must
 * hold:
 *  - with live gateways, exactly min(active, live) of them carry traffic after
 *    enough runs, and no other peer has an allowed IP or a route;
 *  - no round tries a member twice while another one is untried;
 *  - a run on a converged world changes nothing and writes nothing;
 *  - no change is one that the kernel would refuse.
 * WORLDS in the environment is the number (default 100), SEED the first one.
 */
#include "base/random.h"
#include "core/select/select.h"
#include "test/unit.h"
#include "test/world.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMER 5000
#define MEMBERS_MAX 12

struct play {
	struct random random;
	struct world *world;
	unsigned n, active, standby;
	enum strategy strategy;
	bool probed;
	/* Members tried since the round began, from outside observation. */
	bool tried[MEMBERS_MAX];
	bool record_lost; /* the round is lost with it */
};

static unsigned number_below(struct play *play, unsigned below)
{
	return (unsigned)random_below(&play->random, below);
}

static bool one_in(struct play *play, unsigned n)
{
	return number_below(play, n) == 0;
}

static const char *random_lines(struct play *play, struct arena *arena)
{
	static const char *const strategies[] = { "random", "ordered", "weighted" };
	static const char *const failbacks[] = { "never", "when_better", "{after: 2m}" };
	const char *failback = "never";

	play->strategy = number_below(play, 3);
	play->active = 1 + number_below(play, play->n < 3 ? play->n : 3);
	play->standby = number_below(play, 3);
	play->probed = play->active == 1 && one_in(play, 2);
	if (play->strategy != STRATEGY_RANDOM)
		failback = failbacks[number_below(play, 3)];
	return arena_printf(
		arena, "    strategy: %s\n    active: %u\n    standby: %u\n    failback: %s\n%s",
		strategies[play->strategy], play->active, play->standby, failback,
		one_in(play, 3) ? "    silent_for: off\n" : "");
}

/* world_yaml(), or with one network behind all of them and a probe into it. */
static const char *random_yaml(struct play *play, struct arena *arena)
{
	const char *lines = random_lines(play, arena);
	const char *text;
	char key[KEY_TEXT_MAX];

	if (!play->probed)
		return world_yaml(arena, play->n, lines);
	text = arena_printf(arena,
			    "version: 1\n"
			    "interfaces:\n"
			    "  wg0: {private_key_file: /dev/null, addresses: [10.0.0.2/32]}\n"
			    "selectors:\n"
			    "  uplink:\n"
			    "    interface: wg0\n"
			    "    probe: {target: 10.9.0.1}\n"
			    "%s"
			    "    peers:\n",
			    lines);
	for (unsigned i = 0; i < play->n; i++) {
		struct wg_key of_peer = world_key(i);

		text = arena_printf(arena,
				    "%s      gw%03u: {public_key: \"%s\", endpoint: "
				    "\"192.0.0.%u:51820\", allowed_ips: [10.9.0.0/16]}\n",
				    text, i, key_text(&of_peer, key), i + 1);
	}
	return text;
}

static void begin(struct play *play, uint64_t seed)
{
	struct arena *arena = arena_new();

	memset(play, 0, sizeof(*play));
	random_seed(&play->random, seed);
	play->n = 1 + number_below(play, MEMBERS_MAX);
	play->world = world_new(random_yaml(play, arena));
	play->world->seed = seed * 104729;
	world_add_gateways(play->world, play->n);
	for (unsigned i = 0; i < play->n; i++)
		play->world->gateways.at[i].alive = one_in(play, 2);
	arena_free(arena);
}

/* An attempt on a member that was tried already is correct only if all others were tried,
 * too, or are in use. */
static void watch_rounds(struct play *play, uint64_t seed)
{
	struct world *world = play->world;

	if (play->strategy == STRATEGY_ORDERED || play->record_lost)
		return; /* restarts at the top when a member works; see select_test */
	vec_each (event, &world->plan.events.list) {
		unsigned index;

		if (!event->peer)
			continue;
		index = (unsigned)atoi(event->peer + 2);
		if (event->kind == EVENT_LEFT) {
			play->tried[index] = true; /* already tried */
			continue;
		}
		if (event->kind != EVENT_TRY)
			continue;
		if (event->role == SLOT_CANDIDATE) {
			play->tried[index] = true;
			continue;
		}
		if (play->tried[index]) {
			for (unsigned i = 0; i < play->n; i++) {
				char name[16];
				bool left_now;

				snprintf(name, sizeof(name), "gw%03u", i);
				left_now = world_event(world, EVENT_LEFT, name);
				ck_assert_msg(play->tried[i] || world_slot(world, "uplink", name) ||
						      left_now,
					      "seed %lu: %s tried again while %s is untried",
					      (unsigned long)seed, event->peer, name);
			}
			memset(play->tried, 0, sizeof(play->tried));
		}
		play->tried[index] = true;
	}
}

static void run(struct play *play, uint64_t seed)
{
	world_run(play->world);
	watch_rounds(play, seed);
	ck_assert_uint_le(
		select_count(&play->world->plan.recorded.selectors.at[0], SLOT_ACTIVE, -1),
		play->active);
	world_pass(play->world, TIMER);
}

static void break_peer(struct play *play)
{
	struct observed_interface *wg0 = world_interface(play->world, "wg0");

	if (wg0 && wg0->peers.n)
		vec_remove(&wg0->peers, number_below(play, (unsigned)wg0->peers.n));
}

static void break_something(struct play *play)
{
	struct world *world = play->world;
	struct gateway *gateway = &world->gateways.at[number_below(play, play->n)];

	switch (number_below(play, 10)) {
	case 0:
	case 1:
	case 2:
		gateway->alive = !gateway->alive;
		break;
	case 3:
		gateway->forwards = !gateway->forwards;
		break;
	case 4:
		break_peer(play);
		break;
	case 5:
		world->kernel.routes.n = 0;
		break;
	case 6:
		world->now.wall += (msec_t)number_below(play, 2000000) - 1000000;
		break;
	case 7:
		world->now.boot += 1000000; /* suspended */
		world->now.wall += 1000000;
		break;
	case 8:
		world_reboot(world, world->now.wall + number_below(play, 100000000));
		break;
	case 9:
		world->samples = NULL;
		if (one_in(play, 4)) {
			world->recorded = NULL;
			play->record_lost = true;
		}
		break;
	}
}

static unsigned good_gateways(const struct play *play)
{
	unsigned count = 0;

	vec_each (gateway, &play->world->gateways)
		count += gateway->alive && (gateway->forwards || !play->probed);
	return count;
}

/* Without a probe a non-forwarding gateway cannot be detected. */
static void heal(struct play *play)
{
	vec_each (gateway, &play->world->gateways)
		if (!play->probed)
			gateway->forwards = true;
	if (!good_gateways(play)) {
		play->world->gateways.at[0].alive = true;
		play->world->gateways.at[0].forwards = true;
	}
}

static unsigned peers_with_allowed_ips(struct play *play)
{
	unsigned count = 0;

	vec_each (peer, &world_interface(play->world, "wg0")->peers)
		count += peer->allowed_ips.n > 0;
	return count;
}

static void check_converged(struct play *play, uint64_t seed)
{
	struct world *world = play->world;
	unsigned good = good_gateways(play);
	unsigned expected = good < play->active ? good : play->active;
	unsigned carrying = world_carrying(world);

	ck_assert_msg(carrying == expected, "seed %lu: %u carry, %u should", (unsigned long)seed,
		      carrying, expected);
	if (good < play->active + play->standby || good < play->n)
		return; /* it correctly continues to try the dead ones */
	ck_assert_uint_eq(peers_with_allowed_ips(play), play->active);
	world_run(world);
	if (world->plan.changes.list.n == 0 && !world->plan.recorded_changed)
		return;
	vec_each (event, &world->plan.events.list)
		fprintf(stderr, "%s: %s\n", event->peer ? event->peer : "-", event->text);
	vec_each (change, &world->plan.changes.list)
		fprintf(stderr, "%c %s\n", change_sign(change->kind),
			change_text(change, world->run_arena));
	ck_abort_msg("seed %lu: a converged world is changed", (unsigned long)seed);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(promises_hold_in_random_worlds)
{
	uint64_t first = from_environment("SEED", 1), worlds = from_environment("WORLDS", 100);

	for (uint64_t seed = first; seed < first + worlds; seed++) {
		struct play play;

		begin(&play, seed);
		for (unsigned phase = 0; phase < 4; phase++) {
			for (unsigned i = 0; i < 40; i++) {
				if (one_in(&play, 8))
					break_something(&play);
				run(&play, seed);
			}
			heal(&play);
			/* 150 s until the last dead one is left, each once in two rounds of
			 * try_for, a failback, and the 10 min until failures are reset. */
			for (unsigned i = 0; i < 170; i++)
				run(&play, seed);
			check_converged(&play, seed);
		}
		vec_each (complaint, &play.world->complaints)
			ck_abort_msg("seed %lu: %s", (unsigned long)seed, complaint->text);
		world_free(play.world);
	}
}
END_TEST

SUITE("property", promises_hold_in_random_worlds)
