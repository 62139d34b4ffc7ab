/* SPDX-License-Identifier: MIT */
/*
 * history: what has happened so far, kept so that a condition can be asked
 * about now or about a window of time. It is fed with every record.
 */
#pragma once

#include "record.h"

struct history;

struct history *history_new(const struct scenario *scenario, struct arena *arena);

/* Takes what it needs of the record, by copy. */
void history_add(struct history *history, const struct record *record);

/* What a condition is found to be. */
struct finding {
	bool holds;
	const char *seen; /* for people: "selected: gw2", "longest outage: 12.3 s" */
};

/* Whether the condition holds at `now`, or, for those that count, in the window
 * from `from` to `now`. seen is allocated in arena. */
struct finding condition_check(const struct condition *condition, const struct history *history,
			       msec_t from, msec_t now, struct arena *arena);

/* Whether it is about a window: it is then asked at the window's end where that
 * is enough. */
bool condition_counts(const struct condition *condition);

/* The value of a measure in a window. */
double measure_value(const struct measure *measure, const struct history *history, msec_t from,
		     msec_t until, struct arena *arena);

/* The latest decisions of a node, newest last, one line each with its time. */
struct decisions {
	VEC(const char *) lines;
};
struct decisions history_decisions(const struct history *history, const char *node, size_t n,
				   struct arena *arena);
