/* SPDX-License-Identifier: MIT */
/*
 * recorded: state kept between runs that the kernel does not hold: tried members, untried
 * members, times, and unused addresses of a name. One small JSON text per desired state.
 *
 * Each top-level key but version and boot_id is a section. An unknown section is from a
 * later version: it is kept unchanged, so that a reverted upgrade loses nothing. Anything
 * unknown within a known section is damage, and so are a section name with characters other
 * than a-z, 0-9 and _, and wall_offset, which identifies a file of samples. So
 *
 *	- a version adds data as a new section, or replaces a section whose form changes by one with
 *another name; the version stays the same;
 *	- such a section must be valid without the others: an earlier version may have changed them,
 *and boot_id. Its times of the boot clock need their own boot id;
 *	- a higher version is for a form that earlier versions must refuse.
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
	SLOT_STANDBY, /* established standby: keepalive only */
	SLOT_CANDIDATE, /* on trial besides the active one that it would replace */
};

enum slot_state {
	SLOT_TRYING,
	SLOT_ESTABLISHED,
};

/* Why a peer was left. The words are used in the file and in output. */
enum left_reason {
	LEFT_NO_HANDSHAKE, /* the trial ended without a handshake */
	LEFT_HANDSHAKE_OLD, /* established, then no handshake for established_for */
	LEFT_SILENT, /* established, then nothing received while sending */
	LEFT_PROBE_FAILED,
	LEFT_NAME_UNRESOLVED,
	LEFT_NO_ROUTE, /* no address of a reachable family */
	LEFT_FOR_BETTER, /* failback */
	LEFT_NOT_DESIRED, /* disabled or no longer declared */
	LEFT_REFUSED, /* WireGuard does not take the peer */
};

struct recorded_slot {
	const char *peer;
	enum slot_role role;
	enum slot_state state;
	msec_t since; /* boot time it entered the state */
	struct handshake baseline; /* the stamp when it was added: does not count */
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
	/* Backoff of failback: consecutive failures as active, time of the last one or of an
	 * unanswered probe since (0: before this boot), and consecutive failures as a
	 * candidate. */
	unsigned active_failures;
	msec_t active_failed_at;
	unsigned candidate_failures;
};

/* The endpoint of a plain peer last seen at an address other than declared, because it
 * roamed or its name has several addresses; or of a member with untried addresses. */
struct recorded_endpoint {
	struct wg_key public_key;
	const char *endpoint; /* HOST:PORT as declared then */
	msec_t at; /* boot time an address was last set; 0: before this boot, or unknown */
	VEC(struct endpoint) untried; /* untried addresses of the name */
};

/* Written by earlier versions for a member. Read, but not written. */
struct recorded_rotation {
	const char *peer;
	struct recorded_endpoint endpoint; /* without its key */
};

struct recorded_selector {
	const char *name;
	VEC(struct recorded_slot) slots;
	VEC(const char *) tried; /* members tried in this round */
	VEC(struct recorded_left) left; /* one per member at most, latest last */
	VEC(struct recorded_rotation) rotations; /* none after select has read them */
};

struct recorded_interface {
	const char *name;
	/* A digest of all declared endpoints: distinguishes a changed declaration from a
	 * roamed peer. Positive; 0: none. */
	int64_t endpoints_digest;
	VEC(struct recorded_endpoint) endpoints; /* sorted by key */
	/* Ownership that the kernel does not record. */
	VEC(struct wg_key)
	peers; /* sorted; if unmanaged peers are kept or the link is not ours */
	VEC(struct prefix) addresses; /* added by us; for kernels without IFA_PROTO */
	bool has_rules;
	uint32_t rule_priority;
	uint32_t rule_table;
};

/* A section of a later version. */
struct recorded_unknown {
	const char *name;
	const char *value; /* JSON, compact, with sorted keys */
};

struct recorded {
	struct arena *arena;
	char boot_id[37]; /* of the boot that the times in it belong to; "" */
	msec_t time_attempt; /* boot time of the last synchronisation; 0: none */
	bool time_done; /* a synchronisation has succeeded in this boot */
	VEC(struct recorded_selector) selectors; /* sorted by name */
	VEC(struct recorded_interface) interfaces; /* sorted by name */
	VEC(struct recorded_unknown) unknown; /* sorted by name */
};

/* An empty one. */
void recorded_init(struct recorded *recorded, struct arena *arena);

/* Adds a deep copy of one interface, which must not exist in to. */
void recorded_interface_copy(struct recorded *to, const struct recorded_interface *from);

/* Deep copies into arena. */
void recorded_copy(struct recorded *to, const struct recorded *from, struct arena *arena);

/* Whether both have the same contents, and so the same text. */
bool recorded_equal(const struct recorded *a, const struct recorded *b);

/*
 * Converts recorded to this boot. If it is from another boot, times of the boot clock are
 * removed; the members used and tried are kept. Then true.
 */
bool recorded_rebase(struct recorded *recorded, const struct now *now);

/* The text of a file: compact JSON with a final newline, the same for equal
 * contents. Allocated in arena. */
char *recorded_encode(const struct recorded *recorded, struct arena *arena);

/* Reads the output of encode. On any other text returns a one-line reason (allocated in
 * arena) and leaves *recorded empty; NULL on success. Checks every field: a hostile file can
 * cost one attempt at most. */
const char *recorded_decode(const char *text, size_t length, struct recorded *recorded,
			    struct arena *arena);

/* NULL when there is none. */
struct recorded_selector *recorded_selector_find(const struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_find(const struct recorded *recorded,
						   const char *name);

/* As find, but adds an empty one if there is none, keeping the order. */
struct recorded_selector *recorded_selector_get(struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_get(struct recorded *recorded, const char *name);

/* "no handshake", "handshake too old", ... for messages; and the word in files. */
const char *left_reason_text(enum left_reason reason);
const char *left_reason_word(enum left_reason reason);
const char *slot_role_word(enum slot_role role);
const char *slot_state_word(enum slot_state state);
