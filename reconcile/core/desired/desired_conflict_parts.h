/* SPDX-License-Identifier: MIT */
/*
 * What desired_conflict.c and desired_overlap.c share. Only for these files.
 */
#pragma once

#include "desired_conflict.h"

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
