/* SPDX-License-Identifier: MIT */
/*
 * What two interfaces cannot both have: in one table the kernel has one route to a
 * prefix with one metric, and packets of a full tunnel must not be looked up where a
 * full tunnel's route stands.
 */
#include "desired_check.h"

#include <stdlib.h>

/* A route that an interface would make. */
struct made_route {
	struct prefix to;
	uint32_t table, metric;
	size_t interface; /* index */
};

struct made_routes {
	VEC(struct made_route) list;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int same_route(const struct made_route *a, const struct made_route *b)
{
	int order = prefix_compare(&a->to, &b->to);

	if (!order)
		order = compare_numbers(a->table, b->table);
	return order ? order : compare_numbers(a->metric, b->metric);
}

static int route_order(const void *a_, const void *b_)
{
	const struct made_route *a = a_, *b = b_;
	int order = same_route(a, b);

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

/* The kernel makes the route to an address's network. */
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

/* The routes that the policy makes for a peer's allowed IPs. */
static void collect_peer(struct arena *arena, const struct desired *desired, size_t index,
			 const struct desired_peer *peer, struct made_routes *routes)
{
	const struct desired_interface *interface = &desired->interfaces.at[index];

	if (!peer->enabled || interface->routes != ROUTES_ALLOWED_IPS)
		return;
	vec_each (prefix, &peer->allowed_ips) {
		/* A link-local prefix is another on each link. */
		if (is_via(interface, prefix) || is_connected(interface, prefix) ||
		    ip_is_link_local(&prefix->ip))
			continue;
		*vec_push(arena, &routes->list) = (struct made_route){ *prefix, interface->table,
								       interface->metric, index };
	}
}

static void collect_routes(struct arena *arena, const struct desired *desired,
			   struct made_routes *routes)
{
	for (size_t i = 0; i < desired->interfaces.n; i++) {
		const struct desired_interface *interface = &desired->interfaces.at[i];

		vec_each (peer, &interface->peers)
			collect_peer(arena, desired, i, peer, routes);
		vec_each (route, &interface->via_routes) {
			if (route->enabled)
				*vec_push(arena, &routes->list) = (struct made_route){
					route->to, route->table, route->metric, i
				};
		}
	}
	vec_each (selector, &desired->selectors) {
		size_t i = selector->interface ? (size_t)(selector->interface -
							  desired->interfaces.at)
					       : desired->interfaces.n;

		vec_each (peer, &selector->peers) {
			if (i < desired->interfaces.n)
				collect_peer(arena, desired, i, peer, routes);
		}
	}
}

static const struct tree_node *node_at(const struct tree_node *interfaces, size_t index)
{
	const struct tree_node *node = interfaces->first;

	while (index--)
		node = node->next;
	return node;
}

static void route_twice(struct diags *diags, const struct tree_node *interfaces,
			const struct made_route *first, const struct made_route *route)
{
	const struct tree_node *before = node_at(interfaces, first->interface);
	const struct tree_node *node = node_at(interfaces, route->interface);
	char text[PREFIX_TEXT_MAX];

	tree_key_error(
		diags, node,
		"its route to %s is in table %s%s, as that of %s (%s) is: the kernel has one, "
		"so give one of the two another table (and fwmark) or metric, or routes: none",
		prefix_text(&route->to, text),
		route->table == TABLE_MAIN ? "main"
					   : arena_printf(diags->arena, "%u", route->table),
		route->metric ? arena_printf(diags->arena, " with metric %u", route->metric) : "",
		tree_path(diags->arena, before), tree_place(diags->arena, before));
}

/* One error for two interfaces, however many routes they share. */
static void check_routes(struct diags *diags, const struct tree_node *interfaces,
			 struct made_routes *routes, size_t n)
{
	size_t *reported = arena_alloc(diags->arena, (n + 1) * sizeof(*reported));
	const struct made_route *first = NULL;

	if (routes->list.n)
		qsort(routes->list.at, routes->list.n, sizeof(*routes->list.at), route_order);
	vec_each (route, &routes->list) {
		if (!first || same_route(first, route) != 0) {
			first = route;
			continue;
		}
		if (first->interface == route->interface ||
		    reported[route->interface] == first->interface + 1)
			continue;
		reported[route->interface] = first->interface + 1;
		route_twice(diags, interfaces, first, route);
	}
}

/* "not fwmark A lookup T" catches what has the mark B, which is to stay out of T. */
static void check_marks(struct diags *diags, const struct tree_node *interfaces,
			const struct desired *desired, size_t index)
{
	const struct desired_interface *interface = &desired->interfaces.at[index];

	for (size_t i = 0; i < index && interface->rules == RULES_FWMARK; i++) {
		const struct desired_interface *before = &desired->interfaces.at[i];
		const struct tree_node *node;

		if (before->rules != RULES_FWMARK || before->table != interface->table ||
		    before->fwmark == interface->fwmark)
			continue;
		node = node_at(interfaces, i);
		tree_key_error(
			diags, node_at(interfaces, index),
			"its rules lead to table %u, as those of %s (%s) do, and its fwmark is "
			"another: packets of either tunnel would go into the table, so give "
			"both the same fwmark, or each its own table",
			interface->table, tree_path(diags->arena, node),
			tree_place(diags->arena, node));
		return;
	}
}

void check_overlap(struct diags *diags, const struct tree_node *interfaces,
		   const struct desired *desired, struct arena *scratch)
{
	struct made_routes routes = { 0 };

	if (desired->interfaces.n < 2)
		return;
	collect_routes(scratch, desired, &routes);
	check_routes(diags, interfaces, &routes, desired->interfaces.n);
	for (size_t i = 1; i < desired->interfaces.n; i++)
		check_marks(diags, interfaces, desired, i);
}
