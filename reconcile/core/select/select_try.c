/* SPDX-License-Identifier: MIT */
#include "select_parts.h"

/* ---- Which address of a member ---- */

static struct recorded_rotation *rotation_find(const struct select_context *context,
					       const char *peer)
{
	vec_each (rotation, &context->recorded->rotations)
		if (strcmp(rotation->peer, peer) == 0)
			return rotation;
	return NULL;
}

static void query_name(const struct select_context *context, const struct desired_peer *peer)
{
	struct query_name *query = vec_push(context->arena, &context->queries->names);

	query->endpoint = peer->endpoint;
	query->interface = context->desired->interface->name;
}

/* Takes one of the untried addresses at random, the preferred family first. */
static struct endpoint take_endpoint(struct select_context *context,
				     struct recorded_rotation *rotation, enum family prefer)
{
	struct endpoint chosen;
	size_t preferred = 0;
	uint64_t pick;

	vec_each (endpoint, &rotation->untried)
		preferred += endpoint->ip.family == prefer;
	pick = random_below(&context->addresses, preferred ? preferred : rotation->untried.n);
	for (size_t i = 0; i < rotation->untried.n; i++) {
		if (preferred && rotation->untried.at[i].ip.family != prefer)
			continue;
		if (pick-- > 0)
			continue;
		chosen = rotation->untried.at[i];
		vec_remove(&rotation->untried, i);
		return chosen;
	}
	return rotation->untried.at[0];
}

static struct recorded_rotation *rotation_fill(struct select_context *context,
					       const struct desired_peer *peer,
					       const struct observed_answer *answer)
{
	struct recorded_rotation *rotation = rotation_find(context, peer->name);
	struct arena *arena = context->arena;

	if (!rotation)
		rotation = vec_push(arena, &context->recorded->rotations);
	rotation->peer = peer->name;
	rotation->endpoint = peer->endpoint;
	rotation->untried.n = 0;
	vec_each (address, &answer->addresses)
		*vec_push(arena, &rotation->untried) = *address;
	return rotation;
}

enum choice {
	CHOICE_MADE,
	CHOICE_ASKED, /* the name is asked for now; this plan will be made again */
	CHOICE_OUT_OF_TIME, /* it cannot be asked for any more in this run */
	CHOICE_FAILED, /* this attempt is over; the peer is remembered as left */
};

static void fail_choice(struct select_context *context, struct recorded_slot *slot,
			const struct observed_answer *answer)
{
	enum left_reason reason = answer->error ? LEFT_NAME_UNRESOLVED : LEFT_NO_ROUTE;

	select_event(context, EVENT_LEFT, slot, reason,
		     answer->error ? answer->error : "no route to any of its addresses");
	select_remember_left(context, slot, reason);
}

static enum choice choose_endpoint(struct select_context *context, struct recorded_slot *slot,
				   const struct desired_peer *peer)
{
	struct recorded_rotation *rotation = rotation_find(context, peer->name);

	if (!rotation || !rotation->untried.n) {
		const struct observed_answer *answer = observed_answer_find(context->observed,
									    peer->endpoint);

		if (!answer) {
			if (context->observed->out_of_time)
				return CHOICE_OUT_OF_TIME;
			query_name(context, peer);
			return CHOICE_ASKED;
		}
		if (answer->error || !answer->addresses.n) {
			fail_choice(context, slot, answer);
			return CHOICE_FAILED;
		}
		rotation = rotation_fill(context, peer, answer);
	}
	slot->endpoint = take_endpoint(context, rotation, peer->prefer_family);
	slot->has_endpoint = true;
	return CHOICE_MADE;
}

/* ---- Which member is next ---- */

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

/* Candidates have a weight in the strategy's lottery; ordered has no lottery. */
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
	ticket = random_below(&context->members, total);
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

/* Puts peer into a new slot. It is remembered as tried even when its name cannot
 * be resolved. */
static enum choice try_member(struct select_context *context, const struct desired_peer *peer,
			      enum slot_role role, const char *text)
{
	struct recorded_slot slot = { .peer = peer->name, .role = role };
	enum choice choice = choose_endpoint(context, &slot, peer);

	if (choice == CHOICE_OUT_OF_TIME)
		return choice;
	if (!select_now_of(context, peer)->tried)
		select_mark_tried(context, peer);
	if (choice == CHOICE_FAILED)
		return choice;
	select_start_trial(context, &slot, select_kernel_peer(context, peer));
	*vec_push(context->arena, &context->recorded->slots) = slot;
	select_event(context, EVENT_TRY, &slot, 0, text);
	return choice;
}

bool select_fill_slot(struct select_context *context, enum slot_role role)
{
	const char *text = role == SLOT_ACTIVE ? "tried" : "tried as a standby";

	for (unsigned attempts = 0; attempts < ATTEMPTS_PER_RUN; attempts++) {
		const struct desired_peer *peer = next_member(context);

		if (!peer)
			return false;
		switch (try_member(context, peer, role, text)) {
		case CHOICE_MADE:
		case CHOICE_ASKED:
			return true;
		case CHOICE_OUT_OF_TIME:
			return false;
		case CHOICE_FAILED:
			break;
		}
	}
	return false;
}

void select_candidate(struct select_context *context, const struct desired_peer *peer)
{
	try_member(context, peer, SLOT_CANDIDATE, "probing a higher-priority peer");
}
