/* SPDX-License-Identifier: MIT */
/*
 * report: the result of one run of plan or apply, in the order and with the counts that
 * every format prints.
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

/* A change or a decision: exactly one of the two is set. */
struct report_item {
	const struct change *change;
	const struct event *event;
	bool hidden; /* journal's own */
};

/* The interface or selector that it belongs to, or NULL. */
static inline const char *report_interface(const struct report_item *item)
{
	return item->change ? item->change->interface : item->event->interface;
}

static inline const char *report_selector(const struct report_item *item)
{
	return item->change ? item->change->selector : item->event->selector;
}

/* Location of a key's declaration. */
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
	/* Of the run itself; errors in files are in run->diags. */
	VEC(const char *) warnings;
	VEC(const char *) errors;
	struct counts counts;
	VEC(struct report_peer) peers; /* sorted by key and interface */
};

/* run must outlive it. */
void report_make(struct report *report, const struct run *run, const char *instance,
		 enum run_mode mode, enum run_outcome outcome);

enum exit_code report_exit(const struct report *report);

/* Nothing was or will be changed, and there is no error. */
bool report_is_empty(const struct report *report);

/* HOST:PORT that the change's endpoint was resolved from; NULL if not from a name. */
const char *report_endpoint_name(const struct report *report, const struct change *change);

/* Whether items a and b are printed under the same heading. */
bool report_same_group(const struct report_item *a, const struct report_item *b);
