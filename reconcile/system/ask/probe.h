/* SPDX-License-Identifier: MIT */
/*
 * probe: ICMP echo through a tunnel, to test whether a gateway forwards.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/plan/plan.h"

/*
 * Sends need->count echoes to each of the n targets at the same time, bound to the
 * interface, and waits for the answers: at most need->timeout for each, the echoes of one
 * target spread over that time, so that a single lost packet does not matter. A target is
 * done with its first answer. Uses an unprivileged ping socket (icmp(7),
 * net.ipv4.ping_group_range) and, if that is not allowed, a raw one. Fills probes[i]; .error
 * is set if nothing could be sent.
 */
void probe_targets(const struct query_probe *queries, size_t n, struct observed_probe *probes,
		   struct arena *arena, const struct deadline *deadline);
