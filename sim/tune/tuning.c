/* SPDX-License-Identifier: MIT */
#include "tuning.h"

#include "pareto.h"
#include "report/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

bool measure_counts_p95(enum measure_kind kind)
{
	return kind == MEASURE_OUTAGE;
}

/* ---- Adding ---- */

static bool same_settings(const struct tuning *tuning, const char *const *a, const char *const *b)
{
	for (size_t i = 0; i < tuning->variables.n; i++) {
		if (strcmp(a[i], b[i]) != 0)
			return false;
	}
	return true;
}

/* The index of a value among those of its variable; appended if new. */
static size_t value_place(struct arena *arena, struct tuning_variable *variable, const char *value)
{
	for (size_t i = 0; i < variable->values.n; i++) {
		if (!strcmp(variable->values.at[i], value))
			return i;
	}
	*vec_push(arena, &variable->values) = arena_strdup(arena, value);
	return variable->values.n - 1;
}

struct combination *tuning_combination(struct tuning *tuning, const char *const *settings)
{
	const size_t n = tuning->variables.n;
	const char **own;
	struct combination *made;

	vec_each (other, &tuning->combinations) {
		if (same_settings(tuning, other->settings, settings))
			return other;
	}
	own = arena_alloc(tuning->arena, n * sizeof(*own));
	for (size_t i = 0; i < n; i++) {
		struct tuning_variable *variable = &tuning->variables.at[i];

		own[i] = variable->values.at[value_place(tuning->arena, variable, settings[i])];
	}
	made = vec_push(tuning->arena, &tuning->combinations);
	made->settings = own;
	return made;
}

const char *tuning_add(struct tuning *tuning, struct combination *combination, uint64_t seed,
		       const double *values)
{
	const size_t size = tuning->measures.n * sizeof(*values);
	double *own = arena_alloc(tuning->arena, size);

	vec_each (other, &combination->samples) {
		if (other->seed == seed)
			return arena_printf(tuning->arena,
					    "seed %" PRIu64 " is there twice for the same settings",
					    seed);
	}
	memcpy(own, values, size);
	*vec_push(tuning->arena, &combination->samples) = (struct tuning_sample){ seed, own };
	return NULL;
}

/* ---- Sorting ---- */

static int by_seed(const void *a, const void *b)
{
	const struct tuning_sample *left = a, *right = b;

	return left->seed < right->seed ? -1 : left->seed > right->seed;
}

static int by_settings(const void *a, const void *b, void *context)
{
	const struct combination *left = a, *right = b;
	struct tuning *tuning = context;

	for (size_t i = 0; i < tuning->variables.n; i++) {
		struct tuning_variable *variable = &tuning->variables.at[i];
		size_t l = value_place(tuning->arena, variable, left->settings[i]);
		size_t r = value_place(tuning->arena, variable, right->settings[i]);

		if (l != r)
			return l < r ? -1 : 1;
	}
	return 0;
}

/* ---- Statistics ---- */

static double mean(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return n ? sum / (double)n : NAN;
}

static struct tuning_statistics statistics_of(const struct combination *combination, size_t measure,
					      struct arena *scratch)
{
	double *sorted = arena_alloc(scratch, combination->samples.n * sizeof(*sorted));
	size_t n = 0;

	vec_each (sample, &combination->samples) {
		if (isfinite(sample->values[measure]))
			sorted[n++] = sample->values[measure];
	}
	numbers_sort(sorted, n);
	return (struct tuning_statistics){
		.mean = mean(sorted, n),
		.median = quantile(sorted, n, 500),
		.p95 = quantile(sorted, n, 950),
		.max = quantile(sorted, n, 1000),
	};
}

static void add_statistics(struct tuning *tuning, struct combination *combination)
{
	const size_t n = tuning->measures.n;
	struct arena *scratch = arena_new();

	combination->statistics = arena_alloc(tuning->arena, n * sizeof(*combination->statistics));
	for (size_t i = 0; i < n; i++)
		combination->statistics[i] = statistics_of(combination, i, scratch);
	arena_free(scratch);
}

/* ---- The front ---- */

/* A statistic of fewer samples than others have may be low by chance. */
static bool is_complete(const struct tuning *tuning, const struct combination *combination,
			size_t measure)
{
	if (combination->samples.n < tuning->samples)
		return false;
	vec_each (sample, &combination->samples) {
		if (!isfinite(sample->values[measure]))
			return false;
	}
	return true;
}

double tuning_cost(const struct tuning *tuning, const struct combination *combination,
		   size_t measure)
{
	const struct tuning_statistics *statistics = &combination->statistics[measure];

	if (!is_complete(tuning, combination, measure))
		return NAN;
	return measure_counts_p95(tuning->measures.at[measure].kind) ? statistics->p95
								     : statistics->mean;
}

/* Independent of the order: by the costs, one after the other, then by settings. */
static bool comes_before(const double *a, const double *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i])
			return a[i] < b[i];
	}
	return false;
}

static void number_front(struct tuning *tuning, const double *costs, const bool *on_front)
{
	const size_t n = tuning->combinations.n, measures = tuning->measures.n;

	tuning->fronts = 0;
	for (size_t i = 0; i < n; i++) {
		const double *mine = costs + i * measures;
		unsigned place = 1;

		tuning->fronts += on_front[i];
		for (size_t j = 0; j < n; j++) {
			const double *other = costs + j * measures;

			if (on_front[j] && (comes_before(other, mine, measures) ||
					    (j < i && !comes_before(mine, other, measures))))
				place++;
		}
		tuning->combinations.at[i].front = on_front[i] ? place : 0;
	}
}

static void find_front(struct tuning *tuning)
{
	const size_t n = tuning->combinations.n, measures = tuning->measures.n;
	struct arena *scratch = arena_new();
	double *costs = arena_alloc(scratch, n * measures * sizeof(*costs));
	bool *on_front = arena_alloc(scratch, n * sizeof(*on_front));

	for (size_t i = 0; i < n * measures; i++)
		costs[i] = tuning_cost(tuning, &tuning->combinations.at[i / measures],
				       i % measures);
	pareto_front(costs, n, measures, TUNING_TOLERANCE, on_front);
	number_front(tuning, costs, on_front);
	arena_free(scratch);
}

void tuning_end(struct tuning *tuning)
{
	tuning->samples = 0;
	if (tuning->combinations.n)
		qsort_r(tuning->combinations.at, tuning->combinations.n,
			sizeof(*tuning->combinations.at), by_settings, tuning);
	vec_each (combination, &tuning->combinations) {
		if (combination->samples.n > tuning->samples)
			tuning->samples = combination->samples.n;
		if (combination->samples.n)
			qsort(combination->samples.at, combination->samples.n,
			      sizeof(*combination->samples.at), by_seed);
		add_statistics(tuning, combination);
	}
	find_front(tuning);
}
