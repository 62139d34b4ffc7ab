/* SPDX-License-Identifier: MIT */
/*
 * Conflicts of two interfaces: in one table the kernel has one route to a prefix with one
 * metric, and a full tunnel's packets must not be looked up in a table with a full tunnel's
 * route.
 */
#include "desired_conflict_parts.h"

#include <stdlib.h>

/* A route of an interface. */
struct made_route {
	struct prefix to;
	uint32_t table, metric;
	size_t interface; /* index */
	/* For an allowed IP; NULL: a separate route. */
	struct desired_peer *peer;
	const struct desired_selector *selector;
	size_t allowed_ip; /* index */
};

struct made_routes {
	VEC(struct made_route) list;
};

static int same_route(const struct made_route *a, const struct made_route *b)
{
	int order = prefix_compare(&a->to, &b->to);

	if (!order)
		order = compare_numbers(a->table, b->table);
	return order ? order : compare_numbers(a->metric, b->metric);
}

static const struct declaration *declared_of(const struct made_route *route)
{
	static const struct declaration of_file = { .origin = ORIGIN_FILE };

	return route->peer ? &route->peer->allowed_ips_declared.at[route->allowed_ip].declared
			   : &of_file;
}

static int route_order(const void *a_, const void *b_)
{
	const struct made_route *a = a_, *b = b_;
	int order = same_route(a, b);

	if (!order)
		order = compare_numbers(declared_of(a)->origin, declared_of(b)->origin);
	return order ? order : compare_numbers(a->interface, b->interface);
}

static int compare_to(const void *prefix, const void *route)
{
	return prefix_compare(prefix, &((const struct desired_route *)route)->to);
}

static bool is_via(const struct desired_interface *interface, const struct prefix *to)
{
	size_t i = vec_place(&interface->via_routes, to, compare_to);

	return i < interface->via_routes.n &&
	       prefix_compare(&interface->via_routes.at[i].to, to) == 0;
}

/* The kernel adds the route to an address's network. */
static bool is_connected(const struct desired_interface *interface, const struct prefix *to)
{
	if (interface->table != TABLE_MAIN)
		return false;
	vec_each (address, &interface->addresses) {
		struct prefix network = desired_address_network(address);

		if (prefix_compare(&network, to) == 0)
			return true;
	}
	return false;
}

/* The routes that the policy makes for the allowed IPs of peers. */
static void collect_peers(const struct checking *checking, size_t index, struct desired_peer *peers,
			  size_t n, const struct desired_selector *selector,
			  struct made_routes *routes)
{
	const struct desired_interface *interface = &checking->desired->interfaces.at[index];

	for (size_t of = 0; of < n; of++) {
		struct desired_peer *peer = &peers[of];

		if (!peer->enabled || interface->routes != ROUTES_ALLOWED_IPS)
			continue;
		for (size_t i = 0; i < peer->allowed_ips.n; i++) {
			const struct prefix *prefix = &peer->allowed_ips.at[i];

			/* A link-local prefix is distinct on each link. */
			if (is_via(interface, prefix) || is_connected(interface, prefix) ||
			    ip_is_link_local(&prefix->ip))
				continue;
			*vec_push(checking->scratch, &routes->list) = (struct made_route){
				*prefix, interface->table, interface->metric, index, peer, selector,
				i
			};
		}
	}
}

static void collect_routes(const struct checking *checking, struct made_routes *routes)
{
	const struct desired *desired = checking->desired;

	for (size_t i = 0; i < desired->interfaces.n; i++) {
		const struct desired_interface *interface = &desired->interfaces.at[i];

		collect_peers(checking, i, interface->peers.at, interface->peers.n, NULL, routes);
		vec_each (route, &interface->via_routes) {
			if (route->enabled)
				*vec_push(checking->scratch, &routes->list) = (struct made_route){
					.to = route->to,
					.table = route->table,
					.metric = route->metric,
					.interface = i,
				};
		}
		desired_each_selector (selector, desired, interface)
			collect_peers(checking, i, selector->peers.at, selector->peers.n, selector,
				      routes);
	}
}

/* "in table main with metric 7" */
static const char *table_text(struct arena *arena, const struct made_route *route)
{
	const char *table = route->table == TABLE_MAIN ? "main"
						       : arena_printf(arena, "%u", route->table);

	if (!route->metric)
		return arena_printf(arena, "in table %s", table);
	return arena_printf(arena, "in table %s with metric %u", table, route->metric);
}

static const char *place_of(const struct checking *checking, const struct made_route *route)
{
	const struct desired_interface *interface =
		&checking->desired->interfaces.at[route->interface];
	const struct declaration *declared = declared_of(route);

	return declaration_text(declared, interface->where, checking->diags->arena);
}

static void route_twice(const struct checking *checking, const struct made_route *first,
			const struct made_route *route)
{
	const struct desired_interface *interfaces = checking->desired->interfaces.at;
	const struct desired_interface *interface = &interfaces[route->interface];
	struct arena *arena = checking->diags->arena;
	char text[PREFIX_TEXT_MAX];

	diag_error(checking->diags, interface->where, interface_path(checking, interface),
		   "its route to %s is %s, as that of %s (%s) is: the kernel has one, so give one "
		   "of the two another table (and fwmark) or metric, or routes: none",
		   prefix_text(&route->to, text), table_text(arena, route),
		   interface_path(checking, &interfaces[first->interface]),
		   place_of(checking, first));
}

static void leave_out(const struct checking *checking, const struct made_route *first,
		      const struct made_route *route)
{
	const struct desired_interface *interfaces = checking->desired->interfaces.at;
	struct desired_allowed_ip *declared =
		&route->peer->allowed_ips_declared.at[route->allowed_ip];
	char text[PREFIX_TEXT_MAX];

	declared->declared.left_out = true;
	diag_warning(
		checking->diags, declared->declared.where,
		peer_path(checking, &interfaces[route->interface], route->selector, route->peer),
		"allowed IP %s (%s) is left out: its route is %s, as that of %s (%s) is",
		prefix_text(&route->to, text), place_of(checking, route),
		table_text(checking->diags->arena, route),
		interface_path(checking, &interfaces[first->interface]), place_of(checking, first));
}

/* One error for two interfaces, however many routes they share. */
static void check_routes(const struct checking *checking, struct made_routes *routes)
{
	size_t n = checking->desired->interfaces.n;
	size_t *reported = arena_alloc(checking->scratch, (n + 1) * sizeof(*reported));
	const struct made_route *first = NULL;

	if (routes->list.n)
		qsort(routes->list.at, routes->list.n, sizeof(*routes->list.at), route_order);
	vec_each (route, &routes->list) {
		if (!first || same_route(first, route) != 0) {
			first = route;
			continue;
		}
		if (first->interface == route->interface)
			continue;
		if (declared_of(route)->origin != ORIGIN_FILE) {
			leave_out(checking, first, route);
		} else if (reported[route->interface] != first->interface + 1) {
			reported[route->interface] = first->interface + 1;
			route_twice(checking, first, route);
		}
	}
}

/* "not fwmark A lookup T" catches what has the mark B, which must not use T. */
static void check_marks(const struct checking *checking, size_t index)
{
	const struct desired_interface *interfaces = checking->desired->interfaces.at;
	const struct desired_interface *interface = &interfaces[index];

	for (size_t i = 0; i < index && interface->rules == RULES_FWMARK; i++) {
		const struct desired_interface *before = &interfaces[i];
		const struct made_route place = { .interface = i };

		if (before->rules != RULES_FWMARK || before->table != interface->table ||
		    before->fwmark == interface->fwmark)
			continue;
		diag_error(checking->diags, interface->where, interface_path(checking, interface),
			   "its rules lead to table %u, as those of %s (%s) do, and its fwmark is "
			   "another: packets of either tunnel would go into the table, so give "
			   "both the same fwmark, or each its own table",
			   interface->table, interface_path(checking, before),
			   place_of(checking, &place));
		return;
	}
}

void check_overlap(const struct checking *checking)
{
	struct made_routes routes = { 0 };

	if (checking->desired->interfaces.n < 2)
		return;
	collect_routes(checking, &routes);
	check_routes(checking, &routes);
	for (size_t i = 1; i < checking->desired->interfaces.n; i++)
		check_marks(checking, i);
}
