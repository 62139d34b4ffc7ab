/* SPDX-License-Identifier: MIT */
/*
 * reduce: the smallest scenario that still fails, by leaving out what is not
 * needed for that (delta debugging, Zeller and Hildebrandt 2002, on each level of
 * the tree: Misherghi and Su 2006).
 */
#pragma once

#include "base/yaml/yaml_tree.h"

/* Whether the scenario still fails in the same way. One that is not valid any
 * more does not. */
typedef bool scenario_fails(void *context, const struct tree_node *tree);

struct reduction {
	scenario_fails *fails;
	void *context;
	unsigned tries; /* so far */
	unsigned tries_max; /* then it ends with what it has; 0: no limit */
};

/* Takes out of the tree what can be left out: faults, expectations, qualities of
 * links; then numbers in `variables` are made smaller. Changes it in place; what is left
 * fails. New texts are allocated in arena. */
void scenario_reduce(struct reduction *reduction, struct tree_node *tree, struct arena *arena);
