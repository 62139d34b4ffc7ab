/* SPDX-License-Identifier: MIT */
#include "tuning.h"

#include "test/unit.h"

#include <math.h>
#include <stdlib.h>

static void variable(struct tuning *tuning, const char *name, const char *const *values)
{
	struct tuning_variable *made = vec_push(tuning->arena, &tuning->variables);

	made->name = name;
	for (; *values; values++)
		*vec_push(tuning->arena, &made->values) = *values;
}

/* Of two variables and two measures. */
static struct tuning *tuning_new(struct arena *arena)
{
	static const char *const periods[] = { "2s", "10s", NULL };
	static const char *const standbys[] = { "0", "1", NULL };
	struct tuning *tuning = arena_alloc(arena, sizeof(*tuning));

	tuning->arena = arena;
	tuning->scenario = "t";
	tuning->backend = "time-travel";
	tuning->program = "wgreconcile 1";
	*vec_push(arena, &tuning->fixed) = (struct variable){ .name = "loss", .value = "1%" };
	variable(tuning, "every", periods);
	variable(tuning, "standby", standbys);
	*vec_push(arena, &tuning->measures) = (struct tuning_measure){ "gap", MEASURE_OUTAGE };
	*vec_push(arena, &tuning->measures) = (struct tuning_measure){ "flaps",
								       MEASURE_SELECTIONS };
	return tuning;
}

static const char *add(struct tuning *tuning, const char *every, const char *standby, uint64_t seed,
		       double gap, double flaps)
{
	const char *const settings[] = { every, standby };
	const double values[] = { gap, flaps };

	return tuning_add(tuning, tuning_combination(tuning, settings), seed, values);
}

static char *json_of(const struct tuning *tuning, struct arena *arena)
{
	char *text = NULL, *copy;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	tuning_write(tuning, out);
	ck_assert_int_eq(fclose(out), 0);
	copy = arena_strdup(arena, text);
	free(text);
	return copy;
}

/* ---- Statistics ---- */

static const struct {
	size_t n;
	double values[20];
	double mean, median, p95, max; /* by nearest rank: always one of the values */
} numbers[] = {
	{ 1, { 7 }, 7, 7, 7, 7 },
	{ 2, { 9, 1 }, 5, 1, 9, 9 },
	{ 3, { 30, 10, 20 }, 20, 20, 30, 30 },
	{ 4, { 4, 3, 2, 1 }, 2.5, 2, 4, 4 },
	{ 10, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 5.5, 5, 10, 10 },
	/* Of 20, the 19th. */
	{ 20,
	  { 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 },
	  10.5,
	  10,
	  19,
	  20 },
	{ 5, { 0, 0, 0, 0, 100 }, 20, 0, 100, 100 },
	/* Missing values. */
	{ 3, { 5, NAN, 3 }, 4, 3, 5, 5 },
};

START_TEST(statistics)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct arena *arena = arena_new();
		struct tuning *tuning = tuning_new(arena);
		const struct tuning_statistics *found;

		for (size_t j = 0; j < numbers[i].n; j++)
			ck_assert_ptr_null(add(tuning, "2s", "0", j, numbers[i].values[j], 0));
		tuning_end(tuning);
		found = &tuning->combinations.at[0].statistics[0];
		ck_assert_double_eq_tol(found->mean, numbers[i].mean, 1e-9);
		ck_assert_double_eq(found->median, numbers[i].median);
		ck_assert_double_eq(found->p95, numbers[i].p95);
		ck_assert_double_eq(found->max, numbers[i].max);
		ck_assert_double_eq(tuning->combinations.at[0].statistics[1].max, 0);
		arena_free(arena);
	}
}
END_TEST

/* ---- Relevance ---- */

START_TEST(costs)
{
	struct arena *arena = arena_new();
	struct tuning *tuning = tuning_new(arena);

	for (uint64_t seed = 0; seed < 20; seed++)
		add(tuning, "2s", "0", seed, 10149 + 1000 * (double)seed, seed == 0 ? 3 : 1);
	add(tuning, "2s", "1", 0, 1, 1);
	tuning_end(tuning);
	/* An outage's p95, the mean of anything else. */
	ck_assert_double_eq(tuning_cost(tuning, &tuning->combinations.at[0], 0), 28149);
	ck_assert_double_eq(tuning_cost(tuning, &tuning->combinations.at[0], 1), 1.1);
	/* One seed of twenty is luck. */
	ck_assert(isnan(tuning_cost(tuning, &tuning->combinations.at[1], 0)));
	ck_assert_uint_eq(tuning->combinations.at[1].front, 0);
	ck_assert_uint_eq(tuning->combinations.at[0].front, 1);
	ck_assert_uint_eq(tuning->fronts, 1);
	ck_assert_uint_eq(tuning->samples, 20);
	arena_free(arena);
}
END_TEST

START_TEST(what_has_no_value_is_not_on_the_front)
{
	struct arena *arena = arena_new();
	struct tuning *tuning = tuning_new(arena);

	add(tuning, "2s", "0", 1, 5000, NAN);
	add(tuning, "2s", "1", 1, 9000, 9);
	tuning_end(tuning);
	ck_assert_uint_eq(tuning->combinations.at[0].front, 0);
	ck_assert_uint_eq(tuning->combinations.at[1].front, 1);
	arena_free(arena);
}
END_TEST

static void fill(struct tuning *tuning, bool backwards)
{
	static const struct {
		const char *every, *standby;
		uint64_t seed;
		double gap, flaps;
	} samples[] = {
		{ "2s", "0", 1, 5000, 4 },   { "2s", "0", 2, 6000, 2 },
		{ "2s", "1", 1, 6001, 3 },   { "2s", "1", 2, 6002, 3 },
		{ "10s", "0", 1, 20000, 0 }, { "10s", "0", 2, 18000, 0 },
		{ "10s", "1", 1, 20000, 1 }, { "10s", "1", 2, 20000, 0 },
	};
	const size_t n = sizeof(samples) / sizeof(samples[0]);

	for (size_t i = 0; i < n; i++) {
		const size_t at = backwards ? n - 1 - i : i;

		ck_assert_ptr_null(add(tuning, samples[at].every, samples[at].standby,
				       samples[at].seed, samples[at].gap, samples[at].flaps));
	}
	tuning_end(tuning);
}

START_TEST(order_does_not_matter)
{
	/* 2s 0: 6000, 3; 2s 1: 6002, 3, as good as the same; 10s 0: 20000, 0; 10s 1: worse */
	static const unsigned fronts[] = { 1, 2, 3, 0 };
	struct arena *arena = arena_new();
	struct tuning *one = tuning_new(arena), *other = tuning_new(arena);

	fill(one, false);
	fill(other, true);
	ck_assert_str_eq(json_of(one, arena), json_of(other, arena));
	for (size_t i = 0; i < one->combinations.n; i++)
		ck_assert_uint_eq(one->combinations.at[i].front, fronts[i]);
	ck_assert_str_eq(one->combinations.at[1].settings[0], "2s");
	ck_assert_str_eq(one->combinations.at[1].settings[1], "1");
	ck_assert_uint_eq(one->combinations.at[1].samples.at[0].seed, 1);
	arena_free(arena);
}
END_TEST

/* ---- The table ---- */

START_TEST(table)
{
	static const char expected[] =
		"t: 4 combinations, 2 seeds each\n"
		"\n"
		"                                  gap (s)                    flaps\n"
		"front  every  standby  median  p95*   max  mean*  median  p95  max\n"
		"[    1  2s     0           5.0   6.0   6.0      3       2    4    4]\n"
		"[    2  2s     1           6.0   6.0   6.0      3       3    3    3]\n"
		"[    3  10s    0          18.0  20.0  20.0      0       0    0    0]\n"
		"       10s    1          20.0  20.0  20.0   0.50       0    1    1\n"
		"\n3 of 4 on the front, numbered: ";
	struct arena *arena = arena_new();
	struct tuning *tuning = tuning_new(arena);
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	fill(tuning, false);
	tuning_table(tuning, out, "[", "]");
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_msg(!strncmp(text, expected, strlen(expected)), "%s", text);
	free(text);
	arena_free(arena);
}
END_TEST

/* ---- JSON ---- */

START_TEST(written_and_read)
{
	struct arena *arena = arena_new();
	struct tuning *tuning = tuning_new(arena), again = { .arena = arena };
	const char *text;

	add(tuning, "2s", "0", UINT64_MAX, 1234.5, NAN);
	fill(tuning, false);
	text = json_of(tuning, arena);
	ck_assert_ptr_null(tuning_read(&again, text, strlen(text)));
	tuning_end(&again);
	ck_assert_str_eq(json_of(&again, arena), text);
	arena_free(arena);
}
END_TEST

/* Halves simulated by two machines equal the whole simulated by one. */
START_TEST(joined)
{
	struct arena *arena = arena_new();
	struct tuning *halves[2] = { tuning_new(arena), tuning_new(arena) };
	struct tuning *whole = tuning_new(arena), all = { .arena = arena };

	for (unsigned seed = 0; seed < 9; seed++) {
		const char *every = seed % 3 ? "2s" : "10s";

		add(halves[seed % 2], every, "1", seed, seed * 100, seed);
		add(whole, every, "1", seed, seed * 100, seed);
	}
	tuning_end(whole);
	for (int i = 0; i < 2; i++) {
		const char *text;

		tuning_end(halves[i]);
		text = json_of(halves[i], arena);
		ck_assert_ptr_null(tuning_read(&all, text, strlen(text)));
	}
	tuning_end(&all);
	ck_assert_str_eq(json_of(&all, arena), json_of(whole, arena));
	arena_free(arena);
}
END_TEST

#define HEAD "{\"scenario\":\"t\",\"backend\":\"time-travel\",\"program\":\"wgreconcile 1\","
#define FIXED "\"fixed\":{\"loss\":\"1%\"},"
#define VARIABLES                                                                                  \
	"\"variables\":[{\"name\":\"every\",\"values\":[\"2s\"]},"                                 \
	"{\"name\":\"standby\",\"values\":[\"0\"]}],"
#define GAP "{\"name\":\"gap\",\"kind\":\"outage\",\"counts\":\"p95\"}"
#define FLAPS "{\"name\":\"flaps\",\"kind\":\"selections\",\"counts\":\"mean\"}"
#define MEASURES "\"measures\":[" GAP "," FLAPS "],"
#define SETTINGS "\"settings\":{\"every\":\"2s\",\"standby\":\"0\"}"
#define ONE(seed) "{" SETTINGS ",\"samples\":[{\"seed\":" seed ",\"values\":[1,2]}]}"
#define COMBINATIONS(list) "\"combinations\":[" list "]}"

/* Read after a valid one; NULL: it fits. */
static const struct {
	const char *text, *error;
} behind[] = {
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(""), NULL },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(ONE("2")), NULL },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(ONE("\"18446744073709551615\"")), NULL },
	{ "", "line 1: '[' or '{' expected near end of file" },
	{ "[]", "is no tuning of wgsim: Expected object, got array" },
	{ HEAD "\"a\":1}", "is no tuning of wgsim: Object item not found: fixed" },
	{ "{\"scenario\":\"x\",\"backend\":\"time-travel\",\"program\":\"wgreconcile 1\"," FIXED
		  VARIABLES MEASURES COMBINATIONS(""),
	  "it is about other scenarios than the one before" },
	{ "{\"scenario\":\"t\",\"backend\":\"kernel\",\"program\":\"wgreconcile 1\"," FIXED
		  VARIABLES MEASURES COMBINATIONS(""),
	  "it is about other back ends than the one before" },
	{ "{\"scenario\":\"t\",\"backend\":\"time-travel\",\"program\":\"wgreconcile 2\"," FIXED
		  VARIABLES MEASURES COMBINATIONS(""),
	  "it is about other versions of wgreconcile than the one before" },
	{ HEAD "\"fixed\":{\"loss\":\"2%\"}," VARIABLES MEASURES COMBINATIONS(""),
	  "it is about other values of variables than the one before" },
	{ HEAD "\"fixed\":{}," VARIABLES MEASURES COMBINATIONS(""),
	  "it is about other values of variables than the one before" },
	{ HEAD "\"fixed\":{\"loss\":1}," VARIABLES MEASURES COMBINATIONS(""),
	  "is no tuning of wgsim: a variable is no text" },
	{ HEAD FIXED
	  "\"variables\":[{\"name\":\"period\",\"values\":[]}]," MEASURES COMBINATIONS(""),
	  "it is about other variables than the one before" },
	{ HEAD FIXED
	  "\"variables\":[{\"name\":\"every\",\"values\":[]}]," MEASURES COMBINATIONS(""),
	  "it is about other variables or measures than the one before" },
	{ HEAD FIXED VARIABLES "\"measures\":[" FLAPS "," GAP "]," COMBINATIONS(""),
	  "it is about other measures than the one before" },
	{ HEAD FIXED VARIABLES "\"measures\":[{\"name\":\"gap\",\"kind\":\"x\"}]," COMBINATIONS(""),
	  "is no tuning of wgsim: it has a measure of an unknown kind" },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(ONE("1")),
	  "seed 1 is there twice for the same settings" },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(ONE("\"x\"")),
	  "is no tuning of wgsim: it has a sample that is not complete" },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS("{" SETTINGS
						     ",\"samples\":[{\"seed\":1,\"values\":[1]}]}"),
	  "is no tuning of wgsim: it has a sample that is not complete" },
	{ HEAD FIXED VARIABLES MEASURES COMBINATIONS(
		  "{\"settings\":{\"every\":\"2s\"},\"samples\":[]}"),
	  "is no tuning of wgsim: settings lack a variable" },
};

START_TEST(behind_others)
{
	static const char good[] = HEAD FIXED VARIABLES MEASURES COMBINATIONS(ONE("1"));

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		struct arena *arena = arena_new();
		struct tuning tuning = { .arena = arena };
		const char *error;

		ck_assert_ptr_null(tuning_read(&tuning, good, strlen(good)));
		error = tuning_read(&tuning, behind[i].text, strlen(behind[i].text));
		if (behind[i].error)
			ck_assert_str_eq(error ? error : "none", behind[i].error);
		else
			ck_assert_msg(!error, "%zu: %s", i, error);
		tuning_end(&tuning);
		arena_free(arena);
	}
}
END_TEST

/* ---- Numbers for people ---- */

START_TEST(texts)
{
	static const struct {
		enum measure_kind kind;
		double value;
		const char *text;
	} rows[] = {
		{ MEASURE_OUTAGE, 12345, "12.3" },   { MEASURE_OUTAGE, 0, "0.0" },
		{ MEASURE_OUTAGE, NAN, "-" },	     { MEASURE_TRAFFIC, 47126, "47.1" },
		{ MEASURE_SELECTIONS, 0.3, "0.30" }, { MEASURE_SELECTIONS, 2, "2" },
		{ MEASURE_LOST, 23.25, "23.2" },     { MEASURE_RTT, 40.25, "40.2" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(measure_text(rows[i].kind, rows[i].value, arena), rows[i].text);
	arena_free(arena);
}
END_TEST

SUITE("tuning", statistics, costs, what_has_no_value_is_not_on_the_front, order_does_not_matter,
      table, written_and_read, joined, behind_others, texts)
