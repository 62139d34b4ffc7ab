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

/* With keepalives or other traffic, the age at which a session without a newer handshake is
 * dead, as wirelink has it (apply/health.go): REKEY_AFTER_TIME, REKEY_TIMEOUT,
 * KEEPALIVE_TIMEOUT, the largest jitter of 334 ms, and 30 s. */
#define SESSION_HEALTHY_MS (REKEY_AFTER_TIME_MS + REKEY_TIMEOUT_MS + KEEPALIVE_TIMEOUT_MS + 30334)

/* Whether a peer that is sent something at least every 30 s is reached: its handshake is
 * young, and it answers. */
bool session_is_healthy(const struct samples *samples, const char *interface,
			const struct observed_peer *peer, const struct now *now);
