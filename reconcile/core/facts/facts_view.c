/* SPDX-License-Identifier: MIT */
#include "facts_parts.h"

#include "fact_member.h"

#include <stdlib.h>

bool facts_is_unicast(const struct ip *ip)
{
	static const uint8_t zero[16];
	static const uint8_t broadcast[4] = { 255, 255, 255, 255 };

	if (ip->family == FAMILY_IPV4)
		return memcmp(ip->b, zero, 4) != 0 && memcmp(ip->b, broadcast, 4) != 0 &&
		       ip->b[0] != 127 && (ip->b[0] & 0xf0) != 0xe0 &&
		       !(ip->b[0] == 169 && ip->b[1] == 254);
	if (ip->family != FAMILY_IPV6)
		return false;
	/* Unspecified and loopback differ in the last byte. */
	if (memcmp(ip->b, zero, 15) == 0 && ip->b[15] <= 1)
		return false;
	return ip->b[0] != 0xff && !ip_is_link_local(ip);
}

bool facts_in_tunnel(const struct observed *observed, const char *interface, const struct ip *ip)
{
	bool inside = false;

	vec_each (address, &observed->host_addresses) {
		const struct prefix network = prefix_mask(address->prefix);

		if (!prefix_covers(&network, ip))
			continue;
		if (strcmp(address->link, interface) != 0)
			return false;
		inside = true;
	}
	return inside;
}

/* Several addresses are behind such a peer. Other than wirelink, which is a router itself
 * beside such a peer, a default route counts. */
static bool leads_on(const struct prefix *prefix)
{
	return prefix->length < family_bits(prefix->ip.family) &&
	       (prefix->length == 0 || facts_is_unicast(&prefix->ip));
}

static bool is_router(const struct facts_node *node)
{
	if (node->declared)
		vec_each (prefix, &node->declared->allowed_ips)
			if (leads_on(prefix))
				return true;
	if (node->in_kernel)
		vec_each (prefix, &node->in_kernel->allowed_ips)
			if (leads_on(prefix))
				return true;
	return false;
}

static void add(struct facts_step *step, const struct wg_key *key,
		const struct desired_peer *declared, const struct observed_peer *in_kernel)
{
	struct facts_node *node;

	if (key_compare(key, &step->view->public_key) == 0)
		return;
	node = vec_push(step->facts->arena, &step->view->peers);
	node->public_key = *key;
	node->declared = declared;
	node->in_kernel = in_kernel;
}

/* Declared peers by key, with those of the kernel, which are sorted. */
static void merge_peers(struct facts_step *step)
{
	struct facts_view *view = step->view;
	const struct observed_interface *in_kernel = view->in_kernel;
	size_t kept = 0;

	vec_each (peer, &view->interface->peers)
		if (peer->enabled)
			add(step, &peer->public_key, peer, NULL);
	if (in_kernel)
		vec_each (peer, &in_kernel->peers)
			add(step, &peer->public_key, NULL, peer);
	if (view->peers.n > 1)
		qsort(view->peers.at, view->peers.n, sizeof(*view->peers.at), key_order);
	for (size_t i = 1; i < view->peers.n; i++) {
		struct facts_node *last = &view->peers.at[kept], *next = &view->peers.at[i];

		if (key_compare(&last->public_key, &next->public_key) != 0) {
			view->peers.at[++kept] = *next;
			continue;
		}
		last->declared = last->declared ? last->declared : next->declared;
		last->in_kernel = last->in_kernel ? last->in_kernel : next->in_kernel;
	}
	if (view->peers.n)
		view->peers.n = kept + 1;
}

/* ---- What other nodes report of a peer ---- */

/* The first valid metadata with a name, or without any; false: none. */
static bool metadata_of(const struct facts_view *view, const struct wg_key *key,
			struct fact_member *found, struct arena *arena)
{
	const struct facts_note wanted = { .fact = { .attribute = FACT_MEMBER_METADATA,
						     .subject = *key } };
	const struct facts_notes *notes = &view->link->received;
	struct fact_member member;
	bool any = false;

	*found = (struct fact_member){ 0 };
	for (size_t i = vec_place(&notes->list, &wanted, facts_note_order); i < notes->list.n;
	     i++) {
		const struct fact *fact = &notes->list.at[i].fact;

		if (fact->attribute != FACT_MEMBER_METADATA ||
		    key_compare(&fact->subject, key) != 0)
			break;
		if (!fact_member_decode(fact->metadata, &member, arena))
			continue;
		any = true;
		found->name = found->name ? found->name : member.name;
		found->basic |= member.has_basic && member.basic;
	}
	return any;
}

const char *facts_member_name(const struct facts_view *view, const struct wg_key *key,
			      struct arena *arena)
{
	struct fact_member member;

	return metadata_of(view, key, &member, arena) ? member.name : NULL;
}

static void take_metadata(struct facts_step *step, struct facts_node *node)
{
	struct fact_member member;

	if (!metadata_of(step->view, &node->public_key, &member, step->facts->arena))
		return;
	node->name = node->name ? node->name : member.name;
	node->basic |= member.basic;
}

static void copy_notes(struct facts_step *step)
{
	struct facts_link *link = step->view->link;

	vec_each (node, &step->view->peers) {
		const struct facts_peer *before = step->before ? facts_peer_find(step->before,
										 &node->public_key)
							       : NULL;
		struct facts_peer *notes = vec_push(step->facts->arena, &link->peers);

		step->facts->changed |= !before;
		if (before)
			*notes = *before;
		notes->public_key = node->public_key;
	}
	step->facts->changed |= step->before && step->before->peers.n != link->peers.n;
	/* No element moves any more. */
	for (size_t i = 0; i < link->peers.n; i++)
		step->view->peers.at[i].notes = &link->peers.at[i];
}

static bool has_router(const struct facts_view *view)
{
	vec_each (node, &view->peers)
		if (node->router)
			return true;
	return false;
}

void facts_view_make(struct facts_step *step)
{
	struct facts_view *view = step->view;
	const struct desired_interface *interface = view->interface;
	char key[KEY_TEXT_MAX];

	view->private_key = interface->private_key;
	view->public_key = interface->public_key;
	if (view->in_kernel && view->in_kernel->has_private_key &&
	    (key_is_zero(&view->private_key) || key_is_zero(&view->public_key))) {
		view->private_key = view->in_kernel->private_key;
		view->public_key = view->in_kernel->public_key;
	}
	merge_peers(step);
	copy_notes(step);
	vec_each (node, &view->peers) {
		node->router = is_router(node);
		if (node->declared) {
			node->name = node->declared->name;
			node->basic = node->declared->basic;
		}
		take_metadata(step, node);
		if (!node->name)
			node->name = arena_strdup(step->facts->arena,
						  key_text(&node->public_key, key));
	}
	view->router = interface->facts.router == ROUTER_YES ||
		       (interface->facts.router == ROUTER_AUTO && !has_router(view));
	facts_trust_levels(view);
}

struct facts_node *facts_node_of(const struct facts_view *view, const struct wg_key *public_key)
{
	if (!view->peers.n)
		return NULL;
	return bsearch(public_key, view->peers.at, view->peers.n, sizeof(struct facts_node),
		       key_order);
}

const struct facts_node *facts_node_find(const struct facts_view *view,
					 const struct wg_key *public_key)
{
	return facts_node_of(view, public_key);
}

const struct facts_view *facts_view_find(const struct facts *facts, const char *interface)
{
	vec_each (view, &facts->views)
		if (strcmp(view->interface->name, interface) == 0)
			return view;
	return NULL;
}
