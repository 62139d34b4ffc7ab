/* SPDX-License-Identifier: MIT */
/*
 * judge_parts: an expectation at one of its times. Private to the judge.
 *
 *	judge.c         evaluates the items over time
 *	judge_item.c    makes them: resolves the references in this schedule
 *	judge_rule.c    decides one, with the reason as text
 */
#pragma once

#include "history_parts.h"
#include "judge.h"

struct item {
	const struct expectation *expectation;
	const char *text; /* with the occurrence's number if there are several */
	const char *impossible; /* why it can never be evaluated; NULL: it can */
	msec_t from, until; /* AT: until is the time, from the maximum age of the evidence */
	msec_t settled_by; /* SETTLES */
	bool open, decided;
	bool settling_is_over; /* SETTLES */
	/* The last finding. */
	bool looked, holds;
	msec_t since; /* since when */
};

struct items {
	VEC(struct item) list; /* in the order of the expectations, and their times */
};

struct items items_make(const struct scenario *scenario, const struct schedule *schedule,
			struct arena *arena);

/* What may decide an item now. */
enum stage {
	STAGE_CHANGED, /* new evidence was recorded */
	STAGE_SETTLED, /* settled_by */
	STAGE_END, /* the window's end */
	STAGE_GIVE_UP, /* AT: the time for new evidence is over */
};

enum ruling {
	RULING_NONE,
	RULING_PASSED,
	RULING_FAILED,
};

/* at: the time of that, not after the latest record. scratch may be NULL with STAGE_CHANGED. */
enum ruling item_rule(struct item *item, const struct history *history, enum stage stage, msec_t at,
		      struct arena *scratch);

/* Adds to a ruling what was seen instead, since when, and at which node. now: the time of
 * the latest record. */
void item_words(const struct item *item, const struct history *history, enum stage stage, msec_t at,
		msec_t now, struct arena *scratch, struct record_expectation *verdict);
