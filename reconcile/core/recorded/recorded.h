/* SPDX-License-Identifier: MIT */
/*
 * recorded: what earlier runs must remember and the kernel cannot: who was
 * tried, who is left to try, since when, and which addresses of a name are
 * unused yet. One small JSON text per desired state.
 *
 * Beside it stand the samples: what the last run saw of handshakes and counters.
 * They change often, are worth nothing after a reboot, and so live in /run.
 * Without them a run decides a little later, never wrongly.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/text.h"
#include "core/observed/observed.h"

#define RECORDED_VERSION 1
/* Longer texts, and longer names in them, are refused. */
#define RECORDED_SIZE_MAX ((size_t)64 << 20)
#define RECORDED_NAME_MAX 1024

enum slot_role {
	SLOT_ACTIVE, /* has the allowed IPs */
	SLOT_STANDBY, /* warm: keepalive only */
	SLOT_CANDIDATE, /* on trial beside the active one, which it would replace */
};

enum slot_state {
	SLOT_TRYING,
	SLOT_ESTABLISHED,
};

/* Why a peer was left. The words stand in the file and in what is printed. */
enum left_reason {
	LEFT_NO_HANDSHAKE, /* the trial ended without one */
	LEFT_HANDSHAKE_OLD, /* established, then none for established_for */
	LEFT_SILENT, /* established, then nothing received while sending */
	LEFT_PROBE_FAILED,
	LEFT_NAME_UNRESOLVED,
	LEFT_NO_ROUTE, /* no address of a family that has a route */
	LEFT_FOR_BETTER, /* failback */
	LEFT_NOT_DESIRED, /* disabled or no longer declared */
	LEFT_REFUSED, /* WireGuard does not take the peer */
};

struct recorded_slot {
	const char *peer;
	enum slot_role role;
	enum slot_state state;
	msec_t since; /* boot time it entered the state */
	struct handshake baseline; /* the stamp when it was put in: does not count */
	bool has_endpoint;
	struct endpoint endpoint; /* as chosen for this attempt */
	unsigned probe_failures; /* runs in a row */
	bool refused; /* trying: WireGuard did not take the peer */
};

struct recorded_left {
	const char *peer;
	enum left_reason reason;
	msec_t at; /* boot time; 0: before this boot */
	unsigned strikes; /* times in a row it was left for a fault of its own */
	/* What failback waits for: times in a row it failed while it was active, when that
	 * was last or a probe of it was unanswered since (0: before this boot), and times in a
	 * row it failed as a candidate. */
	unsigned active_failures;
	msec_t active_failed_at;
	unsigned candidate_failures;
};

/* The endpoint of a plain peer that was last seen elsewhere than declared, because it roamed
 * or because its name has several addresses; of a member with addresses left to try. */
struct recorded_endpoint {
	struct wg_key public_key;
	const char *endpoint; /* HOST:PORT as declared then */
	msec_t at; /* boot time an address was last set; 0: before this boot, or not known */
	VEC(struct endpoint) untried; /* addresses of the name whose turn is still to come */
};

/* What earlier versions wrote of a member instead. It is read, and not written. */
struct recorded_rotation {
	const char *peer;
	struct recorded_endpoint endpoint; /* without its key */
};

struct recorded_selector {
	const char *name;
	VEC(struct recorded_slot) slots;
	VEC(const char *) tried; /* members tried in this round */
	VEC(struct recorded_left) left; /* one per member at most, latest last */
	VEC(struct recorded_rotation) rotations; /* none once select has seen them */
};

struct recorded_interface {
	const char *name;
	/* A digest of all declared endpoints: tells a changed declaration from a
	 * peer that roamed. Positive; 0: none was made. */
	int64_t endpoints_digest;
	VEC(struct recorded_endpoint) endpoints; /* sorted by key */
	/* What the kernel cannot tell to be ours. */
	VEC(struct wg_key)
	peers; /* sorted; where unmanaged peers are kept or the link is not ours */
	VEC(struct prefix) addresses; /* added by us; for kernels without IFA_PROTO */
	bool has_rules;
	uint32_t rule_priority;
	uint32_t rule_table;
};

struct recorded {
	struct arena *arena;
	char boot_id[37]; /* of the boot that the times in it belong to; "" */
	msec_t time_attempt; /* boot time of the last synchronisation; 0: none */
	bool time_done; /* one has succeeded in this boot */
	VEC(struct recorded_selector) selectors; /* sorted by name */
	VEC(struct recorded_interface) interfaces; /* sorted by name */
};

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

/* Empty ones. */
void recorded_init(struct recorded *recorded, struct arena *arena);
void samples_init(struct samples *samples, struct arena *arena);

/* Adds a deep copy of one interface, which to must not have yet. */
void recorded_interface_copy(struct recorded *to, const struct recorded_interface *from);

/* Deep copies into arena. */
void recorded_copy(struct recorded *to, const struct recorded *from, struct arena *arena);

/* Whether both have the same contents, and so the same text. */
bool recorded_equal(const struct recorded *a, const struct recorded *b);

/* The text of a file: compact JSON with a final newline, the same for equal
 * contents. Allocated in arena. */
char *recorded_encode(const struct recorded *recorded, struct arena *arena);
char *samples_encode(const struct samples *samples, struct arena *arena);

/* Reads back what encode wrote. On anything else returns a one-line reason
 * (allocated in arena) and leaves *recorded empty; NULL on success. Checks
 * every field: a hostile file can cost an attempt, never more. */
const char *recorded_decode(const char *text, size_t length, struct recorded *recorded,
			    struct arena *arena);
const char *samples_decode(const char *text, size_t length, struct samples *samples,
			   struct arena *arena);

/* For qsort(3) and bsearch(3): samples by interface, then by key. */
int sample_order(const void *a, const void *b);

/* Lookups; NULL when there is none. sample_find() needs the list sorted. */
struct recorded_selector *recorded_selector_find(const struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_find(const struct recorded *recorded,
						   const char *name);
struct sample *sample_find(const struct samples *samples, const char *interface,
			   const struct wg_key *public_key);

/* As find, but adds an empty one where there is none, keeping the order. */
struct recorded_selector *recorded_selector_get(struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_get(struct recorded *recorded, const char *name);

/* "no handshake", "handshake too old", ... for people; and the word in files. */
const char *left_reason_text(enum left_reason reason);
const char *left_reason_word(enum left_reason reason);
const char *slot_role_word(enum slot_role role);
const char *slot_state_word(enum slot_state state);
