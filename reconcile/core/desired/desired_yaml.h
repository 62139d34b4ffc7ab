/* SPDX-License-Identifier: MIT */
/*
 * desired_yaml: the desired state from YAML texts, with every error in them.
 */
#pragma once

#include "base/diag.h"
#include "base/yaml/yaml_tree.h"
#include "desired.h"

/*
 * Parses the n sources and merges them: interfaces, selectors and peers of later files are
 * added to those of earlier ones; a duplicate key is an error that names both locations, in
 * one file or in two. All errors are collected in diags, in the order of files and lines;
 * the result is NULL when there is any. name is that of the instance. Allocates in
 * diags->arena.
 *
 * Key files are not read here; the location of each name is kept (key_file_where) for error
 * messages and to resolve relative names.
 */
struct desired *desired_parse(const struct source *sources, size_t n, const char *name,
			      struct diags *diags);

/* The same for a tree joined by tree_join(), or for a mapping in it: errors show its path
 * from the root. They are not sorted. */
struct desired *desired_from_tree(const struct tree_node *root, const char *name,
				  struct diags *diags);
