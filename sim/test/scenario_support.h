/* SPDX-License-Identifier: MIT */
/*
 * scenario_support: scenarios from memory, for tests. A text may contain several files: each
 * begins after a line "--- NAME", except the first one.
 */
#pragma once

#include "scenario/scenario_read.h"

static inline bool memory_load(void *context, const char *from, const char *file,
			       struct diags *diags, const struct tree_node *at, const char **name,
			       const char **text, size_t *length)
{
	const char *line = arena_printf(diags->arena, "--- %s\n", file);
	const char *begin = strstr(context, line), *end;

	if (!begin) {
		tree_error(diags, at, "%s: there is no %s", from, file);
		return false;
	}
	begin += strlen(line);
	end = strstr(begin, "--- ");
	*name = arena_strdup(diags->arena, file);
	*text = begin;
	*length = end ? (size_t)(end - begin) : strlen(begin);
	return true;
}

/* Reads the files of a text; names of the others are as in the text. */
static inline struct tree_node *memory_tree(const char *name, const char *text, struct diags *diags)
{
	char *copy = arena_strdup(diags->arena, text);
	const struct scenario_loader loader = { memory_load, copy };
	const char *end = strstr(text, "--- ");

	return scenario_tree(name, text, end ? (size_t)(end - text) : strlen(text), &loader, diags);
}

/* Its only case expanded; NULL after an error. */
static inline struct tree_node *memory_expand(const char *name, const char *text,
					      struct diags *diags)
{
	struct tree_node *tree = memory_tree(name, text, diags);
	struct scenario_cases cases = { 0 };

	if (!tree || !scenario_cases(tree, NULL, 0, false, 0, &cases, diags) || cases.list.n != 1)
		return NULL;
	return scenario_expand(tree, cases.list.at, diags);
}

/* All diagnostics, sorted, a line each. */
static inline const char *memory_said(struct diags *diags)
{
	const char *all = "";

	diags_sort(diags);
	vec_each (diag, &diags->list)
		all = arena_printf(diags->arena, "%s%s\n", all, diag_text(diags, diag));
	return all;
}

/* The tree on one line, with quotes unless plain: {a: [1, '2']}. */
static inline const char *memory_drawn(struct arena *arena, const struct tree_node *node)
{
	const char *inner = "";

	if (node->kind == TREE_SCALAR)
		return arena_printf(arena, node->plain ? "%s" : "'%s'", node->text);
	for (const struct tree_node *child = node->first; child; child = child->next) {
		const char *value = memory_drawn(arena, child);

		if (child->key)
			value = arena_printf(arena, "%s: %s", child->key, value);
		inner = arena_printf(arena, "%s%s%s", inner, *inner ? ", " : "", value);
	}
	return arena_printf(arena, node->kind == TREE_LIST ? "[%s]" : "{%s}", inner);
}
