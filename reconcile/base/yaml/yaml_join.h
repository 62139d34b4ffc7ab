/* SPDX-License-Identifier: MIT */
/*
 * yaml_join: mappings of several origins as one, at every depth. Giving the same twice
 * is an error, unless one origin stands over the other, as a file does over those that
 * it includes: then it is as the upper one says.
 */
#pragma once

#include "yaml_tree.h"

/*
 * Makes one mapping of the n trees, which are used up: mappings of one name in
 * different texts are joined at every depth. A key that is given twice in one
 * text, or that is not a mapping in each of several, is an error that names
 * both places; the first stands. The scalar of the root that is called
 * repeatable may stand in each text (NULL: none), if it is the same everywhere.
 * NULL when a root is not a mapping (an error), or all are empty (none).
 */
struct tree_node *tree_join(struct tree_node **roots, size_t n, const char *repeatable,
			    struct diags *diags);

/* How many origins may stand over each other. */
#define ORIGINS_MAX 64

struct layering {
	/* Of each origin: those it stands over, as bits. NULL: none over any other. */
	const uint64_t *below;
	/* For the keys of the root, each may be NULL: lists that are put behind each
	 * other (ends with NULL), and the scalar that must be the same everywhere. */
	const char *const *appended;
	const char *same;
	/* The file of a value decides with: when it is this one, bit 0 of the value's
	 * origin is set, else not. NULL: an origin is that of all in it. */
	const char *top;
	bool checked; /* that no origin gives anything twice by itself */
	unsigned errors_max; /* no more errors than these are reported; 0: all are */
};

struct layer {
	struct tree_node *node; /* with a key */
	unsigned origin;
};

/* Makes these the children of mapping, one for each key, at the place of the first.
 * They are used up. Those of an origin below another stand before the other's. */
void layers_join(const struct layering *layering, struct tree_node *mapping,
		 const struct layer *children, size_t n, struct diags *diags);
