/* SPDX-License-Identifier: MIT */
/*
 * report: what came out of one run of plan or apply, in the order and with the
 * counts in which every form prints it.
 */
#pragma once

#include "base/cli/exit.h"
#include "system/run.h"

struct counts {
	size_t add;
	size_t change;
	size_t remove;
	size_t failed;
	size_t skipped;
};

/* A change or a decision: one of the two, the other one is NULL. */
struct report_item {
	const struct change *change;
	const struct event *event;
	bool hidden; /* journal's own */
};

/* What it belongs to, or NULL. */
static inline const char *report_interface(const struct report_item *item)
{
	return item->change ? item->change->interface : item->event->interface;
}

static inline const char *report_selector(const struct report_item *item)
{
	return item->change ? item->change->selector : item->event->selector;
}

/* Where a key was declared. */
struct report_peer {
	const char *interface;
	const struct desired_peer *peer;
};

struct report {
	struct arena *arena;
	const char *instance;
	enum run_mode mode;
	enum run_outcome outcome;
	const struct run *run;

	/* By interface, by selector (none first), decisions before changes. */
	VEC(struct report_item) items;
	/* A run's own; what is wrong with files is in run->diags. */
	VEC(const char *) warnings;
	VEC(const char *) errors;
	struct counts counts;
	VEC(struct report_peer) peers; /* sorted by key and interface */
};

/* run must outlive it. */
void report_make(struct report *report, const struct run *run, const char *instance,
		 enum run_mode mode, enum run_outcome outcome);

enum exit_code report_exit(const struct report *report);

/* Nothing was or is to be changed, and nothing is wrong. */
bool report_is_empty(const struct report *report);

/* HOST:PORT that the change's endpoint was resolved from; NULL when it was not. */
const char *report_endpoint_name(const struct report *report, const struct change *change);

/* Whether items a and b are printed under the same heading. */
bool report_same_group(const struct report_item *a, const struct report_item *b);
