/* SPDX-License-Identifier: MIT */
/*
 * desired_check: what a desired state must obey as a whole, and no single value
 * shows: who has a key or a prefix already, and settings that need each other.
 */
#pragma once

#include "base/yaml/yaml_tree.h"
#include "desired.h"

/* A public key or a prefix as some peer of an interface declares it. */
struct claim {
	struct wg_key key;
	struct prefix prefix;
	const struct tree_node *node; /* the value */
	const struct tree_node *peer;
	const struct desired_selector *selector; /* NULL: a plain peer */
	bool enabled;
	bool is_route; /* of a route through the peer, not of its allowed_ips */
	size_t order; /* those of routes come last */
};

/* All of one interface. */
struct claims {
	VEC(struct claim) keys;
	VEC(struct claim) prefixes;
};

/* Two peers with one key, or with one prefix where only one can have it. Sorts
 * the claims. Selectors must be complete. */
void check_claims(struct diags *diags, struct claims *claims);

/* Peers that have the key of their own interface, as far as that is known. */
void check_own_keys(struct diags *diags, const struct desired *desired);

/* Two interfaces with one listen port. node is the mapping of all of them. */
void check_ports(struct diags *diags, const struct tree_node *node, const struct desired *desired);

/* Each with the node it was read from. */
void check_interface(struct diags *diags, const struct tree_node *node,
		     const struct desired_interface *interface);
void check_peer(struct diags *diags, const struct tree_node *node, const struct desired_peer *peer);
void check_selector(struct diags *diags, const struct tree_node *node,
		    const struct desired_selector *selector);

/* What two interfaces cannot both have. The nodes of interfaces are in the order of
 * desired's. */
void check_overlap(struct diags *diags, const struct tree_node *interfaces,
		   const struct desired *desired, struct arena *scratch);
