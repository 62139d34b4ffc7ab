/* SPDX-License-Identifier: MIT */
/*
 * desired_parts: how desired_yaml is divided: one file for each kind of mapping.
 * Only for these files.
 */
#pragma once

#include "base/yaml/yaml_tree.h"
#include "desired.h"
#include "desired_check.h"

/* What is known while a desired state is read. */
struct reading {
	struct arena *scratch; /* what only the reading needs */
	struct diags *diags;
	struct desired *desired;
	const struct tree_node *interfaces; /* read first; their routes when all peers are known */
	const struct tree_node *selectors; /* read when all interfaces are known */
};

/* The mapping of all interfaces, and that of all selectors (NULL: none). */
void read_interfaces(struct reading *reading, const struct tree_node *node);
void read_selectors(struct reading *reading, const struct tree_node *node);

/* An interface's routes: which to make for allowed IPs, at once, and those through
 * peers, of all interfaces, when the selectors have been read. */
void read_route_policy(struct diags *diags, const struct tree_node *value,
		       struct desired_interface *interface);
void read_via_routes(struct reading *reading);

/* A value of follow_routes. */
void read_follow(struct diags *diags, const struct tree_node *value, struct desired_follow *follow);

/* A peer of an interface, or of a selector. peer has its defaults already. */
void read_peer(struct reading *reading, const struct tree_node *node, struct desired_peer *peer,
	       bool is_member);

/* A value of prefer_family. */
void read_prefer_family(struct diags *diags, const struct tree_node *value, enum family *family);

/* The addresses of an interface, in their order. */
void addresses_read(struct diags *diags, const struct tree_node *value,
		    struct desired_interface *interface);

/* Where a key and its value stand. */
struct entry_where entry_where(const struct tree_node *value);
