/* SPDX-License-Identifier: MIT */
/*
 * judge_parts: an expectation at one of its times. Not for use outside of the judge.
 *
 *	judge.c         follows the items through time
 *	judge_item.c    makes them: what the references mean in this schedule
 *	judge_rule.c    decides one, and puts into words why
 */
#pragma once

#include "history_parts.h"
#include "judge.h"

struct item {
	const struct expectation *expectation;
	const char *text; /* with which occurrence it is, where there are several */
	const char *impossible; /* why it can never be asked; NULL: it can */
	msec_t from, until; /* AT: until is the time, from how old what is seen may be */
	msec_t settled_by; /* SETTLES */
	bool open, decided;
	bool settling_is_over; /* SETTLES */
	/* What was found last. */
	bool looked, holds;
	msec_t since; /* when that was first so */
};

struct items {
	VEC(struct item) list; /* in the order of the expectations, and of their times */
};

struct items items_make(const struct scenario *scenario, const struct schedule *schedule,
			struct arena *arena);

/* What has come, that an item may be decided by. */
enum stage {
	STAGE_CHANGED, /* something was recorded that it goes by */
	STAGE_SETTLED, /* settled_by */
	STAGE_END, /* the window's end */
	STAGE_GIVE_UP, /* AT: the time is over in which somebody could have looked */
};

enum ruling {
	RULING_NONE,
	RULING_PASSED,
	RULING_FAILED,
};

/* at: when that came, which is not after the latest record. scratch may be NULL with
 * STAGE_CHANGED. */
enum ruling item_rule(struct item *item, const struct history *history, enum stage stage, msec_t at,
		      struct arena *scratch);

/* Says of a ruling what was seen instead, since when, and at which node. now: the time
 * of the latest record. */
void item_words(const struct item *item, const struct history *history, enum stage stage, msec_t at,
		msec_t now, struct arena *scratch, struct record_expectation *verdict);
