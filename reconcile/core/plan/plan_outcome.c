/* SPDX-License-Identifier: MIT */
/*
 * The recorded state is written before the changes. Their results are known only afterwards:
 * a trial begins when its peer is installed, one that WireGuard refuses has ended, and an
 * endpoint that was not set remains to be set.
 */
#include "plan_outcome.h"

static bool concerns_trial(enum change_kind kind)
{
	return kind == CHANGE_PEER_ADD || kind == CHANGE_PEER_ENDPOINT ||
	       kind == CHANGE_PEER_KEEPALIVE || kind == CHANGE_PEER_TRIGGER;
}

/* Of the member whose trial the change belongs to, or NULL. */
static struct placement *trial_of(const struct plan *plan, const struct change *change)
{
	if (!change->selector || !change->peer || !concerns_trial(change->kind))
		return NULL;
	vec_each (placements, &plan->placements)
		if (strcmp(placements->selector->name, change->selector) == 0)
			vec_each (placement, &placements->list)
				if (placement->slot && placement->slot->state == SLOT_TRYING &&
				    strcmp(placement->peer->name, change->peer) == 0)
					return placement;
	return NULL;
}

/* Clears the start of trials that did not begin. */
static bool settle_trial(struct placement *placement, const struct change *change,
			 const struct now *now)
{
	struct recorded_slot *slot = placement->slot;
	bool done = change->result == CHANGE_DONE;

	if (!done)
		placement->started = false;
	if (change->refused && change->kind == CHANGE_PEER_ADD) {
		slot->refused = true;
		return true;
	}
	/* The next run detects a peer that was not added. */
	if (change->kind == CHANGE_PEER_ADD ? !done || slot->since == now->boot
					    : done || !slot->since)
		return false;
	slot->since = done ? now->boot : 0;
	return true;
}

/* Added without an error, but missing: the interface's own key. */
static bool settle_ignored(const struct placements *placements,
			   const struct observed_interface *in_kernel)
{
	bool changed = false;

	vec_each (placement, &placements->list) {
		struct recorded_slot *slot = placement->slot;

		if (!slot || slot->state != SLOT_TRYING || !placement->started || slot->refused ||
		    observed_peer_find(in_kernel, &placement->peer->public_key))
			continue;
		slot->refused = true;
		changed = true;
	}
	return changed;
}

static const struct recorded_endpoint *endpoint_find(const struct recorded_interface *interface,
						     const struct wg_key *key)
{
	if (interface)
		vec_each (endpoint, &interface->endpoints)
			if (!key_compare(&endpoint->public_key, key))
				return endpoint;
	return NULL;
}

/* As before this run, so that the next one sees the declaration as new again. */
static void restore_endpoint(struct plan *plan, const struct recorded *before,
			     const struct change *change)
{
	struct recorded_interface *now = recorded_interface_find(&plan->recorded,
								 change->interface);
	const struct recorded_interface *then = recorded_interface_find(before, change->interface);
	const struct recorded_endpoint *old = endpoint_find(then, &change->public_key);

	if (!now)
		return;
	now->endpoints_digest = then ? then->endpoints_digest : 0;
	for (size_t i = now->endpoints.n; i-- > 0;) {
		struct recorded_endpoint *endpoint = &now->endpoints.at[i];

		if (key_compare(&endpoint->public_key, &change->public_key))
			continue;
		if (old)
			*endpoint = (struct recorded_endpoint){ .public_key = old->public_key,
								.endpoint = old->endpoint,
								.untried = old->untried };
		else
			vec_remove(&now->endpoints, i);
	}
}

bool plan_outcome(struct plan *plan, const struct recorded *before, const struct observed *after,
		  const struct now *now)
{
	bool changed = false;

	vec_each (change, &plan->changes.list) {
		struct placement *trial = trial_of(plan, change);

		if (trial) {
			changed |= settle_trial(trial, change, now);
		} else if (!change->selector && change->kind == CHANGE_PEER_ENDPOINT &&
			   change->result != CHANGE_DONE) {
			restore_endpoint(plan, before, change);
			changed = true;
		}
	}
	if (!after)
		return changed;
	vec_each (placements, &plan->placements) {
		const struct observed_interface *in_kernel = observed_interface_find(
			after, placements->selector->interface->name);

		if (in_kernel && in_kernel->kind == LINK_WIREGUARD)
			changed |= settle_ignored(placements, in_kernel);
	}
	return changed;
}
