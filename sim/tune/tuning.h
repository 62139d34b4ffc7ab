/* SPDX-License-Identifier: MIT */
/*
 * tuning: measures of a scenario with many settings and seeds, and the settings on the
 * Pareto front (pareto.h). Output as a table, as JSON (schema/tuning.schema.json), which is
 * also read, and as a picture.
 *
 * JSON instead of traces is used to join results of several machines and to keep results:
 * 540 simulations take 50 KB. A trace does not list the varied values, their display order,
 * and the constant ones.
 */
#pragma once

#include "report/canvas.h"
#include "scenario/scenario_read.h"

/* A varied variable, with its values in display order. */
struct tuning_variable {
	const char *name;
	VEC(const char *) values;
};

struct tuning_measure {
	const char *name;
	enum measure_kind kind;
};

/* The measures of one seed. */
struct tuning_sample {
	uint64_t seed;
	const double *values; /* one for each measure; NAN: none */
};

/* Statistics of one measure over the seeds; all NAN if there are none. */
struct tuning_statistics {
	double mean, median, p95, max;
};

/* One value for each variable. */
struct combination {
	const char *const *settings;
	VEC(struct tuning_sample) samples; /* by seed, after tuning_end() */
	/* By tuning_end(). */
	struct tuning_statistics *statistics; /* one for each measure */
	unsigned front; /* its number on the front, from 1; 0: not on it */
};

struct tuning {
	struct arena *arena;
	const char *scenario, *backend, *program;
	VEC(struct variable) fixed; /* the other variables */
	VEC(struct tuning_variable) variables;
	VEC(struct tuning_measure) measures;
	VEC(struct combination) combinations; /* by their settings, after tuning_end() */
	/* By tuning_end(). */
	size_t samples; /* for each combination that was simulated to the end */
	unsigned fronts; /* combinations on the front */
};

/* The combination with these settings, created if new. Valid until the next call. */
struct combination *tuning_combination(struct tuning *tuning, const char *const *settings);

/* NULL, or an error: duplicate seed. values are copied. */
const char *tuning_add(struct tuning *tuning, struct combination *combination, uint64_t seed,
		       const double *values);

/* After the last sample: sorts, and finds the statistics and the front. The order of
 * addition does not matter. */
void tuning_end(struct tuning *tuning);

/* ---- Relevance ---- */

/* A smaller difference is considered random; as a fraction. */
#define TUNING_TOLERANCE 0.02

/* For outages the 95th percentile, for the worst case; otherwise the mean, because it is
 * additive. */
bool measure_counts_p95(enum measure_kind kind);

/* The value for comparing combinations; NAN if one lacks samples that others have. */
double tuning_cost(const struct tuning *tuning, const struct combination *combination,
		   size_t measure);

/* ---- Display ---- */

/* "s", "kB", ...; "" for counts. */
const char *measure_unit(enum measure_kind kind);
/* In that unit. */
const char *measure_text(enum measure_kind kind, double value, struct arena *arena);
/* "outage (s)" */
const char *measure_heading(const struct tuning_measure *measure, struct arena *arena);

/* A text table, with these two around each line that is on the front. */
void tuning_table(const struct tuning *tuning, FILE *out, const char *before, const char *after);

void tuning_write(const struct tuning *tuning, FILE *out);

/* Adds the content of such a JSON text. NULL, or a one-line error. */
const char *tuning_read(struct tuning *tuning, const char *text, size_t length);

/* Draws outages against traffic, or two other measures: false with failure set, or if there
 * are fewer than two; then failure has neither code nor text. */
bool tuning_plot(const struct tuning *tuning, enum canvas_format format, FILE *out,
		 struct arena *arena, struct failure *failure);
