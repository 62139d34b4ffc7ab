/* SPDX-License-Identifier: MIT */
#include "desired_merge.h"

#include "desired_conflict.h"

#include <stdlib.h>

static void left_out(struct diags *diags, const struct desired_addition *addition, const char *why)
{
	const struct declaration *declared = &addition->peer.declared;

	diag_warning(diags, declared->where,
		     arena_printf(diags->arena, "interfaces.%s", addition->interface),
		     "%s is left out: %s",
		     declaration_text(declared, declared->where, diags->arena), why);
}

/* ---- Adding ---- */

static void add_to_peer(struct desired_peer *peer, const struct desired_peer *addition,
			struct arena *arena)
{
	vec_each (candidate, &addition->candidates) {
		if (!peer->endpoint || strcmp(peer->endpoint, candidate->text) != 0)
			*vec_push(arena, &peer->candidates) = *candidate;
	}
	for (size_t i = 0; i < addition->allowed_ips.n; i++) {
		struct desired_allowed_ip declared = { .declared = addition->declared };

		if (addition->allowed_ips_declared.n)
			declared = addition->allowed_ips_declared.at[i];
		desired_allowed_ip_add(peer, &addition->allowed_ips.at[i], &declared, arena);
	}
}

static struct desired_interface *interface_of(const struct desired *desired, const char *name)
{
	const struct desired_interface *found = desired_interface_find(desired, name);

	return found ? &desired->interfaces.at[found - desired->interfaces.at] : NULL;
}

/* Those with a name. */
static void add_peers(struct desired *desired, const struct desired_addition *additions, size_t n,
		      struct diags *diags)
{
	for (size_t i = 0; i < n; i++) {
		const struct desired_addition *one = &additions[i];
		struct desired_interface *interface = interface_of(desired, one->interface);
		struct desired_peer peer = one->peer;

		if (!interface)
			left_out(diags, one, "there is no such interface");
		if (!interface || !peer.name)
			continue;
		/* The lists of the addition are not grown. */
		memset(&peer.candidates, 0, sizeof(peer.candidates));
		memset(&peer.allowed_ips, 0, sizeof(peer.allowed_ips));
		memset(&peer.allowed_ips_declared, 0, sizeof(peer.allowed_ips_declared));
		add_to_peer(&peer, &one->peer, desired->arena);
		*vec_push(desired->arena, &interface->peers) = peer;
	}
}

struct keyed_peer {
	struct wg_key key;
	const struct desired_interface *interface;
	struct desired_peer *peer;
};

struct keyed_peers {
	VEC(struct keyed_peer) list;
};

static int keyed_compare(const void *a_, const void *b_)
{
	const struct keyed_peer *a = a_, *b = b_;
	int order = key_compare(&a->key, &b->key);

	if (order)
		return order;
	return a->interface < b->interface ? -1 : a->interface > b->interface;
}

static struct keyed_peers peers_by_key(const struct desired *desired, struct arena *scratch)
{
	struct keyed_peers peers = { 0 };

	vec_each (interface, &desired->interfaces) {
		vec_each (peer, &interface->peers)
			*vec_push(scratch, &peers.list) = (struct keyed_peer){ peer->public_key,
									       interface, peer };
	}
	vec_each (selector, &desired->selectors) {
		vec_each (peer, &selector->peers)
			*vec_push(scratch, &peers.list) = (struct keyed_peer){ peer->public_key,
									       selector->interface,
									       peer };
	}
	if (peers.list.n)
		qsort(peers.list.at, peers.list.n, sizeof(*peers.list.at), keyed_compare);
	return peers;
}

/* Those without a name. */
static void add_to_peers(struct desired *desired, const struct desired_addition *additions,
			 size_t n, struct diags *diags, struct arena *scratch)
{
	const struct keyed_peers peers = peers_by_key(desired, scratch);

	for (size_t i = 0; i < n; i++) {
		const struct desired_addition *one = &additions[i];
		const struct keyed_peer wanted = {
			.key = one->peer.public_key,
			.interface = desired_interface_find(desired, one->interface),
		};
		size_t place = vec_place(&peers.list, &wanted, keyed_compare);

		if (!wanted.interface || one->peer.name)
			continue;
		if (place == peers.list.n || keyed_compare(&wanted, &peers.list.at[place]) != 0)
			left_out(diags, one, "no peer has this public key");
		else
			add_to_peer(peers.list.at[place].peer, &one->peer, desired->arena);
	}
}

/* ---- Removing duplicates and conflicts ---- */

static int candidate_compare(const void *a_, const void *b_)
{
	const struct desired_endpoint *a = a_, *b = b_;
	int order = strcmp(a->text, b->text);

	if (order)
		return order;
	/* Kept declarations first. */
	return declaration_stands(&b->declared, &a->declared) -
	       declaration_stands(&a->declared, &b->declared);
}

static void tidy_candidates(struct desired_peer *peer)
{
	struct desired_endpoint *at = peer->candidates.at;
	size_t kept = 0;

	if (peer->candidates.n < 2)
		return;
	qsort(at, peer->candidates.n, sizeof(*at), candidate_compare);
	for (size_t i = 1; i < peer->candidates.n; i++) {
		if (strcmp(at[kept].text, at[i].text) != 0)
			at[++kept] = at[i];
	}
	peer->candidates.n = kept + 1;
}

static void drop_allowed_ips(struct desired_peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->allowed_ips.n; i++) {
		if (peer->allowed_ips_declared.at[i].declared.left_out)
			continue;
		peer->allowed_ips.at[kept] = peer->allowed_ips.at[i];
		peer->allowed_ips_declared.at[kept++] = peer->allowed_ips_declared.at[i];
	}
	peer->allowed_ips.n = peer->allowed_ips_declared.n = kept;
}

static void tidy_peers(struct desired_peer *peers, size_t n, struct arena *scratch)
{
	for (size_t i = 0; i < n; i++) {
		drop_allowed_ips(&peers[i]);
		desired_allowed_ips_tidy(&peers[i], scratch);
		tidy_candidates(&peers[i]);
	}
}

/* Without omitted ones, sorted. */
static void tidy(struct desired *desired, struct arena *scratch)
{
	vec_each (interface, &desired->interfaces) {
		size_t kept = 0;

		for (size_t i = 0; i < interface->peers.n; i++) {
			if (!interface->peers.at[i].declared.left_out)
				interface->peers.at[kept++] = interface->peers.at[i];
		}
		interface->peers.n = kept;
		tidy_peers(interface->peers.at, kept, scratch);
	}
	vec_each (selector, &desired->selectors)
		tidy_peers(selector->peers.at, selector->peers.n, scratch);
}

void desired_merge(struct desired *desired, const struct desired_addition *additions, size_t n,
		   struct diags *diags)
{
	const struct checking checking = {
		.desired = desired,
		.path = "",
		.diags = diags,
		.scratch = n ? arena_new() : NULL,
	};

	if (!n)
		return;
	add_peers(desired, additions, n, diags);
	check_peers(&checking);
	tidy(desired, checking.scratch);
	add_to_peers(desired, additions, n, diags, checking.scratch);
	tidy(desired, checking.scratch);
	check_allowed_ips(&checking);
	tidy(desired, checking.scratch);
	check_overlap(&checking);
	tidy(desired, checking.scratch);
	arena_free(checking.scratch);
}
