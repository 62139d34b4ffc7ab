/* SPDX-License-Identifier: MIT */
/*
 * recorded: what earlier runs must remember and the kernel cannot: who was
 * tried, who is left to try, since when, and which addresses of a name are
 * unused yet. One small JSON text per desired state.
 *
 * Each top-level key but version and boot_id is a section. One that this version does
 * not know is of a later version: it is kept as it is, so that nothing is lost by an
 * upgrade that is taken back. Within the sections that are known anything unknown is
 * damage, as is a name of a section with other characters than a-z, 0-9 and _, and
 * wall_offset, by which a file of samples is told from one of these. So
 *
 *	- what a version adds to remember is a section of its own, or a section of another
 *	  name in the place of one whose form changes; the version stays the same;
 *	- such a section must hold without the others: an earlier version has changed
 *	  them, and boot_id, meanwhile. Times of the boot clock in it need a boot id beside them;
 *	- a higher version is for a form of which earlier versions must not keep
 *	  anything: they refuse it.
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

/* A section of a later version. */
struct recorded_unknown {
	const char *name;
	const char *value; /* JSON, compact, with sorted keys */
};

struct recorded {
	struct arena *arena;
	char boot_id[37]; /* of the boot that the times in it belong to; "" */
	msec_t time_attempt; /* boot time of the last synchronisation; 0: none */
	bool time_done; /* one has succeeded in this boot */
	VEC(struct recorded_selector) selectors; /* sorted by name */
	VEC(struct recorded_interface) interfaces; /* sorted by name */
	VEC(struct recorded_unknown) unknown; /* sorted by name */
};

/* An empty one. */
void recorded_init(struct recorded *recorded, struct arena *arena);

/* Adds a deep copy of one interface, which to must not have yet. */
void recorded_interface_copy(struct recorded *to, const struct recorded_interface *from);

/* Deep copies into arena. */
void recorded_copy(struct recorded *to, const struct recorded *from, struct arena *arena);

/* Whether both have the same contents, and so the same text. */
bool recorded_equal(const struct recorded *a, const struct recorded *b);

/*
 * Makes recorded one of this boot. Where it was of another one, what its sections have of
 * the boot clock proves nothing and is removed; the members used and tried are kept. True
 * then.
 */
bool recorded_rebase(struct recorded *recorded, const struct now *now);

/* The text of a file: compact JSON with a final newline, the same for equal
 * contents. Allocated in arena. */
char *recorded_encode(const struct recorded *recorded, struct arena *arena);

/* Reads back what encode wrote. On anything else returns a one-line reason
 * (allocated in arena) and leaves *recorded empty; NULL on success. Checks
 * every field: a hostile file can cost an attempt, never more. */
const char *recorded_decode(const char *text, size_t length, struct recorded *recorded,
			    struct arena *arena);

/* NULL when there is none. */
struct recorded_selector *recorded_selector_find(const struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_find(const struct recorded *recorded,
						   const char *name);

/* As find, but adds an empty one where there is none, keeping the order. */
struct recorded_selector *recorded_selector_get(struct recorded *recorded, const char *name);
struct recorded_interface *recorded_interface_get(struct recorded *recorded, const char *name);

/* "no handshake", "handshake too old", ... for people; and the word in files. */
const char *left_reason_text(enum left_reason reason);
const char *left_reason_word(enum left_reason reason);
const char *slot_role_word(enum slot_role role);
const char *slot_state_word(enum slot_state state);
