/* SPDX-License-Identifier: MIT */
/*
 * desired_check: settings of one interface, peer or selector in a file that require or
 * exclude each other. Conflicts between two declarations are in desired_conflict.
 */
#pragma once

#include "base/yaml/yaml_tree.h"
#include "desired.h"

/* Each with the node it was read from. */
void check_interface(struct diags *diags, const struct tree_node *node,
		     const struct desired_interface *interface);
void check_peer(struct diags *diags, const struct tree_node *node, const struct desired_peer *peer);
void check_selector(struct diags *diags, const struct tree_node *node,
		    const struct desired_selector *selector);
