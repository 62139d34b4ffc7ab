/* SPDX-License-Identifier: MIT */
/*
 * probe: ICMP echo through a tunnel, to see whether a gateway forwards.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/plan/plan.h"

/*
 * Sends need->count echoes to each of the n targets at the same time, bound to
 * the interface, and waits for the answers: at most need->timeout for each, all
 * echoes of one target spread over it so that a single lost packet does not
 * count. A target is done with its first answer. Uses an unprivileged ping
 * socket (icmp(7), net.ipv4.ping_group_range) and, where that is not allowed,
 * a raw one. Fills probes[i]; .error is set when nothing could be sent at all.
 */
void probe_targets(const struct query_probe *queries, size_t n, struct observed_probe *probes,
		   struct arena *arena, const struct deadline *deadline);
