/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <stdlib.h>

/* ---- Would the tunnel's own packets take this route? ---- */

/* A table of its own is looked up by rules, which let the tunnel's packets pass, or
 * are the owner's affair. */
static bool concerns_own_packets(const struct wanted_route *route)
{
	return route->table == TABLE_MAIN;
}

/* More specific is taken first, and of equals that with the lower metric. */
static bool goes_on_as_now(const struct interface_plan *part, const struct wanted_route *route,
			   const struct observed_lookup *lookup)
{
	if (!lookup->found || (part->in_kernel && lookup->index == part->in_kernel->index))
		return false;
	if (lookup->table != TABLE_MAIN || lookup->destination.length > route->to.length)
		return true;
	return lookup->destination.length == route->to.length && lookup->metric < route->metric;
}

/* ---- What is said ---- */

static const char *reached_by(const struct observed_lookup *lookup, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];

	if (!lookup->found)
		return "to which no other route leads now";
	return arena_printf(arena, "which is reached by %s through the route to %s now",
			    lookup->device, prefix_text(&lookup->destination, prefix));
}

static void refuse(struct interface_plan *part, const struct wanted_route *route, const char *peer,
		   const struct observed_lookup *lookup)
{
	struct arena *arena = part->plan->arena;
	char prefix[PREFIX_TEXT_MAX], address[IP_TEXT_MAX];

	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, peer,
		   arena_printf(arena,
				"route %s not added: it would lead the tunnel's own packets to %s, "
				"%s, into the tunnel; set fwmark and \"rules: fwmark\" with a "
				"table of its own, or add a route to that address",
				prefix_text(&route->to, prefix), ip_text(&lookup->to, address),
				reached_by(lookup, arena)));
}

/* ---- Each address that packets of the tunnel go to ---- */

static int compare_own(const void *a, const void *b)
{
	const struct own_address *left = a, *right = b;

	return ip_compare(&left->ip, &right->ip);
}

static void add_own(struct interface_plan *part, const char *peer, const struct ip *ip)
{
	*vec_push(part->plan->arena, &part->own_addresses) = (struct own_address){ .ip = *ip,
										   .peer = peer };
}

static void add_own_of(struct interface_plan *part, const struct desired_peer *peer)
{
	const struct observed_peer *there = NULL;
	const struct observed_answer *answer = NULL;

	if (!peer->enabled || !peer->endpoint)
		return;
	if (part->in_kernel)
		there = observed_peer_find(part->in_kernel, &peer->public_key);
	if (there && there->has_endpoint)
		add_own(part, peer->name, &there->endpoint.ip);
	if (peer->endpoint_is_literal)
		add_own(part, peer->name, &peer->endpoint_address.ip);
	else
		answer = observed_answer_find(part->observed, peer->endpoint);
	if (!answer)
		return;
	vec_each (address, &answer->addresses)
		add_own(part, peer->name, &address->ip);
}

/* Members that are not selected now may be at any time. */
static void collect_own(struct interface_plan *part)
{
	part->own_addresses_known = true;
	vec_each (peer, &part->interface->peers)
		add_own_of(part, peer);
	desired_each_selector (selector, part->desired, part->interface)
		vec_each (peer, &selector->peers)
			add_own_of(part, peer);
	if (part->own_addresses.n > 1)
		qsort(part->own_addresses.at, part->own_addresses.n, sizeof(struct own_address),
		      compare_own);
}

static int compare_ip(const void *ip, const void *own)
{
	return ip_compare(ip, &((const struct own_address *)own)->ip);
}

static void ask(struct interface_plan *part, struct own_address *own)
{
	if (own->asked || part->observed->read_back)
		return;
	own->asked = true;
	*vec_push(part->plan->arena, &part->plan->needs.lookups) = (struct need_lookup){
		.interface = part->interface->name, .to = own->ip
	};
}

bool plan_route_is_safe(struct interface_plan *part, const struct wanted_route *route)
{
	bool known = true;

	if (!concerns_own_packets(route))
		return true;
	if (!part->own_addresses_known)
		collect_own(part);
	for (size_t i = vec_place(&part->own_addresses, &route->to.ip, compare_ip);
	     i < part->own_addresses.n; i++) {
		struct own_address *own = &part->own_addresses.at[i];
		const struct observed_lookup *lookup;

		if (!prefix_covers(&route->to, &own->ip))
			break;
		lookup = observed_lookup_find(part->observed, part->interface->name, &own->ip);
		if (!lookup) {
			ask(part, own);
			known = false;
		} else if (!goes_on_as_now(part, route, lookup)) {
			refuse(part, route, own->peer, lookup);
			return false;
		}
	}
	return known;
}
