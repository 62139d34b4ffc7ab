/* SPDX-License-Identifier: MIT */
#include "select_parts.h"

#include <stdlib.h>

/* Maximum number of consecutive failures counted. */
#define FAILURES_COUNTED 16

msec_t select_now(const struct select_context *context)
{
	return context->observed->now.boot;
}

const struct observed_peer *select_kernel_peer(const struct select_context *context,
					       const struct desired_peer *peer)
{
	return observed_peer_find(context->interface, &peer->public_key);
}

static int compare_names(const void *a, const void *b)
{
	const struct desired_peer *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

/* ---- Records of members' endpoints ---- */

static const struct recorded_endpoint *endpoint_before(const struct select_context *context,
						       const struct desired_peer *peer)
{
	const struct recorded_interface *before = context->interface_before;
	size_t place = before ? vec_place(&before->endpoints, &peer->public_key, key_order) : 0;

	if (before && place < before->endpoints.n &&
	    key_compare(&before->endpoints.at[place].public_key, &peer->public_key) == 0)
		return &before->endpoints.at[place];
	vec_each (rotation, &context->recorded->rotations)
		if (strcmp(rotation->peer, peer->name) == 0)
			return &rotation->endpoint;
	return NULL;
}

static void find_endpoints(const struct select_context *context)
{
	vec_each (peer, &context->desired->peers) {
		const struct recorded_endpoint *before = endpoint_before(context, peer);
		struct recorded_endpoint *now = &select_now_of(context, peer)->endpoint;

		if (!peer->enabled || !before || strcmp(before->endpoint, peer->endpoint) != 0)
			continue;
		*now = *before;
		now->public_key = peer->public_key;
	}
	context->recorded->rotations.n = 0;
}

void select_index_members(struct select_context *context)
{
	size_t n = context->desired->peers.n;

	context->members_now = arena_alloc(context->arena, n * sizeof(context->members_now[0]));
	context->by_name = arena_alloc(context->arena, n * sizeof(context->by_name[0]));
	for (size_t i = 0; i < n; i++)
		context->by_name[i] = &context->desired->peers.at[i];
	if (n > 1)
		qsort(context->by_name, n, sizeof(context->by_name[0]), compare_names);
	find_endpoints(context);
}

const struct desired_peer *select_declared(const struct select_context *context, const char *name)
{
	const struct desired_peer key = { .name = name }, *wanted = &key;
	const struct desired_peer **found = bsearch(&wanted, context->by_name,
						    context->desired->peers.n, sizeof(wanted),
						    compare_names);

	return found ? *found : NULL;
}

const struct desired_peer *select_member(const struct select_context *context, const char *name)
{
	const struct desired_peer *peer = select_declared(context, name);

	return peer && peer->enabled ? peer : NULL;
}

/* ---- Events and records of a decision ---- */

static void note_reason(const struct select_context *context, const struct recorded_slot *slot,
			const char *text)
{
	const struct desired_peer *peer = select_declared(context, slot->peer);

	if (peer)
		select_now_of(context, peer)->reason = text;
}

void select_event(const struct select_context *context, enum event_kind kind,
		  const struct recorded_slot *slot, enum left_reason reason, const char *text)
{
	struct event *event = event_add(context->events, kind);

	event->selector = context->desired->name;
	event->interface = context->desired->interface->name;
	event->peer = slot ? slot->peer : NULL;
	event->role = slot ? slot->role : SLOT_ACTIVE;
	event->reason = reason;
	event->text = text;
	if (slot && kind != EVENT_PROBLEM)
		note_reason(context, slot, text);
}

unsigned select_count(const struct recorded_selector *recorded, enum slot_role role, int state)
{
	unsigned count = 0;

	vec_each (slot, &recorded->slots)
		count += slot->role == role && (state < 0 || (int)slot->state == state);
	return count;
}

struct recorded_slot *select_slot(const struct recorded_selector *recorded, const char *peer)
{
	vec_each (slot, &recorded->slots)
		if (strcmp(slot->peer, peer) == 0)
			return slot;
	return NULL;
}

bool select_was_tried(const struct recorded_selector *recorded, const char *peer)
{
	vec_each (tried, &recorded->tried)
		if (strcmp(*tried, peer) == 0)
			return true;
	return false;
}

struct recorded_left *select_left(const struct recorded_selector *recorded, const char *peer)
{
	vec_each (left, &recorded->left)
		if (strcmp(left->peer, peer) == 0)
			return left;
	return NULL;
}

bool select_is_own_fault(enum left_reason reason)
{
	return reason != LEFT_FOR_BETTER && reason != LEFT_NOT_DESIRED;
}

static void count_failure(unsigned *failures)
{
	if (*failures < FAILURES_COUNTED)
		(*failures)++;
}

/* Whether the peer failed while traffic depended on it. A trial without a handshake, as a
 * standby or without an alternative, does not affect failback to it. */
static bool failed_active(const struct recorded_slot *slot, enum left_reason reason)
{
	return slot->role == SLOT_ACTIVE &&
	       (slot->state == SLOT_ESTABLISHED || reason == LEFT_PROBE_FAILED);
}

static void count_failures(struct recorded_left *left, const struct recorded_slot *slot)
{
	count_failure(&left->strikes);
	if (failed_active(slot, left->reason)) {
		count_failure(&left->active_failures);
		left->active_failed_at = left->at;
	} else if (slot->role == SLOT_CANDIDATE) {
		count_failure(&left->candidate_failures);
	}
}

void select_remember_left(struct select_context *context, const struct recorded_slot *slot,
			  enum left_reason reason)
{
	struct recorded_selector *recorded = context->recorded;
	struct recorded_left *before = select_left(recorded, slot->peer);
	struct recorded_left left = { .peer = slot->peer };
	bool unattempted = reason == LEFT_NAME_UNRESOLVED || reason == LEFT_NO_ROUTE;

	if (before && before->reason == reason && unattempted)
		return;
	if (before) {
		left = *before;
		vec_remove(&recorded->left, (size_t)(before - recorded->left.at));
	}
	left.reason = reason;
	left.at = select_now(context);
	if (select_is_own_fault(reason))
		count_failures(&left, slot);
	*vec_push(context->arena, &recorded->left) = left;
}

void select_mark_tried(struct select_context *context, const struct desired_peer *peer)
{
	*vec_push(context->arena, &context->recorded->tried) = peer->name;
	select_now_of(context, peer)->tried = true;
}

void select_leave(struct select_context *context, struct recorded_slot *slot,
		  enum left_reason reason, const char *text)
{
	struct recorded_selector *recorded = context->recorded;
	const struct desired_peer *peer = select_declared(context, slot->peer);

	select_event(context, EVENT_LEFT, slot, reason, text);
	select_remember_left(context, slot, reason);
	if (peer) {
		select_now_of(context, peer)->left = true;
		if (peer->enabled && select_is_own_fault(reason) &&
		    !select_now_of(context, peer)->tried)
			select_mark_tried(context, peer);
	}
	vec_remove(&recorded->slots, (size_t)(slot - recorded->slots.at));
}

/* ---- Members that are no longer declared ---- */

static bool leave_undeclared(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;
	const size_t before = recorded->slots.n;

	for (size_t i = recorded->slots.n; i-- > 0;)
		if (!select_member(context, recorded->slots.at[i].peer))
			select_leave(context, &recorded->slots.at[i], LEFT_NOT_DESIRED,
				     "disabled or no longer declared");
	return recorded->slots.n < before;
}

bool select_forget_undeclared(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;
	const bool left = leave_undeclared(context);

	for (size_t i = recorded->tried.n; i-- > 0;) {
		const struct desired_peer *peer = select_member(context, recorded->tried.at[i]);

		if (peer)
			select_now_of(context, peer)->tried = true;
		else
			vec_remove(&recorded->tried, i);
	}
	for (size_t i = recorded->left.n; i-- > 0;)
		if (!select_declared(context, recorded->left.at[i].peer))
			vec_remove(&recorded->left, i);
	return left;
}

void select_begin_round(struct select_context *context)
{
	context->recorded->tried.n = 0;
	vec_each (peer, &context->desired->peers)
		select_now_of(context, peer)->tried = false;
}

void select_order_tried(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;

	recorded->tried.n = 0;
	vec_each (peer, &context->desired->peers)
		if (select_now_of(context, peer)->tried)
			*vec_push(context->arena, &recorded->tried) = peer->name;
}

/* ---- Results for plan ---- */

void select_place(struct select_context *context)
{
	struct placements *placements = context->placements;

	placements->selector = context->desired;
	vec_each (peer, &context->desired->peers)
		if (select_now_of(context, peer)->endpoint.untried.n)
			*vec_push(context->arena,
				  &placements->endpoints) = select_now_of(context, peer)->endpoint;
	vec_each (slot, &context->recorded->slots) {
		const struct desired_peer *peer = select_declared(context, slot->peer);

		if (peer)
			*vec_push(context->arena, &placements->list) = (struct placement){
				.peer = peer,
				.slot = slot,
				.started = select_now_of(context, peer)->started,
				.reason = select_now_of(context, peer)->reason,
			};
	}
	vec_each (peer, &context->desired->peers)
		if (select_now_of(context, peer)->left &&
		    !select_slot(context->recorded, peer->name))
			*vec_push(context->arena, &placements->list) = (struct placement){
				.peer = peer,
				.reason = select_now_of(context, peer)->reason,
			};
}
