/* SPDX-License-Identifier: MIT */
#include "core/decision/endpoint.h"
#include "select_parts.h"

/* ---- Address of a trial ---- */

static void fail_choice(struct select_context *context, struct recorded_slot *slot,
			enum left_reason reason, const char *problem)
{
	select_event(context, EVENT_LEFT, slot, reason, problem);
	select_remember_left(context, slot, reason);
}

static enum endpoint_result choose_endpoint(struct select_context *context,
					    struct recorded_slot *slot,
					    const struct desired_peer *peer)
{
	struct recorded_endpoint *recorded = &select_now_of(context, peer)->endpoint;
	const struct endpoint_request request = {
		.peer = peer,
		.interface = context->desired->interface->name,
		.observed = context->observed,
		.in_kernel = select_kernel_peer(context, peer),
		.before = recorded->endpoint ? recorded : NULL,
		.routed = true,
		.seed = context->seed,
	};
	struct endpoint_choice choice;
	enum endpoint_result result;

	result = endpoint_choose(&request, context->queries, context->arena, &choice);
	if (result == ENDPOINT_CHOSEN) {
		slot->endpoint = choice.chosen.address;
		slot->has_endpoint = true;
		*recorded = choice.record;
	} else if (result == ENDPOINT_UNRESOLVED) {
		fail_choice(context, slot, LEFT_NAME_UNRESOLVED, choice.problem);
	} else if (result == ENDPOINT_NO_ROUTE) {
		fail_choice(context, slot, LEFT_NO_ROUTE, choice.problem);
	}
	return result;
}

/* ---- Next member ---- */

bool select_is_free(const struct select_context *context, const struct desired_peer *peer)
{
	return peer->enabled && !select_slot(context->recorded, peer->name) &&
	       !select_now_of(context, peer)->left;
}

static bool is_candidate(const struct select_context *context, const struct desired_peer *peer)
{
	return !select_now_of(context, peer)->tried && select_is_free(context, peer);
}

static bool any_free(const struct select_context *context)
{
	vec_each (peer, &context->desired->peers)
		if (select_is_free(context, peer))
			return true;
	return false;
}

/* Members have a weight in the strategy's random choice; ordered has no random choice. */
static const struct desired_peer *draw(struct select_context *context)
{
	bool weighted = context->desired->strategy == STRATEGY_WEIGHTED;
	uint64_t total = 0, ticket;

	vec_each (peer, &context->desired->peers) {
		if (!is_candidate(context, peer))
			continue;
		if (context->desired->strategy == STRATEGY_ORDERED)
			return peer;
		total += weighted ? peer->weight : 1;
	}
	if (!total)
		return NULL;
	ticket = random_below(&context->random, total);
	vec_each (peer, &context->desired->peers) {
		uint64_t share = weighted ? peer->weight : 1;

		if (!is_candidate(context, peer))
			continue;
		if (ticket < share)
			return peer;
		ticket -= share;
	}
	return NULL;
}

/* The next untried member; when there is none, a new round begins. */
static const struct desired_peer *next_member(struct select_context *context)
{
	const struct desired_peer *peer = draw(context);

	if (peer || !any_free(context))
		return peer;
	select_begin_round(context);
	return draw(context);
}

/* Adds a slot for peer. It is recorded as tried even if no address is available: then the
 * attempt ends, and the peer is recorded as left. */
static enum endpoint_result try_member(struct select_context *context,
				       const struct desired_peer *peer, enum slot_role role,
				       const char *text)
{
	struct recorded_slot slot = { .peer = peer->name, .role = role };
	enum endpoint_result result = choose_endpoint(context, &slot, peer);

	if (result == ENDPOINT_OUT_OF_TIME)
		return result;
	if (!select_now_of(context, peer)->tried)
		select_mark_tried(context, peer);
	if (result == ENDPOINT_UNRESOLVED || result == ENDPOINT_NO_ROUTE)
		return result;
	select_start_trial(context, &slot, select_kernel_peer(context, peer));
	*vec_push(context->arena, &context->recorded->slots) = slot;
	select_event(context, EVENT_TRY, &slot, 0, text);
	return result;
}

bool select_fill_slot(struct select_context *context, enum slot_role role)
{
	const char *text = role == SLOT_ACTIVE ? "tried" : "tried as a standby";

	for (unsigned attempts = 0; attempts < ATTEMPTS_PER_RUN; attempts++) {
		const struct desired_peer *peer = next_member(context);

		if (!peer)
			return false;
		switch (try_member(context, peer, role, text)) {
		case ENDPOINT_CHOSEN:
		case ENDPOINT_ASKED:
			return true;
		case ENDPOINT_OUT_OF_TIME:
			return false;
		case ENDPOINT_UNRESOLVED:
		case ENDPOINT_NO_ROUTE:
			break;
		}
	}
	return false;
}

void select_candidate(struct select_context *context, const struct desired_peer *peer)
{
	try_member(context, peer, SLOT_CANDIDATE, "probing a higher-priority peer");
}
