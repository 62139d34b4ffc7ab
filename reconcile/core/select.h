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

#include "plan.h"
#include "random.h"

/* While a failback is wanted, a better member that was left is looked at again
 * after this, doubled for each time it failed, up to the maximum. */
#define SCOUT_PAUSE_MS 60000
#define SCOUT_PAUSE_MAX_MS 3600000
/* An established carrier that lasted this long has its failures forgiven. */
#define FORGIVE_AFTER_MS 600000

/* What one peer looks like on the boot clock. See handshake_age() in liveness.h. */
struct select_context {
	struct arena *arena;
	const struct desired_selector *desired;
	const struct observed *observed;
	const struct observed_interface *interface; /* NULL: does not exist yet */
	struct marks *marks; /* of the last run, already brought up to date */
	bool was_away; /* no run for so long that ages say nothing yet */
	struct random *random;
	struct plan *plan; /* needs and events go here */
};

/* Makes the transitions that are due. recorded is this selector's part, and is
 * changed; the caller then makes the kernel have exactly its slots. */
void select_step(struct select_context *context, struct recorded_selector *recorded);
