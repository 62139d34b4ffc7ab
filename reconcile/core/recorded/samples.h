/* SPDX-License-Identifier: MIT */
/*
 * samples: handshakes and counters seen by the last run. They change often, are useless
 * after a reboot, and are therefore kept in /run. Without them a run decides later, but
 * never wrongly.
 *
 * Stamps are wall clock and counters reset, so both are converted to the boot clock with the
 * samples of the last run.
 */
#pragma once

#include "core/observed/observed.h"

/* Bytes of a keepalive: data header 16 and tag 16 (the WireGuard paper, 5.4.6); the increase
 * of the kernel's sent counter for each. */
#define KEEPALIVE_BYTES 32

/* Samples of counters are written at most this often, so that a converged run writes nothing. */
#define SAMPLES_EVERY_MS 15000

/* No run for this long (and for a selector's established_for): ages prove nothing, because
 * no run has kept the session alive or sampled it. */
#define AWAY_AFTER_MS 60000

/* An offset change of this much since the last run is a wall clock step. */
#define CLOCK_STEP_MS 1000

/* The last run's sample of one peer. */
struct sample {
	const char *interface;
	struct wg_key public_key;
	struct handshake handshake; /* stamp */
	msec_t handshake_at; /* the same on the boot clock, when first seen */
	uint64_t rx_bytes; /* when received bytes last grew ... */
	uint64_t tx_bytes; /* ... bytes sent until then ... */
	msec_t received_at; /* ... and the time of that sample */
	msec_t tried_at; /* when one of several endpoints was set; 0: not */
	msec_t unanswered_at; /* since when more than keepalives was sent; 0: no */
};

struct samples {
	struct arena *arena;
	char boot_id[37];
	msec_t at; /* boot time of the run that wrote them */
	msec_t wall_offset; /* wall clock minus boot clock in that run */
	msec_t names_at; /* boot time of the last query for names of dead peers */
	VEC(struct sample) list; /* sorted by interface and key */
};

/* An empty one. */
void samples_init(struct samples *samples, struct arena *arena);

/* How long ago the last run wrote samples; 0 when there is none of this boot. */
msec_t samples_gap(const struct samples *last, const struct now *now);

/*
 * Adds a sample of peer, based on its sample in last. A new stamp is converted to the boot
 * clock with that one of the two offsets (then, now) that puts it between the last run and
 * this one, so that a step of the wall clock neither ages nor refreshes a handshake. An
 * impossible first stamp (in the future, before the boot) counts as now: a working
 * connection is not dropped, a dead one is detected established_for later. Call
 * samples_finish() after the last one.
 */
void samples_add(struct samples *samples, const struct samples *last, const char *interface,
		 const struct observed_peer *peer, const struct now *now);

/* Sorts the samples. True if they need to be written. with_counters: some of them are a
 * selector's, whose counters matter. */
bool samples_finish(struct samples *samples, const struct samples *last, const struct now *now,
		    bool with_counters);

/* For qsort(3) and bsearch(3): by interface, then by key. */
int sample_order(const void *a, const void *b);

/* NULL if there is none. The list must be sorted. */
struct sample *sample_find(const struct samples *samples, const char *interface,
			   const struct wg_key *public_key);

/* The text of a file: compact JSON with a final newline, the same for equal contents.
 * Allocated in arena. */
char *samples_encode(const struct samples *samples, struct arena *arena);

/* Reads the output of encode. On any other text returns a one-line reason (allocated in
 * arena) and leaves *samples empty; NULL on success. */
const char *samples_decode(const char *text, size_t length, struct samples *samples,
			   struct arena *arena);
