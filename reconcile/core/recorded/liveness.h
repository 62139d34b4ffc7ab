/* SPDX-License-Identifier: MIT */
/*
 * liveness: whether a peer is alive, from the samples of two runs.
 */
#pragma once

#include "samples.h"

/* How long ago the peer's latest handshake was; AGE_NONE if it had none or has no sample. */
msec_t handshake_age(const struct samples *samples, const char *interface,
		     const struct wg_key *public_key, const struct now *now);

/* How long nothing was received although more than keepalives (one every keepalive seconds)
 * was sent; otherwise 0, also for a peer without allowed IPs. Counted from the first run
 * that saw it sent: after a long idle time, the first packets need time to be answered. */
msec_t silent_time(const struct samples *samples, const char *interface,
		   const struct observed_peer *peer, const struct now *now);
