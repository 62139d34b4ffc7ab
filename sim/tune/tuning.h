/* SPDX-License-Identifier: MIT */
/*
 * tuning: what a scenario measured with many settings and seeds, and which settings
 * are worth choosing from: those on the Pareto front (pareto.h). As a table, as JSON
 * (schema/tuning.schema.json) that is read back, and as a picture.
 *
 * The JSON is read instead of traces where parts of other machines are joined and where
 * results are kept: 540 plays take 50 KB. A trace has no list of what varied, in which
 * order it is shown, and what stayed the same.
 */
#pragma once

#include "report/canvas.h"
#include "scenario/scenario_read.h"

/* What varies, with its values in the order in which they are shown. */
struct tuning_variable {
	const char *name;
	VEC(const char *) values;
};

struct tuning_measure {
	const char *name;
	enum measure_kind kind;
};

/* What one seed gave. */
struct tuning_sample {
	uint64_t seed;
	const double *values; /* one for each measure; NAN: there was none */
};

/* Of one measure over the seeds; all NAN when there are none. */
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
	size_t samples; /* of each combination that was played to the end */
	unsigned fronts; /* combinations on the front */
};

/* The one with these settings, which is made if it is new. Valid until the next. */
struct combination *tuning_combination(struct tuning *tuning, const char *const *settings);

/* NULL, or what is wrong with it: that seed was there already. values are copied. */
const char *tuning_add(struct tuning *tuning, struct combination *combination, uint64_t seed,
		       const double *values);

/* After the last sample: sorts, and finds the statistics and the front. It does not
 * matter in which order things were added. */
void tuning_end(struct tuning *tuning);

/* ---- What counts ---- */

/* A smaller difference is taken for chance; as a part. */
#define TUNING_TOLERANCE 0.02

/* For outages the 95th percentile, as one asks how long it can take; for all else the
 * mean, as that adds up. */
bool measure_counts_p95(enum measure_kind kind);

/* What combinations are compared by; NAN where one lacks samples that others have. */
double tuning_cost(const struct tuning *tuning, const struct combination *combination,
		   size_t measure);

/* ---- How it is shown ---- */

/* "s", "kB", ...; "" for counts. */
const char *measure_unit(enum measure_kind kind);
/* In that unit. */
const char *measure_text(enum measure_kind kind, double value, struct arena *arena);
/* "outage (s)" */
const char *measure_heading(const struct tuning_measure *measure, struct arena *arena);

/* Lines for people, with these two around each that is on the front. */
void tuning_table(const struct tuning *tuning, FILE *out, const char *before, const char *after);

void tuning_write(const struct tuning *tuning, FILE *out);

/* Adds what such a JSON text has. NULL, or what is wrong with it, on one line. */
const char *tuning_read(struct tuning *tuning, const char *text, size_t length);

/* Draws outages against traffic, or what there is instead: false with failure set, or
 * when there are not two measures; then failure has neither code nor text. */
bool tuning_plot(const struct tuning *tuning, enum canvas_format format, FILE *out,
		 struct arena *arena, struct failure *failure);
