/* SPDX-License-Identifier: MIT */
/*
 * liveness: is a peer alive, told from handshake stamps and byte counters that
 * two runs saw. Stamps are wall clock and counters reset, so both are brought
 * onto the boot clock through the samples of the last run.
 */
#pragma once

#include "core/observed/observed.h"
#include "recorded.h"

/* Bytes of a keepalive: data header 16 and tag 16 (the WireGuard paper, 5.4.6);
 * what the kernel's sent counter grows by for each. */
#define KEEPALIVE_BYTES 32

/* Samples of counters are written no more often than this, so that a converged
 * run writes nothing. */
#define SAMPLES_EVERY_MS 15000

/* No run for this long (and for a selector's established_for): ages prove
 * nothing, because nobody was there to keep the session alive or to see it. */
#define AWAY_AFTER_MS 60000

/* A run later than the last one by this much sees the wall clock stepped. */
#define CLOCK_STEP_MS 1000

/* How long ago the last run wrote samples; 0 when there is none of this boot. */
msec_t samples_gap(const struct samples *last, const struct now *now);

/*
 * Adds to samples what is seen of peer now, starting from what last had of it. A
 * stamp that is new is put on the boot clock by whichever of the two offsets
 * (then, now) lets it fall between the last run and this one, so that a step of
 * the wall clock neither ages nor refreshes a handshake. A stamp seen for the
 * first time that cannot be true (in the future, before the boot) counts as of
 * now: a working connection is not dropped for it, a dead one is found out
 * established_for later. Call samples_finish() after the last one.
 */
void samples_add(struct samples *samples, const struct samples *last, const char *interface,
		 const struct observed_peer *peer, const struct now *now);

/* Sorts the samples and tells whether they are worth writing. with_counters: some
 * of them are a selector's, whose counters matter. */
bool samples_finish(struct samples *samples, const struct samples *last, const struct now *now,
		    bool with_counters);

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
