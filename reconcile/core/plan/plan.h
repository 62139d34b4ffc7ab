/* SPDX-License-Identifier: MIT */
/*
 * plan: the whole decision of one run.
 *
 *	plan(desired, recorded, samples, observed, seed) -> changes, recorded', samples'
 *
 * It calls no system function and knows no clock but observed->now. When it
 * needs something that is known outside of it only (the addresses of a name, the
 * answer of a probe, a synchronised clock), it adds a query and the caller
 * asks the world, puts the answer into observed and calls plan again with the
 * same arguments; the decisions made so far come out the same, because the
 * random numbers are made from the same seed. Without queries the result stands.
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
	bool recorded_changed; /* differs from what was recorded */
	struct samples samples;
	bool samples_changed;
	struct events events;
	VEC(struct placements) placements; /* of the selectors that were decided on */
	bool clock_waits; /* the clock has to be synchronised, and no session lives */
};

/* All that a plan is made from. */
struct plan_input {
	const struct desired *desired;
	const struct recorded *recorded; /* by the last run, perhaps of an earlier boot */
	const struct samples *samples; /* likewise */
	const struct observed *observed;
	uint64_t seed; /* fresh randomness of the kernel's, one per run */
};

/* Makes the plan. The input stays as it is; the result refers to desired and observed,
 * which must outlive it. */
void plan_make(struct plan *plan, struct arena *arena, const struct plan_input *input);

/* A prefix whose routes others have changed, while all else is as a run left it. */
struct dirty {
	const char *interface; /* that the routes lead, or led, into */
	struct prefix prefix;
	struct observed_lookup first; /* how its first and its last address are reached now */
	struct observed_lookup last;
};

/* Plans what to do about these prefixes alone, without knowing what the kernel has:
 * for a table so large that reading all of it takes its time. Fills plan->changes only.
 * False when it takes a whole run to tell: another table than main is followed, several
 * hops or metrics may be in play, no peer has the next hop. n is not 0. */
bool plan_dirty(struct plan *plan, struct arena *arena, const struct desired *desired,
		const struct recorded *recorded, const struct dirty *dirty, size_t n);
