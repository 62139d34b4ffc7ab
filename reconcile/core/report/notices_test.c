/* SPDX-License-Identifier: MIT */
#include "notices.h"

#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>

#define EVERY 5000
#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

/* Output of consecutive runs, with the memory passed on as by a file. */
struct play {
	struct arena *arena;
	struct notices notices;
	struct notice *list; /* of the latest run */
	size_t n;
	char *memory;
	msec_t now;
	unsigned lines;
	unsigned writes;
};

static struct play play_new(void)
{
	struct play play = { .arena = arena_new(), .memory = strdup(""), .now = 100000 };

	return play;
}

static void play_end(struct play *play)
{
	arena_free(play->arena);
	free(play->memory);
}

static void run(struct play *play, struct notice *list, size_t n, bool whole)
{
	arena_free(play->arena);
	play->arena = arena_new();
	notices_decode(&play->notices, play->arena, play->memory, strlen(play->memory));
	for (size_t i = 0; i < n; i++)
		if (!list[i].key)
			list[i].key = notice_key(play->arena, list[i].text);
	notices_judge(&play->notices, list, n, whole, play->now);
	play->list = list;
	play->n = n;
	for (size_t i = 0; i < n; i++)
		play->lines += list[i].verdict != NOTICE_HIDDEN;
	play->lines += (unsigned)play->notices.ended.n;
	if (play->notices.changed) {
		free(play->memory);
		play->memory = strdup(notices_encode(&play->notices));
		play->writes++;
	}
}

static enum notice_verdict one(struct play *play, const char *text, bool lasts)
{
	static struct notice notice;

	notice = (struct notice){ .text = text, .lasts = lasts };
	run(play, &notice, 1, true);
	return notice.verdict;
}

static void none(struct play *play)
{
	run(play, NULL, 0, true);
}

START_TEST(new_then_with_growing_distance)
{
	static const msec_t printed[] = { 0,	  5000,	  15000,  35000,  75000,
					  155000, 315000, 635000, 1275000 };
	struct play play = play_new();
	const msec_t began = play.now;
	size_t next = 0;

	for (; play.now - began <= 1300000; play.now += EVERY) {
		enum notice_verdict verdict = one(&play, "no route", true);

		if (next < 9 && play.now - began == printed[next])
			ck_assert_int_eq(verdict, next++ ? NOTICE_AGAIN : NOTICE_NEW);
		else
			ck_assert_int_eq(verdict, NOTICE_HIDDEN);
	}
	ck_assert_uint_eq(next, 9);
	play_end(&play);
}
END_TEST

START_TEST(says_how_often)
{
	struct play play = play_new();
	const msec_t began = play.now;

	for (; play.now - began < 15000; play.now += EVERY)
		one(&play, "no route", true);
	ck_assert_int_eq(one(&play, "no route", true), NOTICE_AGAIN);
	ck_assert_str_eq(play.list[0].repeated, "no route (2 times in the last 10 s)");
	while (play.now - began < DAY) {
		play.now += EVERY;
		one(&play, "no route", true);
	}
	while (play.list[0].verdict != NOTICE_AGAIN) {
		play.now += EVERY;
		one(&play, "no route", true);
	}
	ck_assert_str_eq(play.list[0].repeated, "no route (720 times in the last 1 h)");
	ck_assert_uint_le(play.lines, 40);
	play_end(&play);
}
END_TEST

START_TEST(end_is_printed_once)
{
	struct play play = play_new();

	one(&play, "degraded: uplink", true);
	play.now += EVERY;
	one(&play, "degraded: uplink", true);
	play.now += EVERY;
	none(&play);
	ck_assert_uint_eq(play.notices.ended.n, 1);
	ck_assert_str_eq(play.notices.ended.at[0], "ended after 10 s: degraded: uplink");
	for (unsigned i = 0; i < 1000; i++) {
		play.now += EVERY;
		none(&play);
		ck_assert_uint_eq(play.notices.ended.n, 0);
	}
	/* Forgotten, and new when it comes again. */
	ck_assert_uint_eq(play.notices.list.n, 0);
	ck_assert_uint_eq(play.writes, 4);
	ck_assert_int_eq(one(&play, "degraded: uplink", true), NOTICE_NEW);
	play_end(&play);
}
END_TEST

/* A second outage soon after a long one has another beginning and end. */
START_TEST(begins_again)
{
	struct play play = play_new();

	for (unsigned i = 0; i < 5000; i++, play.now += EVERY)
		one(&play, "degraded", true);
	none(&play);
	ck_assert_uint_eq(play.notices.ended.n, 1);
	for (unsigned i = 0; i < 20; i++, play.now += EVERY)
		none(&play);
	ck_assert_int_eq(one(&play, "degraded", true), NOTICE_NEW);
	play.now += EVERY;
	ck_assert_int_eq(one(&play, "degraded", true), NOTICE_AGAIN);
	play.now += EVERY;
	none(&play);
	ck_assert_uint_eq(play.notices.ended.n, 1);
	ck_assert_str_eq(play.notices.ended.at[0], "ended after 10 s: degraded");
	play_end(&play);
}
END_TEST

/* A decision ends at once; a partial run proves no end. */
START_TEST(no_end)
{
	struct play play = play_new();

	one(&play, "gw1 established", false);
	play.now += EVERY;
	none(&play);
	ck_assert_uint_eq(play.notices.ended.n, 0);
	one(&play, "degraded", true);
	play.now += EVERY;
	run(&play, NULL, 0, false);
	ck_assert_uint_eq(play.notices.ended.n, 0);
	none(&play);
	ck_assert_uint_eq(play.notices.ended.n, 1);
	play_end(&play);
}
END_TEST

START_TEST(nothing_new_is_nothing_written)
{
	struct play play = play_new();

	for (unsigned i = 0; i < 17280; i++, play.now += EVERY)
		none(&play);
	ck_assert_uint_eq(play.writes, 0);
	ck_assert_uint_eq(play.lines, 0);
	play_end(&play);
}
END_TEST

/* Alternating in each run, for a day. */
START_TEST(flapping)
{
	struct play play = play_new();

	for (unsigned i = 0; i < 17280; i++, play.now += EVERY)
		if (i % 2)
			none(&play);
		else
			one(&play, "degraded", true);
	ck_assert_uint_le(play.lines, 80);
	ck_assert_uint_ge(play.lines, 48);
	play_end(&play);
}
END_TEST

START_TEST(messages_of_one_run)
{
	struct play play = play_new();
	struct notice list[4] = {
		{ .key = "search", .text = "gw1 left" },
		{ .key = "search", .text = "gw2 tried" },
		{ .key = "first", .text = "first error", .lasts = true },
		{ .key = "second", .text = "second error", .lasts = true },
	};

	run(&play, list, 4, true);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(list[i].verdict, NOTICE_NEW);
	play.now += EVERY;
	list[0].text = "gw2 left";
	run(&play, list, 4, true);
	ck_assert_int_eq(list[0].verdict, NOTICE_AGAIN);
	ck_assert_str_eq(list[0].repeated,
			 "gw2 left (1 time in the last 5 s), and 2 other messages");
	for (unsigned i = 1; i < 4; i++)
		ck_assert_int_eq(list[i].verdict, NOTICE_HIDDEN);
	play_end(&play);
}
END_TEST

static const struct {
	const char *text, *key;
} keys[] = {
	{ "no handshake for 9 s", "no handshake for #" },
	{ "no handshake for 1 h 5 m", "no handshake for #" },
	{ "left after 5.4 s: gw1", "left after #: gw1" },
	{ "0 of 2 active peers", "# of # active peers" },
	{ "9,994 changes did not last", "# changes did not last" },
	{ "192.0.2.1 on wg0: 10.0.0.0/8", "192.0.2.1 on wg0: 10.0.0.0/8" },
	{ "a.yaml:3:1: 64 is", "a.yaml:3:1: # is" },
	{ "(12 times)", "(# times)" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "4 s", "#" },
	{ "port 51820", "port #" },
	{ "5 more", "# more" },
	{ "", "" },
};

START_TEST(key)
{
	struct arena *arena = arena_new();

	ck_assert_str_eq(notice_key(arena, keys[_i].text), keys[_i].key);
	arena_free(arena);
}
END_TEST

START_TEST(damaged_memory)
{
	struct arena *arena = arena_new();
	struct play play = play_new();
	struct notices notices;
	size_t length;

	one(&play, "an error", true);
	one(&play, "another", true);
	length = strlen(play.memory);
	notices_decode(&notices, arena, play.memory, length);
	ck_assert_uint_eq(notices.list.n, 2);
	for (size_t i = 0; i < length; i++) {
		char *text = strdup(play.memory);

		/* Truncated, and with each byte changed: one more message at worst. */
		notices_decode(&notices, arena, text, i);
		ck_assert_uint_lt(notices.list.n, 2);
		text[i] ^= 0x55;
		notices_decode(&notices, arena, text, length);
		ck_assert_uint_le(notices.list.n, 2);
		free(text);
	}
	play_end(&play);
	arena_free(arena);
}
END_TEST

/* Future times are of an earlier boot. */
START_TEST(memory_of_another_boot)
{
	struct play play = play_new();

	one(&play, "an error", true);
	play.now = 5000;
	ck_assert_int_eq(one(&play, "an error", true), NOTICE_NEW);
	play_end(&play);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct arena *texts = arena_new();
	struct play play = play_new();
	struct notice *list = arena_alloc(texts, 1000 * sizeof(*list));
	char name[8];

	for (unsigned turn = 0; turn < 3; turn++, play.now += EVERY) {
		for (unsigned i = 0; i < 1000; i++) {
			snprintf(name, sizeof(name), "peer%u", i);
			list[i] = (struct notice){ .text = arena_strdup(texts, name) };
		}
		run(&play, list, 1000, true);
		ck_assert_uint_eq(play.notices.list.n, NOTICES_MAX);
		ck_assert_uint_eq(play.notices.unremembered, 1000 - NOTICES_MAX);
		ck_assert_uint_lt(strlen(play.memory), NOTICES_MAX * 400);
	}
	ck_assert_uint_eq(play.lines, NOTICES_MAX + 1);
	play_end(&play);
	arena_free(texts);
}
END_TEST

Suite *suite(void)
{
	const TTest *const tests[] = {
		new_then_with_growing_distance,
		says_how_often,
		end_is_printed_once,
		begins_again,
		no_end,
		nothing_new_is_nothing_written,
		flapping,
		messages_of_one_run,
		damaged_memory,
		memory_of_another_boot,
		memory_is_bounded,
	};
	Suite *made = suite_create("notices");
	TCase *each = tcase_create("notices");

	tcase_set_timeout(each, 60);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(each, tests[i]);
	tcase_add_loop_test(each, key, 0, sizeof(keys) / sizeof(keys[0]));
	suite_add_tcase(made, each);
	return made;
}
