/* SPDX-License-Identifier: MIT */
/*
 * placement: the decision of select for one member. plan makes the kernel have the peers of
 * members with a slot.
 */
#pragma once

#include "core/desired/desired.h"
#include "core/recorded/recorded.h"

struct placement {
	const struct desired_peer *peer;
	struct recorded_slot *slot; /* NULL: left in this run */
	bool started; /* its trial begins in this run */
	const char *reason; /* of this run's decision, or NULL */
};

/* Of one selector: its slots in their order, then the members that were left. */
struct placements {
	const struct desired_selector *selector;
	VEC(struct placement) list;
	VEC(struct recorded_endpoint) endpoints; /* endpoint records of its members */
};
