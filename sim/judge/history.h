/* SPDX-License-Identifier: MIT */
/*
 * history: the events so far, for evaluating conditions now or in a window of time. Every
 * record is added to it.
 */
#pragma once

#include "trace/record.h"

struct history;

struct history *history_new(const struct scenario *scenario, struct arena *arena);

/* Copies the required data of the record. */
void history_add(struct history *history, const struct record *record);

/* Result of a condition. */
struct finding {
	bool looked; /* there was evidence; otherwise it does not hold, either */
	bool holds;
	bool final; /* for counting conditions: the result can no longer change in the window */
	msec_t at; /* time of the evidence */
	const char *node; /* of a broken invariant: its node; otherwise NULL */
	const char *seen; /* text: "selected: gw2", "longest outage: 12.3 s" */
};

/* Whether the condition holds at `now`, or, for counting conditions, in the window from
 * `from` to `now`. Polled state must have been read after `from`, so that no state from
 * before a fault counts. seen is allocated in arena; without an arena it is NULL. */
struct finding condition_check(const struct condition *condition, const struct history *history,
			       msec_t from, msec_t now, struct arena *arena);

/* Whether it is about a window: it is then evaluated at the window's end if that suffices. */
bool condition_counts(const struct condition *condition);

/* The value of a measure in a window; NAN if there is none (the RTT of a probe without an
 * answer). */
double measure_value(const struct measure *measure, const struct history *history, msec_t from,
		     msec_t until, struct arena *arena);

/* The latest decisions of a node, newest last, one line each with its time. */
struct decisions {
	VEC(const char *) lines;
};
struct decisions history_decisions(const struct history *history, const char *node, size_t n,
				   struct arena *arena);
