/* SPDX-License-Identifier: MIT */
/*
 * history: what has happened so far, kept so that a condition can be asked
 * about now or about a window of time. It is fed with every record.
 */
#pragma once

#include "trace/record.h"

struct history;

struct history *history_new(const struct scenario *scenario, struct arena *arena);

/* Takes what it needs of the record, by copy. */
void history_add(struct history *history, const struct record *record);

/* What a condition is found to be. */
struct finding {
	bool looked; /* there was something to judge by; else it does not hold, either */
	bool holds;
	bool final; /* of those that count: whatever else comes in the window, it stays so */
	msec_t at; /* when that was so: of what it was judged by */
	const char *node; /* of a broken invariant: the node that broke it; else NULL */
	const char *seen; /* for people: "selected: gw2", "longest outage: 12.3 s" */
};

/* Whether the condition holds at `now`, or, for those that count, in the window
 * from `from` to `now`. What is only looked at from time to time must have been
 * looked at after `from`, so that nothing is told from before a fault. seen is
 * allocated in arena; without an arena it is NULL. */
struct finding condition_check(const struct condition *condition, const struct history *history,
			       msec_t from, msec_t now, struct arena *arena);

/* Whether it is about a window: it is then asked at the window's end where that
 * is enough. */
bool condition_counts(const struct condition *condition);

/* The value of a measure in a window; NAN when there is none (the RTT of a probe
 * that got no answer). */
double measure_value(const struct measure *measure, const struct history *history, msec_t from,
		     msec_t until, struct arena *arena);

/* The latest decisions of a node, newest last, one line each with its time. */
struct decisions {
	VEC(const char *) lines;
};
struct decisions history_decisions(const struct history *history, const char *node, size_t n,
				   struct arena *arena);
