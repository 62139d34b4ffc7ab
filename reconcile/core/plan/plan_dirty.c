/* SPDX-License-Identifier: MIT */
/*
 * The kernel cannot look up the routes of a prefix, only the route to an address. If the
 * matched route has this prefix, it is the best one; if it has a shorter prefix, the prefix
 * has no route. Other cases need a full run.
 */
#include "plan_parts.h"

#include <stdlib.h>

enum verdict {
	VERDICT_LEAVE, /* declared: routes do not change its peer */
	VERDICT_GIVE,
	VERDICT_TAKE,
	VERDICT_UNCLEAR,
};

/* For several tables, and tables reached only by rules, a lookup is not sufficient. */
static bool follows_main_alone(const struct desired_follow *follow)
{
	return follow->enabled && follow->tables.n == 1 && follow->tables.at[0] == TABLE_MAIN;
}

/* The address not covered by a more specific route, or NULL. */
static const struct observed_lookup *telling(const struct dirty *dirty)
{
	if (!dirty->first.found || dirty->first.destination.length <= dirty->prefix.length)
		return &dirty->first;
	if (!dirty->last.found || dirty->last.destination.length <= dirty->prefix.length)
		return &dirty->last;
	return NULL;
}

static enum verdict judge(const struct interface_plan *part, const struct dirty *dirty,
			  struct wanted_peer **peer)
{
	const struct desired_follow *follow = &part->interface->follow;
	const struct observed_lookup *lookup = telling(dirty);

	if (plan_owner_of(part, &dirty->prefix))
		return VERDICT_LEAVE;
	if (!lookup || !follows_main_alone(follow) || !dirty->prefix.length ||
	    (lookup->found && lookup->table != TABLE_MAIN))
		return VERDICT_UNCLEAR;
	if (!lookup->found || lookup->destination.length < dirty->prefix.length)
		return VERDICT_TAKE;
	if (strcmp(lookup->device, part->interface->name) != 0 || lookup->has_hops ||
	    !desired_follows(follow, lookup->table, lookup->protocol))
		return VERDICT_UNCLEAR;
	*peer = plan_peer_at(part, &lookup->gateway);
	return *peer ? VERDICT_GIVE : VERDICT_UNCLEAR;
}

/* ---- One interface ---- */

struct taken {
	VEC(struct prefix) list;
};

static void give_all(struct interface_plan *part)
{
	vec_each (peer, &part->wanted) {
		struct change *change;

		if (!peer->gets.n)
			continue;
		qsort(peer->gets.at, peer->gets.n, sizeof(struct prefix), prefix_order);
		change = plan_peer_change(part, CHANGE_ALLOWED_IP_ADD, peer);
		change->allowed_ips = peer->gets.at;
		change->allowed_ips_n = peer->gets.n;
	}
}

/* From any peer: the current one is not known. */
static void take_all(struct interface_plan *part, struct taken *taken)
{
	struct change *change;

	if (!taken->list.n)
		return;
	qsort(taken->list.at, taken->list.n, sizeof(struct prefix), prefix_order);
	change = change_add(&part->plan->changes, CHANGE_ALLOWED_IP_REMOVE, part->interface->name);
	change->allowed_ips = taken->list.at;
	change->allowed_ips_n = taken->list.n;
}

static bool plan_interface(struct interface_plan *part, const struct dirty *dirty, size_t n)
{
	struct arena *arena = part->plan->arena;
	struct taken taken = { 0 };

	plan_wanted_peers(part);
	for (size_t i = 0; i < n; i++) {
		struct wanted_peer *peer = NULL;
		enum verdict verdict;

		if (strcmp(dirty[i].interface, part->interface->name) != 0)
			continue;
		verdict = judge(part, &dirty[i], &peer);
		if (verdict == VERDICT_UNCLEAR)
			return false;
		if (verdict == VERDICT_GIVE)
			*vec_push(arena, &peer->gets) = dirty[i].prefix;
		else if (verdict == VERDICT_TAKE)
			*vec_push(arena, &taken.list) = dirty[i].prefix;
	}
	give_all(part);
	take_all(part, &taken);
	return true;
}

bool plan_dirty(struct plan *plan, struct arena *arena, const struct desired *desired,
		const struct recorded *recorded, const struct dirty *dirty, size_t n)
{
	static const struct observed nothing = { .now = { .boot = 0 } };

	memset(plan, 0, sizeof(*plan));
	plan->arena = arena;
	plan->changes.arena = arena;
	plan->events.arena = arena;
	recorded_copy(&plan->recorded, recorded, arena);
	vec_each (interface, &desired->interfaces) {
		struct interface_plan part = {
			.plan = plan,
			.desired = desired,
			.interface = interface,
			.observed = &nothing,
		};

		if (interface->follow.enabled && !plan_interface(&part, dirty, n))
			return false;
	}
	changes_sort(&plan->changes);
	return true;
}
