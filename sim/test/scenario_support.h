/* SPDX-License-Identifier: MIT */
/*
 * scenario_support: scenarios out of memory, for tests. A text may hold several
 * files: each begins after a line "--- NAME", the first one without.
 */
#pragma once

#include "../core/scenario_read.h"

/* Reads the files of a text; names of the others are as they stand there. */
struct tree_node *memory_tree(const char *name, const char *text, struct diags *diags);

/* Its only case expanded; NULL when anything is wrong. */
struct tree_node *memory_expand(const char *name, const char *text, struct diags *diags);

/* All that was said, sorted, a line each. */
const char *memory_said(struct diags *diags);

/* The tree on one line, with quotes where it is not plain: {a: [1, '2']}. */
const char *memory_drawn(struct arena *arena, const struct tree_node *node);
