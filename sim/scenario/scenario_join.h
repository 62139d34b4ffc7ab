/* SPDX-License-Identifier: MIT */
/*
 * scenario_join: mappings of several origins as one. Some origins stand over
 * others, as a file does over those that it includes: what both give is then as
 * the upper one says. Otherwise giving the same twice is an error.
 */
#pragma once

#include "base/yaml/yaml_tree.h"

#define ORIGINS_MAX 64

struct layering {
	uint64_t below[ORIGINS_MAX]; /* of each origin: those it stands over, as bits */
	/* For the keys of the root, each may be NULL: lists that are put behind each
	 * other (ends with NULL), and the scalar that must be the same everywhere. */
	const char *const *appended;
	const char *same;
	/* The file of a value decides with: when it is this one, bit 0 of the value's
	 * origin is set, else not. NULL: an origin is that of all in it. */
	const char *top;
	bool checked; /* that no origin gives anything twice by itself */
};

struct layer {
	struct tree_node *node; /* with a key */
	unsigned origin;
};

/* Makes these the children of mapping, one for each key, at the place of the first.
 * They are used up. Those of an origin below another stand before the other's. */
void layers_join(const struct layering *layering, struct tree_node *mapping, struct layer *children,
		 size_t n, struct diags *diags);
