/* SPDX-License-Identifier: MIT */
/*
 * select_parts: what the parts of select share. Not for use outside of them.
 *
 *	select.c         the order of things: filling, promoting, failing back
 *	select_member.c  members by name, who was tried and why it was left
 *	select_judge.c   is a slot's peer alive
 *	select_try.c     who is next; at which address, decision/endpoint chooses
 */
#pragma once

#include "select.h"

/* Boot time of this run. */
msec_t select_now(const struct select_context *context);

/* The member as the kernel has it, or NULL. */
const struct observed_peer *select_kernel_peer(const struct select_context *context,
					       const struct desired_peer *peer);

/* Sets up what the lookups by name need. Before anything else. */
void select_index_members(struct select_context *context);

/* What is known of a declared member in this step. */
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

/* Remembers why the slot's peer is left. A name that still does not resolve is nothing
 * new: an offline machine does not write its state at every run. */
void select_remember_left(struct select_context *context, const struct recorded_slot *slot,
			  enum left_reason reason);

/* Takes the slot out. One that failed has had its turn in this round, even when it
 * was put in by an earlier one. Pointers to slots are invalid afterwards. */
void select_leave(struct select_context *context, struct recorded_slot *slot,
		  enum left_reason reason, const char *text);

/* The round: who has had a turn, and its beginning anew. */
void select_mark_tried(struct select_context *context, const struct desired_peer *peer);
void select_begin_round(struct select_context *context);

/* Lists who was tried in the order of the declaration: an order of drawing that
 * comes out differently is nothing to be recorded. */
void select_order_tried(struct select_context *context);

/* Forgets members that are no longer declared. True: some of them were in use. */
bool select_forget_undeclared(struct select_context *context);

/* (Re)starts the trial of a slot. The stamp that peer has in the kernel now (NULL:
 * it is not there) does not count. */
void select_start_trial(const struct select_context *context, struct recorded_slot *slot,
			const struct observed_peer *peer);

/* Makes the transitions that the slots' peers give reason for. */
void select_judge(struct select_context *context);

/* Goes on from what the kernel shows, when nothing is recorded. */
void select_adopt(struct select_context *context);

/* Whether the member could be put in now, tried in this round or not. */
bool select_is_free(const struct select_context *context, const struct desired_peer *peer);

/* Tries members until one can be put in. Returns false when none can be now. */
bool select_fill_slot(struct select_context *context, enum slot_role role);

/* Puts peer in, warm, to see whether it is alive. */
void select_candidate(struct select_context *context, const struct desired_peer *peer);

/* Fills context->placements. After everything else. */
void select_place(struct select_context *context);
