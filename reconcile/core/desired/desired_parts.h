/* SPDX-License-Identifier: MIT */
/*
 * desired_parts: the parts of desired_yaml, one file for each kind of mapping. Private to
 * these files.
 */
#pragma once

#include "base/yaml/yaml_tree.h"
#include "desired.h"
#include "desired_check.h"

/* State while a desired state is read. */
struct reading {
	struct arena *scratch; /* needed for reading only */
	struct diags *diags;
	struct desired *desired;
	const struct tree_node *interfaces; /* read first; their routes after all peers */
	const struct tree_node *selectors; /* read after all interfaces */
};

/* The mapping of all interfaces, and the one of all selectors (NULL: none). */
void read_interfaces(struct reading *reading, const struct tree_node *node);
void read_selectors(struct reading *reading, const struct tree_node *node);

/* An interface's routes: the settings for allowed IPs at once; routes through peers, of all
 * interfaces, after the selectors have been read. */
void read_route_policy(struct diags *diags, const struct tree_node *value,
		       struct desired_interface *interface);
void read_via_routes(struct reading *reading);

/* A value of follow_routes. */
void read_follow(struct diags *diags, const struct tree_node *value, struct desired_follow *follow);

/* A value of facts; what depends on other keys of its interface is checked later. */
void read_facts(struct diags *diags, const struct tree_node *value, struct desired_facts *facts);

/* A peer of an interface, or of a selector. peer already has its defaults. */
void read_peer(struct reading *reading, const struct tree_node *node, struct desired_peer *peer,
	       bool is_member);

/* A value of endpoints; and, after both keys have been read, the checks on endpoint and
 * endpoints. */
void read_endpoints(struct diags *diags, const struct tree_node *value, struct desired_peer *peer);
void arrange_endpoints(struct diags *diags, const struct tree_node *node,
		       struct desired_peer *peer);

/* A value of prefer_family. */
void read_prefer_family(struct diags *diags, const struct tree_node *value, enum family *family);

/* The addresses of an interface, in their order. */
void addresses_read(struct diags *diags, const struct tree_node *value,
		    struct desired_interface *interface);

/* Locations of a key and its value. */
struct entry_where entry_where(const struct tree_node *value);
