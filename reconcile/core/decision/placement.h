/* SPDX-License-Identifier: MIT */
/*
 * placement: what select decided of one member. plan makes the kernel have the peers of
 * those with a slot.
 */
#pragma once

#include "core/desired/desired.h"
#include "core/recorded/recorded.h"

struct placement {
	const struct desired_peer *peer;
	struct recorded_slot *slot; /* NULL: it was left in this run */
	bool started; /* its trial begins in this run */
	const char *reason; /* of the decision, where this run made one; else NULL */
};

/* Of one selector: its slots in their order, then the members that were left. */
struct placements {
	const struct desired_selector *selector;
	VEC(struct placement) list;
	VEC(struct recorded_endpoint) endpoints; /* what to record of its members' endpoints */
};
