/* SPDX-License-Identifier: MIT */
#include "liveness.h"

#include "test/unit.h"

#define BOOT 1000000
#define WALL 1700000000000

/* One peer in two runs, with the clocks of both. All in milliseconds; stamps on the wall
 * clock relative to WALL, 0: none. */
static const struct {
	const char *what;
	msec_t stamp_then, stamp_now;
	msec_t passed; /* on the boot clock */
	msec_t stepped; /* the wall clock, additionally */
	msec_t age; /* expected */
} ages[] = {
	{ "none yet", 0, 0, 5000, 0, AGE_NONE },
	{ "the same stamp ages", -3000, -3000, 5000, 0, 8000 },
	{ "the same stamp, clock forwards", -3000, -3000, 5000, 3600000, 8000 },
	{ "the same stamp, clock backwards", -3000, -3000, 5000, -3600000, 8000 },
	{ "a new stamp", -3000, 4000, 5000, 0, 1000 },
	{ "new before a step forwards", -3000, 2000, 5000, 3600000, 3000 },
	{ "new after a step forwards", -3000, 3604000, 5000, 3600000, 1000 },
	{ "new before a step backwards", -3000, 2000, 5000, -3600000, 3000 },
	{ "new after a step backwards", -3000, -3596000, 5000, -3600000, 1000 },
	{ "two steps in between: as old as can be", -3000, 777777, 5000, 3600000, 5000 },
	{ "the first one", 0, 4000, 5000, 0, 1000 },
	{ "gone: somebody made the peer again", -3000, 0, 5000, 0, AGE_NONE },
};

static struct handshake stamp(msec_t offset)
{
	if (!offset)
		return (struct handshake){ 0 };
	return (struct handshake){ .sec = (WALL + offset) / 1000,
				   .nsec = (int32_t)((WALL + offset) % 1000) * 1000000 };
}

static struct samples *samples_new(struct arena *arena)
{
	struct samples *samples = arena_alloc(arena, sizeof(*samples));

	samples_init(samples, arena);
	return samples;
}

static struct samples *look(struct arena *arena, const struct samples *last,
			    const struct observed_peer *peer, const struct now *now)
{
	struct samples *samples = samples_new(arena);

	samples_add(samples, last, "wg0", peer, now);
	samples_finish(samples, last, now, true);
	return samples;
}

START_TEST(age_of_a_handshake)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .handshake = stamp(ages[_i].stamp_then) };
	struct samples *last = look(arena, samples_new(arena), &peer, &now), *samples;

	now.boot += ages[_i].passed;
	now.wall += ages[_i].passed + ages[_i].stepped;
	peer.handshake = stamp(ages[_i].stamp_now);
	samples = look(arena, last, &peer, &now);
	ck_assert_msg(handshake_age(samples, "wg0", &peer.public_key, &now) == ages[_i].age,
		      "%s: %ld ms, not %ld", ages[_i].what,
		      (long)handshake_age(samples, "wg0", &peer.public_key, &now),
		      (long)ages[_i].age);
	arena_free(arena);
}
END_TEST

/* A stamp seen for the first time, not confirmed by an earlier run. */
static const struct {
	const char *what;
	msec_t stamp;
	msec_t age;
} firsts[] = {
	{ "believable", -7000, 7000 },
	{ "in the future", 3600000, 0 },
	{ "before the boot", -(BOOT + 5000), 0 },
};

START_TEST(first_sight)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .handshake = stamp(firsts[_i].stamp) };
	struct samples *samples = look(arena, samples_new(arena), &peer, &now);

	ck_assert_int_eq(handshake_age(samples, "wg0", &peer.public_key, &now), firsts[_i].age);
	arena_free(arena);
}
END_TEST

START_TEST(marks_of_another_boot_say_nothing)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .handshake = stamp(-7000), .rx_bytes = 5 };
	struct samples *last = look(arena, samples_new(arena), &peer, &now), *samples;

	memcpy(now.boot_id, "two", 4);
	now.boot += 60000;
	now.wall += 60000;
	peer.tx_bytes = 100000;
	samples = look(arena, last, &peer, &now);
	ck_assert_int_eq(samples_gap(last, &now), 0);
	ck_assert_int_eq(silent_time(samples, "wg0", &peer, &now), 0);
	arena_free(arena);
}
END_TEST

/* Bytes between two runs 20 s apart, keepalive every 5 s. */
static const struct {
	const char *what;
	bool allowed_ips;
	uint64_t rx_then, tx_then, rx_now, tx_now;
	msec_t silent;
} silences[] = {
	{ "nothing either way", true, 500, 500, 500, 500, 0 },
	{ "received", true, 500, 500, 501, 9000, 0 },
	{ "keepalives only", true, 500, 500, 500, 500 + 5 * KEEPALIVE_BYTES, 0 },
	{ "more than keepalives", true, 500, 500, 500, 501 + 5 * KEEPALIVE_BYTES, 20000 },
	{ "the same without allowed IPs", false, 500, 500, 500, 501 + 5 * KEEPALIVE_BYTES, 0 },
	{ "counters that begin anew", true, 500, 500, 0, 0, 0 },
	{ "sent ones begin anew", true, 500, 500, 500, 20, 0 },
};

static void take_allowed_ip(struct arena *arena, struct observed_peer *peer)
{
	ck_assert(prefix_parse("10.0.0.0/24", vec_push(arena, &peer->allowed_ips)));
}

START_TEST(silence)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .persistent_keepalive = 5,
				      .rx_bytes = silences[_i].rx_then,
				      .tx_bytes = silences[_i].tx_then };
	struct samples *last, *samples;

	if (silences[_i].allowed_ips)
		take_allowed_ip(arena, &peer);
	last = look(arena, samples_new(arena), &peer, &now);
	now.boot += 20000;
	now.wall += 20000;
	peer.rx_bytes = silences[_i].rx_now;
	peer.tx_bytes = silences[_i].tx_now;
	samples = look(arena, last, &peer, &now);
	/* What was sent a moment ago may still be answered. */
	ck_assert_int_eq(silent_time(samples, "wg0", &peer, &now), 0);
	now.boot += 20000;
	now.wall += 20000;
	samples = look(arena, samples, &peer, &now);
	ck_assert_msg(silent_time(samples, "wg0", &peer, &now) == silences[_i].silent, "%s",
		      silences[_i].what);
	arena_free(arena);
}
END_TEST

/* What was sent to a peer while it had no allowed IPs is not counted when it has them. */
START_TEST(silence_begins_with_the_allowed_ips)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .persistent_keepalive = 25, .rx_bytes = 500 };
	struct samples *samples = look(arena, samples_new(arena), &peer, &now);

	for (unsigned i = 0; i < 5; i++) {
		now.boot += 10000;
		now.wall += 10000;
		peer.tx_bytes += 100 * KEEPALIVE_BYTES;
		samples = look(arena, samples, &peer, &now);
	}
	take_allowed_ip(arena, &peer);
	for (unsigned i = 0; i < 5; i++) {
		now.boot += 10000;
		now.wall += 10000;
		samples = look(arena, samples, &peer, &now);
		ck_assert_int_eq(silent_time(samples, "wg0", &peer, &now), 0);
	}
	peer.tx_bytes += 100 * KEEPALIVE_BYTES;
	for (unsigned i = 0; i < 2; i++) {
		now.boot += 10000;
		now.wall += 10000;
		samples = look(arena, samples, &peer, &now);
		ck_assert_int_eq(silent_time(samples, "wg0", &peer, &now), i * 10000);
	}
	arena_free(arena);
}
END_TEST

/* No run for a minute: bytes sent during it prove nothing. */
START_TEST(silence_nobody_watched)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { 0 };
	struct samples *last, *samples;

	take_allowed_ip(arena, &peer);
	last = look(arena, samples_new(arena), &peer, &now);
	now.boot += AWAY_AFTER_MS;
	now.wall += AWAY_AFTER_MS;
	peer.tx_bytes = 100000;
	samples = look(arena, last, &peer, &now);
	ck_assert_int_eq(silent_time(samples, "wg0", &peer, &now), 0);
	arena_free(arena);
}
END_TEST

/* Whether samples need to be written after some time, per event. */
static const struct {
	msec_t passed, stepped;
	bool handshake, with_counters, worth;
} writes[] = {
	{ 5000, 0, false, true, false },
	{ SAMPLES_EVERY_MS, 0, false, true, true },
	{ SAMPLES_EVERY_MS, 0, false, false, false },
	{ 5000, 0, true, false, true },
	{ 5000, 2000, false, false, true },
	{ 5000, -2000, false, false, true },
	{ 5000, 500, false, true, false },
};

START_TEST(writing)
{
	struct arena *arena = arena_new();
	struct now now = { .boot = BOOT, .wall = WALL, .boot_id = "one" };
	struct observed_peer peer = { .handshake = stamp(-1000) };
	struct samples *last = look(arena, samples_new(arena), &peer, &now);
	struct samples *samples = samples_new(arena);

	now.boot += writes[_i].passed;
	now.wall += writes[_i].passed + writes[_i].stepped;
	if (writes[_i].handshake)
		peer.handshake = stamp(3000);
	peer.rx_bytes++;
	samples_add(samples, last, "wg0", &peer, &now);
	ck_assert_int_eq(samples_finish(samples, last, &now, writes[_i].with_counters),
			 writes[_i].worth);
	arena_free(arena);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *suite(void)
{
	Suite *made = suite_create("liveness");
	TCase *each = tcase_create("liveness");

	tcase_add_loop_test(each, age_of_a_handshake, 0, COUNT(ages));
	tcase_add_loop_test(each, first_sight, 0, COUNT(firsts));
	tcase_add_test(each, marks_of_another_boot_say_nothing);
	tcase_add_loop_test(each, silence, 0, COUNT(silences));
	tcase_add_test(each, silence_begins_with_the_allowed_ips);
	tcase_add_test(each, silence_nobody_watched);
	tcase_add_loop_test(each, writing, 0, COUNT(writes));
	suite_add_tcase(made, each);
	return made;
}
