/* SPDX-License-Identifier: MIT */
/*
 * samples: what the last run saw of handshakes and counters. They change often, are
 * worth nothing after a reboot, and so live in /run. Without them a run decides a
 * little later, never wrongly.
 *
 * Stamps are wall clock and counters reset, so both are brought onto the boot clock
 * through the samples of the last run.
 */
#pragma once

#include "core/observed/observed.h"

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

/* What the last run saw of one peer. */
struct sample {
	const char *interface;
	struct wg_key public_key;
	struct handshake handshake; /* stamp */
	msec_t handshake_at; /* the same on the boot clock, as it was when first seen */
	uint64_t rx_bytes; /* when received bytes last grew ... */
	uint64_t tx_bytes; /* ... what was sent until then ... */
	msec_t received_at; /* ... and when that was seen */
	msec_t unanswered_at; /* since when more than keepalives was sent; 0: not so */
};

struct samples {
	struct arena *arena;
	char boot_id[37];
	msec_t at; /* boot time of the run that wrote them */
	msec_t wall_offset; /* wall clock minus boot clock then */
	msec_t names_at; /* boot time names of dead peers were last asked for */
	VEC(struct sample) list; /* sorted by interface and key */
};

/* An empty one. */
void samples_init(struct samples *samples, struct arena *arena);

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

/* Sorts the samples. True when they are worth writing. with_counters: some of them are a
 * selector's, whose counters matter. */
bool samples_finish(struct samples *samples, const struct samples *last, const struct now *now,
		    bool with_counters);

/* For qsort(3) and bsearch(3): by interface, then by key. */
int sample_order(const void *a, const void *b);

/* NULL when there is none. Needs the list sorted. */
struct sample *sample_find(const struct samples *samples, const char *interface,
			   const struct wg_key *public_key);

/* The text of a file: compact JSON with a final newline, the same for equal contents.
 * Allocated in arena. */
char *samples_encode(const struct samples *samples, struct arena *arena);

/* Reads back what encode wrote. On anything else returns a one-line reason (allocated in
 * arena) and leaves *samples empty; NULL on success. */
const char *samples_decode(const char *text, size_t length, struct samples *samples,
			   struct arena *arena);
