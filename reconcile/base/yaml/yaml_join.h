/* SPDX-License-Identifier: MIT */
/*
 * yaml_join: mappings of several origins as one, at every depth. Giving the same twice is an
 * error, unless one origin overrides the other, as a file overrides the files that it
 * includes.
 */
#pragma once

#include "yaml_tree.h"

/*
 * Makes one mapping of the n trees, which are consumed: mappings of one name in different
 * texts are joined at every depth. A key given twice in one text, or one that is not a
 * mapping in each of several, is an error that names both locations; the first is kept. The
 * root's scalar named repeatable (NULL: none) may be in several texts if its value is the
 * same. NULL when a root is not a mapping (an error), or all are empty (no error).
 */
struct tree_node *tree_join(struct tree_node **roots, size_t n, const char *repeatable,
			    struct diags *diags);

/* Maximum number of origins that override each other. */
#define ORIGINS_MAX 64

struct layering {
	/* For each origin, the origins that it overrides, as bits. NULL: none overrides another. */
	const uint64_t *below;
	/* For the keys of the root, each may be NULL: lists that are concatenated (ends with
	 * NULL), and the scalar that must be the same everywhere. */
	const char *const *appended;
	const char *same;
	/* The file of a value also counts: if it is this file, bit 0 of the value's origin
	 * is set, otherwise cleared. NULL: each origin is used unchanged. */
	const char *top;
	bool checked; /* no origin has duplicate keys itself */
	unsigned errors_max; /* maximum number of errors reported; 0: no limit */
};

struct layer {
	struct tree_node *node; /* with a key */
	unsigned origin;
};

/* Makes these the children of mapping, one for each key, at the position of the first. They
 * are consumed. Children of an overridden origin come before the others. */
void layers_join(const struct layering *layering, struct tree_node *mapping,
		 const struct layer *children, size_t n, struct diags *diags);
