/* SPDX-License-Identifier: MIT */
/*
 * liveness: is a peer alive, told from handshake stamps and byte counters that
 * two runs saw. Stamps are wall clock and counters reset, so both are brought
 * onto the boot clock through the marks of the last run.
 */
#pragma once

#include "observed.h"
#include "recorded.h"

/* Age of a handshake that nobody has seen, and of none at all. */
#define AGE_UNKNOWN (-1)

/* Bytes of a keepalive on the wire: data header 16 and tag 16 (the WireGuard
 * paper, 5.4.6); what the kernel's tx counter grows by for each. */
#define KEEPALIVE_BYTES 32

/* Brings the marks of the last run up to what is observed now. A stamp that is
 * new is put on the boot clock by whichever of the two offsets (then, now) lets
 * it fall between the last run and this one, so that a step of the wall clock
 * neither ages nor refreshes a handshake. Marks of another boot are dropped,
 * and so are those of peers that are gone. only: interface and members whose
 * peers are wanted, NULL for all. Returns whether they are worth writing. */
bool marks_update(struct marks *marks, const struct observed *observed);

/* How long ago the peer's latest handshake was, by the marks; AGE_UNKNOWN when
 * it never had one. */
msec_t handshake_age(const struct marks *marks, const char *interface,
		     const struct observed_peer *peer, const struct now *now);

/* For how long nothing was received although more than keepalives was sent;
 * 0 when that is not so. */
msec_t silent_for(const struct marks *marks, const char *interface,
		  const struct observed_peer *peer, const struct now *now);
