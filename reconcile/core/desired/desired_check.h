/* SPDX-License-Identifier: MIT */
/*
 * desired_check: settings of one interface, peer or selector that need each other, or
 * exclude each other, as a file gives them. What two declarations cannot both have is in
 * desired_conflict.
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
