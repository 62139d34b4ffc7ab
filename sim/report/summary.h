/* SPDX-License-Identifier: MIT */
/*
 * summary: summary of many traces. Of each trace only a few numbers are kept; traces of one
 * case (the same scenario with the same settings) differ in their seeds.
 */
#pragma once

#include "view.h"

struct summary_measure {
	const char *name, *unit;
	double value;
};

struct summary {
	const char *path; /* of the trace */
	const char *scenario, *backend, *program;
	uint64_t seed;
	enum view_verdict verdict;
	unsigned passed, failed;
	msec_t duration;
	msec_t outage; /* the longest of all probes, after its first answer; -1: no probe */
	/* The first failure, or the reason of skipping, on one line; NULL: none */
	const char *trouble;
	VEC(struct summary_measure) measures;
};

/* A measure of a case, from all traces that have it. */
struct quantity {
	const char *name, *unit;
	VEC(double) values; /* sorted */
};

struct summary_case {
	const char *scenario, *family;
	VEC(const struct summary *) traces; /* by seed */
	unsigned count[VIEW_VERDICTS];
	struct quantity outage; /* in seconds */
	VEC(struct quantity) measures;
};

struct summaries {
	struct arena *arena;
	VEC(struct summary) list;
	VEC(struct summary_case) cases; /* by name */
	/* The same: first unfinished ones, then failed ones, then the rest. */
	VEC(const struct summary_case *) worst_first;
};

/* Everything in it is copied into the list's arena. */
void summary_add(struct summaries *summaries, const struct view *view, const char *path);

/* Call it after the last was added. */
void summaries_end(struct summaries *summaries);
