/* SPDX-License-Identifier: MIT */
/*
 * scenario_read: scenarios from YAML. In three steps:
 *
 *	texts, includes     one tree (yaml_tree.h)
 *	tree, variables     a tree for each case: ${NAME} replaced, NAME[1..3] repeated
 *	tree                struct scenario
 *
 * Every error is reported at its location in its text.
 */
#pragma once

#include "scenario.h"

#define SCENARIO_SIZE_MAX (8u << 20)
#define SCENARIO_DEPTH_MAX 48
/* Maximum number of reported errors of one kind. */
#define SCENARIO_ERRORS_MAX 100

struct variable {
	const char *name, *value;
	bool quoted; /* in the file: a text, even if it looks like a number */
};

/* One row of a scenario's matrix, with one seed. */
struct scenario_case {
	const char *name; /* of the scenario, with the varied values: "standby[warm=1]" */
	VEC(struct variable) variables; /* with their defaults, in the order of the file */
	uint64_t seed;
};

/* Finds the text of an included file, which is relative to the including one; NULL after an
 * error reported at why. Errors show the result's file name. */
struct scenario_loader {
	bool (*load)(void *context, const char *from, const char *file, struct diags *diags,
		     const struct tree_node *at, const char **name, const char **text,
		     size_t *length);
	void *context;
};

/* The tree of a file with its includes. NULL after an error. */
struct tree_node *scenario_tree(const char *file, const char *text, size_t length,
				const struct scenario_loader *loader, struct diags *diags);

struct scenario_cases {
	VEC(struct scenario_case) list;
};

/*
 * The rows of its matrix. settings replace variables and the rows' values
 * (NAME=VALUE of the command line; an unknown name is an error), has_seed
 * replaces the file's seed.
 */
bool scenario_cases(const struct tree_node *tree, const struct variable *settings, size_t n,
		    bool has_seed, uint64_t seed, struct scenario_cases *cases,
		    struct diags *diags);

/* The tree with the case's variables, seed and keys substituted, and repetitions expanded.
 * Its nodes keep their locations. */
struct tree_node *scenario_expand(const struct tree_node *tree, const struct scenario_case *which,
				  struct diags *diags);

/* The text of an expanded tree, which is a scenario of its own: one case, and
 * expanding that changes nothing. Allocated in arena. */
char *scenario_write(struct arena *arena, const struct tree_node *expanded);

/* The data of an expanded tree; NULL after an error. */
struct scenario *scenario_read(const struct tree_node *tree, struct diags *diags);
