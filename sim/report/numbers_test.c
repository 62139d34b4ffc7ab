/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include "test/unit.h"

#include <math.h>

START_TEST(quantiles_are_values_that_were_seen)
{
	static const struct {
		size_t n;
		unsigned per_mille;
		double expected;
	} cases[] = {
		/* Of 10, 20, 30, ... */
		{ 1, 0, 10 },	  { 1, 500, 10 },    { 1, 1000, 10 },  { 2, 500, 10 },
		{ 3, 500, 20 },	  { 4, 500, 20 },    { 4, 501, 30 },   { 10, 0, 10 },
		{ 10, 900, 90 },  { 10, 950, 100 },  { 20, 950, 190 }, { 20, 951, 200 },
		{ 20, 500, 100 }, { 20, 1000, 200 },
	};
	double values[20];

	for (size_t i = 0; i < 20; i++)
		values[i] = 10.0 * (double)(i + 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(quantile(values, cases[i].n, cases[i].per_mille) == cases[i].expected,
			      "%zu values, %u: %g", cases[i].n, cases[i].per_mille,
			      quantile(values, cases[i].n, cases[i].per_mille));
	ck_assert(isnan(quantile(NULL, 0, 500)));
}
END_TEST

START_TEST(numbers_are_sorted)
{
	double values[] = { 3, -1, 2.5, 2.25, 0 };

	numbers_sort(values, 5);
	for (size_t i = 1; i < 5; i++)
		ck_assert(values[i - 1] <= values[i]);
	numbers_sort(NULL, 0);
}
END_TEST

START_TEST(steps_are_round_and_not_too_many)
{
	static const struct {
		double span;
		unsigned most;
		double expected;
	} cases[] = {
		{ 10, 10, 1 },	 { 10.5, 10, 2 }, { 21, 10, 5 },    { 51, 10, 10 },
		{ 0.3, 3, 0.1 }, { 1, 4, 0.5 },	  { 1000, 4, 500 }, { 0, 5, 1e-6 },
	};
	static const struct {
		msec_t span;
		unsigned most;
		msec_t expected;
	} times[] = {
		{ 0, 5, 1000 },
		{ 60000, 6, 10000 },
		{ 61000, 6, 15000 },
		{ 300000, 10, 30000 },
		{ 3600000, 6, 600000 },
		{ 86400000, 4, 21600000 },
		{ 864000000, 5, 172800000 + 86400000 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_double_eq_tol(axis_step(cases[i].span, cases[i].most), cases[i].expected,
					1e-9);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		ck_assert_int_eq(time_axis_step(times[i].span, times[i].most), times[i].expected);
	/* Ends without a round step, too. */
	ck_assert(axis_step(1e300, 10) > 0);
}
END_TEST

START_TEST(times_are_written_as_clocks_show_them)
{
	static const struct {
		msec_t time, longest;
		bool milliseconds;
		const char *expected;
	} cases[] = {
		{ 0, 0, false, "0:00" },
		{ 65250, 60000, false, "1:05" },
		{ 65250, 60000, true, "1:05.250" },
		{ 3599999, 0, true, "59:59.999" },
		{ 3600000, 0, false, "1:00:00" },
		{ 65000, 3600000, false, "0:01:05" },
		{ 90061000, 0, false, "25:01:01" },
		{ -1500, 0, true, "-0:01.500" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(
			clock_text(arena, cases[i].time, cases[i].longest, cases[i].milliseconds),
			cases[i].expected);
	arena_free(arena);
}
END_TEST

START_TEST(a_histogram_counts_each_value_once)
{
	const double values[] = { 0, 0.5, 1, 9.9, 10 };
	struct arena *arena = arena_new();
	struct histogram histogram = histogram_make(values, 5, 0, 10, 10, arena);

	ck_assert_double_eq(histogram.width, 1);
	ck_assert_uint_eq(histogram.bins.n, 10);
	ck_assert_uint_eq(histogram.bins.at[0], 2);
	ck_assert_uint_eq(histogram.bins.at[1], 1);
	ck_assert_uint_eq(histogram.bins.at[5], 0);
	/* The end of the last belongs to it. */
	ck_assert_uint_eq(histogram.bins.at[9], 2);
	/* All the same, and none. */
	histogram = histogram_make(values, 1, 0, 0, 10, arena);
	ck_assert_uint_eq(histogram.bins.at[0], 1);
	histogram = histogram_make(NULL, 0, 0, 5, 10, arena);
	vec_each (count, &histogram.bins)
		ck_assert_uint_eq(*count, 0);
	arena_free(arena);
}
END_TEST

SUITE("numbers", quantiles_are_values_that_were_seen, numbers_are_sorted,
      steps_are_round_and_not_too_many, times_are_written_as_clocks_show_them,
      a_histogram_counts_each_value_once)
