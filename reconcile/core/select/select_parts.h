/* SPDX-License-Identifier: MIT */
/*
 * select_parts: shared by the parts of select, and private to them.
 *
 *	select.c         order of the steps: filling, promoting, failing back
 *	select_member.c  members by name, tried members, reasons of leaving
 *	select_judge.c   whether a slot's peer is alive
 *	select_try.c     the next member; decision/endpoint chooses the address
 */
#pragma once

#include "select.h"

/* Boot time of this run. */
msec_t select_now(const struct select_context *context);

/* The member as the kernel has it, or NULL. */
const struct observed_peer *select_kernel_peer(const struct select_context *context,
					       const struct desired_peer *peer);

/* Prepares the lookups by name. Call it first. */
void select_index_members(struct select_context *context);

/* The state of a declared member in this step. */
static inline struct select_member *select_now_of(const struct select_context *context,
						  const struct desired_peer *peer)
{
	return &context->members_now[peer - context->desired->peers.at];
}

/* The member of that name, disabled or not, or NULL; and the same, but only when enabled. */
const struct desired_peer *select_declared(const struct select_context *context, const char *name);
const struct desired_peer *select_member(const struct select_context *context, const char *name);

/* Adds an event of this selector. slot may be NULL; reason is for EVENT_LEFT. */
void select_event(const struct select_context *context, enum event_kind kind,
		  const struct recorded_slot *slot, enum left_reason reason, const char *text);

/* Why the member was left, or NULL. */
struct recorded_left *select_left(const struct recorded_selector *recorded, const char *peer);

/* Whether a reason is a fault of the peer, or of the way to it. */
bool select_is_own_fault(enum left_reason reason);

/* Records why the slot's peer is left. A name that still does not resolve is no change: an
 * offline machine does not write its state at every run. */
void select_remember_left(struct select_context *context, const struct recorded_slot *slot,
			  enum left_reason reason);

/* Removes the slot. A failed one counts as tried in this round, even if it was added in an
 * earlier one. Pointers to slots are invalid afterwards. */
void select_leave(struct select_context *context, struct recorded_slot *slot,
		  enum left_reason reason, const char *text);

/* The round: the members tried, and the start of a new round. */
void select_mark_tried(struct select_context *context, const struct desired_peer *peer);
void select_begin_round(struct select_context *context);

/* Lists the tried members in the order of the declaration: a different random order is not a
 * change to record. */
void select_order_tried(struct select_context *context);

/* Forgets members that are no longer declared. True if some of them were in use. */
bool select_forget_undeclared(struct select_context *context);

/* (Re)starts the trial of a slot. The kernel's current stamp of peer (NULL: not in the
 * kernel) does not count. */
void select_start_trial(const struct select_context *context, struct recorded_slot *slot,
			const struct observed_peer *peer);

/* Makes the transitions due to the state of the slots' peers. */
void select_judge(struct select_context *context);

/* Continues from the kernel's state when nothing is recorded. */
void select_adopt(struct select_context *context);

/* Whether the member could be added now, tried in this round or not. */
bool select_is_free(const struct select_context *context, const struct desired_peer *peer);

/* Tries members until one can be added. Returns false when none can be added now. */
bool select_fill_slot(struct select_context *context, enum slot_role role);

/* Adds peer without allowed IPs, to test whether it is alive. */
void select_candidate(struct select_context *context, const struct desired_peer *peer);

/* Fills context->placements. Call it last. */
void select_place(struct select_context *context);
