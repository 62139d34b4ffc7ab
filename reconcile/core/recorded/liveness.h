/* SPDX-License-Identifier: MIT */
/*
 * liveness: is a peer alive, told from the samples that two runs took of it.
 */
#pragma once

#include "samples.h"

/* How long ago the peer's latest handshake was; AGE_NONE when it never had one
 * or is not among the samples. */
msec_t handshake_age(const struct samples *samples, const char *interface,
		     const struct wg_key *public_key, const struct now *now);

/* For how long nothing was received although more than keepalives, one every
 * keepalive seconds, was sent; 0 when that is not so, and for a peer without allowed
 * IPs. Counted from the run that first
 * saw it sent: a tunnel may be idle for long, and what is sent first then must be
 * given its time to be answered. */
msec_t silent_time(const struct samples *samples, const char *interface,
		   const struct observed_peer *peer, const struct now *now);
