/* SPDX-License-Identifier: MIT */
/*
 * tree_write: a tree of YAML nodes as text, which tree_parse() reads back as the same tree.
 * By libyaml, which quotes any text as the parser needs it; yaml_writer is for texts of
 * known shape, and writes comments and one-line lists, which libyaml cannot.
 */
#pragma once

#include "base/yaml/yaml_tree.h"

/* Allocated in arena. Texts are quoted if needed. NULL if one is not UTF-8. */
char *tree_write(struct arena *arena, const struct tree_node *node);
