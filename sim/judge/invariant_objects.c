/* SPDX-License-Identifier: MIT */
#include "invariant_parts.h"
#include "trace/state_line.h"
#include "trace/wording.h"

/* Effects of a fault on a network appear a little later: addresses that are checked for
 * duplicates, routes that go with a carrier. */
#define SETTLING_MS 2000

static const struct record_interface *interface_in(const struct record_state *state,
						   const char *name)
{
	vec_each (interface, &state->interfaces) {
		if (!strcmp(interface->name, name))
			return interface;
	}
	return NULL;
}

/* ---- Active peers ---- */

static void check_selector(struct history *history, const struct node_history *node,
			   const struct record *record, const struct declared *declared)
{
	const struct desired_selector *selector = declared->selector;
	const struct record_interface *interface = interface_in(&record->state,
								selector->interface->name);
	VEC(const char *) carriers = { 0 };
	struct arena *arena;

	if (!interface)
		return;
	arena = arena_new();
	vec_each (peer, &interface->peers) {
		if (peer->allowed_ips.n && name_set_has(&declared->peers, peer->name))
			*vec_push(arena, &carriers) = peer->name;
	}
	if (carriers.n > selector->active)
		violate(history, INVARIANT_CARRIERS, node, record->at,
			"%zu peers of %s have allowed IPs, and active is %u: %s", carriers.n,
			selector->name, selector->active,
			names_text(arena, carriers.at, carriers.n));
	arena_free(arena);
}

void check_carriers(struct history *history, const struct node_history *node,
		    const struct record *record)
{
	vec_each (declared, &node->invariants->basis->selectors)
		check_selector(history, node, record, declared);
}

/* ---- Our own objects left over ---- */

static const struct declared *declared_interface(const struct basis *basis, const char *name)
{
	vec_each (declared, &basis->interfaces) {
		if (!strcmp(declared->interface->name, name))
			return declared;
	}
	return NULL;
}

static bool address_is_declared(const struct basis *basis, const struct address_line *address)
{
	const struct declared *declared = declared_interface(basis, address->interface);

	if (!declared)
		return false;
	/* Of the exchange of facts, derived from the interface's key. */
	if (declared->interface->facts.enabled && address->prefix.length == 64 &&
	    ip_is_link_local(&address->prefix.ip))
		return true;
	vec_each (one, &declared->interface->addresses) {
		const struct prefix *prefix = &one->prefix;

		if (!prefix_compare(prefix, &address->prefix))
			return true;
	}
	return false;
}

static bool is_carried(const struct record_interface *interface, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_text(prefix, text);
	vec_each (peer, &interface->peers) {
		vec_each (allowed, &peer->allowed_ips) {
			if (!strcmp(*allowed, text))
				return true;
		}
	}
	return false;
}

static bool has_via_route(const struct desired_interface *interface, const struct route_line *route)
{
	vec_each (via, &interface->via_routes) {
		if (!prefix_compare(&via->to, &route->to) && via->table == route->table &&
		    (!via->metric || via->metric == route->metric))
			return true;
	}
	return false;
}

static bool has_prefix(const struct desired_peer *peer, const struct prefix *sought)
{
	vec_each (prefix, &peer->allowed_ips) {
		if (!prefix_compare(prefix, sought))
			return true;
	}
	return false;
}

/* The default route, or a half of it, of a selector's members: a kill switch keeps it while no
 * member is active. */
static bool is_held(const struct basis *basis, const struct desired_interface *interface,
		    const struct route_line *route)
{
	if (!interface->kill_switch || interface->rules != RULES_FWMARK ||
	    interface->table != route->table || route->to.length > 1)
		return false;
	vec_each (declared, &basis->selectors) {
		if (declared->selector->interface != interface)
			continue;
		vec_each (peer, &declared->selector->peers) {
			if (peer->enabled && has_prefix(peer, &route->to))
				return true;
		}
	}
	return false;
}

/* Directly, or because its destination is an allowed IP of a peer. */
static bool route_is_declared(const struct basis *basis, const struct record_state *state,
			      const struct route_line *route)
{
	const struct declared *declared = declared_interface(basis, route->interface);
	const struct record_interface *interface = interface_in(state, route->interface);

	if (!declared || !interface)
		return false;
	if (is_held(basis, declared->interface, route))
		return true;
	if (!is_carried(interface, &route->to))
		return false;
	return has_via_route(declared->interface, route) ||
	       (declared->interface->routes == ROUTES_ALLOWED_IPS &&
		declared->interface->table == route->table);
}

static void check_peers(struct history *history, const struct node_history *node,
			const struct record *record, const struct declared *declared)
{
	const struct record_interface *interface = interface_in(&record->state,
								declared->interface->name);

	/* Facts add peers. */
	if (!interface || declared->interface->unmanaged_peers != UNMANAGED_REMOVE ||
	    declared->interface->facts.enabled)
		return;
	vec_each (peer, &interface->peers) {
		if (!name_set_has(&declared->peers, peer->name))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"peer %s is left over on %s", peer->name, interface->name);
	}
}

static void check_interfaces(struct history *history, const struct node_history *node,
			     const struct record *record)
{
	const struct node_invariants *invariants = node->invariants;

	vec_each (created, &invariants->created) {
		if (!declared_interface(invariants->basis, *created) &&
		    interface_in(&record->state, *created))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"interface %s is left over", *created);
	}
	vec_each (declared, &invariants->basis->interfaces)
		check_peers(history, node, record, declared);
}

void check_left_over(struct history *history, const struct node_history *node,
		     const struct record *record)
{
	const struct basis *basis = node->invariants->basis;
	const struct record_state *state = &record->state;
	struct address_line address;
	struct route_line route;

	vec_each (line, &state->addresses) {
		if (address_line_read(*line, &address) && address.ours &&
		    !address_is_declared(basis, &address))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"address %s is left over", *line);
	}
	vec_each (line, &state->routes) {
		if (route_line_read(*line, &route) && route.ours &&
		    !route_is_declared(basis, state, &route))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"route %s is left over", *line);
	}
	check_interfaces(history, node, record);
}

/* ---- Foreign objects ---- */

/* A line with the same index is usually equal. */
static bool has_line(const char *const *lines, size_t n, size_t first, const char *line)
{
	if (first < n && !strcmp(lines[first], line))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(lines[i], line))
			return true;
	}
	return false;
}

static bool is_foreign_address(const struct node *node, const char *line)
{
	struct address_line address;

	return address_line_read(line, &address) && !address.ours &&
	       node_attachment(node, address.interface);
}

static bool is_foreign_route(const struct node *node, const char *line)
{
	struct route_line route;

	return route_line_read(line, &route) && !route.ours &&
	       node_attachment(node, route.interface);
}

void check_foreign(struct history *history, const struct node_history *node,
		   const struct record *record)
{
	const struct record_state *before = &node->state.state, *after = &record->state;
	const msec_t disturbed_at = node->invariants->disturbed_at;

	if (node->state.at < 0 ||
	    (disturbed_at >= 0 && node->state.at <= disturbed_at + SETTLING_MS))
		return;
	for (size_t i = 0; i < before->addresses.n; i++) {
		const char *line = before->addresses.at[i];

		if (!has_line(after->addresses.at, after->addresses.n, i, line) &&
		    is_foreign_address(node->node, line))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"address %s, which others made, is gone", line);
	}
	for (size_t i = 0; i < before->routes.n; i++) {
		const char *line = before->routes.at[i];

		if (!has_line(after->routes.at, after->routes.n, i, line) &&
		    is_foreign_route(node->node, line))
			violate(history, INVARIANT_OBJECTS, node, record->at,
				"route %s, which others made, is gone", line);
	}
}
