/* SPDX-License-Identifier: MIT */
/*
 * select: which members of a selector are in the kernel, and what for. The
 * state machine of one selector: at most one transition of each slot a run.
 *
 *	          handshake newer than the baseline (and probe answered)
 *	  TRYING ---------------------------------------------> ESTABLISHED
 *	    |  no handshake for try_for                              |
 *	    |                     handshake older than established_for,
 *	    v                     silent for silent_for, or fail_after probes
 *	  left  <----------------------------------------------------+
 *
 * A left slot is filled in the same run: by an established standby, which gets
 * the allowed IPs in one message, else by the next member of the round. Each
 * member is tried once a round; the round begins anew when all were tried.
 */
#pragma once

#include "base/random.h"
#include "core/decision/event.h"
#include "core/decision/placement.h"
#include "core/decision/query.h"
#include "core/observed/observed.h"
#include "core/recorded/samples.h"

/* A better member that failed while it was active becomes active by failback no earlier
 * than this, doubled for each further time, up to the maximum: one that is unstable, or
 * answers handshakes and forwards nothing, costs an outage each time. */
#define FAILBACK_PAUSE_MS 60000
#define FAILBACK_PAUSE_MAX_MS 3600000
/* One that is not kept warm as a standby is tried as a candidate this long after it was
 * left, doubled for each candidate of it that failed, up to the maximum: a trial costs
 * some packets and no outage. */
#define CANDIDATE_PAUSE_MS 60000
#define CANDIDATE_PAUSE_MAX_MS 300000
/* One that stayed established for this long has its failures forgiven. Those as the
 * active one only while it is active again, with no probe unanswered for this long: a
 * handshake does not prove that it forwards. */
#define FORGIVE_AFTER_MS 300000
/* A run that is early by this part of try_for still ends the trial: timers of
 * the same period as try_for would otherwise need one more round. */
#define TRY_SLACK_DIVISOR 10

/* Names that do not resolve cost no time, but no run goes through more of them. */
#define ATTEMPTS_PER_RUN 64

/* What is known of a member during one step. */
struct select_member {
	bool tried; /* in this round */
	bool left; /* in this run: then it is not tried again in it */
	bool started; /* its trial begins in this run */
	const char *reason; /* of the latest decision of this run, or NULL */
	struct recorded_endpoint endpoint; /* without a declared one in it: nothing is recorded */
};

struct select_context {
	const struct desired_selector *desired;
	const struct observed *observed;
	const struct observed_interface *interface; /* NULL: does not exist yet */
	const struct samples *samples; /* brought up to date */
	bool was_away; /* no run for so long that ages prove nothing */
	bool is_new; /* nothing of this boot was recorded: go on from what the kernel shows */
	const struct recorded_interface *interface_before; /* NULL: nothing recorded */
	uint64_t seed; /* of the run */
	/* Of drawing members alone, which does not depend on what else is drawn, so that all
	 * names can be asked for at once. */
	struct random random;
	/* Set up by both functions below: the members by name, and what is known of each,
	 * by its index in the declaration. */
	const struct desired_peer **by_name;
	struct select_member *members_now;
	bool unsent; /* a probe could not be sent, and that was reported */
	struct arena *arena;
	struct queries *queries; /* added to */
	struct events *events; /* added to */
	bool samples_changed; /* set: the samples are worth writing */
	struct recorded_selector *recorded; /* changed */
	struct placements *placements; /* filled */
};

/* Makes the transitions that are due in context->recorded. The caller then makes the
 * kernel have exactly the peers that have a slot in context->placements. */
void select_step(struct select_context *context);

/* The placements of what is recorded, without a decision. */
void select_keep(struct select_context *context);

/* Slots of that role and state; any state when state is -1. */
unsigned select_count(const struct recorded_selector *recorded, enum slot_role role, int state);

/* The slot of that member, or NULL. */
struct recorded_slot *select_slot(const struct recorded_selector *recorded, const char *peer);

/* Whether the member's name is among those tried in this round. */
bool select_was_tried(const struct recorded_selector *recorded, const char *peer);
