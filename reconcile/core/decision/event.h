/* SPDX-License-Identifier: MIT */
/*
 * event: the decisions of a run, in the order in which they were made.
 */
#pragma once

#include "core/recorded/recorded.h"

enum event_kind {
	EVENT_TRY, /* a member is tried (as active, standby or candidate) */
	EVENT_ESTABLISHED,
	EVENT_LEFT, /* given up, for reason */
	EVENT_PROMOTED, /* an established standby takes over */
	EVENT_RESTARTED, /* missing in the kernel, tried again */
	EVENT_WAITING, /* the interface does not exist yet */
	EVENT_PROBE_FAILED, /* failed once more, but not often enough to leave */
	EVENT_TIME, /* the clock was synchronised, or synchronisation failed */
	EVENT_FOLLOWED, /* something about followed routes */
	EVENT_FACTS, /* a direct link begins or ends */
	EVENT_PROBLEM, /* an error; unless outside, the exit code is 1 */
};

/* A decision, for output and for the trace of a simulation. */
struct event {
	enum event_kind kind;
	const char *selector; /* NULL: none */
	const char *interface; /* NULL: none */
	const char *peer; /* NULL: none */
	enum slot_role role;
	enum left_reason reason; /* EVENT_LEFT */
	bool outside; /* EVENT_PROBLEM: caused by the network, not by this machine: a warning only
		       */
	const char *text; /* one line, with the reason */
};

struct events {
	struct arena *arena;
	VEC(struct event) list;
	unsigned problems; /* of kind EVENT_PROBLEM */
};

/* A new event at the end, zeroed except kind. */
struct event *event_add(struct events *events, enum event_kind kind);
