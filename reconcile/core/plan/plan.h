/* SPDX-License-Identifier: MIT */
/*
 * plan: all decisions of one run.
 *
 *	plan(desired, recorded, samples, observed, seed) -> changes, recorded', samples'
 *
 * It calls no system function and its only clock is observed->now. When it needs external
 * data (the addresses of a name, the answer of a probe, a synchronised clock), it adds a
 * query. The caller gets the answer, puts it into observed and calls plan again with the
 * same arguments. Earlier decisions are repeated, because the random numbers come from the
 * same seed. Without queries the result is final.
 */
#pragma once

#include "core/decision/change.h"
#include "core/decision/event.h"
#include "core/decision/placement.h"
#include "core/decision/query.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"
#include "core/recorded/recorded.h"
#include "core/recorded/samples.h"

struct plan {
	struct arena *arena;
	struct queries queries;
	struct changes changes;
	struct recorded recorded; /* what to record from now on */
	bool recorded_changed; /* differs from the recorded state */
	struct samples samples;
	bool samples_changed;
	struct events events;
	VEC(struct placements) placements; /* of the selectors with decisions */
	bool clock_waits; /* the clock must be synchronised, and no session is alive */
};

/* The inputs of a plan. */
struct plan_input {
	const struct desired *desired;
	const struct recorded *recorded; /* from the last run, possibly of an earlier boot */
	const struct samples *samples; /* likewise */
	const struct observed *observed;
	uint64_t seed; /* random, from the kernel, one per run */
};

/* Makes the plan. The input is unchanged; the result refers to desired and observed, which
 * must outlive it. */
void plan_make(struct plan *plan, struct arena *arena, const struct plan_input *input);

/* A prefix whose foreign routes have changed since the last run, while all else is unchanged. */
struct dirty {
	const char *interface; /* that the routes lead or led into */
	struct prefix prefix;
	struct observed_lookup first; /* current routes to its first and its last address */
	struct observed_lookup last;
};

/* Plans changes for these prefixes only, without the kernel's full state: for tables that
 * take long to read. Fills plan->changes only. False when a full run is needed: a table
 * other than main is followed, several hops or metrics are possible, no peer has the next
 * hop. n is not 0. */
bool plan_dirty(struct plan *plan, struct arena *arena, const struct desired *desired,
		const struct recorded *recorded, const struct dirty *dirty, size_t n);
