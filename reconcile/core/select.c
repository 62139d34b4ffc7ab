/* SPDX-License-Identifier: MIT */
#include "select.h"

#include "liveness.h"

#include <stdlib.h>

static msec_t now_of(const struct select_context *context)
{
	return context->observed->now.boot;
}

static const struct observed_peer *kernel_peer(const struct select_context *context,
					       const struct desired_peer *peer)
{
	return observed_peer_find(context->interface, &peer->public_key);
}

static int compare_names(const void *a, const void *b)
{
	const struct desired_peer *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void index_members(struct select_context *context)
{
	size_t n = context->desired->peers.n;

	context->tried = arena_alloc(context->plan->arena, n * sizeof(bool));
	context->by_name = arena_alloc(context->plan->arena, n * sizeof(context->by_name[0]));
	for (size_t i = 0; i < n; i++)
		context->by_name[i] = &context->desired->peers.at[i];
	if (n > 1)
		qsort(context->by_name, n, sizeof(context->by_name[0]), compare_names);
}

/* NULL when there is no member of that name. */
static const struct desired_peer *declared(const struct select_context *context, const char *name)
{
	const struct desired_peer key = { .name = name }, *wanted = &key;
	const struct desired_peer **found = bsearch(&wanted, context->by_name,
						    context->desired->peers.n, sizeof(wanted),
						    compare_names);

	return found ? *found : NULL;
}

/* The same, without those that are disabled. */
static const struct desired_peer *member(const struct select_context *context, const char *name)
{
	const struct desired_peer *peer = declared(context, name);

	return peer && peer->enabled ? peer : NULL;
}

/* ---- What is printed and remembered of a decision ---- */

static void event(const struct select_context *context, enum event_kind kind,
		  const struct recorded_slot *slot, enum left_reason reason, const char *text)
{
	struct plan *plan = context->plan;
	struct event *event = vec_push(plan->arena, &plan->events);

	event->kind = kind;
	event->selector = context->desired->name;
	event->interface = context->desired->interface->name;
	event->peer = slot ? slot->peer : NULL;
	event->role = slot ? slot->role : SLOT_CARRIER;
	event->reason = reason;
	event->text = text;
	if (kind == EVENT_PROBLEM)
		plan->problems++;
}

static const char *ago(const struct select_context *context, msec_t duration)
{
	return duration_human(context->plan->arena, duration);
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

static struct recorded_left *left_find(const struct recorded_selector *recorded, const char *peer)
{
	vec_each (left, &recorded->left)
		if (strcmp(left->peer, peer) == 0)
			return left;
	return NULL;
}

static bool is_own_fault(enum left_reason reason)
{
	return reason != LEFT_FOR_BETTER && reason != LEFT_NOT_DESIRED;
}

/* Remembers why peer was left. A name that still does not resolve is nothing
 * new: an offline machine does not write its state at every run. */
static void remember_left(struct select_context *context, const char *peer, enum left_reason reason)
{
	struct recorded_selector *recorded = context->recorded;
	struct recorded_left *left = left_find(recorded, peer);
	bool unattempted = reason == LEFT_NAME_UNRESOLVED || reason == LEFT_NO_ROUTE;
	unsigned strikes = left ? left->strikes : 0;

	if (left && left->reason == reason && unattempted)
		return;
	if (left)
		vec_remove(&recorded->left, (size_t)(left - recorded->left.at));
	left = vec_push(context->plan->arena, &recorded->left);
	left->peer = peer;
	left->reason = reason;
	left->at = now_of(context);
	left->strikes = strikes;
	if (is_own_fault(reason) && strikes < 16)
		left->strikes++;
}

static bool left_in_this_run(const struct select_context *context, const char *peer)
{
	const struct plan *plan = context->plan;

	vec_each (event, &plan->events)
		if (event->kind == EVENT_LEFT && event->selector &&
		    strcmp(event->selector, context->desired->name) == 0 &&
		    strcmp(event->peer, peer) == 0)
			return true;
	return false;
}

static void mark_tried(struct select_context *context, const struct desired_peer *peer)
{
	*vec_push(context->plan->arena, &context->recorded->tried) = peer->name;
	context->tried[peer - context->desired->peers.at] = true;
}

/* Takes the slot out. One that failed has had its turn in this round, even when it
 * was put in by an earlier one. Pointers to slots are invalid afterwards. */
static void leave(struct select_context *context, struct recorded_slot *slot,
		  enum left_reason reason, const char *text)
{
	struct recorded_selector *recorded = context->recorded;
	const struct desired_peer *peer = member(context, slot->peer);

	event(context, EVENT_LEFT, slot, reason, text);
	remember_left(context, slot->peer, reason);
	if (peer && is_own_fault(reason) && !context->tried[peer - context->desired->peers.at])
		mark_tried(context, peer);
	vec_remove(&recorded->slots, (size_t)(slot - recorded->slots.at));
}

/* ---- Members that are no longer declared ---- */

static void forget_undeclared(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;

	for (size_t i = recorded->slots.n; i-- > 0;)
		if (!member(context, recorded->slots.at[i].peer))
			leave(context, &recorded->slots.at[i], LEFT_NOT_DESIRED,
			      "disabled or no longer declared");
	for (size_t i = recorded->tried.n; i-- > 0;) {
		const struct desired_peer *peer = member(context, recorded->tried.at[i]);

		if (peer)
			context->tried[peer - context->desired->peers.at] = true;
		else
			vec_remove(&recorded->tried, i);
	}
	for (size_t i = recorded->left.n; i-- > 0;)
		if (!declared(context, recorded->left.at[i].peer))
			vec_remove(&recorded->left, i);
	for (size_t i = recorded->rotations.n; i-- > 0;) {
		const struct recorded_rotation *rotation = &recorded->rotations.at[i];
		const struct desired_peer *peer = member(context, rotation->peer);

		if (!peer || strcmp(peer->endpoint, rotation->endpoint) != 0)
			vec_remove(&recorded->rotations, i);
	}
}

static void begin_round(struct select_context *context)
{
	context->recorded->tried.n = 0;
	memset(context->tried, 0, context->desired->peers.n * sizeof(bool));
}

/* ---- Judging a slot ---- */

enum verdict {
	VERDICT_UNKNOWN, /* could not be asked in this run */
	VERDICT_GOOD,
	VERDICT_BAD,
};

static const struct ip *probe_target(const struct select_context *context,
				     const struct desired_peer *peer)
{
	const struct ip *target = &context->desired->probe.target;

	if (!context->desired->probe.enabled)
		return NULL;
	if (peer->probe_target.family)
		target = &peer->probe_target;
	vec_each (prefix, &peer->allowed_ips)
		if (prefix_covers(prefix, target))
			return target;
	return NULL;
}

static void need_probe(const struct select_context *context, const struct ip *target)
{
	struct plan *plan = context->plan;
	struct need_probe *need = vec_push(plan->arena, &plan->needs.probes);

	need->interface = context->desired->interface->name;
	need->target = *target;
	need->count = context->desired->probe.count;
	need->timeout = context->desired->probe.timeout;
}

static enum verdict probe_verdict(const struct select_context *context, const struct ip *target,
				  const struct recorded_slot *slot)
{
	const struct observed_probe *probe;

	probe = observed_probe_find(context->observed, context->desired->interface->name, target);
	if (!probe) {
		if (!context->observed->out_of_time)
			need_probe(context, target);
		return VERDICT_UNKNOWN;
	}
	if (probe->error) {
		event(context, EVENT_PROBLEM, slot, 0,
		      arena_printf(context->plan->arena, "cannot probe: %s", probe->error));
		return VERDICT_UNKNOWN;
	}
	return probe->received ? VERDICT_GOOD : VERDICT_BAD;
}

/* (Re)starts the trial of a slot. The stamp that is there now does not count. */
static void start_trial(const struct select_context *context, struct recorded_slot *slot,
			const struct observed_peer *peer)
{
	slot->state = SLOT_TRYING;
	slot->since = now_of(context);
	slot->baseline = peer ? peer->handshake : (struct handshake){ 0 };
	slot->probe_failures = 0;
	slot->started = true;
}

static void establish(struct select_context *context, struct recorded_slot *slot)
{
	slot->state = SLOT_ESTABLISHED;
	slot->since = now_of(context);
	slot->probe_failures = 0;
	event(context, EVENT_ESTABLISHED, slot, 0,
	      slot->role == SLOT_CARRIER ? "handshake completed"
					 : "handshake completed, kept warm");
}

static bool trial_over(const struct select_context *context, const struct recorded_slot *slot)
{
	msec_t try_for = context->desired->try_for;

	return now_of(context) - slot->since >= try_for - try_for / TRY_SLACK_DIVISOR;
}

static void judge_handshaken(struct select_context *context, struct recorded_slot *slot,
			     const struct desired_peer *peer)
{
	const struct ip *target = slot->role == SLOT_CARRIER ? probe_target(context, peer) : NULL;

	switch (target ? probe_verdict(context, target, slot) : VERDICT_GOOD) {
	case VERDICT_GOOD:
		establish(context, slot);
		break;
	case VERDICT_BAD:
		if (trial_over(context, slot))
			leave(context, slot, LEFT_PROBE_FAILED,
			      "answers handshakes but forwards nothing: probe failed");
		break;
	case VERDICT_UNKNOWN:
		break;
	}
}

static void judge_trying(struct select_context *context, struct recorded_slot *slot,
			 const struct desired_peer *peer, const struct observed_peer *in_kernel)
{
	msec_t age = handshake_age(context->marks, context->desired->interface->name,
				   &peer->public_key, &context->observed->now);

	if (slot->since == 0) {
		start_trial(context, slot, in_kernel);
		event(context, EVENT_RESTARTED, slot, 0, "tried again from the beginning");
	} else if (in_kernel && age != AGE_NONE &&
		   !handshake_equal(in_kernel->handshake, slot->baseline)) {
		if (age < context->desired->established_for)
			judge_handshaken(context, slot, peer);
		else
			start_trial(context, slot, in_kernel);
	} else if (trial_over(context, slot)) {
		leave(context, slot, LEFT_NO_HANDSHAKE,
		      arena_printf(context->plan->arena, "no handshake within %s",
				   ago(context, now_of(context) - slot->since)));
	}
}

static void judge_probe(struct select_context *context, struct recorded_slot *slot,
			const struct desired_peer *peer)
{
	const struct ip *target = probe_target(context, peer);
	unsigned fail_after = context->desired->probe.fail_after;
	const char *text;

	if (!target)
		return;
	switch (probe_verdict(context, target, slot)) {
	case VERDICT_UNKNOWN:
		return;
	case VERDICT_GOOD:
		slot->probe_failures = 0;
		return;
	case VERDICT_BAD:
		break;
	}
	slot->probe_failures++;
	text = arena_printf(context->plan->arena, "%u of %u probes in a row unanswered",
			    slot->probe_failures, fail_after);
	if (slot->probe_failures >= fail_after)
		leave(context, slot, LEFT_PROBE_FAILED, text);
	else
		event(context, EVENT_PROBE_FAILED, slot, 0, text);
}

static void forgive(struct select_context *context, const struct recorded_slot *slot)
{
	struct recorded_left *left = left_find(context->recorded, slot->peer);

	if (left && left->strikes && slot->role == SLOT_CARRIER &&
	    now_of(context) - slot->since >= FORGIVE_AFTER_MS)
		left->strikes = 0;
}

static void judge_old(struct select_context *context, struct recorded_slot *slot,
		      const struct observed_peer *in_kernel, msec_t age)
{
	if (context->was_away) {
		start_trial(context, slot, in_kernel);
		event(context, EVENT_RESTARTED, slot, 0,
		      "no run for so long that its handshake proves nothing: tried again");
		return;
	}
	leave(context, slot, LEFT_HANDSHAKE_OLD,
	      arena_printf(context->plan->arena, "no handshake for %s", ago(context, age)));
}

static void judge_established(struct select_context *context, struct recorded_slot *slot,
			      const struct desired_peer *peer,
			      const struct observed_peer *in_kernel)
{
	const char *interface = context->desired->interface->name;
	const struct now *now = &context->observed->now;
	msec_t age = handshake_age(context->marks, interface, &peer->public_key, now);
	msec_t silent;

	if (!in_kernel || age == AGE_NONE) {
		start_trial(context, slot, in_kernel);
		event(context, EVENT_RESTARTED, slot, 0,
		      "somebody removed it from the interface: tried again");
		return;
	}
	if (age >= context->desired->established_for) {
		judge_old(context, slot, in_kernel, age);
		return;
	}
	silent = silent_time(context->marks, interface, in_kernel, now);
	if (context->desired->silent_for && silent >= context->desired->silent_for) {
		leave(context, slot, LEFT_SILENT,
		      arena_printf(context->plan->arena, "sending for %s, nothing received",
				   ago(context, silent)));
		return;
	}
	forgive(context, slot);
	if (slot->role == SLOT_CARRIER)
		judge_probe(context, slot, peer);
}

static void judge_slots(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;

	/* Backwards, because leaving removes the slot. */
	for (size_t i = recorded->slots.n; i-- > 0;) {
		struct recorded_slot *slot = &recorded->slots.at[i];
		const struct desired_peer *peer = member(context, slot->peer);
		const struct observed_peer *in_kernel = kernel_peer(context, peer);

		if (slot->state == SLOT_TRYING)
			judge_trying(context, slot, peer, in_kernel);
		else
			judge_established(context, slot, peer, in_kernel);
	}
}

/* ---- Going on from what the kernel shows, when nothing is recorded ---- */

static void adopt(struct select_context *context)
{
	struct plan *plan = context->plan;

	vec_each (peer, &context->desired->peers) {
		const struct observed_peer *in_kernel = kernel_peer(context, peer);
		struct recorded_slot *slot;
		msec_t age;

		if (!peer->enabled || !in_kernel)
			continue;
		mark_tried(context, peer);
		age = handshake_age(context->marks, context->desired->interface->name,
				    &peer->public_key, &context->observed->now);
		if (age == AGE_NONE || age >= context->desired->established_for)
			continue;
		slot = vec_push(plan->arena, &context->recorded->slots);
		slot->peer = peer->name;
		slot->role = in_kernel->allowed_ips.n ? SLOT_CARRIER : SLOT_STANDBY;
		slot->state = SLOT_ESTABLISHED;
		slot->since = now_of(context);
		slot->has_endpoint = in_kernel->has_endpoint;
		slot->endpoint = in_kernel->endpoint;
		event(context, EVENT_ESTABLISHED, slot, 0, "found working on the interface, kept");
	}
}

/* ---- Which address of a member ---- */

static struct recorded_rotation *rotation_find(const struct select_context *context,
					       const char *peer)
{
	vec_each (rotation, &context->recorded->rotations)
		if (strcmp(rotation->peer, peer) == 0)
			return rotation;
	return NULL;
}

static void need_name(const struct select_context *context, const struct desired_peer *peer)
{
	struct plan *plan = context->plan;
	struct need_name *need = vec_push(plan->arena, &plan->needs.names);

	need->endpoint = peer->endpoint;
	need->interface = context->desired->interface->name;
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
	struct arena *arena = context->plan->arena;

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

	event(context, EVENT_LEFT, slot, reason,
	      answer->error ? answer->error : "no route to any of its addresses");
	remember_left(context, slot->peer, reason);
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
			need_name(context, peer);
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

static bool is_free(const struct select_context *context, const struct desired_peer *peer)
{
	return peer->enabled && !select_slot(context->recorded, peer->name) &&
	       !left_in_this_run(context, peer->name);
}

static bool is_candidate(const struct select_context *context, const struct desired_peer *peer)
{
	return !context->tried[peer - context->desired->peers.at] && is_free(context, peer);
}

static bool any_free(const struct select_context *context)
{
	vec_each (peer, &context->desired->peers)
		if (is_free(context, peer))
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
	begin_round(context);
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
	if (!context->tried[peer - context->desired->peers.at])
		mark_tried(context, peer);
	if (choice == CHOICE_FAILED)
		return choice;
	start_trial(context, &slot, kernel_peer(context, peer));
	*vec_push(context->plan->arena, &context->recorded->slots) = slot;
	event(context, EVENT_TRY, &slot, 0, text);
	return choice;
}

/* Tries members until one can be put in. Returns false when none can be now. */
static bool fill_slot(struct select_context *context, enum slot_role role)
{
	const char *text = role == SLOT_CARRIER ? "tried" : "tried, kept warm";

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

/* ---- Better and worse ---- */

/* Lower is better. Only meaningful for ordered and weighted. */
static long rank(const struct select_context *context, const char *name)
{
	const struct desired_peer *peer = declared(context, name);

	if (context->desired->strategy == STRATEGY_WEIGHTED)
		return -(long)peer->weight;
	return (long)(peer - context->desired->peers.at);
}

static struct recorded_slot *worst_slot(const struct select_context *context, enum slot_role role)
{
	struct recorded_slot *worst = NULL;

	vec_each (slot, &context->recorded->slots) {
		if (slot->role != role)
			continue;
		/* One that works is worth more than one that is being tried. */
		if (!worst || (slot->state == SLOT_TRYING && worst->state != SLOT_TRYING) ||
		    (slot->state == worst->state &&
		     rank(context, slot->peer) >= rank(context, worst->peer)))
			worst = slot;
	}
	return worst;
}

static struct recorded_slot *best_warm(const struct select_context *context, int state)
{
	struct recorded_slot *best = NULL;

	vec_each (slot, &context->recorded->slots)
		if (slot->role != SLOT_CARRIER && (state < 0 || (int)slot->state == state) &&
		    (!best || rank(context, slot->peer) < rank(context, best->peer)))
			best = slot;
	return best;
}

static msec_t scout_pause(unsigned strikes)
{
	msec_t pause = SCOUT_PAUSE_MS;

	while (strikes-- > 1 && pause < SCOUT_PAUSE_MAX_MS)
		pause *= 2;
	return pause < SCOUT_PAUSE_MAX_MS ? pause : SCOUT_PAUSE_MAX_MS;
}

static bool may_return(const struct select_context *context, const char *peer)
{
	const struct recorded_left *left = left_find(context->recorded, peer);

	return !left || !left->strikes || now_of(context) - left->at >= scout_pause(left->strikes);
}

/* ---- Filling, promoting, failing back ---- */

static void promote(struct select_context *context, struct recorded_slot *slot, const char *text)
{
	slot->role = SLOT_CARRIER;
	if (slot->state == SLOT_ESTABLISHED)
		slot->since = now_of(context);
	event(context, EVENT_PROMOTED, slot, 0, text);
}

static void fill_carriers(struct select_context *context)
{
	struct recorded_selector *recorded = context->recorded;
	unsigned want = context->desired->active;

	while (select_count(recorded, SLOT_CARRIER, -1) < want) {
		struct recorded_slot *warm = best_warm(context, SLOT_ESTABLISHED);

		if (warm)
			promote(context, warm, "was kept warm, takes over");
		else if (!fill_slot(context, SLOT_CARRIER))
			break;
	}
	/* No other member is left to try, but one is already being tried warm. */
	while (select_count(recorded, SLOT_CARRIER, -1) < want &&
	       needs_none(&context->plan->needs)) {
		struct recorded_slot *warm = best_warm(context, -1);

		if (!warm)
			break;
		promote(context, warm, "takes over before its handshake: nobody else is left");
	}
}

static void drop_surplus(struct select_context *context, enum slot_role role, unsigned want)
{
	while (select_count(context->recorded, role, -1) > want)
		leave(context, worst_slot(context, role), LEFT_NOT_DESIRED, "one more than wanted");
}

static void fill_standbys(struct select_context *context)
{
	while (select_count(context->recorded, SLOT_STANDBY, -1) < context->desired->standby)
		if (!fill_slot(context, SLOT_STANDBY))
			break;
}

/* The best member that is better than the carrier and may be looked at now. */
static const struct desired_peer *better_member(const struct select_context *context,
						const struct recorded_slot *carrier)
{
	const struct desired_peer *best = NULL;

	vec_each (peer, &context->desired->peers)
		if (is_free(context, peer) &&
		    rank(context, peer->name) < rank(context, carrier->peer) &&
		    may_return(context, peer->name) &&
		    (!best || rank(context, peer->name) < rank(context, best->name)))
			best = peer;
	return best;
}

/* carrier makes room for better, which is established and warm. */
static void fail_back(struct select_context *context, struct recorded_slot *better,
		      struct recorded_slot *carrier)
{
	bool keep_warm = better->role == SLOT_STANDBY ||
			 select_count(context->recorded, SLOT_STANDBY, -1) <
				 context->desired->standby;

	promote(context, better, "is better and works again, takes over");
	if (keep_warm)
		carrier->role = SLOT_STANDBY;
	else
		leave(context, carrier, LEFT_FOR_BETTER, "a better one works again");
}

static void consider_failback(struct select_context *context)
{
	const struct desired_selector *desired = context->desired;
	struct recorded_slot *carrier = worst_slot(context, SLOT_CARRIER);
	struct recorded_slot *warm = best_warm(context, SLOT_ESTABLISHED);
	const struct desired_peer *better;

	if (desired->failback == FAILBACK_NEVER || !carrier || carrier->state != SLOT_ESTABLISHED)
		return;
	if (desired->failback == FAILBACK_AFTER &&
	    now_of(context) - carrier->since < desired->failback_after)
		return;
	if (warm && rank(context, warm->peer) < rank(context, carrier->peer) &&
	    may_return(context, warm->peer)) {
		fail_back(context, warm, carrier);
		return;
	}
	better = better_member(context, carrier);
	if (better && !select_count(context->recorded, SLOT_SCOUT, -1))
		try_member(context, better, SLOT_SCOUT, "looked at, because it would be better");
}

/* An order is gone through from its top again once somebody works. */
static void end_round_if_ordered(struct select_context *context)
{
	if (context->desired->strategy == STRATEGY_ORDERED &&
	    select_count(context->recorded, SLOT_CARRIER, SLOT_ESTABLISHED) ==
		    context->desired->active &&
	    !select_count(context->recorded, SLOT_STANDBY, SLOT_TRYING) &&
	    select_count(context->recorded, SLOT_STANDBY, -1) == context->desired->standby)
		begin_round(context);
}

/* While the interface does not exist nothing can be said; all begins anew when
 * it comes. */
static void wait_for_interface(struct select_context *context)
{
	vec_each (slot, &context->recorded->slots) {
		slot->state = SLOT_TRYING;
		slot->since = 0;
		slot->probe_failures = 0;
	}
	event(context, EVENT_WAITING, NULL, 0,
	      arena_printf(context->plan->arena,
			   "waiting for interface %s, which does not exist yet",
			   context->desired->interface->name));
}

void select_step(struct select_context *context)
{
	index_members(context);
	forget_undeclared(context);
	if (!context->interface) {
		wait_for_interface(context);
		return;
	}
	if (context->is_new)
		adopt(context);
	judge_slots(context);
	if (!needs_none(&context->plan->needs))
		return;
	drop_surplus(context, SLOT_CARRIER, context->desired->active);
	fill_carriers(context);
	if (select_count(context->recorded, SLOT_CARRIER, -1) == context->desired->active)
		consider_failback(context);
	if (context->desired->failback == FAILBACK_NEVER)
		drop_surplus(context, SLOT_SCOUT, 0);
	drop_surplus(context, SLOT_STANDBY, context->desired->standby);
	fill_standbys(context);
	end_round_if_ordered(context);
}
