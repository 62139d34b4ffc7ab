/* SPDX-License-Identifier: MIT */
/*
 * tree_join(): the children of all mappings that become one are first put behind
 * each other, and then those of the same key are found by sorting, so that many
 * files with one peer each cost no more than one file with many peers.
 */
#include "yaml_tree.h"

#include <stdlib.h>

/* Up to here comparing each key with each is cheaper than sorting. */
#define FEW_KEYS 8

struct joining {
	struct diags *diags;
	const char *repeatable;
};

struct position {
	struct tree_node *node;
	size_t at;
};

static int position_compare(const void *a, const void *b)
{
	const struct position *pa = a, *pb = b;
	int order = strcmp(pa->node->key, pb->node->key);

	if (order)
		return order;
	return pa->at < pb->at ? -1 : pa->at > pb->at;
}

static void move_children(struct tree_node *to, struct tree_node *from)
{
	struct tree_node *child = from->first;

	while (child) {
		struct tree_node *next = child->next;

		tree_append(to, child);
		child = next;
	}
	from->first = from->last = NULL;
	from->n = 0;
}

static bool is_mapping_or_empty(const struct tree_node *node)
{
	return node->kind == TREE_MAPPING || tree_is_empty(node);
}

static bool may_be_repeated(const struct joining *joining, const struct tree_node *first,
			    const struct tree_node *second)
{
	return joining->repeatable && !first->parent->parent &&
	       !strcmp(first->key, joining->repeatable) && first->kind == TREE_SCALAR &&
	       tree_is_word(second, first->text) && first->plain == second->plain;
}

/* Second, whose key is that of first, goes into it. previous is the one before
 * second, which is first or has gone into it already. The caller drops second. */
static void join_pair(struct joining *joining, struct tree_node *first,
		      const struct tree_node *previous, struct tree_node *second)
{
	struct diags *diags = joining->diags;
	/* In the order of the files, so those of one file are neighbours. */
	bool same_file = previous->file == second->file;

	if (!same_file && is_mapping_or_empty(first) && is_mapping_or_empty(second)) {
		if (second->kind == TREE_MAPPING)
			first->kind = TREE_MAPPING;
		move_children(first, second);
		return;
	}
	if (!same_file && may_be_repeated(joining, first, second))
		return;
	tree_key_error(diags, second, "given twice: it already stands at %s",
		       tree_place(diags->arena, same_file ? previous : first));
}

static bool may_have_duplicates(const struct tree_node *mapping)
{
	if (mapping->n > FEW_KEYS)
		return true;
	for (const struct tree_node *a = mapping->first; a; a = a->next) {
		for (const struct tree_node *b = a->next; b; b = b->next) {
			if (!strcmp(a->key, b->key))
				return true;
		}
	}
	return false;
}

static struct position *sorted_children(struct arena *arena, const struct tree_node *mapping)
{
	struct position *sorted = arena_alloc(arena, mapping->n * sizeof(*sorted));
	size_t n = 0;

	for (struct tree_node *child = mapping->first; child; child = child->next, n++)
		sorted[n] = (struct position){ child, n };
	qsort(sorted, n, sizeof(*sorted), position_compare);
	return sorted;
}

/* Marks what is joined into another by taking its key away. */
static void join_children(struct joining *joining, const struct tree_node *mapping)
{
	struct arena *scratch = arena_new();
	struct position *sorted = sorted_children(scratch, mapping);
	struct tree_node *first = NULL;

	for (size_t i = 0; i < mapping->n; i++) {
		struct tree_node *node = sorted[i].node;

		if (!first || strcmp(first->key, node->key) != 0) {
			first = node;
			continue;
		}
		join_pair(joining, first, sorted[i - 1].node, node);
	}
	for (size_t i = mapping->n; i-- > 1;) {
		if (!strcmp(sorted[i].node->key, sorted[i - 1].node->key))
			sorted[i].node->key = NULL;
	}
	arena_free(scratch);
}

static void drop_joined(struct tree_node *mapping)
{
	struct tree_node *child = mapping->first;

	mapping->first = mapping->last = NULL;
	mapping->n = 0;
	while (child) {
		struct tree_node *next = child->next;

		if (child->key)
			tree_append(mapping, child);
		child = next;
	}
}

static void join_below(struct joining *joining, struct tree_node *node)
{
	if (node->kind == TREE_MAPPING && may_have_duplicates(node)) {
		join_children(joining, node);
		drop_joined(node);
	}
	for (struct tree_node *child = node->first; child; child = child->next) {
		if (child->kind != TREE_SCALAR)
			join_below(joining, child);
	}
}

struct tree_node *tree_join(struct tree_node **roots, size_t n, const char *repeatable,
			    struct diags *diags)
{
	struct joining joining = { diags, repeatable };
	struct tree_node *joined = NULL;
	bool failed = false;

	for (size_t i = 0; i < n; i++) {
		if (tree_is_empty(roots[i]))
			continue;
		if (roots[i]->kind != TREE_MAPPING) {
			tree_error(diags, roots[i], "is %s: a file must be a mapping (key: value)",
				   tree_shown(diags->arena, roots[i]));
			failed = true;
			continue;
		}
		if (joined)
			move_children(joined, roots[i]);
		else
			joined = roots[i];
	}
	if (failed || !joined)
		return NULL;
	join_below(&joining, joined);
	return joined;
}
