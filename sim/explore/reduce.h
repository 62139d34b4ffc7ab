/* SPDX-License-Identifier: MIT */
/*
 * reduce: the smallest scenario that still fails, by leaving out what the failure does not
 * need (delta debugging, Zeller and Hildebrandt 2002, on each level of the tree: Misherghi
 * and Su 2006).
 */
#pragma once

#include "base/yaml/yaml_tree.h"

/* Whether the scenario still fails in the same way. An invalid scenario does not. */
typedef bool scenario_fails(void *context, const struct tree_node *tree);

struct reduction {
	scenario_fails *fails;
	void *context;
	unsigned tries; /* so far */
	unsigned tries_max; /* then the reduction ends; 0: no limit */
};

/* Removes unneeded parts of the tree: faults, expectations, qualities of links; then reduces
 * numbers in `variables`. Changes it in place; the result fails. New texts are allocated in
 * arena. */
void scenario_reduce(struct reduction *reduction, struct tree_node *tree, struct arena *arena);
