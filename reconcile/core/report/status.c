/* SPDX-License-Identifier: MIT */
#include "status.h"

#include "core/recorded/liveness.h"
#include "core/select/select.h"

#include <stdlib.h>

/* Inputs. */
struct look {
	struct status *status;
	const struct desired *desired;
	const struct recorded *recorded;
	const struct observed *observed;
	const struct plan *plan;
	const struct facts *facts; /* NULL: none */
	struct samples samples; /* of all peers, not only those needed by plan */
	bool peers_alone; /* interfaces and the plan are not evaluated */
	bool same_boot; /* the recorded times are of this one */
};

const char *member_state_word(enum member_state state)
{
	switch (state) {
	case MEMBER_DISABLED:
		return "disabled";
	case MEMBER_UNTRIED:
		return "untried";
	case MEMBER_TRIED:
		return "tried";
	case MEMBER_LEFT:
		return "left";
	case MEMBER_TRYING:
		return "trying";
	case MEMBER_ACTIVE:
		return "active";
	case MEMBER_STANDBY:
		return "standby";
	case MEMBER_CANDIDATE:
		return "scout";
	case MEMBER_LOST:
		return "lost";
	}
	return NULL;
}

static void degrade(struct look *look, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void degrade(struct look *look, const char *format, ...)
{
	struct status *status = look->status;
	va_list args;

	va_start(args, format);
	*vec_push(status->arena, &status->reasons) = arena_vprintf(status->arena, format, args);
	va_end(args);
}

/* ---- Ages ---- */

static void sample_all(struct look *look, const struct samples *last)
{
	samples_init(&look->samples, look->status->arena);
	vec_each (interface, &look->observed->interfaces)
		vec_each (peer, &interface->peers)
			samples_add(&look->samples, last, interface->name, peer,
				    &look->observed->now);
	samples_finish(&look->samples, last, &look->observed->now, false);
}

static msec_t age_of(const struct look *look, const char *interface, const struct wg_key *key)
{
	return handshake_age(&look->samples, interface, key, &look->observed->now);
}

/* Age of a recorded time. */
static msec_t since(const struct look *look, msec_t at)
{
	msec_t now = look->observed->now.boot;

	return look->same_boot && at > 0 && at <= now ? now - at : AGE_NONE;
}

/* ---- Members of a selector ---- */

static bool has_event(const struct look *look, const char *selector, const char *peer,
		      enum event_kind kind)
{
	vec_each (event, &look->plan->events.list)
		if (event->kind == kind && event->selector && event->peer &&
		    strcmp(event->selector, selector) == 0 && strcmp(event->peer, peer) == 0)
			return true;
	return false;
}

/* The plan of this look leaves it, and not in favour of another one. */
static bool is_found_lost(const struct look *look, const char *selector, const char *peer)
{
	if (has_event(look, selector, peer, EVENT_RESTARTED))
		return true;
	vec_each (event, &look->plan->events.list)
		if (event->kind == EVENT_LEFT && event->reason != LEFT_FOR_BETTER &&
		    event->reason != LEFT_NOT_DESIRED && event->selector && event->peer &&
		    strcmp(event->selector, selector) == 0 && strcmp(event->peer, peer) == 0)
			return true;
	return false;
}

/* A selector during the evaluation of its members. */
struct selector_look {
	struct look *look;
	const struct desired_selector *desired;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	const struct recorded_selector *before; /* NULL: nothing is recorded */
	const struct recorded_selector *after; /* as recorded by the next run */
};

static const struct recorded_left *left_find(const struct recorded_selector *recorded,
					     const char *peer)
{
	vec_each (left, &recorded->left)
		if (strcmp(left->peer, peer) == 0)
			return left;
	return NULL;
}

static void describe_left(const struct selector_look *part, struct status_member *member)
{
	const struct recorded_left *left = NULL;

	if (part->before)
		left = left_find(part->before, member->peer->name);
	member->tried = part->before && select_was_tried(part->before, member->peer->name);
	if (left)
		member->strikes = left->strikes;
	if (!member->peer->enabled) {
		member->state = MEMBER_DISABLED;
	} else if (left) {
		member->state = MEMBER_LEFT;
		member->reason = left->reason;
		member->since = since(part->look, left->at);
	} else {
		member->state = member->tried ? MEMBER_TRIED : MEMBER_UNTRIED;
	}
}

static enum member_state working_state(enum slot_role role)
{
	switch (role) {
	case SLOT_ACTIVE:
		return MEMBER_ACTIVE;
	case SLOT_STANDBY:
		return MEMBER_STANDBY;
	case SLOT_CANDIDATE:
		break;
	}
	return MEMBER_CANDIDATE;
}

/* The slot works now, regardless of the last run. */
static bool slot_works(const struct selector_look *part, const struct recorded_slot *slot,
		       const struct status_member *member)
{
	const struct look *look = part->look;

	if (member->handshake_age == AGE_NONE ||
	    member->handshake_age >= part->desired->established_for)
		return false;
	if (has_event(look, part->desired->name, slot->peer, EVENT_ESTABLISHED))
		return true;
	return look->same_boot && slot->state == SLOT_ESTABLISHED &&
	       !is_found_lost(look, part->desired->name, slot->peer);
}

static void describe_slot(const struct selector_look *part, struct status_member *member,
			  const struct recorded_slot *slot)
{
	const struct look *look = part->look;
	bool was_established = look->same_boot && slot->state == SLOT_ESTABLISHED;

	member->in_slot = true;
	member->role = slot->role;
	member->probe_failures = slot->probe_failures;
	if (!member->has_endpoint && slot->has_endpoint) {
		member->has_endpoint = true;
		member->endpoint = slot->endpoint;
	}
	if (!member->peer->enabled)
		return;
	member->since = since(look, slot->since);
	if (slot_works(part, slot, member)) {
		if (!was_established || member->since == AGE_NONE)
			member->since = 0; /* first seen by this look */
		member->state = working_state(slot->role);
		member->established = member->since;
	} else if (was_established) {
		member->state = MEMBER_LOST;
		member->since = AGE_NONE;
	} else {
		member->state = MEMBER_TRYING;
	}
}

/* Also a working one not yet recorded by a run. */
static const struct recorded_slot *slot_of(const struct selector_look *part, const char *peer)
{
	const struct recorded_slot *slot = NULL;

	if (part->before)
		slot = select_slot(part->before, peer);
	if (!slot && part->after &&
	    has_event(part->look, part->desired->name, peer, EVENT_ESTABLISHED))
		slot = select_slot(part->after, peer);
	return slot;
}

static void describe_member(const struct selector_look *part, struct status_member *member)
{
	const struct recorded_slot *slot = slot_of(part, member->peer->name);
	const struct observed_peer *in_kernel = NULL;

	if (part->in_kernel)
		in_kernel = observed_peer_find(part->in_kernel, &member->peer->public_key);
	member->since = member->established = member->handshake_age = AGE_NONE;
	if (in_kernel) {
		member->has_endpoint = in_kernel->has_endpoint;
		member->endpoint = in_kernel->endpoint;
		member->handshake_age = age_of(part->look, part->in_kernel->name,
					       &in_kernel->public_key);
	}
	describe_left(part, member);
	if (slot)
		describe_slot(part, member, slot);
}

/* ---- Selectors ---- */

static bool add_next(struct look *look, struct status_selector *selector, bool also_tried)
{
	vec_each (member, &selector->members) {
		if (!member->peer->enabled || member->in_slot || (member->tried && !also_tried))
			continue;
		*vec_push(look->status->arena, &selector->next) = member->peer->name;
		if (selector->desired->strategy == STRATEGY_ORDERED)
			return true;
	}
	return selector->next.n > 0;
}

static void look_at_selector(struct look *look, const struct desired_selector *desired)
{
	struct arena *arena = look->status->arena;
	struct status_selector *selector = vec_push(arena, &look->status->selectors);
	struct selector_look part = {
		.look = look,
		.desired = desired,
		.in_kernel = observed_interface_find(look->observed, desired->interface->name),
		.before = recorded_selector_find(look->recorded, desired->name),
		.after = recorded_selector_find(&look->plan->recorded, desired->name),
	};

	selector->desired = desired;
	vec_each (peer, &desired->peers) {
		struct status_member *member = vec_push(arena, &selector->members);

		member->peer = peer;
		describe_member(&part, member);
		selector->working += member->state == MEMBER_ACTIVE;
	}
	if (!add_next(look, selector, false))
		selector->next_round = add_next(look, selector, true);
	if (selector->working < desired->active)
		degrade(look, "selector %s: %u of %u active peers work", desired->name,
			selector->working, desired->active);
}

/* ---- Interfaces ---- */

static int compare_keys(const void *a_, const void *b_)
{
	const struct wg_key *const *a = a_, *const *b = b_;

	return key_compare(*a, *b);
}

struct keys {
	VEC(const struct wg_key *) list;
};

/* desired: NULL for an undeclared one. */
static struct status_peer *add_peer(struct look *look, struct status_interface *interface,
				    const struct desired_peer *desired, const struct wg_key *key,
				    const struct observed_peer *in_kernel)
{
	const struct status_look_peer part = {
		.public_key = key,
		.desired = desired,
		.in_kernel = in_kernel,
		.samples = &look->samples,
		.now = look->observed->now.boot,
	};
	struct status_peer *peer = vec_push(look->status->arena, &interface->peers);

	peer->name = desired ? desired->name : NULL;
	peer->public_key = *key;
	peer->in_kernel = in_kernel;
	peer->handshake_age = in_kernel ? age_of(look, interface->name, key) : AGE_NONE;
	if (interface->exchange)
		peer->link = status_link_make(interface->exchange, &part, look->status->arena);
	return peer;
}

static const struct observed_peer *kernel_peer(const struct status_interface *interface,
					       const struct wg_key *key)
{
	return interface->in_kernel ? observed_peer_find(interface->in_kernel, key) : NULL;
}

/* A router that works forwards to it. */
static bool is_by_router(const struct status_peer *peer)
{
	return peer->link && peer->link->router && peer->link->router_healthy;
}

/* A peer with keepalives is expected to answer regularly. */
static void judge_plain(struct look *look, const struct status_interface *interface,
			const struct desired_peer *desired, const struct status_peer *peer)
{
	if (!desired->enabled || !desired->persistent_keepalive || !peer->in_kernel ||
	    is_by_router(peer))
		return;
	if (peer->handshake_age == AGE_NONE)
		degrade(look, "interface %s: peer %s: no handshake yet", interface->name,
			desired->name);
	else if (peer->handshake_age > REJECT_AFTER_TIME_MS)
		degrade(look, "interface %s: peer %s: no handshake for %s", interface->name,
			desired->name, duration_human(look->status->arena, peer->handshake_age));
}

static void add_plain(struct look *look, struct status_interface *interface,
		      const struct desired_interface *desired, struct keys *keys)
{
	vec_each (peer, &desired->peers) {
		const struct observed_peer *in_kernel = kernel_peer(interface, &peer->public_key);

		*vec_push(look->status->arena, &keys->list) = &peer->public_key;
		if (peer->enabled || in_kernel)
			judge_plain(look, interface, peer,
				    add_peer(look, interface, peer, &peer->public_key, in_kernel));
	}
}

static void add_members(struct look *look, struct status_interface *interface,
			const struct status_selector *selector, struct keys *keys)
{
	vec_each (member, &selector->members) {
		const struct wg_key *key = &member->peer->public_key;
		const struct observed_peer *in_kernel = kernel_peer(interface, key);
		struct status_peer *peer;

		*vec_push(look->status->arena, &keys->list) = key;
		if (!in_kernel)
			continue;
		peer = add_peer(look, interface, member->peer, key, in_kernel);
		peer->selector = selector->desired->name;
		peer->state = member->state;
	}
}

static void add_undeclared(struct look *look, struct status_interface *interface, struct keys *keys)
{
	if (keys->list.n > 1)
		qsort(keys->list.at, keys->list.n, sizeof(keys->list.at[0]), compare_keys);
	vec_each (peer, &interface->in_kernel->peers) {
		const struct wg_key *key = &peer->public_key;

		if (!keys->list.n || !bsearch(&key, keys->list.at, keys->list.n,
					      sizeof(keys->list.at[0]), compare_keys))
			add_peer(look, interface, NULL, key, peer);
	}
}

static void judge_interface(struct look *look, const struct status_interface *interface)
{
	if (!interface->in_kernel)
		degrade(look, "interface %s does not exist", interface->name);
	else if (interface->in_kernel->unreadable)
		degrade(look, "interface %s: %s", interface->name,
			interface->in_kernel->unreadable);
	else if (interface->in_kernel->kind != LINK_WIREGUARD)
		degrade(look, "interface %s is not a WireGuard interface", interface->name);
	else if (!interface->in_kernel->up)
		degrade(look, "interface %s is not up", interface->name);
}

static void look_at_interface(struct look *look, const struct desired_interface *desired)
{
	struct status_interface *interface = vec_push(look->status->arena,
						      &look->status->interfaces);
	struct keys keys = { 0 };

	interface->name = desired->name;
	interface->in_kernel = observed_interface_find(look->observed, desired->name);
	interface->exchange = status_exchange_make(look->facts, desired, look->status->arena);
	if (!look->peers_alone)
		judge_interface(look, interface);
	add_plain(look, interface, desired, &keys);
	/* In the order of the desired state. */
	desired_each_selector (selector, look->desired, desired)
		add_members(look, interface,
			    &look->status->selectors.at[selector - look->desired->selectors.at],
			    &keys);
	if (interface->in_kernel)
		add_undeclared(look, interface, &keys);
}

/* ---- Pending changes ---- */

/* A desired object is missing: decisions and surplus objects do not count. A roamed endpoint
 * is no failure of an idle peer. */
static bool is_repair(const struct change *change)
{
	if (change_sign(change->kind) == '-' || change->kind == CHANGE_PEER_TRIGGER)
		return false;
	if (change->kind == CHANGE_PEER_ENDPOINT && change->has_old_endpoint)
		return false;
	return !change->selector || !change->reason;
}

static void judge_plan(struct look *look)
{
	const struct plan *plan = look->plan;
	size_t repairs = 0;

	vec_each (event, &plan->events.list)
		if (event->kind == EVENT_PROBLEM)
			degrade(look, "%s %s: %s%s%s", event->selector ? "selector" : "interface",
				event->selector	   ? event->selector
				: event->interface ? event->interface
						   : "",
				event->peer ? event->peer : "", event->peer ? ": " : "",
				event->text);
	vec_each (change, &plan->changes.list) {
		look->status->pending += change_count(change);
		repairs += is_repair(change) ? change_count(change) : 0;
	}
	if (repairs)
		degrade(look, "%zu %s missing of what is desired: apply would try to repair %s",
			repairs, repairs == 1 ? "thing is" : "things are",
			repairs == 1 ? "it" : "them");
}

static struct look look_at_all(struct status *status, struct arena *arena,
			       const struct plan_input *input, const struct plan *plan,
			       const struct facts *facts, bool peers_alone)
{
	const struct desired *desired = input->desired;
	struct look look = {
		.peers_alone = peers_alone,
		.status = status,
		.desired = desired,
		.recorded = input->recorded,
		.observed = input->observed,
		.plan = plan,
		.facts = facts,
		.same_boot = now_in_boot(&input->observed->now, input->recorded->boot_id),
	};

	memset(status, 0, sizeof(*status));
	status->arena = arena;
	status->instance = desired->name;
	sample_all(&look, input->samples);
	vec_each (selector, &desired->selectors)
		look_at_selector(&look, selector);
	vec_each (interface, &desired->interfaces)
		look_at_interface(&look, interface);
	return look;
}

void status_make(struct status *status, struct arena *arena, const struct plan_input *input,
		 const struct plan *plan, const struct facts *facts)
{
	struct look look = look_at_all(status, arena, input, plan, facts, false);

	judge_plan(&look);
}

void status_of_peers(struct status *status, struct arena *arena, const struct plan_input *input,
		     const struct plan *plan, const struct facts *facts)
{
	look_at_all(status, arena, input, plan, facts, true);
}
