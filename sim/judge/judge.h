/* SPDX-License-Identifier: MIT */
/*
 * judge: evaluates the expectations of a scenario over time. It is called after each event,
 * and requests times at which state must be read even without an event.
 */
#pragma once

#include "history.h"
#include "scenario/schedule.h"

struct judge;

/* An expectation that refers to a fault is expanded for each of its occurrences. */
struct judge *judge_new(const struct scenario *scenario, const struct schedule *schedule,
			const struct history *history, struct arena *arena);

/* Called for each expectation when it is decided. */
typedef void judge_verdict(void *context, const struct record_expectation *verdict);

/* Evaluates all expectations open at `now` (the history is complete up to now), and reports
 * those decided now. */
void judge_look(struct judge *judge, msec_t now, judge_verdict *verdict, void *context);

/* Decides the rest, at the end of the scenario. */
void judge_end(struct judge *judge, msec_t now, judge_verdict *verdict, void *context);

/* The next time after `now` at which it must be called (the begin and the end of windows),
 * INT64_MAX for never. */
msec_t judge_next(const struct judge *judge, msec_t now);

/* Whether a condition of that kind on that node is open at `now`: unused state need not be read. */
bool judge_wants(const struct judge *judge, enum condition_kind kind, const struct node *node,
		 msec_t now);

/* The open conditions of that kind, for which the engine must act (CONVERGED, COMMAND, FILE). */
struct wanted {
	VEC(const struct condition *) list;
};
struct wanted judge_wanted(const struct judge *judge, enum condition_kind kind, msec_t now,
			   struct arena *arena);

unsigned judge_passed(const struct judge *judge);
unsigned judge_failed(const struct judge *judge);
unsigned judge_total(const struct judge *judge);
