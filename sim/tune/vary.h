/* SPDX-License-Identifier: MIT */
/*
 * vary: other values for a scenario's variables, as if in its matrix.
 */
#pragma once

#include "scenario/scenario_read.h"

struct variation {
	const char *name; /* of a variable */
	VEC(const char *) values;
};

struct variations {
	VEC(struct variation) list;
};

/* Puts them into the tree's matrix, replacing its values of these variables. False if the
 * scenario has no such variable, with the errors in diags. */
bool scenario_vary(struct tree_node *tree, const struct variations *variations,
		   struct diags *diags);

/* All names of its matrix, in the order of the variations, then of the file; NULL-terminated. */
const char *const *varied_names(const struct tree_node *tree, const struct variations *variations,
				struct arena *arena);
