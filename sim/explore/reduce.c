/* SPDX-License-Identifier: MIT */
#include "reduce.h"

#include <stdlib.h>

static bool still_fails(struct reduction *reduction, const struct tree_node *tree)
{
	if (reduction->tries_max && reduction->tries >= reduction->tries_max)
		return false;
	reduction->tries++;
	return reduction->fails(reduction->context, tree);
}

/* Links the children again, without those of [from, to). */
static void link_children(struct tree_node *node, struct tree_node *const *children, size_t n,
			  size_t from, size_t to)
{
	node->first = node->last = NULL;
	node->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i >= from && i < to)
			continue;
		children[i]->next = NULL;
		tree_append(node, children[i]);
	}
}

static struct tree_node **children_of(const struct tree_node *node, struct arena *arena)
{
	struct tree_node **children = arena_alloc(arena,
						  (node->n + 1) * sizeof(struct tree_node *));
	size_t i = 0;

	for (struct tree_node *child = node->first; child; child = child->next)
		children[i++] = child;
	return children;
}

/* Removes sequences of this many children, if possible. */
static void leave_out(struct reduction *reduction, struct tree_node *root, struct tree_node *node,
		      size_t chunk, struct arena *arena)
{
	struct tree_node **children = children_of(node, arena);
	size_t n = node->n;

	for (size_t i = 0; i < n;) {
		size_t end = i + chunk < n ? i + chunk : n;

		link_children(node, children, n, i, end);
		if (!still_fails(reduction, root)) {
			link_children(node, children, n, 0, 0);
			i = end;
			continue;
		}
		memmove(&children[i], &children[end], (n - end) * sizeof(struct tree_node *));
		n -= end - i;
	}
}

static void reduce_node(struct reduction *reduction, struct tree_node *root, struct tree_node *node,
			struct arena *arena)
{
	for (size_t chunk = node->n; chunk >= 1; chunk /= 2)
		leave_out(reduction, root, node, chunk, arena);
	/* A fault without its end would be a different fault: list items stay complete. */
	if (node->kind != TREE_MAPPING)
		return;
	for (struct tree_node *child = node->first; child; child = child->next)
		reduce_node(reduction, root, child, arena);
}

static struct tree_node *child_of(struct tree_node *node, const char *key)
{
	for (struct tree_node *child = node->first; child; child = child->next) {
		if (child->key && !strcmp(child->key, key))
			return child;
	}
	return NULL;
}

/* Halves towards 1 while it still fails; then decrements. */
static void reduce_number(struct reduction *reduction, struct tree_node *root,
			  struct tree_node *scalar, struct arena *arena)
{
	char *end;
	long number = strtol(scalar->text, &end, 10);

	if (end == scalar->text || *end)
		return;
	for (long step = number / 2; step >= 1 && number > 1;) {
		const char *before = scalar->text;

		scalar->text = arena_printf(arena, "%ld", number - step);
		if (number - step >= 1 && still_fails(reduction, root)) {
			number -= step;
			continue;
		}
		scalar->text = before;
		step /= 2;
	}
}

/* Parts that can be removed with the expectations still valid: a network without a gateway's
 * configuration would fail for another reason. */
static const char *const reducible[] = { "timeline", "expect", "links", "measure" };

void scenario_reduce(struct reduction *reduction, struct tree_node *tree, struct arena *arena)
{
	struct tree_node *variables = child_of(tree, "variables");

	for (size_t i = 0; i < sizeof(reducible) / sizeof(reducible[0]); i++) {
		struct tree_node *part = child_of(tree, reducible[i]);

		if (part)
			reduce_node(reduction, tree, part, arena);
	}
	for (struct tree_node *scalar = variables ? variables->first : NULL; scalar;
	     scalar = scalar->next)
		reduce_number(reduction, tree, scalar, arena);
}
