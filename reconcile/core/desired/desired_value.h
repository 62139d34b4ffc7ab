/* SPDX-License-Identifier: MIT */
/*
 * desired_value: values of a desired state with a syntax of their own: keys, addresses,
 * prefixes, endpoints, names. As in yaml_value, each function reports an error with the
 * correct form.
 */
#pragma once

#include "base/yaml/yaml_value.h"
#include "desired.h"

/* A public key. */
bool value_key(struct diags *diags, const struct tree_node *node, struct wg_key *key);

/* The name of a file that holds a key, not the key. */
bool value_key_file(struct diags *diags, const struct tree_node *node, const char **file);

bool value_ip(struct diags *diags, const struct tree_node *node, struct ip *ip);

/* An address with its prefix length, and a prefix without host bits. */
bool value_address(struct diags *diags, const struct tree_node *node, struct prefix *prefix);
bool value_network(struct diags *diags, const struct tree_node *node, struct prefix *prefix);

/* The number of a routing table, or main. */
bool value_table(struct diags *diags, const struct tree_node *node, uint32_t *table);

/* Sets text, is_literal and address of endpoint. */
bool value_endpoint(struct diags *diags, const struct tree_node *node,
		    struct desired_endpoint *endpoint);

/* A level of trust. */
bool value_trust(struct diags *diags, const struct tree_node *node, enum trust *trust);

/* A name or an address, without a port. */
bool value_host(struct diags *diags, const struct tree_node *node, const char **host);

/* Checks the node's key as the name of an interface, or of a peer or a selector. */
bool key_names_interface(struct diags *diags, const struct tree_node *node);
bool key_names_object(struct diags *diags, const struct tree_node *node);
