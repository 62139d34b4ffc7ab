/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <stdlib.h>

/* ---- Desired routes ---- */

static int compare_numbers(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_wanted(const void *a, const void *b)
{
	const struct wanted_route *left = a, *right = b;
	int by_place = prefix_compare(&left->to, &right->to);

	return by_place ? by_place : compare_numbers(left->table, right->table);
}

/* The kernel itself adds the route to the network of an address. */
static bool is_connected(const struct interface_plan *part, const struct prefix *prefix)
{
	if (part->interface->table != TABLE_MAIN)
		return false;
	vec_each (address, &part->interface->addresses) {
		struct prefix network = desired_address_network(address);

		if (prefix_compare(&network, prefix) == 0)
			return true;
	}
	return false;
}

struct wanted_routes {
	VEC(struct wanted_route) list; /* sorted by destination and table */
};

static void want_via(const struct interface_plan *part, struct wanted_routes *wanted)
{
	vec_each (via, &part->interface->via_routes) {
		if (!via->enabled)
			continue;
		*vec_push(part->plan->arena,
			  &wanted->list) = (struct wanted_route){ .to = via->to,
								  .table = via->table,
								  .metric = via->metric,
								  .source = via->source };
	}
}

/* Whether the prefix has a declared route of its own, in the first via_n, which are sorted.
 * Routes through disabled peers do not count. */
static bool is_via(const struct wanted_routes *wanted, size_t via_n, const struct prefix *prefix)
{
	return via_n &&
	       bsearch(prefix, wanted->list.at, via_n, sizeof(*wanted->list.at), prefix_order);
}

/* Without a kill switch all traffic uses the main table until a peer accepts it. */
static bool is_useless(const struct interface_plan *part, const struct prefix_owner *owner)
{
	return part->interface->rules == RULES_FWMARK && !part->interface->kill_switch &&
	       plan_is_default(&owner->prefix) && plan_lacks_endpoint(part, owner->owner);
}

static void want_policy(const struct interface_plan *part, struct wanted_routes *wanted)
{
	const size_t via_n = wanted->list.n;

	vec_each (owner, &part->owners) {
		/* The network of the interface's own address covers those of the peers. */
		if (part->interface->facts.enabled && ip_is_link_local(&owner->prefix.ip))
			continue;
		if (is_via(wanted, via_n, &owner->prefix) || is_connected(part, &owner->prefix) ||
		    is_useless(part, owner))
			continue;
		*vec_push(part->plan->arena, &wanted->list) = (struct wanted_route){
			.to = owner->prefix,
			.table = part->interface->table,
			.metric = part->interface->metric
		};
	}
}

/* Includes default routes of inactive members: WireGuard rejects packets while none is
 * active, as with wg-quick's route, which stays. The kernel's source address check
 * (rp_filter) accepts this, but not an unreachable route. */
static void want_closed(const struct interface_plan *part, struct wanted_routes *wanted)
{
	vec_each (selector, &part->desired->selectors) {
		if (selector->interface != part->interface)
			continue;
		vec_each (peer, &selector->peers) {
			vec_each (prefix, &peer->allowed_ips) {
				if (!peer->enabled || !plan_is_default(prefix))
					continue;
				*vec_push(part->plan->arena, &wanted->list) = (struct wanted_route){
					.to = *prefix,
					.table = part->interface->table,
					.metric = part->interface->metric
				};
			}
		}
	}
}

/* Several active peers of a selector may have the same prefix. */
static void each_once(struct wanted_routes *wanted)
{
	size_t n = 0;

	vec_each (route, &wanted->list)
		if (!n || compare_wanted(&wanted->list.at[n - 1], route) != 0)
			wanted->list.at[n++] = *route;
	wanted->list.n = n;
}

static void collect_wanted(const struct interface_plan *part, struct wanted_routes *wanted)
{
	want_via(part, wanted);
	if (part->interface->routes == ROUTES_ALLOWED_IPS) {
		want_policy(part, wanted);
		if (part->interface->rules == RULES_FWMARK && part->interface->kill_switch)
			want_closed(part, wanted);
	}
	if (wanted->list.n > 1)
		qsort(wanted->list.at, wanted->list.n, sizeof(wanted->list.at[0]), compare_wanted);
	each_once(wanted);
}

/* ---- Existing routes ---- */

/* By destination, for merging desired and observed routes. */
static int compare_routes(const void *a, const void *b)
{
	const struct observed_route *const *left = a, *const *right = b;

	return prefix_compare(&(*left)->destination, &(*right)->destination);
}

struct routes {
	VEC(const struct observed_route *) list; /* in the kernel, on this interface, sorted */
};

static void collect_routes(const struct interface_plan *part, struct routes *routes)
{
	if (!part->in_kernel)
		return;
	vec_each (route, &part->observed->routes)
		if (route->index == part->in_kernel->index)
			*vec_push(part->plan->arena, &routes->list) = route;
	if (routes->list.n > 1)
		qsort(routes->list.at, routes->list.n, sizeof(routes->list.at[0]), compare_routes);
}

/* ---- The difference ---- */

static bool same_ip(const struct ip *a, const struct ip *b)
{
	return ip_compare(a, b) == 0;
}

static bool same_place(const struct wanted_route *wanted, const struct observed_route *route)
{
	return route->table == wanted->table &&
	       (!wanted->metric || route->metric == wanted->metric);
}

/* A declared metric or source must match; otherwise any foreign route matches. */
static bool serves(const struct wanted_route *wanted, const struct observed_route *route)
{
	if (!same_place(wanted, route))
		return false;
	return same_ip(&wanted->source, &route->source) ||
	       (!wanted->source.family && route->protocol != OWNER_PROTOCOL);
}

/* All routes of one destination. */
struct destination {
	const struct wanted_route *wanted;
	size_t wanted_n;
	const struct observed_route *const *there;
	size_t there_n;
};

/* Time and mode of adding a route. */
struct place {
	bool late; /* after the changes of addresses */
	bool again; /* the kernel removes it */
	bool beside; /* a similar one is removed later */
};

static bool is_kept(const struct interface_plan *part, const struct observed_route *route,
		    struct place *place)
{
	enum route_fate fate = plan_route_fate(part, route);

	place->again |= fate == ROUTE_GOES;
	place->late |= fate == ROUTE_GOES;
	place->beside |= fate == ROUTE_GOES_AT_LAST;
	return fate == ROUTE_STAYS;
}

/* Whether another interface of this instance has the route now, to be removed: until then
 * packets use either. */
static bool is_passed_on(const struct interface_plan *part, const struct wanted_route *wanted)
{
	vec_each (route, &part->observed->routes)
		if (route->protocol == OWNER_PROTOCOL && route->table == wanted->table &&
		    route->metric == wanted->metric &&
		    (!part->in_kernel || route->index != part->in_kernel->index) &&
		    prefix_compare(&route->destination, &wanted->to) == 0)
			return true;
	return false;
}

static void add_route(struct interface_plan *part, const struct destination *destination,
		      const struct wanted_route *wanted)
{
	const struct observed_route *old = NULL;
	struct place place = { .late = !plan_source_is_early(part, &wanted->source) };
	struct change *change;

	for (size_t i = 0; i < destination->there_n; i++) {
		const struct observed_route *route = destination->there[i];

		if (serves(wanted, route) && is_kept(part, route, &place)) {
			if (plan_route_catches(part, wanted) && route->protocol == OWNER_PROTOCOL)
				plan_remove_route(part->plan, part->interface->name, route)
					->reason = "what the tunnel needs would go into it";
			return;
		}
		if (route->protocol == OWNER_PROTOCOL && route->table == wanted->table &&
		    route->metric == wanted->metric && plan_route_fate(part, route) == ROUTE_STAYS)
			old = route;
	}
	if (plan_is_followed(part, wanted) ||
	    (!old && !place.late && !plan_route_is_safe(part, wanted)))
		return;
	change = plan_part_change(part, CHANGE_ROUTE_ADD);
	change->prefix = wanted->to;
	change->table = wanted->table;
	change->metric = wanted->metric;
	change->source = wanted->source;
	change->replaces = old;
	change->beside = !old && (place.beside || is_passed_on(part, wanted));
	change->late = place.late;
	change->reason = old	       ? "its source changed"
			 : place.again ? "the kernel removes it with the old address"
				       : NULL;
}

struct change *plan_remove_route(struct plan *plan, const char *interface,
				 const struct observed_route *route)
{
	struct change *change = change_add(&plan->changes, CHANGE_ROUTE_REMOVE, interface);

	change->prefix = route->destination;
	change->table = route->table;
	change->metric = route->metric;
	return change;
}

/* One with the same key but another source is not removed: it is replaced. */
static void keep_or_remove(struct interface_plan *part, const struct destination *destination,
			   const struct observed_route *route)
{
	if (route->protocol != OWNER_PROTOCOL)
		return;
	for (size_t i = 0; i < destination->wanted_n; i++) {
		const struct wanted_route *wanted = &destination->wanted[i];

		if (serves(wanted, route) ||
		    (route->table == wanted->table && route->metric == wanted->metric))
			return;
	}
	plan_remove_route(part->plan, part->interface->name, route);
}

static void settle(struct interface_plan *part, const struct destination *destination)
{
	for (size_t i = 0; i < destination->wanted_n; i++)
		add_route(part, destination, &destination->wanted[i]);
	for (size_t i = 0; i < destination->there_n; i++)
		keep_or_remove(part, destination, destination->there[i]);
}

/* The next destination of both lists, whose positions are advanced. */
static bool next_destination(const struct wanted_routes *wanted, const struct routes *routes,
			     size_t *i, size_t *j, struct destination *next)
{
	const struct prefix *to = *i < wanted->list.n ? &wanted->list.at[*i].to : NULL;
	const struct prefix *there = *j < routes->list.n ? &routes->list.at[*j]->destination : NULL;

	if (!to || (there && prefix_compare(there, to) < 0))
		to = there;
	if (!to)
		return false;
	*next = (struct destination){
		.wanted = *i < wanted->list.n ? &wanted->list.at[*i] : NULL,
		.there = *j < routes->list.n ? &routes->list.at[*j] : NULL,
	};
	while (*i < wanted->list.n && prefix_compare(&wanted->list.at[*i].to, to) == 0)
		(*i)++, next->wanted_n++;
	while (*j < routes->list.n && prefix_compare(&routes->list.at[*j]->destination, to) == 0)
		(*j)++, next->there_n++;
	return true;
}

void plan_routes(struct interface_plan *part)
{
	struct wanted_routes wanted = { 0 };
	struct routes routes = { 0 };
	struct destination destination;
	size_t i = 0, j = 0;

	collect_wanted(part, &wanted);
	collect_routes(part, &routes);
	while (next_destination(&wanted, &routes, &i, &j, &destination))
		settle(part, &destination);
}
