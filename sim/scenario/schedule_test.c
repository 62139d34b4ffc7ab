/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include "test/unit.h"

#include <inttypes.h>

#define SECOND MSEC_PER_SEC

struct given {
	const char *name;
	msec_t at, at_latest, every;
	unsigned times;
	msec_t undo_after;
};

static struct scenario make(struct arena *arena, uint64_t seed, const struct given *given, size_t n)
{
	struct scenario scenario = { .arena = arena, .seed = seed, .duration = 100 * SECOND };

	for (size_t i = 0; i < n; i++) {
		struct fault *fault = vec_push(arena, &scenario.timeline);

		fault->name = given[i].name;
		fault->at = given[i].at;
		fault->at_latest = given[i].at_latest ? given[i].at_latest : given[i].at;
		fault->every = given[i].every;
		fault->times = given[i].times;
		fault->undo_after = given[i].undo_after;
	}
	return scenario;
}

/* "a0@1000 -a0@2000": the fault, the number of the occurrence, when; undone after a -. */
static const char *drawn(struct arena *arena, const struct schedule *schedule)
{
	const char *all = "";

	vec_each (one, &schedule->list)
		all = arena_printf(arena, "%s%s%s%s%u@%" PRId64, all, *all ? " " : "",
				   one->undo ? "-" : "", one->fault->name, one->number, one->at);
	return all;
}

static const struct {
	const char *what;
	struct given faults[3];
	size_t n;
	const char *schedule;
} tables[] = {
	{ "nothing", { { 0 } }, 0, "" },
	{ "by time", { { "a", .at = 2 }, { "b", .at = 1 } }, 2, "b0@1 a0@2" },
	{ "as in the file", { { "b", .at = 1 }, { "a", .at = 1 } }, 2, "b0@1 a0@1" },
	{ "undone", { { "a", .at = 1, .undo_after = 5 }, { "b", .at = 3 } }, 2, "a0@1 b0@3 -a0@6" },
	{ "undoing first",
	  { { "b", .at = 6 }, { "a", .at = 1, .undo_after = 5 } },
	  2,
	  "a0@1 -a0@6 b0@6" },
	{ "repeated",
	  { { "a", .at = 1, .every = 10, .times = 3, .undo_after = 4 } },
	  1,
	  "a0@1 -a0@5 a1@11 -a1@15 a2@21 -a2@25" },
	{ "once", { { "a", .at = 1, .times = 7 } }, 1, "a0@1" },
	{ "behind the end",
	  { { "a", .at = 99999, .every = 1, .times = 9, .undo_after = 1 },
	    { "b", .at = 100001 },
	    { "c", .at = 90000, .undo_after = 20000 } },
	  3,
	  "c0@90000 a0@99999 -a0@100000 a1@100000" },
};

START_TEST(test_tables)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct arena *arena = arena_new();
		struct scenario scenario = make(arena, 1, tables[i].faults, tables[i].n);
		struct schedule schedule = schedule_make(&scenario, arena);

		ck_assert_msg(!strcmp(drawn(arena, &schedule), tables[i].schedule), "%s: %s",
			      tables[i].what, drawn(arena, &schedule));
		arena_free(arena);
	}
}
END_TEST

static msec_t time_of(const struct schedule *schedule, const char *name)
{
	vec_each (one, &schedule->list) {
		if (!strcmp(one->fault->name, name))
			return one->at;
	}
	return -1;
}

/* The same seed and name, the same time, whatever else there is. */
START_TEST(test_random_times)
{
	static const struct given alone[] = { { "a", 10 * SECOND, 20 * SECOND, 0, 0, 0 } };
	static const struct given among[] = { { "b", 10 * SECOND, 20 * SECOND, 0, 0, 0 },
					      { "c", 1 * SECOND, 0, 0, 0, 0 },
					      { "a", 10 * SECOND, 20 * SECOND, 0, 0, 5 } };
	struct arena *arena = arena_new();
	msec_t earliest = INT64_MAX, latest = 0;
	unsigned same_as_b = 0;

	for (uint64_t seed = 0; seed < 300; seed++) {
		struct scenario few = make(arena, seed, alone, 1),
				many = make(arena, seed, among, 3);
		struct schedule small = schedule_make(&few, arena);
		struct schedule large = schedule_make(&many, arena);
		msec_t at = time_of(&small, "a");

		ck_assert_int_eq(at, time_of(&large, "a"));
		ck_assert_int_ge(at, 10 * SECOND);
		ck_assert_int_le(at, 20 * SECOND);
		same_as_b += at == time_of(&large, "b");
		earliest = at < earliest ? at : earliest;
		latest = at > latest ? at : latest;
	}
	/* 300 of 10,001 times: both ends are reached, and a and b are hardly ever at one time. */
	ck_assert_int_lt(earliest, 10500);
	ck_assert_int_gt(latest, 19500);
	ck_assert_uint_lt(same_as_b, 4);
	arena_free(arena);
}
END_TEST

/* Every input changes the result; these numbers must never change, or old traces cannot be
 * replayed. */
START_TEST(test_random)
{
	struct scenario scenario = { .seed = 1 };
	unsigned counts[10] = { 0 };

	ck_assert_uint_eq(scenario_random(&scenario, "purpose", 0, 1), 0);
	ck_assert_uint_eq(scenario_random(&scenario, "purpose", 0, UINT64_MAX),
			  scenario_random(&scenario, "purpose", 0, UINT64_MAX));
	ck_assert_uint_ne(scenario_random(&scenario, "purpose", 0, UINT64_MAX),
			  scenario_random(&scenario, "purpose", 1, UINT64_MAX));
	ck_assert_uint_ne(scenario_random(&scenario, "purpose", 0, UINT64_MAX),
			  scenario_random(&scenario, "purposf", 0, UINT64_MAX));
	for (unsigned i = 0; i < 10000; i++)
		counts[scenario_random(&scenario, "spread", i, 10)]++;
	for (unsigned i = 0; i < 10; i++) {
		ck_assert_uint_gt(counts[i], 800);
		ck_assert_uint_lt(counts[i], 1200);
	}
	ck_assert_uint_eq(scenario_random(&scenario, "kept", 7, 1000000), 250396);
	scenario.seed = 2;
	ck_assert_uint_eq(scenario_random(&scenario, "kept", 7, 1000000), 417585);
}
END_TEST

SUITE("schedule", test_tables, test_random_times, test_random)
