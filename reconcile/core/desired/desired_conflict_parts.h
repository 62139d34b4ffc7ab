/* SPDX-License-Identifier: MIT */
/*
 * What desired_conflict.c and desired_overlap.c share. Only for these files.
 */
#pragma once

#include "desired_conflict.h"

/* What is checked, and where what is found goes. */
struct checking {
	struct desired *desired;
	const char *path; /* of the desired state, with a dot behind it; "" */
	struct diags *diags;
	struct arena *scratch;
};

struct checking checking_begin(struct desired *desired, const char *path, struct diags *diags,
			       struct arena *scratch);

/* interfaces.wg0 */
const char *interface_path(const struct checking *checking,
			   const struct desired_interface *interface);

/* interfaces.wg0.peers.a, or selectors.uplink.peers.a; selector NULL: a plain peer. */
const char *peer_path(const struct checking *checking, const struct desired_interface *interface,
		      const struct desired_selector *selector, const struct desired_peer *peer);

/* Two numbers for sorting: <0, 0, >0. */
static inline int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}
