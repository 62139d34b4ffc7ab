/* SPDX-License-Identifier: MIT */
#include "desired_check.h"

#include "desired_default.h"

/* The node of a key, or of the mapping if the key is missing. */
static const struct tree_node *at_key(const struct tree_node *node, const char *key)
{
	const struct tree_node *value = tree_get(node, key);

	return value ? value : node;
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

/* The port of facts: its own, or the next of the interface's. */
static void check_facts_port(struct diags *diags, const struct tree_node *node,
			     const struct desired_interface *interface)
{
	const struct tree_node *facts = tree_get(node, "facts");

	if (!interface->facts.enabled || tree_get(facts, "port"))
		return;
	if (!tree_get(node, "listen_port"))
		tree_key_error(diags, facts,
			       "has no port: give the interface a listen_port, and the next one is "
			       "used, or give port, such as port: 51821");
	else if (interface->listen_port == UINT16_MAX)
		tree_key_error(diags, facts,
			       "has no port, as there is none after listen_port %u: give port, "
			       "such as port: 51821",
			       UINT16_MAX);
}

/* Keys of peers that mean nothing without facts. */
static void check_without_facts(struct diags *diags, const struct tree_node *node)
{
	static const char *const keys[] = { "trust", "facts_exchanger", "basic" };
	const struct tree_node *peers = tree_get(node, "peers");

	if (tree_get(node, "facts") || !peers || peers->kind != TREE_MAPPING)
		return;
	for (const struct tree_node *peer = peers->first; peer; peer = peer->next) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			const struct tree_node *value = tree_get(peer, keys[i]);

			if (value)
				tree_key_error(diags, value,
					       "interface %s has no facts: add facts to it, or "
					       "leave %s out",
					       node->key, keys[i]);
		}
	}
}

void check_interface(struct diags *diags, const struct tree_node *node,
		     const struct desired_interface *interface)
{
	const struct tree_node *program = tree_get(node, "program");
	const struct tree_node *implementation = tree_get(node, "implementation");

	check_rules(diags, node, interface);
	check_mtu(diags, node, interface);
	check_facts_port(diags, node, interface);
	check_without_facts(diags, node);
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

/* Also when one of its allowed IPs was invalid. */
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

/* One error for the shared target, not one for each peer. */
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

		if (is_mapping(member) && !tree_get(member, "endpoint") &&
		    !tree_get(member, "endpoints"))
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
