/* SPDX-License-Identifier: MIT */
/*
 * plan: the whole decision of one run.
 *
 *	plan(desired, recorded, marks, observed, random) -> changes, recorded', marks'
 *
 * It calls no system function and knows no clock but observed->now. When it
 * needs something that only the world can tell (the addresses of a name, the
 * answer of a probe, a synchronised clock), it says so in needs and the caller
 * asks the world, puts the answer into observed and calls plan again with the
 * same arguments; the decisions made so far come out the same, because the
 * random numbers are made from the same seed. Without needs the result stands.
 */
#pragma once

#include "change.h"
#include "desired.h"
#include "observed.h"
#include "recorded.h"

struct need_name {
	const char *endpoint; /* HOST:PORT */
	const char *interface; /* whose fwmark the route lookup must carry */
};

struct need_probe {
	const char *interface;
	struct ip target;
	unsigned count;
	msec_t timeout;
};

/* How would the kernel reach this address, with the interface's fwmark? */
struct need_lookup {
	const char *interface;
	struct ip to;
};

struct needs {
	VEC(struct need_name) names;
	VEC(struct need_probe) probes;
	VEC(struct need_lookup) lookups;
	bool time; /* run the synchroniser */
};

enum event_kind {
	EVENT_TRY, /* a member is tried (as carrier, standby or scout) */
	EVENT_ESTABLISHED,
	EVENT_LEFT, /* given up, for reason */
	EVENT_PROMOTED, /* a warm peer takes over */
	EVENT_RESTARTED, /* was gone from the kernel and is tried again */
	EVENT_WAITING, /* the interface does not exist yet */
	EVENT_PROBE_FAILED, /* once more, but not often enough to leave */
	EVENT_TIME, /* the clock was synchronised, or could not be */
	EVENT_FOLLOWED, /* something about routes that choose the peer */
	EVENT_PROBLEM, /* something that cannot be done; unless outside, the exit code is 1 */
};

/* A decision, for what is printed and for the trace of a simulation. */
struct event {
	enum event_kind kind;
	const char *selector; /* NULL: none */
	const char *interface; /* NULL: none */
	const char *peer; /* NULL: none */
	enum slot_role role;
	enum left_reason reason; /* EVENT_LEFT */
	bool outside; /* EVENT_PROBLEM: of the network, not of this machine: a warning only */
	const char *text; /* for people, one line, says why */
};

struct plan {
	struct arena *arena;
	struct needs needs;
	struct changes changes;
	struct recorded recorded; /* what to record from now on */
	bool recorded_changed; /* differs from what was recorded */
	struct marks marks;
	bool marks_changed;
	VEC(struct event) events;
	unsigned problems; /* events of kind EVENT_PROBLEM */
	bool clock_waits; /* the clock has to be synchronised, and no session lives */
};

/* Makes the plan. All arguments stay as they are; the result refers to desired
 * and observed, which must outlive it. seed: fresh randomness of the kernel's,
 * one per run. */
void plan_make(struct plan *plan, struct arena *arena, const struct desired *desired,
	       const struct recorded *recorded, const struct marks *marks,
	       const struct observed *observed, uint64_t seed);

/* A prefix whose routes others have changed, while all else is as a run left it. */
struct touched {
	const char *interface; /* that the routes lead, or led, into */
	struct prefix prefix;
	struct observed_lookup first; /* how its first and its last address are reached now */
	struct observed_lookup last;
};

/* Plans what to do about these prefixes alone, without knowing what the kernel has:
 * for a table so large that reading all of it takes its time. Fills plan->changes only.
 * False when it takes a whole run to tell: another table than main is followed, several
 * hops or metrics may be in play, nobody has the next hop. n is not 0. */
bool plan_touched(struct plan *plan, struct arena *arena, const struct desired *desired,
		  const struct recorded *recorded, const struct touched *touched, size_t n);

/* True when there is nothing to ask. */
static inline bool needs_none(const struct needs *needs)
{
	return needs->names.n == 0 && needs->probes.n == 0 && needs->lookups.n == 0 && !needs->time;
}
