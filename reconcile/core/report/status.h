/* SPDX-License-Identifier: MIT */
/*
 * status: what is, set beside what is desired and recorded, as people and
 * monitoring want to see it. Made from a run that only looks (its plan changes
 * nothing and asks for nothing).
 */
#pragma once

#include "core/plan/plan.h"

enum member_state {
	MEMBER_DISABLED,
	MEMBER_UNTRIED, /* its turn in this round has yet to come */
	MEMBER_TRIED, /* its turn is over; why it was left is not known */
	MEMBER_LEFT,
	MEMBER_TRYING, /* put in, and no handshake yet */
	MEMBER_ACTIVE, /* works and carries traffic */
	MEMBER_STANDBY, /* works and is kept warm */
	MEMBER_CANDIDATE, /* works and may take over, being better */
	MEMBER_LOST, /* worked at the last run and does not now */
};

struct status_member {
	const struct desired_peer *peer;
	enum member_state state;
	bool in_slot; /* then role says what for */
	enum slot_role role;
	enum left_reason reason; /* MEMBER_LEFT */
	msec_t since; /* for how long it has been so; AGE_NONE: not known */
	msec_t established; /* for how long its slot has worked; AGE_NONE: it does not */
	bool has_endpoint; /* the kernel's, else the slot's */
	struct endpoint endpoint;
	msec_t handshake_age; /* AGE_NONE: none */
	unsigned probe_failures; /* in a row */
	unsigned strikes; /* times in a row it was left for a fault of its own */
	bool tried; /* in this round */
};

struct status_selector {
	const struct desired_selector *desired;
	unsigned working; /* active peers that work; desired->active of them are wanted */
	VEC(struct status_member) members; /* in the order of the file */
	/* Who may be put in next: one of them, or when ordered the only one. */
	VEC(const char *) next;
	bool next_round; /* all were tried: next begins a new round */
};

struct status_peer {
	const char *name; /* NULL: nobody declared it */
	const char *selector; /* NULL: a plain peer */
	enum member_state state; /* a selector's */
	struct wg_key public_key;
	const struct observed_peer *in_kernel; /* NULL: a plain peer that is missing */
	msec_t handshake_age;
};

struct status_interface {
	const char *name;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	/* Plain peers and members in the order of the file, then undeclared ones. */
	VEC(struct status_peer) peers;
};

struct status {
	struct arena *arena;
	const char *instance;
	VEC(struct status_interface) interfaces;
	VEC(struct status_selector) selectors;
	size_t pending; /* changes that apply would make now */
	VEC(const char *) reasons; /* what does not work; none: all does */
	VEC(const char *) warnings; /* of the run; left to the caller */
};

/* From what was given to plan_make() and what it made of it. Both must outlive the
 * status. */
void status_make(struct status *status, struct arena *arena, const struct plan_input *input,
		 const struct plan *plan);

/* The same of an apply that has its plan carried out: its reasons are the peers and
 * selectors that do not work. What the plan repairs and reports is not among them. */
void status_of_peers(struct status *status, struct arena *arena, const struct plan_input *input,
		     const struct plan *plan);

static inline bool status_is_degraded(const struct status *status)
{
	return status->reasons.n > 0;
}

/* "active", "left", ... */
const char *member_state_word(enum member_state state);
