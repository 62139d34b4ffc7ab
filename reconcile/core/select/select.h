/* SPDX-License-Identifier: MIT */
/*
 * select: the members of a selector in the kernel, and their roles. The state machine of one
 * selector: at most one transition per slot and run.
 *
 *	          handshake newer than the baseline (and probe answered)
 *	  TRYING ---------------------------------------------> ESTABLISHED
 *	    |  no handshake for try_for                              |
 *	    |                     handshake older than established_for,
 *	    v                     silent for silent_for, or fail_after probes
 *	  left  <----------------------------------------------------+
 *
 * A left slot is filled in the same run: by an established standby, which gets the allowed
 * IPs in one message, otherwise by the next member of the round. Each member is tried once a
 * round; a new round begins when all were tried.
 */
#pragma once

#include "base/random.h"
#include "core/decision/event.h"
#include "core/decision/placement.h"
#include "core/decision/query.h"
#include "core/observed/observed.h"
#include "core/recorded/samples.h"

/* Minimum time before failback to a preferred member that failed while active, doubled for
 * each further failure, up to the maximum: an unstable member, or one that answers
 * handshakes and does not forward, costs an outage each time. */
#define FAILBACK_PAUSE_MS 60000
#define FAILBACK_PAUSE_MAX_MS 3600000
/* A member that is not a standby is tried as a candidate this long after it was left,
 * doubled for each failed candidate trial, up to the maximum: a trial costs some packets,
 * but no outage. */
#define CANDIDATE_PAUSE_MS 60000
#define CANDIDATE_PAUSE_MAX_MS 300000
/* Time established after which a member's failures are reset. Failures as active only while
 * it is active again, with no probe unanswered for this long: a handshake does not prove
 * that it forwards. */
#define FORGIVE_AFTER_MS 300000
/* A run that is early by this part of try_for still ends the trial: timers of
 * the same period as try_for would otherwise need one more round. */
#define TRY_SLACK_DIVISOR 10

/* Names that do not resolve cost no time, but no run tries more of them. */
#define ATTEMPTS_PER_RUN 64

/* State of a member during one step. */
struct select_member {
	bool tried; /* in this round */
	bool left; /* in this run: then not tried again in this run */
	bool started; /* its trial begins in this run */
	const char *reason; /* of the latest decision of this run, or NULL */
	struct recorded_endpoint endpoint; /* without a declared endpoint: nothing is recorded */
};

struct select_context {
	const struct desired_selector *desired;
	const struct observed *observed;
	const struct observed_interface *interface; /* NULL: does not exist yet */
	const struct samples *samples; /* brought up to date */
	bool was_away; /* no run for too long: ages prove nothing */
	bool is_new; /* nothing of this boot was recorded: continue from the kernel's state */
	const struct recorded_interface *interface_before; /* NULL: nothing recorded */
	uint64_t seed; /* of the run */
	/* Only for choosing members, independent of other random choices, so that all names
	 * can be queried at once. */
	struct random random;
	/* Set up by both functions below: the members by name, and the state of each, by its
	 * index in the declaration. */
	const struct desired_peer **by_name;
	struct select_member *members_now;
	bool unsent; /* a probe could not be sent, and that was reported */
	struct arena *arena;
	struct queries *queries; /* added to */
	struct events *events; /* added to */
	bool samples_changed; /* set: the samples need to be written */
	struct recorded_selector *recorded; /* changed */
	struct placements *placements; /* filled */
};

/* Makes the transitions due in context->recorded. The caller then configures exactly the
 * peers with a slot in context->placements. */
void select_step(struct select_context *context);

/* The placements of the recorded state, without decisions. */
void select_keep(struct select_context *context);

/* Number of slots with that role and state; state -1: any. */
unsigned select_count(const struct recorded_selector *recorded, enum slot_role role, int state);

/* The slot of that member, or NULL. */
struct recorded_slot *select_slot(const struct recorded_selector *recorded, const char *peer);

/* Whether the member's name is among those tried in this round. */
bool select_was_tried(const struct recorded_selector *recorded, const char *peer);
