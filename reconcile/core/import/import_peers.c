/* SPDX-License-Identifier: MIT */
#include "import_peers.h"

#include <stdlib.h>

/* The first table that wg-quick tries. */
#define QUICK_TABLE 51820
/* linux/rtnetlink.h: RT_TABLE_DEFAULT and RT_TABLE_LOCAL; TABLE_MAIN is between. */
#define TABLE_DEFAULT 253
#define TABLE_LOCAL 255

static int peer_order(const void *a_, const void *b_)
{
	const struct import_peer *a = *(struct import_peer *const *)a_;
	const struct import_peer *b = *(struct import_peer *const *)b_;
	int order = key_compare(&a->peer.public_key, &b->peer.public_key);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* As in wg: a later section replaces the allowed IPs, and its other settings. */
static void peer_merge(struct importer *importer, struct import_peer *peer,
		       struct import_peer *later)
{
	importer->path = peer->path;
	import_note(importer, later->where, later->label,
		    "%s has the same public key and is no other peer: what it gives counts",
		    later->peer.name);
	peer->peer.allowed_ips.at = later->peer.allowed_ips.at;
	peer->peer.allowed_ips.n = later->peer.allowed_ips.n;
	peer->peer.allowed_ips.capacity = later->peer.allowed_ips.capacity;
	peer->has_routes = peer->has_routes || later->has_routes;
	if (later->peer.endpoint) {
		peer->peer.endpoint = later->peer.endpoint;
		peer->peer.endpoint_is_literal = later->peer.endpoint_is_literal;
		peer->peer.endpoint_address = later->peer.endpoint_address;
	}
	if (later->has_preshared_key)
		peer->peer.preshared_key = later->peer.preshared_key;
	if (later->has_keepalive)
		peer->peer.persistent_keepalive = later->peer.persistent_keepalive;
	later->peer.name = NULL;
}

/* Merged peers lose their name. A disabled peer was not passed to wg: an enabled one with
 * the same key replaces it. */
static void peers_merge(struct importer *importer, struct import_peers *peers)
{
	size_t n = peers->list.n;
	struct import_peer **sorted = arena_alloc(importer->arena,
						  (n + 1) * sizeof(struct import_peer *));
	struct import_peer *first = NULL;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &peers->list.at[i];
	qsort(sorted, n, sizeof(*sorted), peer_order);
	for (size_t i = 0; i < n; i++) {
		struct import_peer *peer = sorted[i];

		if (!first || key_compare(&first->peer.public_key, &peer->peer.public_key) != 0) {
			first = peer;
		} else if (first->peer.enabled == peer->peer.enabled) {
			peer_merge(importer, first, peer);
		} else {
			struct import_peer *off = first->peer.enabled ? peer : first;

			first = first->peer.enabled ? first : peer;
			importer->path = first->path;
			import_note(
				importer, off->where, off->label,
				"%s, which has the same public key and is disabled, is left out",
				off->peer.name);
			off->peer.name = NULL;
		}
	}
}

struct peer_claim {
	struct prefix *prefix;
	struct import_peer *peer;
};

static int claim_order(const void *a_, const void *b_)
{
	const struct peer_claim *a = a_, *b = b_;
	int order = prefix_compare(a->prefix, b->prefix);

	return order ? order
		     : (a->peer->order > b->peer->order) - (a->peer->order < b->peer->order);
}

static void drop_marked(struct desired_peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->allowed_ips.n; i++) {
		if (peer->allowed_ips.at[i].ip.family != FAMILY_NONE)
			peer->allowed_ips.at[kept++] = peer->allowed_ips.at[i];
	}
	peer->allowed_ips.n = kept;
}

/* On one interface a prefix leads to one peer: the last one with it. */
static void peers_settle_prefixes(struct importer *importer, struct import_peers *peers)
{
	VEC(struct peer_claim) claims = { 0 };
	char text[PREFIX_TEXT_MAX];

	vec_each (peer, &peers->list) {
		for (size_t i = 0;
		     peer->peer.name && peer->peer.enabled && i < peer->peer.allowed_ips.n; i++)
			*vec_push(importer->arena,
				  &claims) = (struct peer_claim){ &peer->peer.allowed_ips.at[i],
								  peer };
	}
	if (claims.n < 2)
		return;
	qsort(claims.at, claims.n, sizeof(*claims.at), claim_order);
	for (size_t i = 0; i + 1 < claims.n; i++) {
		struct peer_claim *claim = &claims.at[i], *next = &claims.at[i + 1];

		if (prefix_compare(claim->prefix, next->prefix) != 0)
			continue;
		importer->path = claim->peer->path;
		import_note(importer, claim->peer->where,
			    arena_printf(importer->arena, "%s.AllowedIPs", claim->peer->label),
			    "%s is left out: %s has it too and stands below, so WireGuard gave it "
			    "that one",
			    prefix_text(claim->prefix, text), next->peer->peer.name);
		claim->prefix->ip.family = FAMILY_NONE;
	}
	vec_each (peer, &peers->list)
		drop_marked(&peer->peer);
}

void import_peers_settle(struct importer *importer, struct import_peers *peers)
{
	peers_merge(importer, peers);
	peers_settle_prefixes(importer, peers);
}

void import_peers_store(struct importer *importer, struct import_peers *peers,
			struct desired_interface *interface)
{
	vec_each (peer, &peers->list) {
		if (peer->peer.name && !key_is_zero(&peer->peer.preshared_key))
			peer->peer.preshared_key_file = import_secret(
				importer, &peer->peer.preshared_key, interface->name,
				peer->peer.name, ".psk");
		explicit_bzero(&peer->peer.preshared_key, sizeof(peer->peer.preshared_key));
		if (!peer->peer.name)
			continue;
		peer->peer.declared.where = peer->where;
		*vec_push(importer->arena, &interface->peers) = peer->peer;
	}
}

/*
 * Routes
 */

bool import_peers_have_default(const struct import_peers *peers)
{
	vec_each (peer, &peers->list) {
		for (size_t i = 0; peer->peer.name && peer->peer.enabled && peer->has_routes &&
				   i < peer->peer.allowed_ips.n;
		     i++) {
			if (peer->peer.allowed_ips.at[i].length == 0)
				return true;
		}
	}
	return false;
}

static bool is_taken(const struct import_tables *tables, uint32_t table)
{
	vec_each (taken, &tables->list) {
		if (*taken == table)
			return true;
	}
	return false;
}

void import_table_take(struct importer *importer, struct import_tables *tables, uint32_t table)
{
	if (!is_taken(tables, table))
		*vec_push(importer->arena, &tables->list) = table;
}

/* The kernel already has a route to its network: wg-quick adds none. */
static bool is_connected(const struct desired_interface *interface, const struct prefix *prefix)
{
	vec_each (address, &interface->addresses) {
		struct prefix network = desired_address_network(address);

		if (network.length <= prefix->length && prefix_covers(&network, &prefix->ip))
			return true;
	}
	return false;
}

static int route_order(const void *a_, const void *b_)
{
	const struct desired_route *a = a_, *b = b_;
	int order = prefix_compare(&a->to, &b->to);

	return order ? order : (a->table > b->table) - (a->table < b->table);
}

void import_routes_add(struct importer *importer, struct desired_interface *interface,
		       const struct import_peers *peers, unsigned which, uint32_t table4,
		       uint32_t table6)
{
	vec_each (peer, &peers->list) {
		for (size_t i = 0;
		     peer->peer.name && peer->has_routes && i < peer->peer.allowed_ips.n; i++) {
			const struct prefix *to = &peer->peer.allowed_ips.at[i];
			uint32_t table = to->ip.family == FAMILY_IPV4 ? table4 : table6;

			if (!(which & (to->length ? IMPORT_OTHERS : IMPORT_DEFAULTS)) ||
			    (table == TABLE_MAIN && is_connected(interface, to)))
				continue;
			*vec_push(importer->arena, &interface->via_routes) = (struct desired_route){
				.where = peer->where,
				.to = *to,
				.via_peer = peer->peer.name,
				.enabled = peer->peer.enabled,
				.table = table,
				.metric = interface->metric
			};
		}
	}
	if (interface->via_routes.n)
		qsort(interface->via_routes.at, interface->via_routes.n,
		      sizeof(*interface->via_routes.at), route_order);
}

static uint32_t table_choose(const struct import_tables *tables)
{
	uint32_t table = QUICK_TABLE;

	while (is_taken(tables, table))
		table++;
	return table;
}

bool import_route_default(struct importer *importer, struct import_tables *tables,
			  struct desired_interface *interface, const struct import_peers *peers)
{
	uint32_t table = (uint32_t)interface->fwmark;

	if (interface->fwmark <= 0)
		interface->fwmark = table = table_choose(tables);
	else if (table >= TABLE_DEFAULT && table <= TABLE_LOCAL)
		table = table_choose(tables);
	else if (is_taken(tables, table))
		return false;
	import_table_take(importer, tables, table);
	interface->table = table;
	interface->rules = RULES_FWMARK;
	interface->kill_switch = true;
	import_routes_add(importer, interface, peers, IMPORT_OTHERS, TABLE_MAIN, TABLE_MAIN);
	return true;
}
