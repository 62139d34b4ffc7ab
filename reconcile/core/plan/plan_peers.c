/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include "core/decision/endpoint.h"
#include "core/recorded/liveness.h"
#include "plan_parts.h"

#include <stdlib.h>

/* ---- Desired peers ---- */

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted_peer *left = a, *right = b;

	return key_compare(&left->peer->public_key, &right->peer->public_key);
}

static const struct wg_key *own_key(const struct interface_plan *part)
{
	if (!key_is_zero(&part->interface->public_key))
		return &part->interface->public_key;
	return part->in_kernel && part->in_kernel->has_private_key ? &part->in_kernel->public_key
								   : NULL;
}

/* WireGuard silently ignores a peer with the interface's own key
 * (drivers/net/wireguard/netlink.c, set_peer()). */
static bool is_self(struct interface_plan *part, const struct desired_peer *peer,
		    const char *selector)
{
	const struct wg_key *own = own_key(part);

	if (!own || key_compare(own, &peer->public_key) != 0)
		return false;
	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, selector, peer->name,
		   "has the interface's own public key: WireGuard ignores it; give the peer's");
	return true;
}

static void want_placed(struct interface_plan *part, const struct placements *placements)
{
	vec_each (placement, &placements->list) {
		struct wanted_peer *wanted;

		if (!placement->slot || is_self(part, placement->peer, placements->selector->name))
			continue;
		wanted = vec_push(part->plan->arena, &part->wanted);
		wanted->peer = placement->peer;
		wanted->selector = placements->selector->name;
		wanted->placement = placement;
		wanted->has_allowed_ips = placement->slot->role == SLOT_ACTIVE;
	}
}

/* Both are sorted by key. */
static void find_in_kernel(struct interface_plan *part)
{
	size_t n = part->in_kernel ? part->in_kernel->peers.n : 0;
	size_t place = 0;

	vec_each (wanted, &part->wanted) {
		const struct wg_key *key = &wanted->peer->public_key;

		while (place < n &&
		       key_compare(&part->in_kernel->peers.at[place].public_key, key) < 0)
			place++;
		wanted->in_kernel = NOT_IN_KERNEL;
		if (place < n &&
		    key_compare(&part->in_kernel->peers.at[place].public_key, key) == 0)
			wanted->in_kernel = place;
	}
}

void plan_wanted_peers(struct interface_plan *part)
{
	struct arena *arena = part->plan->arena;

	vec_each (peer, &part->interface->peers) {
		struct wanted_peer *wanted;

		if (!peer->enabled || is_self(part, peer, NULL))
			continue;
		wanted = vec_push(arena, &part->wanted);
		wanted->peer = peer;
		wanted->has_allowed_ips = true;
	}
	vec_each (placements, &part->plan->placements)
		if (placements->selector->interface == part->interface)
			want_placed(part, placements);
	if (part->wanted.n > 1)
		qsort(part->wanted.at, part->wanted.n, sizeof(struct wanted_peer), compare_wanted);
	find_in_kernel(part);
	vec_each (wanted, &part->wanted) {
		if (!wanted->has_allowed_ips)
			continue;
		vec_each (prefix, &wanted->peer->allowed_ips)
			*vec_push(arena, &part->owners) = (struct prefix_owner){ .prefix = *prefix,
										 .owner = wanted };
	}
	if (part->owners.n > 1)
		qsort(part->owners.at, part->owners.n, sizeof(struct prefix_owner), prefix_order);
}

/* ---- Names for keys, for output ---- */

static int compare_declared(const void *a, const void *b)
{
	const struct declared_peer *left = a, *right = b;

	return key_compare(&left->peer->public_key, &right->peer->public_key);
}

static void declare(struct interface_plan *part, const struct desired_peer *peer,
		    const char *selector)
{
	*vec_push(part->plan->arena,
		  &part->declared) = (struct declared_peer){ .peer = peer, .selector = selector };
}

/* The declared peer with a key on this interface, or NULL. The index is made for the first
 * undesired peer: a converged run needs none. */
static const struct declared_peer *declared_find(struct interface_plan *part,
						 const struct wg_key *key)
{
	const struct desired_peer of_that_key = { .public_key = *key };
	struct declared_peer wanted = { .peer = &of_that_key };

	if (!part->declared.n) {
		vec_each (peer, &part->interface->peers)
			declare(part, peer, NULL);
		desired_each_selector (selector, part->desired, part->interface)
			vec_each (peer, &selector->peers)
				declare(part, peer, selector->name);
		if (part->declared.n > 1)
			qsort(part->declared.at, part->declared.n, sizeof(wanted),
			      compare_declared);
	}
	if (!part->declared.n)
		return NULL;
	return bsearch(&wanted, part->declared.at, part->declared.n, sizeof(wanted),
		       compare_declared);
}

const char *plan_name_of(struct interface_plan *part, const struct wg_key *key)
{
	const struct declared_peer *declared = declared_find(part, key);
	char text[KEY_TEXT_MAX];

	return declared ? declared->peer->name
			: arena_strdup(part->plan->arena, key_text(key, text));
}

struct change *plan_peer_change(struct interface_plan *part, enum change_kind kind,
				const struct wanted_peer *wanted)
{
	struct change *change = change_add(&part->plan->changes, kind, part->interface->name);

	change->selector = wanted->selector;
	change->peer = wanted->peer->name;
	change->public_key = wanted->peer->public_key;
	change->reason = wanted->placement ? wanted->placement->reason : NULL;
	return change;
}

/* ---- Endpoints ---- */

static const char declaration_changed[] = "its declaration changed";

static struct recorded_interface *recorded_of(struct interface_plan *part)
{
	return recorded_interface_get(&part->plan->recorded, part->interface->name);
}

static const struct recorded_endpoint *endpoint_before(struct interface_plan *part,
						       const struct wg_key *key)
{
	if (!part->before || !part->before->endpoints.n)
		return NULL;
	return bsearch(key, part->before->endpoints.at, part->before->endpoints.n,
		       sizeof(struct recorded_endpoint), key_order);
}

static void record_endpoint(struct interface_plan *part, const struct recorded_endpoint *endpoint)
{
	*vec_push(part->plan->arena, &recorded_of(part)->endpoints) = *endpoint;
}

static bool is_dead(struct interface_plan *part, const struct observed_peer *in_kernel)
{
	msec_t age = handshake_age(&part->plan->samples, part->interface->name,
				   &in_kernel->public_key, &part->observed->now);

	return age == AGE_NONE || age >= PEER_DEAD_AFTER_MS;
}

/* Whether to query the name of an existing peer that does not work again. */
static bool may_ask_again(struct interface_plan *part, const struct desired_peer *peer,
			  const struct recorded_endpoint *before)
{
	const struct now *now = &part->observed->now;
	msec_t asked = part->last_samples->names_at;

	if (before && before->at && now->boot - before->at < ENDPOINT_TRIAL_MS)
		return false;
	if (peer->endpoint_is_literal)
		return true;
	if (samples_gap(part->last_samples, now) == 0)
		asked = 0;
	if (asked && now->boot - asked < NAMES_EVERY_MS)
		return false;
	part->plan->samples.names_at = now->boot;
	return true;
}

/* A digest of all declared endpoints and their peers. */
static int64_t digest_endpoints(const struct interface_plan *part)
{
	uint64_t hash = HASH_BASIS;

	vec_each (wanted, &part->wanted) {
		if (wanted->placement || !wanted->peer->endpoint)
			continue;
		hash = hash_bytes(hash, wanted->peer->public_key.b, KEY_LENGTH);
		hash = hash_text(hash, wanted->peer->endpoint);
	}
	return (int64_t)(hash >> 1) | 1;
}

/* The kernel's endpoint differs from the declaration: whether an earlier declaration set it.
 * An endpoint that roamed between two runs, of which the second one has new declarations, is
 * set once more, and roams again. */
static bool is_declaration_new(const struct interface_plan *part, const struct desired_peer *peer,
			       const struct recorded_endpoint *before)
{
	if (before)
		return strcmp(before->endpoint, peer->endpoint) != 0;
	return part->before && part->before->endpoints_digest &&
	       part->before->endpoints_digest != part->endpoints_digest;
}

static bool is_at_declared_address(const struct desired_peer *peer,
				   const struct observed_peer *in_kernel)
{
	return peer->endpoint_is_literal && in_kernel && in_kernel->has_endpoint &&
	       endpoint_equal(&in_kernel->endpoint, &peer->endpoint_address);
}

/* Why to replace the kernel's endpoint; NULL: keep it. A roamed endpoint stays until its
 * declaration changes or its session is dead. */
static const char *replacement_reason(struct interface_plan *part, const struct desired_peer *peer,
				      const struct observed_peer *in_kernel,
				      const struct recorded_endpoint *before)
{
	if (is_declaration_new(part, peer, before))
		return declaration_changed;
	if (is_dead(part, in_kernel) && may_ask_again(part, peer, before))
		return "its session is dead";
	return NULL;
}

static void report_problem(struct interface_plan *part, const struct desired_peer *peer,
			   const char *problem)
{
	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, peer->name, problem);
	part->plan->events.list.at[part->plan->events.list.n - 1].outside = true;
}

/* The address of a new declaration is not yet known: the next run must still detect a
 * change, from the record or, without one, from the current endpoint. */
static void record_unchanged(struct interface_plan *part, const struct desired_peer *peer,
			     const struct observed_peer *in_kernel,
			     const struct recorded_endpoint *before)
{
	struct recorded_endpoint there = { .public_key = peer->public_key };
	char text[ENDPOINT_TEXT_MAX];

	if (!before)
		there.endpoint = arena_strdup(part->plan->arena,
					      endpoint_text(&in_kernel->endpoint, text));
	record_endpoint(part, before ? before : &there);
}

/* The endpoint to set for a plain peer, or NULL to keep it. */
static const struct endpoint *plain_endpoint(struct interface_plan *part,
					     const struct desired_peer *peer,
					     const struct observed_peer *in_kernel,
					     const char **reason)
{
	const struct recorded_endpoint *before = endpoint_before(part, &peer->public_key);
	bool is_there = in_kernel && in_kernel->has_endpoint;
	struct endpoint_request request = {
		.peer = peer,
		.interface = part->interface->name,
		.observed = part->observed,
		.in_kernel = in_kernel,
		.before = before,
		.anew = true, /* attempts may be days apart */
		.in_order = true,
		.seed = part->seed,
	};
	struct endpoint_choice *choice;
	enum endpoint_result result;
	bool set;

	if (!peer->endpoint || is_at_declared_address(peer, in_kernel))
		return NULL;
	if (is_there)
		*reason = replacement_reason(part, peer, in_kernel, before);
	request.keep = is_there && !*reason;
	choice = arena_alloc(part->plan->arena, sizeof(*choice));
	result = endpoint_choose(&request, &part->plan->queries, part->plan->arena, choice);
	if (choice->problem)
		report_problem(part, peer, choice->problem);
	set = result == ENDPOINT_CHOSEN &&
	      !(is_there && endpoint_equal(&choice->chosen.address, &in_kernel->endpoint));
	if (result != ENDPOINT_CHOSEN && *reason == declaration_changed)
		record_unchanged(part, peer, in_kernel, before);
	else if (!set || !peer->endpoint_is_literal)
		record_endpoint(part, &choice->record);
	return set ? &choice->chosen.address : NULL;
}

/* A selector's peer has the endpoint chosen for its attempt, until it roams. */
static const struct endpoint *placed_endpoint(const struct placement *placement,
					      const struct observed_peer *in_kernel)
{
	const struct recorded_slot *slot = placement->slot;

	if (!slot->has_endpoint)
		return NULL;
	if (in_kernel && in_kernel->has_endpoint &&
	    (!placement->started || endpoint_equal(&slot->endpoint, &in_kernel->endpoint)))
		return NULL;
	return &slot->endpoint;
}

static const struct endpoint *wanted_endpoint(struct interface_plan *part,
					      const struct wanted_peer *wanted,
					      const struct observed_peer *in_kernel,
					      const char **reason)
{
	if (wanted->placement)
		return placed_endpoint(wanted->placement, in_kernel);
	if (wanted->peer->candidates.n)
		return plan_candidate(part, wanted->peer, in_kernel, reason);
	return plain_endpoint(part, wanted->peer, in_kernel, reason);
}

/* ---- One peer ---- */

static void add_peer(struct interface_plan *part, const struct wanted_peer *wanted)
{
	const struct desired_peer *peer = wanted->peer;
	const char *reason = NULL;
	const struct endpoint *endpoint = wanted_endpoint(part, wanted, NULL, &reason);
	struct change *change = plan_peer_change(part, CHANGE_PEER_ADD, wanted);

	change->value = peer->persistent_keepalive;
	plan_mtu_endpoint(part, peer, endpoint);
	if (endpoint) {
		change->has_endpoint = true;
		change->endpoint = *endpoint;
	}
	if (!key_is_zero(&peer->preshared_key))
		change->preshared_key = &peer->preshared_key;
	change->allowed_ips = wanted->gets.at;
	change->allowed_ips_n = wanted->gets.n;
}

static void update_settings(struct interface_plan *part, const struct wanted_peer *wanted,
			    const struct observed_peer *in_kernel)
{
	const struct desired_peer *peer = wanted->peer;
	const char *reason = wanted->placement ? wanted->placement->reason : NULL;
	const struct endpoint *endpoint = wanted_endpoint(part, wanted, in_kernel, &reason);
	const struct endpoint *there = in_kernel->has_endpoint ? &in_kernel->endpoint : NULL;
	struct change *change;

	plan_mtu_endpoint(part, peer, endpoint ? endpoint : there);
	if (!peer->preshared_key_keep &&
	    key_compare(&peer->preshared_key, &in_kernel->preshared_key) != 0) {
		change = plan_peer_change(part, CHANGE_PEER_PRESHARED_KEY, wanted);
		change->preshared_key = &peer->preshared_key;
	}
	if (endpoint) {
		change = plan_peer_change(part, CHANGE_PEER_ENDPOINT, wanted);
		change->reason = reason;
		change->has_endpoint = true;
		change->endpoint = *endpoint;
		change->has_old_endpoint = in_kernel->has_endpoint;
		change->old_endpoint = in_kernel->endpoint;
	}
	if (peer->persistent_keepalive != in_kernel->persistent_keepalive) {
		change = plan_peer_change(part, CHANGE_PEER_KEEPALIVE, wanted);
		change->value = peer->persistent_keepalive;
		change->old_value = in_kernel->persistent_keepalive;
	}
	if (wanted->placement && wanted->placement->started &&
	    peer->persistent_keepalive == in_kernel->persistent_keepalive)
		plan_peer_change(part, CHANGE_PEER_TRIGGER, wanted)->value =
			peer->persistent_keepalive;
}

/* ---- Entry point ---- */

static bool was_ours(struct interface_plan *part, const struct wg_key *key)
{
	return part->before && part->before->peers.n &&
	       bsearch(key, part->before->peers.at, part->before->peers.n, sizeof(*key), key_order);
}

static const char *removal_reason(struct interface_plan *part, const struct declared_peer *declared)
{
	if (!declared)
		return "not declared";
	if (!declared->selector)
		return "disabled";
	vec_each (placements, &part->plan->placements)
		if (placements->selector->name == declared->selector)
			vec_each (placement, &placements->list)
				if (placement->peer == declared->peer && !placement->slot)
					return placement->reason;
	return "not selected";
}

static void remove_peer(struct interface_plan *part, const struct observed_peer *in_kernel)
{
	const struct declared_peer *declared = declared_find(part, &in_kernel->public_key);
	struct change *change;

	if (!declared && part->interface->unmanaged_peers == UNMANAGED_KEEP &&
	    !was_ours(part, &in_kernel->public_key))
		return;
	change = change_add(&part->plan->changes, CHANGE_PEER_REMOVE, part->interface->name);
	change->public_key = in_kernel->public_key;
	change->peer = declared ? declared->peer->name : NULL;
	change->selector = declared ? declared->selector : NULL;
	change->reason = removal_reason(part, declared);
}

static void record_peers(struct interface_plan *part)
{
	struct recorded_interface *recorded;

	if (!part->wanted.n || (part->interface->unmanaged_peers != UNMANAGED_KEEP &&
				part->interface->create && !part->interface->facts.enabled))
		return;
	recorded = recorded_of(part);
	/* A peer that facts have added is not removed for want of facts, see facts_apply(). */
	vec_each (wanted, &part->wanted)
		if (wanted->peer->declared.origin == ORIGIN_FILE)
			*vec_push(part->plan->arena, &recorded->peers) = wanted->peer->public_key;
}

/* The members' records are in the selectors' placements. */
static void record_endpoints_of_members(struct interface_plan *part)
{
	bool any = false;

	vec_each (placements, &part->plan->placements) {
		if (placements->selector->interface != part->interface)
			continue;
		any |= placements->endpoints.n > 0;
		vec_each (endpoint, &placements->endpoints)
			record_endpoint(part, endpoint);
	}
	/* The desired peers are already sorted by key. */
	if (any)
		qsort(recorded_of(part)->endpoints.at, recorded_of(part)->endpoints.n,
		      sizeof(struct recorded_endpoint), key_order);
}

void plan_peers(struct interface_plan *part)
{
	size_t kernel_n = part->in_kernel ? part->in_kernel->peers.n : 0;
	size_t i = 0, j = 0;

	part->endpoints_digest = digest_endpoints(part);
	plan_allowed_ips(part);
	while (i < part->wanted.n || j < kernel_n) {
		const struct wanted_peer *wanted = i < part->wanted.n ? &part->wanted.at[i] : NULL;
		int order = !wanted	    ? 1
			    : j == kernel_n ? -1
					    : key_compare(&wanted->peer->public_key,
							  &part->in_kernel->peers.at[j].public_key);

		if (order < 0) {
			add_peer(part, wanted);
		} else if (order == 0) {
			update_settings(part, wanted, &part->in_kernel->peers.at[j]);
		} else if (order > 0) {
			remove_peer(part, &part->in_kernel->peers.at[j]);
		}
		i += order <= 0;
		j += order >= 0;
	}
	record_endpoints_of_members(part);
	record_peers(part);
	if (part->interface->peers.n)
		recorded_of(part)->endpoints_digest = part->endpoints_digest;
}
