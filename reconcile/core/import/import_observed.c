/* SPDX-License-Identifier: MIT */
/*
 * The kernel's state as a desired state for which the plan is empty. State without an
 * equivalent becomes a comment.
 */
#include "import_parts.h"

#include "core/desired/desired_default.h"

#include <stdlib.h>

/* The MTU that WireGuard gives an interface: ETH_DATA_LEN less the outer IPv6
 * and UDP headers and its own (wg_setup() in drivers/net/wireguard/device.c). */
#define WIREGUARD_MTU 1420
/* linux/if_addr.h: IFAPROT_KERNEL_LO to IFAPROT_KERNEL_LL are the kernel's own. */
#define KERNEL_ADDRESS_FIRST 1
#define KERNEL_ADDRESS_LAST 3
/* Number of characters of the key in a peer's name. */
#define NAME_CHARACTERS 8
/* desired_yaml's, see there. */
#define RULE_PRIORITY_MAX 32764

struct show {
	struct importer importer;
	const struct observed *observed;
	const struct observed_interface *in_kernel;
	struct desired_interface *interface;
	struct import_names names; /* of its peers */
	bool with_secrets;
};

/*
 * Peers
 */

/* The beginning of the key, as users identify peers in wg(8)'s output; '/' is invalid in a
 * name, and '+' unusual. */
static const char *name_from_key(struct show *show, const struct wg_key *key)
{
	char name[KEY_TEXT_MAX];

	key_text(key, name);
	name[NAME_CHARACTERS] = '\0';
	for (char *c = name; *c; c++) {
		if (*c == '+' || *c == '/')
			*c = '_';
	}
	return import_name_take(show->importer.arena, &show->names,
				arena_strdup(show->importer.arena, name));
}

static const char *link_name(const struct observed *observed, uint32_t index)
{
	vec_each (link, &observed->links) {
		if (link->index == index && interface_name_valid(link->name))
			return link->name;
	}
	return NULL;
}

/* A zone is written as a name if known: numbers change with each boot. */
static void take_endpoint(struct show *show, const struct endpoint *endpoint,
			  struct desired_peer *peer)
{
	char text[ENDPOINT_TEXT_MAX], ip[IP_TEXT_MAX];
	const char *zone = endpoint->scope ? link_name(show->observed, endpoint->scope) : NULL;

	if (!endpoint->port) {
		import_remark(&show->importer, "has an endpoint without a port, which is left");
		return;
	}
	if (zone)
		peer->endpoint = arena_printf(show->importer.arena, "[%s%%%s]:%u",
					      ip_text(&endpoint->ip, ip), zone, endpoint->port);
	else
		peer->endpoint = arena_strdup(show->importer.arena, endpoint_text(endpoint, text));
	peer->endpoint_is_literal = endpoint_parse(peer->endpoint, &peer->endpoint_address);
}

static void take_preshared_key(struct show *show, const struct observed_peer *in_kernel,
			       struct desired_peer *peer)
{
	if (key_is_zero(&in_kernel->preshared_key))
		return;
	if (show->with_secrets)
		peer->preshared_key_file = import_secret(&show->importer, &in_kernel->preshared_key,
							 show->interface->name, peer->name, ".psk");
	else
		peer->preshared_key_keep = true;
}

static void take_peer(struct show *show, const struct observed_peer *in_kernel)
{
	struct arena *arena = show->importer.arena;
	struct desired_peer *peer;

	peer = vec_push(arena, &show->interface->peers);
	*peer = desired_peer_default(false);
	peer->name = name_from_key(show, &in_kernel->public_key);
	peer->public_key = in_kernel->public_key;
	show->importer.path = arena_printf(arena, "interfaces.%s.peers.%s", show->interface->name,
					   peer->name);
	take_preshared_key(show, in_kernel, peer);
	if (in_kernel->has_endpoint)
		take_endpoint(show, &in_kernel->endpoint, peer);
	vec_each (prefix, &in_kernel->allowed_ips)
		*vec_push(arena, &peer->allowed_ips) = *prefix;
	import_tidy_allowed_ips(&show->importer, (struct where){ 0 }, NULL, peer);
	peer->persistent_keepalive = in_kernel->persistent_keepalive;
}

static void take_peers(struct show *show)
{
	const char *path = show->importer.path;
	bool has_endpoint = false;

	vec_each (peer, &show->in_kernel->peers) {
		if (!key_is_zero(&peer->public_key)) {
			take_peer(show, peer);
			has_endpoint = has_endpoint || peer->has_endpoint;
			continue;
		}
		show->importer.path = path;
		import_remark(&show->importer,
			      "has a peer whose key is all zeros, which cannot be declared");
		show->interface->unmanaged_peers = UNMANAGED_KEEP;
	}
	show->importer.path = path;
	if (has_endpoint)
		import_remark(&show->importer,
			      "The endpoints are those in use now: remove that of a peer which "
			      "comes to us from changing addresses.");
}

/*
 * Device, link and addresses
 */

static void take_private_key(struct show *show)
{
	if (!show->in_kernel->has_private_key || key_is_zero(&show->in_kernel->private_key)) {
		import_remark(&show->importer, "has no private key");
		return;
	}
	if (show->with_secrets)
		show->interface->private_key_file = import_secret(
			&show->importer, &show->in_kernel->private_key, show->interface->name, NULL,
			".key");
	else
		import_remark(&show->importer, "The private key is the kernel's; to make the "
					       "interface anew, add private_key_file.");
}

static void take_address(struct show *show, const struct observed_address *address)
{
	const struct desired_address own = { address->prefix, address->other_end };

	if (address->index != show->in_kernel->index ||
	    (address->protocol >= KERNEL_ADDRESS_FIRST && address->protocol <= KERNEL_ADDRESS_LAST))
		return;
	vec_each (earlier, &show->interface->addresses)
		if (desired_address_equal(earlier, &own))
			return;
	*vec_push(show->importer.arena, &show->interface->addresses) = own;
}

/* In the order of addition that gives the kernel's: a new IPv4 address follows the others, a
 * new IPv6 address precedes them (ipv6_link_dev_addr(), net/ipv6/addrconf.c). */
static void take_addresses(struct show *show)
{
	const struct observed *observed = show->observed;

	vec_each (address, &observed->addresses)
		if (address->prefix.ip.family == FAMILY_IPV4)
			take_address(show, address);
	for (size_t i = observed->addresses.n; i-- > 0;)
		if (observed->addresses.at[i].prefix.ip.family == FAMILY_IPV6)
			take_address(show, &observed->addresses.at[i]);
}

static void take_link(struct show *show)
{
	const struct observed_interface *in_kernel = show->in_kernel;
	struct desired_interface *interface = show->interface;

	interface->implementation = in_kernel->implementation;
	if (interface->implementation == IMPLEMENTATION_USERSPACE) {
		*vec_push(show->importer.arena, &interface->program) = DEFAULT_USERSPACE_PROGRAM;
		import_remark(&show->importer,
			      "Of which program it is cannot be seen: " DEFAULT_USERSPACE_PROGRAM
			      " is assumed.");
	}
	if (in_kernel->mtu == WIREGUARD_MTU)
		return;
	if (import_mtu_is_possible(interface, in_kernel->mtu))
		interface->mtu = in_kernel->mtu;
	else
		import_remark(&show->importer, "has an MTU of %u, which is left", in_kernel->mtu);
}

/* Two interfaces can have one port as long as they are down, but this cannot be declared. */
static void take_port(struct show *show)
{
	uint16_t port = show->in_kernel->listen_port;

	if (!port)
		return;
	vec_each (other, &show->importer.import->desired->interfaces) {
		if (other == show->interface || other->listen_port != port)
			continue;
		import_remark(&show->importer, "has the port of %s, %u, which is left", other->name,
			      port);
		return;
	}
	show->interface->listen_port = port;
}

static void take_device(struct show *show)
{
	take_private_key(show);
	take_port(show);
	if (show->in_kernel->fwmark)
		show->interface->fwmark = show->in_kernel->fwmark;
	if (!show->in_kernel->up)
		import_remark(&show->importer, "is down: applying this sets it up");
}

/*
 * Routes
 */

struct show_routes {
	VEC(const struct observed_route *) list; /* of the interface, sorted */
};

static int route_order(const void *a_, const void *b_)
{
	const struct observed_route *a = *(const struct observed_route *const *)a_;
	const struct observed_route *b = *(const struct observed_route *const *)b_;
	int order = prefix_compare(&a->destination, &b->destination);

	if (order)
		return order;
	return (a->table > b->table) - (a->table < b->table);
}

static void routes_collect(const struct show *show, struct show_routes *routes)
{
	vec_each (route, &show->observed->routes) {
		if (route->index == show->in_kernel->index)
			*vec_push(show->importer.arena, &routes->list) = route;
	}
	if (routes->list.n)
		qsort(routes->list.at, routes->list.n, sizeof(*routes->list.at), route_order);
}

/* The first route to prefix in table, at index *at or after it; NULL without. The prefixes
 * must be requested in order. */
static const struct observed_route *route_next(const struct show_routes *routes, size_t *at,
					       const struct prefix *prefix, uint32_t table)
{
	for (; *at < routes->list.n; (*at)++) {
		const struct observed_route *route = routes->list.at[*at];
		int order = prefix_compare(&route->destination, prefix);

		if (order > 0)
			return NULL;
		if (order == 0 && route->table == table)
			return route;
	}
	return NULL;
}

/* With an address 10.0.0.2/24 the kernel adds the route to 10.0.0.0/24. */
static bool is_connected(const struct desired_interface *interface, const struct prefix *prefix,
			 uint32_t table)
{
	if (table != TABLE_MAIN)
		return false;
	vec_each (address, &interface->addresses) {
		struct prefix network = desired_address_network(address);

		if (prefix_compare(&network, prefix) == 0)
			return true;
	}
	return false;
}

struct show_prefixes {
	VEC(struct prefix) list; /* allowed IPs of all peers, sorted */
};

/* Whether all prefixes have a route in the table. *metric is the common metric of these
 * routes, or 0, which allows any metric. */
static bool table_serves(const struct show *show, const struct show_prefixes *prefixes,
			 const struct show_routes *routes, uint32_t table, uint32_t *metric)
{
	bool is_first = true;
	size_t at = 0;

	*metric = 0;
	vec_each (prefix, &prefixes->list) {
		const struct observed_route *route = route_next(routes, &at, prefix, table);

		if (is_connected(show->interface, prefix, table))
			continue;
		if (!route)
			return false;
		if (is_first)
			*metric = route->metric;
		else if (*metric != route->metric)
			*metric = 0;
		is_first = false;
	}
	return true;
}

static void prefixes_collect(const struct show *show, struct show_prefixes *prefixes)
{
	vec_each (peer, &show->interface->peers) {
		vec_each (prefix, &peer->allowed_ips)
			*vec_push(show->importer.arena, &prefixes->list) = *prefix;
	}
	if (prefixes->list.n)
		qsort(prefixes->list.at, prefixes->list.n, sizeof(*prefixes->list.at),
		      prefix_order);
}

/* The table that has a route for each of the prefixes, main before others, which all have
 * one for the first prefix. */
static bool table_find(struct show *show, const struct show_prefixes *prefixes,
		       const struct show_routes *routes)
{
	struct desired_interface *interface = show->interface;

	if (table_serves(show, prefixes, routes, TABLE_MAIN, &interface->metric))
		return true;
	vec_each (route, &routes->list) {
		if (prefix_compare(&(*route)->destination, &prefixes->list.at[0]) != 0 ||
		    !(*route)->table ||
		    !table_serves(show, prefixes, routes, (*route)->table, &interface->metric))
			continue;
		interface->table = (*route)->table;
		return true;
	}
	interface->metric = 0;
	return false;
}

static void take_routes(struct show *show)
{
	struct show_routes routes = { 0 };
	struct show_prefixes prefixes = { 0 };

	routes_collect(show, &routes);
	prefixes_collect(show, &prefixes);
	if (table_find(show, &prefixes, &routes))
		return;
	show->interface->routes = ROUTES_NONE;
	import_remark(&show->importer,
		      "Not every allowed IP has its route in one and the same table: routes are "
		      "left alone.");
}

/*
 * Rules
 */

static bool has_rule(const struct show *show, enum family family, uint32_t priority,
		     bool not_fwmark)
{
	const struct desired_interface *interface = show->interface;

	vec_each (rule, &show->observed->rules) {
		if (rule->family != family || rule->priority != priority ||
		    rule->not_fwmark != not_fwmark)
			continue;
		if (not_fwmark ? rule->table == interface->table &&
					 rule->fwmark == (uint32_t)interface->fwmark &&
					 rule->suppress_prefix_length == -1
			       : rule->table == TABLE_MAIN && rule->suppress_prefix_length == 0)
			return true;
	}
	return false;
}

static bool uses_family(const struct desired_interface *interface, enum family family)
{
	vec_each (address, &interface->addresses) {
		if (address->prefix.ip.family == family)
			return true;
	}
	vec_each (peer, &interface->peers) {
		vec_each (prefix, &peer->allowed_ips) {
			if (prefix->ip.family == family)
				return true;
		}
	}
	return false;
}

/* Whether the pair of rules made by an earlier run exists at priority and the next number,
 * in each family that the interface uses. */
static bool has_rule_pairs(const struct show *show, uint32_t priority)
{
	static const enum family families[] = { FAMILY_IPV4, FAMILY_IPV6 };
	bool any = false;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (!uses_family(show->interface, families[i]))
			continue;
		any = true;
		if (!has_rule(show, families[i], priority, false) ||
		    !has_rule(show, families[i], priority + 1, true))
			return false;
	}
	return any;
}

static bool is_closed(const struct show *show)
{
	vec_each (route, &show->observed->unreachable) {
		if (route->table == show->interface->table)
			return true;
	}
	return false;
}

static void take_rules(struct show *show)
{
	struct desired_interface *interface = show->interface;

	if (interface->fwmark <= 0 || interface->table == TABLE_MAIN)
		return;
	vec_each (rule, &show->observed->rules) {
		if (rule->not_fwmark || !rule->priority || rule->priority > RULE_PRIORITY_MAX ||
		    !has_rule_pairs(show, rule->priority))
			continue;
		interface->rules = RULES_FWMARK;
		interface->rule_priority = rule->priority;
		interface->kill_switch = is_closed(show);
		return;
	}
	import_remark(&show->importer,
		      "Policy rules that lead to table %u are not shown: they are not this "
		      "tool's.",
		      interface->table);
}

/*
 * Entry point
 */

static void take_interface(struct show *show, const struct observed_interface *in_kernel)
{
	show->importer.path = "";
	if (in_kernel->kind != LINK_WIREGUARD)
		return;
	if (!interface_name_valid(in_kernel->name)) {
		import_remark(&show->importer, "interface \"%s\" cannot be declared by that name",
			      in_kernel->name);
		return;
	}
	show->in_kernel = in_kernel;
	show->interface = import_interface_add(&show->importer, in_kernel->name);
	show->names = (struct import_names){ 0 };
	show->importer.path = arena_printf(show->importer.arena, "interfaces.%s", in_kernel->name);
	if (*in_kernel->alias && strncmp(in_kernel->alias, OWNER_ALIAS, strlen(OWNER_ALIAS)) != 0)
		import_remark(&show->importer, "has the alias \"%s\"", in_kernel->alias);
	take_device(show);
	take_addresses(show);
	take_link(show);
	take_peers(show);
	take_routes(show);
	take_rules(show);
}

struct import *import_observed(const struct observed *observed, const char *keys_directory,
			       bool with_secrets, struct arena *arena)
{
	struct show show = { .observed = observed, .with_secrets = with_secrets };

	importer_begin(&show.importer, arena, NULL, keys_directory);
	vec_each (interface, &observed->interfaces)
		take_interface(&show, interface);
	return show.importer.import;
}
