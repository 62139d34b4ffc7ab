/* SPDX-License-Identifier: MIT */
/*
 * scenario_files: the scenarios named by a command's arguments, with their includes.
 */
#pragma once

#include "scenario/scenario_read.h"

struct scenario_file {
	const char *path; /* as given, or below a given directory */
	struct tree_node *tree;
};

struct scenario_files {
	VEC(struct scenario_file) list;
};

/* Reads the n files, and the *.yaml of each directory among them in the order of their
 * names; "-" is the standard input. False: all errors are in diags. The result is allocated
 * in diags' arena. */
bool scenario_files_read(struct scenario_files *files, const char *const *paths, size_t n,
			 struct diags *diags);

/* For texts not read from a file: includes are relative to the directory of from's name. */
extern const struct scenario_loader file_loader;

/* The scenario of a case, with its text if text is not NULL. NULL if invalid. */
struct scenario *scenario_of_case(const struct scenario_file *file,
				  const struct scenario_case *which, const char **text,
				  struct diags *diags);

/* The scenario of an expanded text, as in traces. NULL if invalid. */
struct scenario *scenario_of_text(const char *file, const char *text, struct diags *diags);

/* Prints them sorted, each once, like compilers. */
void scenario_diags_print(struct diags *diags);
