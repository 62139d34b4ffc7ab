/* SPDX-License-Identifier: MIT */
/*
 * judge: the expectations of a scenario, followed through its time. It is asked
 * after each thing that happened, and says when something has to be looked at
 * even if nothing happens.
 */
#pragma once

#include "history.h"
#include "scenario/schedule.h"

struct judge;

/* An expectation that refers to a fault stands once for each of its occurrences. */
struct judge *judge_new(const struct scenario *scenario, const struct schedule *schedule,
			const struct history *history, struct arena *arena);

/* Called for each expectation when it is decided. */
typedef void judge_verdict(void *context, const struct record_expectation *verdict);

/* Looks at all expectations that are open at `now` (everything up to now is in
 * the history), and reports those that are decided now. */
void judge_look(struct judge *judge, msec_t now, judge_verdict *verdict, void *context);

/* Decides the rest, at the end of the scenario. */
void judge_end(struct judge *judge, msec_t now, judge_verdict *verdict, void *context);

/* The next time after `now` at which it wants to be asked (the begin and the end
 * of windows), INT64_MAX for never. */
msec_t judge_next(const struct judge *judge, msec_t now);

/* Whether a condition of that kind on that node is open at `now`: what nobody
 * asks for need not be looked at. */
bool judge_wants(const struct judge *judge, enum condition_kind kind, const struct node *node,
		 msec_t now);

/* The open conditions of that kind, for which the player has to do something
 * (CONVERGED, COMMAND, FILE). */
struct wanted {
	VEC(const struct condition *) list;
};
struct wanted judge_wanted(const struct judge *judge, enum condition_kind kind, msec_t now,
			   struct arena *arena);

unsigned judge_passed(const struct judge *judge);
unsigned judge_failed(const struct judge *judge);
unsigned judge_total(const struct judge *judge);
