/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <stdlib.h>

/* ---- Would the tunnel's own packets take this route? ---- */

/* A separate table is looked up by rules, which exclude the tunnel's packets, or are the
 * user's responsibility. */
static bool concerns_own_packets(const struct wanted_route *route)
{
	return route->table == TABLE_MAIN;
}

/* The more specific route is used first, and of equals the one with the lower metric. */
static bool goes_on_as_now(const struct interface_plan *part, const struct wanted_route *route,
			   const struct observed_lookup *lookup)
{
	if (!lookup->found || (part->in_kernel && lookup->index == part->in_kernel->index))
		return false;
	if (lookup->table != TABLE_MAIN || lookup->destination.length > route->to.length)
		return true;
	return lookup->destination.length == route->to.length && lookup->metric < route->metric;
}

/* The route is in the kernel, and matches this address. */
static bool is_taken(const struct interface_plan *part, const struct wanted_route *route,
		     const struct observed_lookup *lookup)
{
	return lookup->found && part->in_kernel && lookup->index == part->in_kernel->index &&
	       lookup->table == TABLE_MAIN && prefix_compare(&lookup->destination, &route->to) == 0;
}

/* ---- Reports ---- */

static const char *reached_by(const struct observed_lookup *lookup, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];

	if (!lookup->found)
		return "to which no other route leads now";
	return arena_printf(arena, "which is reached by %s through the route to %s now",
			    lookup->device, prefix_text(&lookup->destination, prefix));
}

static const char *remedy(const struct wanted_route *route, struct arena *arena)
{
	char ip[IP_TEXT_MAX];

	if (route->of_address)
		return arena_printf(arena, "declare %s/%u, and routes to what is meant",
				    ip_text(&route->of_address->ip, ip),
				    family_bits(route->to.ip.family));
	return "set fwmark and \"rules: fwmark\" with a table of its own, or add a route to that "
	       "address";
}

static const char *subject(const struct wanted_route *route, struct arena *arena)
{
	char prefix[PREFIX_TEXT_MAX];

	if (route->of_address)
		return arena_printf(arena, "address %s", prefix_text(route->of_address, prefix));
	return arena_printf(arena, "route %s", prefix_text(&route->to, prefix));
}

static const char *object(const struct own_address *own)
{
	return own->kind == OWN_NAME_SERVER ? "the questions for the endpoint's name"
					    : "the tunnel's own packets";
}

static void refuse(struct interface_plan *part, const struct wanted_route *route,
		   const struct own_address *own, const struct observed_lookup *lookup)
{
	struct arena *arena = part->plan->arena;
	char address[IP_TEXT_MAX];

	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, own->peer,
		   arena_printf(arena,
				"%s not added: it would lead %s to %s, %s, into the tunnel; %s",
				subject(route, arena), object(own), ip_text(&lookup->to, address),
				reached_by(lookup, arena), remedy(route, arena)));
}

static void report_taken(struct interface_plan *part, const struct wanted_route *route,
			 const struct own_address *own, bool withdrawn)
{
	struct arena *arena = part->plan->arena;
	char address[IP_TEXT_MAX];

	plan_event(part->plan, EVENT_PROBLEM, part->interface->name, NULL, own->peer,
		   arena_printf(arena, "%s %sleads %s to %s into the tunnel; %s",
				subject(route, arena), withdrawn ? "withdrawn: it " : "",
				object(own), ip_text(&own->ip, address), remedy(route, arena)));
}

/* ---- Each address that packets of the tunnel go to ---- */

static int compare_own(const void *a, const void *b)
{
	const struct own_address *left = a, *right = b;
	int by_ip = ip_compare(&left->ip, &right->ip);

	return by_ip ? by_ip : (left->kind > right->kind) - (left->kind < right->kind);
}

static void add_own(struct interface_plan *part, enum own_kind kind, const char *peer,
		    const struct ip *ip)
{
	*vec_push(part->plan->arena, &part->own_addresses) = (struct own_address){ .ip = *ip,
										   .kind = kind,
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
		add_own(part, peer->endpoint_is_literal ? OWN_ROAMED : OWN_ENDPOINT, peer->name,
			&there->endpoint.ip);
	if (peer->endpoint_is_literal)
		add_own(part, OWN_ENDPOINT, peer->name, &peer->endpoint_address.ip);
	else
		answer = observed_answer_find(part->observed, peer->endpoint);
	if (!answer)
		return;
	vec_each (address, &answer->addresses)
		add_own(part, OWN_ENDPOINT, peer->name, &address->ip);
}

/* A live peer with a learned endpoint is reached there. */
static void add_roamed(struct interface_plan *part)
{
	if (!part->in_kernel)
		return;
	vec_each (peer, &part->in_kernel->peers)
		if (peer->has_endpoint && plan_is_alive(part, peer))
			add_own(part, OWN_ROAMED, plan_name_of(part, &peer->public_key),
				&peer->endpoint.ip);
}

/* Currently unselected members may be selected at any time. */
static void collect_own(struct interface_plan *part)
{
	part->own_addresses_known = true;
	vec_each (peer, &part->interface->peers)
		add_own_of(part, peer);
	desired_each_selector (selector, part->desired, part->interface)
		vec_each (peer, &selector->peers)
			add_own_of(part, peer);
	add_roamed(part);
	vec_each (server, &part->observed->name_servers)
		add_own(part, OWN_NAME_SERVER, NULL, server);
	if (part->own_addresses.n > 1)
		qsort(part->own_addresses.at, part->own_addresses.n, sizeof(struct own_address),
		      compare_own);
}

static int compare_ip(const void *ip, const void *own)
{
	return ip_compare(ip, &((const struct own_address *)own)->ip);
}

void plan_ask_lookup(struct interface_plan *part, const struct ip *to)
{
	if (part->observed->read_back)
		return;
	*vec_push(part->plan->arena, &part->plan->queries.lookups) = (struct query_lookup){
		.interface = part->interface->name, .to = *to
	};
}

static void ask(struct interface_plan *part, struct own_address *own)
{
	if (own->asked)
		return;
	own->asked = true;
	plan_ask_lookup(part, &own->ip);
}

/* The next own address that the route covers, from index place; NULL: none. */
static struct own_address *next_covered(struct interface_plan *part,
					const struct wanted_route *route, size_t *place)
{
	if (!part->own_addresses_known)
		collect_own(part);
	if (*place == SIZE_MAX)
		*place = vec_place(&part->own_addresses, &route->to.ip, compare_ip);
	if (*place < part->own_addresses.n &&
	    prefix_covers(&route->to, &part->own_addresses.at[*place].ip))
		return &part->own_addresses.at[(*place)++];
	return NULL;
}

/* Whether this address is relevant for the route, present in the kernel or not. */
static bool counts(struct interface_plan *part, const struct wanted_route *route,
		   const struct own_address *own, bool present)
{
	if (own->kind != OWN_NAME_SERVER)
		return true;
	/* An address in a private network, other than all traffic, is itself behind the tunnel. */
	if (route->of_address || (!plan_is_default(&route->to) && ip_is_private(&own->ip)))
		return false;
	return plan_peer_asking(part, present) != NULL;
}

bool plan_route_is_safe(struct interface_plan *part, const struct wanted_route *route)
{
	size_t place = SIZE_MAX;
	struct own_address *own;
	bool known = true;

	if (!concerns_own_packets(route))
		return true;
	if (plan_is_default(&route->to) && plan_all_traffic_waits(part, false))
		return false;
	while ((own = next_covered(part, route, &place))) {
		const struct observed_lookup *lookup;

		if (!counts(part, route, own, false))
			continue;
		lookup = observed_lookup_find(part->observed, part->interface->name, &own->ip);
		if (!lookup) {
			ask(part, own);
			known = false;
		} else if (!goes_on_as_now(part, route, lookup)) {
			refuse(part, route, own, lookup);
			return false;
		}
	}
	return known;
}

/* A roamed endpoint removes no route: otherwise a peer could remove other peers' routes. */
bool plan_route_catches(struct interface_plan *part, const struct wanted_route *route)
{
	size_t place = SIZE_MAX;
	struct own_address *own;

	if (!concerns_own_packets(route))
		return false;
	if (plan_is_default(&route->to) && plan_all_traffic_waits(part, true))
		return true;
	while ((own = next_covered(part, route, &place))) {
		const struct observed_lookup *lookup;
		bool withdrawn = own->kind != OWN_ROAMED && !route->of_address;

		if (!counts(part, route, own, true))
			continue;
		lookup = observed_lookup_find(part->observed, part->interface->name, &own->ip);
		if (!lookup) {
			ask(part, own);
		} else if (is_taken(part, route, lookup)) {
			report_taken(part, route, own, withdrawn);
			return withdrawn;
		}
	}
	return false;
}

/* ---- The network of an address, to which the kernel adds a route ---- */

static struct wanted_route route_of(const struct desired_address *address)
{
	return (struct wanted_route){ .to = desired_address_network(address),
				      .table = TABLE_MAIN,
				      .of_address = &address->prefix };
}

static bool has_network(const struct desired_address *address)
{
	return address->prefix.length < family_bits(address->prefix.ip.family);
}

bool plan_address_is_safe(struct interface_plan *part, const struct desired_address *address)
{
	const struct wanted_route route = route_of(address);

	return !has_network(address) || plan_route_is_safe(part, &route);
}

void plan_address_check(struct interface_plan *part, const struct desired_address *address)
{
	const struct wanted_route route = route_of(address);

	if (has_network(address))
		plan_route_catches(part, &route);
}
