/* SPDX-License-Identifier: MIT */
#include "desired_check.h"

#include "desired_default.h"

#include <stdlib.h>

/* The node of a key, or of the whole where the key is not given. */
static const struct tree_node *at_key(const struct tree_node *node, const char *key)
{
	const struct tree_node *value = tree_get(node, key);

	return value ? value : node;
}

static int order_compare(const struct claim *a, const struct claim *b)
{
	return a->order < b->order ? -1 : a->order > b->order;
}

static int key_claim_compare(const void *a_, const void *b_)
{
	const struct claim *a = a_, *b = b_;
	int order = key_compare(&a->key, &b->key);

	return order ? order : order_compare(a, b);
}

static int prefix_claim_compare(const void *a_, const void *b_)
{
	const struct claim *a = a_, *b = b_;
	int order = prefix_compare(&a->prefix, &b->prefix);

	return order ? order : order_compare(a, b);
}

static void check_keys(struct diags *diags, struct claims *claims)
{
	const struct claim *first = NULL;

	if (claims->keys.n)
		qsort(claims->keys.at, claims->keys.n, sizeof(*claims->keys.at), key_claim_compare);
	vec_each (claim, &claims->keys) {
		if (!first || key_compare(&first->key, &claim->key) != 0) {
			first = claim;
			continue;
		}
		tree_error(diags, claim->node,
			   "is also the key of %s (%s): peers of one interface need a key each",
			   tree_path(diags->arena, first->peer),
			   tree_place(diags->arena, first->node));
	}
}

static void shared_prefix(struct diags *diags, const struct claim *first, const struct claim *claim)
{
	char text[PREFIX_TEXT_MAX];

	prefix_text(&claim->prefix, text);
	if (claim->selector && claim->selector == first->selector)
		tree_error(
			diags, claim->node,
			"%s also belongs to %s (%s): peers of a selector may share a prefix only "
			"with active: 1, because WireGuard gives it to one peer at a time",
			text, tree_path(diags->arena, first->peer),
			tree_place(diags->arena, first->node));
	else
		tree_error(diags, claim->node,
			   "%s%s%s also belongs to %s (%s): on one interface a prefix leads to "
			   "one peer, so remove it from either",
			   text, claim->is_route ? " through " : "",
			   claim->is_route ? claim->peer->key : "",
			   tree_path(diags->arena, first->peer),
			   tree_place(diags->arena, first->node));
}

static bool may_share(const struct claim *a, const struct claim *b)
{
	/* A peer's allowed_ips may repeat what its routes say. */
	if (b->is_route && a->peer == b->peer)
		return true;
	return a->selector && a->selector == b->selector && a->selector->active <= 1;
}

static void check_prefixes(struct diags *diags, struct claims *claims)
{
	const struct claim *first = NULL;
	const struct claim *previous = NULL;

	if (claims->prefixes.n)
		qsort(claims->prefixes.at, claims->prefixes.n, sizeof(*claims->prefixes.at),
		      prefix_claim_compare);
	vec_each (claim, &claims->prefixes) {
		bool again = previous && !prefix_compare(&previous->prefix, &claim->prefix);

		if (!again)
			first = NULL;
		/* The claims of one peer's allowed_ips have followed each other. */
		if (again && !claim->is_route && previous->peer == claim->peer)
			tree_error(diags, claim->node, "%s is given twice: remove one",
				   tree_shown(diags->arena, claim->node));
		else if (claim->enabled && first && !may_share(first, claim))
			shared_prefix(diags, first, claim);
		if (claim->enabled && !first)
			first = claim;
		previous = claim;
	}
}

void check_claims(struct diags *diags, struct claims *claims)
{
	check_keys(diags, claims);
	check_prefixes(diags, claims);
}

static void check_own_key(struct diags *diags, const struct desired_interface *interface,
			  const struct desired_peer *peer, const char *path)
{
	if (!key_is_zero(&interface->public_key) &&
	    key_compare(&interface->public_key, &peer->public_key) == 0)
		diag_error(diags, peer->where, path,
			   "is the public key of interface %s itself: give the peer's",
			   interface->name);
}

void check_own_keys(struct diags *diags, const struct desired *desired)
{
	vec_each (interface, &desired->interfaces)
		vec_each (peer, &interface->peers)
			check_own_key(diags, interface, peer,
				      arena_printf(diags->arena,
						   "interfaces.%s.peers.%s.public_key",
						   interface->name, peer->name));
	vec_each (selector, &desired->selectors)
		vec_each (peer, &selector->peers)
			check_own_key(diags, selector->interface, peer,
				      arena_printf(diags->arena, "selectors.%s.peers.%s.public_key",
						   selector->name, peer->name));
}

struct port_claim {
	int32_t port;
	const struct tree_node *node;
	const struct tree_node *interface;
	size_t order;
};

static int port_compare(const void *a_, const void *b_)
{
	const struct port_claim *a = a_, *b = b_;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

void check_ports(struct diags *diags, const struct tree_node *node, const struct desired *desired)
{
	struct port_claim *claims = arena_alloc(diags->arena,
						desired->interfaces.n * sizeof(*claims));
	const struct port_claim *first = NULL;
	size_t n = 0, order = 0;

	for (const struct tree_node *one = node->first; one; one = one->next, order++) {
		int32_t port = desired->interfaces.at[order].listen_port;

		if (port >= 0)
			claims[n++] = (struct port_claim){ port, tree_get(one, "listen_port"), one,
							   order };
	}
	if (n)
		qsort(claims, n, sizeof(*claims), port_compare);
	for (size_t i = 0; i < n; i++) {
		if (!first || first->port != claims[i].port)
			first = &claims[i];
		else
			tree_error(diags, claims[i].node,
				   "%d is also the port of %s (%s): interfaces need a port each",
				   claims[i].port, tree_path(diags->arena, first->interface),
				   tree_place(diags->arena, first->node));
	}
}

static void check_rules(struct diags *diags, const struct tree_node *node,
			const struct desired_interface *interface)
{
	if (interface->kill_switch && interface->rules != RULES_FWMARK)
		tree_error(
			diags, tree_get(node, "kill_switch"),
			"is only with rules: fwmark, which lead to the table that it closes: add "
			"that, or leave kill_switch out");
	if (interface->rules != RULES_FWMARK)
		return;
	if (interface->fwmark == 0 || !tree_get(node, "fwmark"))
		tree_error(diags, tree_get(node, "rules"),
			   "fwmark needs the mark to be set: give fwmark, such as fwmark: 51820");
	if (interface->table == TABLE_MAIN)
		tree_error(diags, tree_get(node, "rules"),
			   "fwmark needs a routing table of its own: give table, such as table: "
			   "51820");
}

static void check_mtu(struct diags *diags, const struct tree_node *node,
		      const struct desired_interface *interface)
{
	if (!interface->mtu || interface->mtu >= IPV6_MTU_MIN)
		return;
	vec_each (address, &interface->addresses) {
		if (address->prefix.ip.family != FAMILY_IPV6)
			continue;
		tree_error(diags, tree_get(node, "mtu"),
			   "%u is too small for the IPv6 address in addresses: give at least %d",
			   interface->mtu, IPV6_MTU_MIN);
		return;
	}
}

void check_interface(struct diags *diags, const struct tree_node *node,
		     const struct desired_interface *interface)
{
	const struct tree_node *program = tree_get(node, "program");
	const struct tree_node *implementation = tree_get(node, "implementation");

	check_rules(diags, node, interface);
	check_mtu(diags, node, interface);
	if (program && (!implementation || tree_is_word(implementation, "kernel")))
		tree_key_error(diags, program,
			       "is only for implementation: userspace: add that, or leave program "
			       "out");
}

void check_peer(struct diags *diags, const struct tree_node *node, const struct desired_peer *peer)
{
	const struct tree_node *keep = tree_get(node, "preshared_key");

	if (!tree_get(node, "public_key"))
		tree_key_error(diags, node, "has no public_key: give the peer's");
	if (peer->preshared_key_file && peer->preshared_key_keep)
		tree_key_error(diags, keep,
			       "contradicts preshared_key_file: leave one of the two out");
}

static unsigned enabled_members(const struct desired_selector *selector)
{
	unsigned n = 0;

	vec_each (peer, &selector->peers)
		n += peer->enabled;
	return n;
}

/* Missing counts as none. */
static bool is_mapping(const struct tree_node *node)
{
	return !node || node->kind == TREE_MAPPING || tree_is_empty(node);
}

static void check_active(struct diags *diags, const struct tree_node *node,
			 const struct desired_selector *selector)
{
	unsigned enabled = enabled_members(selector);

	if (!is_mapping(tree_get(node, "peers")))
		return;
	if (!enabled)
		tree_key_error(diags, at_key(node, "peers"),
			       "has no enabled peer: a selector needs at least one to choose");
	else if (selector->active > enabled)
		tree_error(diags, at_key(node, "active"),
			   "%u is more than there are enabled peers: give at most %u",
			   selector->active, enabled);
}

static void check_times(struct diags *diags, const struct tree_node *node,
			const struct desired_selector *selector)
{
	const struct tree_node *shown = tree_get(node, "established_for");

	if (!selector->established_for || selector->established_for >= selector->try_for)
		return;
	if (!shown)
		shown = at_key(node, "try_for");
	tree_error(diags, shown,
		   "established_for (%s) is shorter than try_for (%s): a handshake would be too "
		   "old before it counts, so give established_for more",
		   duration_text(diags->arena, selector->established_for),
		   duration_text(diags->arena, selector->try_for));
}

static bool strategy_is(const struct tree_node *node, enum strategy strategy)
{
	const struct tree_node *value = tree_get(node, "strategy");

	if (!value)
		return strategy == STRATEGY_RANDOM;
	return tree_is_word(value, strategy_words[strategy]);
}

static void check_failback(struct diags *diags, const struct tree_node *node,
			   const struct desired_selector *selector)
{
	if (selector->failback == FAILBACK_NEVER || !strategy_is(node, STRATEGY_RANDOM))
		return;
	tree_error(diags, tree_get(node, "failback"),
		   "needs to know which peer is better: set strategy to ordered or weighted, or "
		   "failback to never");
}

/* Also when one of its allowed IPs was not understood. */
static bool may_cover(const struct desired_peer *peer, const struct tree_node *member,
		      const struct ip *ip)
{
	const struct tree_node *allowed_ips = tree_get(member, "allowed_ips");

	vec_each (prefix, &peer->allowed_ips) {
		if (prefix_covers(prefix, ip))
			return true;
	}
	return allowed_ips && allowed_ips->n != peer->allowed_ips.n;
}

static void uncovered(struct diags *diags, const struct tree_node *target,
		      const struct desired_peer *peer, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	tree_error(diags, target,
		   "%s is not in the allowed IPs of %s: a probe through this peer could not "
		   "leave, so add it there, or give a target that is",
		   ip_text(ip, text), peer->name);
}

/* One error for the target that all share, not one for each peer. */
static void check_shared_target(struct diags *diags, const struct tree_node *node,
				const struct desired_selector *selector)
{
	const struct tree_node *target = tree_get(tree_get(node, "probe"), "target");
	const struct tree_node *peers = tree_get(node, "peers");
	const struct tree_node *member = peers ? peers->first : NULL;

	if (!target || selector->probe.target.family == FAMILY_NONE)
		return;
	vec_each (peer, &selector->peers) {
		if (peer->enabled && !tree_get(member, "probe_target") &&
		    !may_cover(peer, member, &selector->probe.target)) {
			uncovered(diags, target, peer, &selector->probe.target);
			return;
		}
		member = member->next;
	}
}

static void check_own_targets(struct diags *diags, const struct tree_node *node,
			      const struct desired_selector *selector)
{
	const struct tree_node *peers = tree_get(node, "peers");
	const struct tree_node *member = peers ? peers->first : NULL;

	/* Peers and their nodes are in the same order. */
	vec_each (peer, &selector->peers) {
		const struct tree_node *target = tree_get(member, "probe_target");

		if (target && !tree_get(node, "probe"))
			tree_key_error(diags, target, "needs probe in its selector: add it there");
		else if (target && peer->enabled && peer->probe_target.family != FAMILY_NONE &&
			 !may_cover(peer, member, &peer->probe_target))
			uncovered(diags, target, peer, &peer->probe_target);
		member = member->next;
	}
}

static void check_members(struct diags *diags, const struct tree_node *node)
{
	const struct tree_node *peers = tree_get(node, "peers");
	bool weightless = strategy_is(node, STRATEGY_RANDOM) || strategy_is(node, STRATEGY_ORDERED);

	if (!peers || peers->kind != TREE_MAPPING)
		return;
	for (const struct tree_node *member = peers->first; member; member = member->next) {
		const struct tree_node *weight = tree_get(member, "weight");

		if (is_mapping(member) && !tree_get(member, "endpoint"))
			tree_key_error(diags, member,
				       "has no endpoint: a selector can only try peers whose "
				       "address it knows");
		if (weight && weightless)
			tree_key_error(diags, weight,
				       "is only for strategy: weighted: set that, or leave weight "
				       "out");
	}
}

void check_selector(struct diags *diags, const struct tree_node *node,
		    const struct desired_selector *selector)
{
	check_active(diags, node, selector);
	check_times(diags, node, selector);
	check_failback(diags, node, selector);
	check_members(diags, node);
	check_shared_target(diags, node, selector);
	check_own_targets(diags, node, selector);
}
