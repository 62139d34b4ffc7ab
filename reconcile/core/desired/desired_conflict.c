/* SPDX-License-Identifier: MIT */
/*
 * Each check collects what is declared, sorts, and compares neighbours. Declarations in
 * files are collected first, so that they precede those of other sources.
 */
#include "desired_conflict_parts.h"

#include <stdlib.h>

const char *interface_path(const struct checking *checking,
			   const struct desired_interface *interface)
{
	return arena_printf(checking->diags->arena, "%sinterfaces.%s", checking->path,
			    interface->name);
}

const char *peer_path(const struct checking *checking, const struct desired_interface *interface,
		      const struct desired_selector *selector, const struct desired_peer *peer)
{
	return arena_printf(checking->diags->arena, "%s%s.%s.peers.%s", checking->path,
			    selector ? "selectors" : "interfaces",
			    selector ? selector->name : interface->name, peer->name);
}

/* A peer of the current interface. */
struct party {
	struct desired_peer *peer;
	const struct desired_selector *selector; /* NULL: a plain peer */
};

struct name_claim {
	const char *name;
	const struct party *party;
};

struct key_claim {
	struct wg_key key;
	const struct party *party;
};

enum rank {
	RANK_FILES,
	RANK_ROUTES, /* of files */
	RANK_OTHERS,
};

/* A prefix, declared by a peer's allowed_ips or by a route through the peer. */
struct prefix_claim {
	struct prefix prefix;
	enum rank rank;
	struct party party;
	struct desired_allowed_ip *allowed_ip; /* NULL: see route */
	const struct desired_route *route;
	size_t order; /* index within the rank */
};

/* All of one interface, those of files first. The memory is reused for the next one. */
struct parties {
	const struct checking *checking;
	struct desired_interface *interface;
	VEC(struct party) list;
	size_t others; /* not of files */
	VEC(struct name_claim) names;
	VEC(struct key_claim) keys;
	VEC(struct prefix_claim) prefixes;
};

static void collect_peers(struct parties *parties, struct desired_peer *peers, size_t n,
			  const struct desired_selector *selector, bool of_files)
{
	for (size_t i = 0; i < n; i++) {
		bool is_others = peers[i].declared.origin != ORIGIN_FILE;

		if (is_others == of_files)
			parties->others += is_others;
		else
			*vec_push(parties->checking->scratch,
				  &parties->list) = (struct party){ &peers[i], selector };
	}
}

static void collect_all(struct parties *parties, bool of_files)
{
	struct desired_interface *interface = parties->interface;

	collect_peers(parties, interface->peers.at, interface->peers.n, NULL, of_files);
	desired_each_selector (selector, parties->checking->desired, interface)
		collect_peers(parties, selector->peers.at, selector->peers.n, selector, of_files);
}

static void collect_parties(struct parties *parties, struct desired_interface *interface)
{
	parties->interface = interface;
	parties->list.n = parties->names.n = parties->keys.n = parties->prefixes.n = 0;
	parties->others = 0;
	vec_reserve(parties->checking->scratch, &parties->list, interface->peers.n);
	collect_all(parties, true);
	if (parties->others)
		collect_all(parties, false);
}

static const char *party_path(const struct parties *parties, const struct party *party)
{
	return peer_path(parties->checking, parties->interface, party->selector, party->peer);
}

/* ---- Names and keys ---- */

static void leave_out_peer(const struct parties *parties, const struct party *party,
			   const char *what, const struct party *first)
{
	struct arena *arena = parties->checking->diags->arena;
	const struct declaration *declared = &party->peer->declared;
	const struct declaration *before = &first->peer->declared;

	party->peer->declared.left_out = true;
	diag_warning(parties->checking->diags, declared->where, party_path(parties, party),
		     "the peer (%s) is left out: its %s is that of %s (%s)",
		     declaration_text(declared, declared->where, arena), what,
		     party_path(parties, first), declaration_text(before, before->where, arena));
}

/* Parties are in one array, those of files first. */
static int name_claim_compare(const void *a_, const void *b_)
{
	const struct name_claim *a = a_, *b = b_;
	int order = strcmp(a->name, b->name);

	return order ? order : compare_numbers((uintptr_t)a->party, (uintptr_t)b->party);
}

/* Files are one mapping, in which names are unique. */
static void check_names(struct parties *parties)
{
	const struct name_claim *first = NULL;

	if (!parties->others)
		return;
	vec_each (party, &parties->list) {
		if (!party->selector)
			*vec_push(parties->checking->scratch,
				  &parties->names) = (struct name_claim){ party->peer->name,
									  party };
	}
	if (parties->names.n > 1)
		qsort(parties->names.at, parties->names.n, sizeof(*parties->names.at),
		      name_claim_compare);
	vec_each (claim, &parties->names) {
		if (!first || strcmp(first->name, claim->name) != 0)
			first = claim;
		else
			leave_out_peer(parties, claim->party, "name", first->party);
	}
}

static int key_claim_compare(const void *a_, const void *b_)
{
	const struct key_claim *a = a_, *b = b_;
	int order = key_compare(&a->key, &b->key);

	return order ? order : compare_numbers((uintptr_t)a->party, (uintptr_t)b->party);
}

static void shared_key(const struct parties *parties, const struct party *first,
		       const struct party *party)
{
	const struct checking *checking = parties->checking;
	struct arena *arena = checking->diags->arena;

	if (party->peer->declared.origin != ORIGIN_FILE) {
		leave_out_peer(parties, party, "public key", first);
		return;
	}
	diag_error(checking->diags, party->peer->public_key_where.value,
		   arena_printf(arena, "%s.public_key", party_path(parties, party)),
		   "is also the key of %s (%s): peers of one interface need a key each",
		   party_path(parties, first),
		   declaration_text(&first->peer->declared,
				    key_where(&first->peer->public_key_where), arena));
}

static void check_keys(struct parties *parties)
{
	const struct key_claim *first = NULL;

	vec_reserve(parties->checking->scratch, &parties->keys, parties->list.n);
	vec_each (party, &parties->list) {
		if (!key_is_zero(&party->peer->public_key) && !party->peer->declared.left_out)
			*vec_push(parties->checking->scratch,
				  &parties->keys) = (struct key_claim){ party->peer->public_key,
									party };
	}
	if (parties->keys.n)
		qsort(parties->keys.at, parties->keys.n, sizeof(*parties->keys.at),
		      key_claim_compare);
	vec_each (claim, &parties->keys) {
		if (!first || key_compare(&first->key, &claim->key) != 0)
			first = claim;
		else
			shared_key(parties, first->party, claim->party);
	}
}

/* ---- Allowed IPs ---- */

static int prefix_claim_compare(const void *a_, const void *b_)
{
	const struct prefix_claim *a = a_, *b = b_;
	int order = prefix_compare(&a->prefix, &b->prefix);

	if (!order)
		order = compare_numbers(a->rank, b->rank);
	return order ? order : compare_numbers(a->order, b->order);
}

static void claim_allowed_ips(struct parties *parties)
{
	vec_each (party, &parties->list) {
		struct desired_peer *peer = party->peer;

		if (!peer->enabled || peer->declared.left_out)
			continue;
		for (size_t i = 0; i < peer->allowed_ips_declared.n; i++) {
			struct desired_allowed_ip *allowed_ip = &peer->allowed_ips_declared.at[i];
			bool of_files = allowed_ip->declared.origin == ORIGIN_FILE;
			struct prefix_claim claim = {
				.prefix = peer->allowed_ips.at[i],
				.rank = of_files ? RANK_FILES : RANK_OTHERS,
				.party = *party,
				.allowed_ip = allowed_ip,
				.order = parties->prefixes.n,
			};

			if (!allowed_ip->of_route)
				*vec_push(parties->checking->scratch, &parties->prefixes) = claim;
		}
	}
}

static void claim_routes(struct parties *parties)
{
	vec_each (route, &parties->interface->via_routes) {
		struct prefix_claim claim = {
			.prefix = route->to,
			.rank = RANK_ROUTES,
			.party.peer = &parties->interface->peers.at[route->peer_place],
			.route = route,
			.order = route->index,
		};

		if (route->enabled)
			*vec_push(parties->checking->scratch, &parties->prefixes) = claim;
	}
}

/* The path and the location of the prefix's declaration. */
static const char *claim_path(const struct parties *parties, const struct prefix_claim *claim)
{
	struct arena *arena = parties->checking->diags->arena;

	if (claim->route)
		return arena_printf(arena, "%s.routes[%u].to",
				    interface_path(parties->checking, parties->interface),
				    claim->route->index);
	return arena_printf(arena, "%s.allowed_ips[%u]", party_path(parties, &claim->party),
			    claim->allowed_ip->index);
}

static const char *claim_place(const struct parties *parties, const struct prefix_claim *claim)
{
	struct arena *arena = parties->checking->diags->arena;

	if (claim->route)
		return declaration_text(&claim->party.peer->declared,
					key_where(&claim->route->to_where), arena);
	return declaration_text(&claim->allowed_ip->declared, claim->allowed_ip->declared.where,
				arena);
}

static void leave_out_prefix(const struct parties *parties, const struct prefix_claim *first,
			     struct prefix_claim *claim)
{
	struct diags *diags = parties->checking->diags;
	char text[PREFIX_TEXT_MAX];

	claim->allowed_ip->declared.left_out = true;
	diag_warning(diags, claim->allowed_ip->declared.where, party_path(parties, &claim->party),
		     "allowed IP %s (%s) is left out: it belongs to %s (%s)",
		     prefix_text(&claim->prefix, text), claim_place(parties, claim),
		     party_path(parties, &first->party), claim_place(parties, first));
}

static void shared_prefix(const struct parties *parties, const struct prefix_claim *first,
			  struct prefix_claim *claim)
{
	struct diags *diags = parties->checking->diags;
	const struct desired_selector *selector = claim->party.selector;
	char text[PREFIX_TEXT_MAX];

	if (claim->rank == RANK_OTHERS) {
		leave_out_prefix(parties, first, claim);
		return;
	}
	prefix_text(&claim->prefix, text);
	if (selector && selector == first->party.selector)
		diag_error(
			diags, claim->allowed_ip->declared.where, claim_path(parties, claim),
			"%s also belongs to %s (%s): peers of a selector may share a prefix only "
			"with active: 1, because WireGuard gives it to one peer at a time",
			text, party_path(parties, &first->party), claim_place(parties, first));
	else
		diag_error(diags,
			   claim->route ? claim->route->to_where.value
					: claim->allowed_ip->declared.where,
			   claim_path(parties, claim),
			   "%s%s%s also belongs to %s (%s): on one interface a prefix leads to "
			   "one peer, so remove it from either",
			   text, claim->route ? " through " : "",
			   claim->route ? claim->party.peer->name : "",
			   party_path(parties, &first->party), claim_place(parties, first));
}

static bool may_share(const struct prefix_claim *a, const struct prefix_claim *b)
{
	/* A peer's allowed_ips may repeat prefixes of its routes. */
	if (a->party.peer == b->party.peer)
		return true;
	return a->party.selector && a->party.selector == b->party.selector &&
	       a->party.selector->active <= 1;
}

static void check_prefixes(struct parties *parties)
{
	const struct prefix_claim *first = NULL;
	size_t n = parties->interface->via_routes.n;

	vec_each (party, &parties->list)
		n += party->peer->allowed_ips.n;
	vec_reserve(parties->checking->scratch, &parties->prefixes, n);
	claim_allowed_ips(parties);
	claim_routes(parties);
	if (parties->prefixes.n)
		qsort(parties->prefixes.at, parties->prefixes.n, sizeof(*parties->prefixes.at),
		      prefix_claim_compare);
	vec_each (claim, &parties->prefixes) {
		if (!first || prefix_compare(&first->prefix, &claim->prefix) != 0)
			first = claim;
		else if (!may_share(first, claim))
			shared_prefix(parties, first, claim);
	}
}

/* ---- Interfaces ---- */

struct port_claim {
	int32_t port;
	const struct desired_interface *interface; /* in their array: in the order of the file */
};

static int port_claim_compare(const void *a_, const void *b_)
{
	const struct port_claim *a = a_, *b = b_;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return compare_numbers((uintptr_t)a->interface, (uintptr_t)b->interface);
}

struct port_claims {
	VEC(struct port_claim) list; /* sorted */
};

static struct port_claims collect_ports(const struct checking *checking)
{
	struct port_claims claims = { 0 };

	vec_each (interface, &checking->desired->interfaces) {
		if (interface->listen_port >= 0)
			*vec_push(checking->scratch,
				  &claims.list) = (struct port_claim){ interface->listen_port,
								       interface };
	}
	if (claims.list.n)
		qsort(claims.list.at, claims.list.n, sizeof(*claims.list.at), port_claim_compare);
	return claims;
}

static const char *port_place(const struct checking *checking, const struct port_claim *claim)
{
	const struct declaration of_file = { .origin = ORIGIN_FILE };

	return declaration_text(&of_file, key_where(&claim->interface->listen_port_where),
				checking->diags->arena);
}

/* WireGuard's sockets have no address: on any interface the port is taken. The exchanges of
 * several interfaces may have one port. */
static void check_facts_ports(const struct checking *checking, const struct port_claims *claims)
{
	struct arena *arena = checking->diags->arena;

	vec_each (interface, &checking->desired->interfaces) {
		const struct desired_facts *facts = &interface->facts;
		const struct port_claim wanted = { desired_facts_port(interface), NULL };
		size_t place = vec_place(&claims->list, &wanted, port_claim_compare);
		const struct port_claim *taken;

		if (!facts->enabled || !facts->port_where.line || place == claims->list.n)
			continue;
		taken = &claims->list.at[place];
		if (taken->port != wanted.port)
			continue;
		diag_error(checking->diags, facts->port_where,
			   arena_printf(arena, "%s.facts%s", interface_path(checking, interface),
					facts->port ? ".port" : ""),
			   "%d%s is the listen_port of %s (%s): give facts another port",
			   wanted.port, facts->port ? "" : ", the port after listen_port,",
			   interface_path(checking, taken->interface), port_place(checking, taken));
	}
}

void check_ports(const struct checking *checking)
{
	struct arena *arena = checking->diags->arena;
	const struct port_claim *first = NULL;
	const struct port_claims claims = collect_ports(checking);

	vec_each (claim, &claims.list) {
		if (!first || first->port != claim->port) {
			first = claim;
			continue;
		}
		diag_error(checking->diags, claim->interface->listen_port_where.value,
			   arena_printf(arena, "%s.listen_port",
					interface_path(checking, claim->interface)),
			   "%d is also the port of %s (%s): interfaces need a port each",
			   claim->port, interface_path(checking, first->interface),
			   port_place(checking, first));
	}
	check_facts_ports(checking, &claims);
}

void check_peers(const struct checking *checking)
{
	struct parties parties = { .checking = checking };

	vec_each (interface, &checking->desired->interfaces) {
		collect_parties(&parties, interface);
		check_names(&parties);
		check_keys(&parties);
	}
}

void check_allowed_ips(const struct checking *checking)
{
	struct parties parties = { .checking = checking };

	vec_each (interface, &checking->desired->interfaces) {
		collect_parties(&parties, interface);
		check_prefixes(&parties);
	}
}

static void check_own_key(struct diags *diags, const struct desired_interface *interface,
			  const struct desired_peer *peer, const char *kind, const char *name)
{
	if (key_is_zero(&interface->public_key) ||
	    key_compare(&interface->public_key, &peer->public_key) != 0)
		return;
	diag_error(diags, peer->public_key_where.value,
		   arena_printf(diags->arena, "%s.%s.peers.%s.public_key", kind, name, peer->name),
		   "is the public key of interface %s itself: give the peer's", interface->name);
}

void check_own_keys(const struct desired *desired, struct diags *diags)
{
	vec_each (interface, &desired->interfaces)
		vec_each (peer, &interface->peers)
			check_own_key(diags, interface, peer, "interfaces", interface->name);
	vec_each (selector, &desired->selectors)
		vec_each (peer, &selector->peers)
			check_own_key(diags, selector->interface, peer, "selectors",
				      selector->name);
}
