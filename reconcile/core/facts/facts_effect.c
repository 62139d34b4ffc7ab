/* SPDX-License-Identifier: MIT */
/*
 * What facts make of the desired state: further endpoints, allowed IPs of peers with a
 * direct link, and peers.
 */
#include "facts_parts.h"

/* ---- Additions ---- */

static struct declaration declared_by(const struct facts_step *step, const struct facts_note *note)
{
	const struct facts_node *from = facts_node_find(step->view, &note->source);

	return (struct declaration){
		.origin = ORIGIN_FACT,
		.from = from ? from->name : "a former peer",
		/* It may stay longer. */
		.expires = note->expires > step->now ? note->expires : 0,
	};
}

static void add_candidate(struct facts_step *step, const struct facts_note *note,
			  struct desired_peer *peer)
{
	char text[ENDPOINT_TEXT_MAX];
	struct arena *arena = step->facts->arena;

	/* Each costs a trial while the peer is not reached. */
	if (peer->candidates.n == FACTS_ENDPOINTS_MAX)
		return;
	*vec_push(arena, &peer->candidates) = (struct desired_endpoint){
		.declared = declared_by(step, note),
		.text = arena_strdup(arena, endpoint_text(&note->fact.endpoint, text)),
		.is_literal = true,
		.address = note->fact.endpoint,
	};
}

static void add_allowed_ip(struct facts_step *step, const struct facts_note *note,
			   struct desired_peer *peer)
{
	if (ip_is_link_local(&note->fact.prefix.ip))
		return;
	*vec_push(step->facts->arena, &peer->allowed_ips) = note->fact.prefix;
	*vec_push(step->facts->arena, &peer->allowed_ips_declared) = (struct desired_allowed_ip){
		.declared = declared_by(step, note),
	};
}

/* Adds what one note says; true if it is about membership. */
static bool add_note(struct facts_step *step, const struct facts_note *note,
		     const struct facts_node *node, struct desired_peer *peer)
{
	switch (note->fact.attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		add_candidate(step, note, peer);
		break;
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		if (node && node->notes->direct)
			add_allowed_ip(step, note, peer);
		break;
	case FACT_MEMBER:
	case FACT_MEMBER_METADATA:
		peer->declared = declared_by(step, note);
		/* It may stay longer than the fact. */
		peer->declared.expires = 0;
		return true;
	case FACT_ALIVE:
		break;
	}
	return false;
}

static bool is_name_used(const struct facts_step *step, const char *name)
{
	vec_each (peer, &step->view->interface->peers)
		if (strcmp(peer->name, name) == 0)
			return true;
	vec_each (selector, &step->input->desired->selectors)
		if (selector->interface == step->view->interface)
			vec_each (peer, &selector->peers)
				if (strcmp(peer->name, name) == 0)
					return true;
	vec_each (addition, &step->facts->additions)
		if (addition->peer.name && strcmp(addition->peer.name, name) == 0)
			return true;
	return false;
}

static const char *member_name(const struct facts_step *step, const struct wg_key *key,
			       const char *name)
{
	char text[KEY_TEXT_MAX];

	if (name && *name && !is_name_used(step, name))
		return name;
	return arena_strdup(step->facts->arena, key_text(key, text));
}

/* The notes about one subject, from first to before end. */
static void add_subject(struct facts_step *step, size_t first, size_t end)
{
	const struct facts_notes *notes = &step->view->link->received;
	const struct wg_key *key = &notes->list.at[first].fact.subject;
	const struct facts_node *node = facts_node_find(step->view, key);
	struct desired_peer peer = {
		.public_key = *key,
		.enabled = true,
		.preshared_key_keep = true,
		.weight = 1,
	};
	bool member = false;

	for (size_t i = first; i < end; i++)
		member |= add_note(step, &notes->list.at[i], node, &peer);
	if (node && node->declared)
		peer.declared.origin = ORIGIN_FACT;
	else if (member)
		peer.name = member_name(step, key,
					facts_member_name(step->view, key, step->facts->arena));
	else
		return;
	*vec_push(step->facts->arena, &step->facts->additions) = (struct desired_addition){
		.interface = step->view->interface->name,
		.peer = peer,
	};
}

void facts_additions(struct facts_step *step)
{
	const struct facts_notes *notes = &step->view->link->received;
	size_t first = 0;

	for (size_t i = 1; i <= notes->list.n; i++) {
		if (i < notes->list.n && key_compare(&notes->list.at[i].fact.subject,
						     &notes->list.at[first].fact.subject) == 0)
			continue;
		add_subject(step, first, i);
		first = i;
	}
}

/* ---- After the merge ---- */

static void add_own_address(const struct facts_view *view, struct desired_interface *interface,
			    struct arena *arena)
{
	const struct prefix prefix = { fact_address(&view->public_key), 64 };

	vec_each (address, &interface->addresses)
		if (ip_compare(&address->prefix.ip, &prefix.ip) == 0)
			return;
	*vec_push(arena, &interface->addresses) = (struct desired_address){ .prefix = prefix };
}

static void add_peer_address(struct desired_peer *peer, struct arena *arena)
{
	const struct desired_allowed_ip declared = {
		.declared = { .origin = ORIGIN_FACT, .from = "its public key" },
	};
	const struct prefix prefix = { fact_address(&peer->public_key), 128 };

	desired_allowed_ip_add(peer, &prefix, &declared, arena);
	desired_allowed_ips_tidy(peer, arena);
}

/* Whether a router among the peers has a shorter prefix for the same addresses. */
static bool router_covers(const struct facts_view *view, const struct desired_interface *interface,
			  const struct desired_peer *except, const struct prefix *prefix)
{
	vec_each (peer, &interface->peers) {
		const struct facts_node *node = facts_node_find(view, &peer->public_key);

		if (peer == except || !peer->enabled || !node || !node->router)
			continue;
		vec_each (wider, &peer->allowed_ips)
			if (wider->length < prefix->length && prefix_covers(wider, &prefix->ip))
				return true;
	}
	return false;
}

/* Without a direct link its traffic goes by the router. */
static void withhold(const struct facts_view *view, const struct desired_interface *interface,
		     struct desired_peer *peer)
{
	size_t kept = 0;

	for (size_t i = 0; i < peer->allowed_ips.n; i++) {
		const struct prefix prefix = peer->allowed_ips.at[i];

		if (!ip_is_link_local(&prefix.ip) && router_covers(view, interface, peer, &prefix))
			continue;
		peer->allowed_ips.at[kept] = prefix;
		if (peer->allowed_ips_declared.n)
			peer->allowed_ips_declared.at[kept] = peer->allowed_ips_declared.at[i];
		kept++;
	}
	peer->allowed_ips.n = kept;
	if (peer->allowed_ips_declared.n)
		peer->allowed_ips_declared.n = kept;
}

/* Candidates in a network of this machine are tried first. */
static void find_near(const struct facts_input *input, const struct facts_view *view,
		      struct desired_peer *peer)
{
	vec_each (candidate, &peer->candidates) {
		vec_each (address, &input->observed->host_addresses) {
			const struct prefix network = prefix_mask(address->prefix);

			if (candidate->is_literal && address->up &&
			    strcmp(address->link, view->interface->name) != 0 &&
			    prefix_covers(&network, &candidate->address.ip))
				candidate->near = true;
		}
	}
}

static void complete_peer(const struct facts_input *input, const struct facts_view *view,
			  struct desired_interface *interface, struct desired_peer *peer)
{
	const struct facts_node *node = facts_node_find(view, &peer->public_key);

	add_peer_address(peer, input->desired->arena);
	find_near(input, view, peer);
	if (!view->router && !(node && (node->router || node->notes->direct)))
		withhold(view, interface, peer);
}

void facts_apply(struct facts *facts, const struct facts_input *input)
{
	vec_each (view, &facts->views) {
		const struct desired *desired = input->desired;
		struct desired_interface *interface =
			&desired->interfaces.at[view->interface - desired->interfaces.at];

		if (key_is_zero(&view->public_key))
			continue;
		add_own_address(view, interface, desired->arena);
		vec_each (peer, &interface->peers)
			complete_peer(input, view, interface, peer);
		/* Facts about undeclared peers may be missing still. */
		if (!view->router && view->interface->facts.trust < TRUST_MEMBERSHIP &&
		    !view->may_remove)
			interface->unmanaged_peers = UNMANAGED_KEEP;
	}
}
