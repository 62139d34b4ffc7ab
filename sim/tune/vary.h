/* SPDX-License-Identifier: MIT */
/*
 * vary: other values for a scenario's variables, as if they stood in its matrix.
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

/* Puts them into the tree's matrix, instead of what it says about these variables. False
 * when the scenario has no such variable, with the errors in diags. */
bool scenario_vary(struct tree_node *tree, const struct variations *variations,
		   struct diags *diags);

/* The names of all that its matrix has, in the order of the variations, and then of the
 * file; a NULL at the end. */
const char *const *varied_names(const struct tree_node *tree, const struct variations *variations,
				struct arena *arena);
