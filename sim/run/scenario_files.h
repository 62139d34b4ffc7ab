/* SPDX-License-Identifier: MIT */
/*
 * scenario_files: the scenarios that the arguments of a command name, and what
 * they include.
 */
#pragma once

#include "scenario/scenario_read.h"

struct scenario_file {
	const char *path; /* as given, or below a directory that was given */
	struct tree_node *tree;
};

struct scenario_files {
	VEC(struct scenario_file) list;
};

/* Reads the n files, and the *.yaml of each directory among them in the order of
 * their names; "-" is the standard input. False: something is wrong; then all that
 * is wrong is in diags, whose arena the result is allocated in. */
bool scenario_files_read(struct scenario_files *files, const char *const *paths, size_t n,
			 struct diags *diags);

/* For texts that were not read from a file here: what they include is relative to
 * the directory of from's name. */
extern const struct scenario_loader file_loader;

/* The scenario of a case, with its text if text is not NULL. NULL when it is wrong. */
struct scenario *scenario_of_case(const struct scenario_file *file,
				  const struct scenario_case *which, const char **text,
				  struct diags *diags);

/* The scenario of an expanded text, as it stands in traces. NULL when it is wrong. */
struct scenario *scenario_of_text(const char *file, const char *text, struct diags *diags);

/* Prints them sorted, each once, as compilers do. */
void scenario_diags_print(struct diags *diags);
