/* SPDX-License-Identifier: MIT */
/*
 * status: the observed state compared with desired and recorded, for users and monitoring.
 * Made from a read-only run (no changes and no queries).
 */
#pragma once

#include "core/plan/plan.h"
#include "status_facts.h"

enum member_state {
	MEMBER_DISABLED,
	MEMBER_UNTRIED, /* not yet tried in this round */
	MEMBER_TRIED, /* already tried in this round; the reason it was left is unknown */
	MEMBER_LEFT,
	MEMBER_TRYING, /* added, no handshake yet */
	MEMBER_ACTIVE, /* works and has the allowed IPs */
	MEMBER_STANDBY, /* works, as a standby */
	MEMBER_CANDIDATE, /* works and may take over, because it is preferred */
	MEMBER_LOST, /* worked at the last run, but not now */
};

struct status_member {
	const struct desired_peer *peer;
	enum member_state state;
	bool in_slot; /* then role is valid */
	enum slot_role role;
	enum left_reason reason; /* MEMBER_LEFT */
	msec_t since; /* how long it has been in this state; AGE_NONE: not known */
	msec_t established; /* how long its slot has worked; AGE_NONE: it does not */
	bool has_endpoint; /* the kernel's, otherwise the slot's */
	struct endpoint endpoint;
	msec_t handshake_age; /* AGE_NONE: none */
	unsigned probe_failures; /* in a row */
	unsigned strikes; /* consecutive times it was left for a fault of its own */
	bool tried; /* in this round */
};

struct status_selector {
	const struct desired_selector *desired;
	unsigned working; /* active peers that work; desired->active of them are wanted */
	VEC(struct status_member) members; /* in the order of the file */
	/* Members that may be tried next: one of them, or the only one if ordered. */
	VEC(const char *) next;
	bool next_round; /* all were tried: next begins a new round */
};

struct status_peer {
	const char *name; /* NULL: undeclared */
	const char *selector; /* NULL: a plain peer */
	enum member_state state; /* a selector's */
	struct wg_key public_key;
	const struct observed_peer *in_kernel; /* NULL: a plain peer that is missing */
	msec_t handshake_age;
	const struct status_link *link; /* NULL: the interface exchanges no facts */
};

struct status_interface {
	const char *name;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	/* Plain peers and members in the order of the file, then undeclared ones. */
	VEC(struct status_peer) peers;
	const struct status_exchange *exchange; /* of facts; NULL: none */
};

struct status {
	struct arena *arena;
	const char *instance;
	VEC(struct status_interface) interfaces;
	VEC(struct status_selector) selectors;
	size_t pending; /* changes apply would make now */
	VEC(const char *) reasons; /* failures; none: all works */
	VEC(const char *) warnings; /* of the run; filled by the caller */
};

/* From the input and the result of plan_make(), and the facts of the same run (NULL: none). All
 * must outlive the status. */
void status_make(struct status *status, struct arena *arena, const struct plan_input *input,
		 const struct plan *plan, const struct facts *facts);

/* The same for apply, which carries out its plan: the reasons are only the peers and
 * selectors that do not work, not the differences that the plan repairs and reports. */
void status_of_peers(struct status *status, struct arena *arena, const struct plan_input *input,
		     const struct plan *plan, const struct facts *facts);

static inline bool status_is_degraded(const struct status *status)
{
	return status->reasons.n > 0;
}

/* "active", "left", ... */
const char *member_state_word(enum member_state state);
