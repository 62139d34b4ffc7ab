/* SPDX-License-Identifier: MIT */
/*
 * Children of one key are found by sorting, so that a large file costs no more
 * than reading it.
 */
#include "scenario_join.h"

#include <stdlib.h>

/* More errors help nobody, and the path of each costs time. */
#define ERRORS_MAX 100

struct joining {
	const struct layering *layering;
	struct diags *diags;
};

struct position {
	struct layer layer;
	size_t at;
};

static void join_children(const struct joining *joining, struct tree_node *mapping,
			  const struct layer *children, size_t n);

static int key_compare_position(const void *a_, const void *b_)
{
	const struct position *a = a_, *b = b_;
	int order = strcmp(a->layer.node->key, b->layer.node->key);

	if (order)
		return order;
	return a->at < b->at ? -1 : a->at > b->at;
}

static bool is_mapping_or_empty(const struct tree_node *node)
{
	return node->kind == TREE_MAPPING || tree_is_empty(node);
}

/* Returns how many are left. Mappings go into each other; anything else that an
 * origin gives replaces what those below it give. */
static size_t drop_replaced(const struct joining *joining, struct layer *layers, size_t n)
{
	uint64_t replaced = 0, replaced_unless_mapping = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t below = joining->layering->below[layers[i].origin];

		replaced_unless_mapping |= below;
		if (!is_mapping_or_empty(layers[i].node))
			replaced |= below;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t by = is_mapping_or_empty(layers[i].node) ? replaced
								  : replaced_unless_mapping;

		if (!(by >> layers[i].origin & 1))
			layers[kept++] = layers[i];
	}
	return kept;
}

static void given_twice(const struct joining *joining, const struct tree_node *first,
			const struct tree_node *second)
{
	struct diags *diags = joining->diags;

	if (diags->errors < ERRORS_MAX)
		tree_key_error(diags, second, "given twice: it already stands at %s",
			       tree_place(diags->arena, first));
}

/* Whether all of them can be one mapping; reports where not. */
static bool are_mergeable(const struct joining *joining, const struct layer *layers, size_t n)
{
	bool mergeable = true;

	for (size_t i = 1; i < n; i++) {
		if (layers[i].origin != layers[i - 1].origin &&
		    is_mapping_or_empty(layers[i].node) && is_mapping_or_empty(layers[0].node))
			continue;
		given_twice(joining, layers[i - 1].node, layers[i].node);
		mergeable = false;
	}
	return mergeable;
}

static unsigned origin_of(const struct joining *joining, const struct tree_node *node,
			  unsigned above)
{
	const char *top = joining->layering->top;

	return top ? (above & ~1u) | (node->file == top) : above;
}

/* Puts its children, each as a layer, behind those that are there. */
static size_t put_children(const struct joining *joining, struct layer *to, size_t n,
			   const struct layer *from)
{
	for (struct tree_node *child = from->node->first; child; child = child->next)
		to[n++] = (struct layer){ child, origin_of(joining, child, from->origin) };
	return n;
}

/* Looks for what one origin gives twice. */
static void check_below(const struct joining *joining, const struct layer *layer)
{
	struct tree_node *node = layer->node;

	if (node->kind == TREE_MAPPING && node->n) {
		struct layer *children = arena_alloc(joining->diags->arena,
						     node->n * sizeof(*children));

		join_children(joining, node, children, put_children(joining, children, 0, layer));
	}
	for (struct tree_node *item = node->first; node->kind == TREE_LIST && item;
	     item = item->next)
		check_below(joining, &(struct layer){ item, layer->origin });
}

static struct tree_node *merged(const struct joining *joining, const struct layer *layers, size_t n)
{
	struct tree_node *result = layers[0].node;
	struct layer *children;
	size_t children_n = 0;

	for (size_t i = 0; i < n; i++) {
		children_n += layers[i].node->n;
		if (layers[i].node->kind == TREE_MAPPING)
			result = layers[i].node;
	}
	children = arena_alloc(joining->diags->arena, children_n * sizeof(*children));
	children_n = 0;
	for (size_t i = 0; i < n; i++)
		children_n = put_children(joining, children, children_n, &layers[i]);
	join_children(joining, result, children, children_n);
	return result;
}

static bool is_word_of(const char *const *words, const char *word)
{
	while (words && *words && strcmp(*words, word) != 0)
		words++;
	return words && *words;
}

/* Whether they are lists that are put behind each other. */
static bool are_appended(const struct joining *joining, const struct layer *layers, size_t n)
{
	if (layers[0].node->parent->parent ||
	    !is_word_of(joining->layering->appended, layers[0].node->key))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((layers[i].node->kind != TREE_LIST && !tree_is_empty(layers[i].node)) ||
		    (i && layers[i].origin == layers[i - 1].origin))
			return false;
	}
	return true;
}

static struct tree_node *appended(const struct joining *joining, const struct layer *layers,
				  size_t n)
{
	struct tree_node *result = NULL;

	for (size_t i = 0; i < n; i++) {
		struct tree_node *item = layers[i].node->first;

		if (layers[i].node->kind != TREE_LIST)
			continue;
		check_below(joining, &layers[i]);
		if (!result) {
			result = layers[i].node;
			continue;
		}
		while (item) {
			struct tree_node *next = item->next;

			tree_append(result, item);
			item = next;
		}
	}
	return result ? result : layers[0].node;
}

/* What says which format the files are in must not differ. */
static void check_same(const struct joining *joining, const struct layer *layers, size_t n)
{
	const struct tree_node *first = layers[0].node;
	struct diags *diags = joining->diags;

	if (!joining->layering->same || first->parent->parent ||
	    strcmp(first->key, joining->layering->same) != 0)
		return;
	for (size_t i = 1; i < n; i++) {
		const struct tree_node *other = layers[i].node;

		if (tree_is_word(other, first->text) && other->plain == first->plain)
			continue;
		tree_key_error(diags, other, "is %s here, and %s at %s: it must be the same",
			       tree_shown(diags->arena, other), tree_shown(diags->arena, first),
			       tree_place(diags->arena, first));
	}
}

/* All that is given for one key. */
static struct tree_node *join_key(const struct joining *joining, struct layer *layers, size_t n)
{
	if (n > 1 && are_appended(joining, layers, n))
		return appended(joining, layers, n);
	if (n > 1) {
		check_same(joining, layers, n);
		n = drop_replaced(joining, layers, n);
	}
	if (n > 1 && are_mergeable(joining, layers, n))
		return merged(joining, layers, n);
	if (!joining->layering->checked)
		check_below(joining, &layers[0]);
	return layers[0].node;
}

/* Of those that begin at positions. */
static size_t same_key(const struct position *positions, size_t n)
{
	size_t same = 1;

	while (same < n && !strcmp(positions[0].layer.node->key, positions[same].layer.node->key))
		same++;
	return same;
}

static void join_children(const struct joining *joining, struct tree_node *mapping,
			  const struct layer *children, size_t n)
{
	struct arena *arena = joining->diags->arena;
	struct position *sorted = arena_alloc(arena, n * sizeof(*sorted));
	struct layer *layers = arena_alloc(arena, n * sizeof(*layers));
	struct tree_node **kept = arena_alloc(arena, n * sizeof(*kept));
	size_t same;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct position){ children[i], i };
	qsort(sorted, n, sizeof(*sorted), key_compare_position);
	for (size_t i = 0; i < n; i += same) {
		same = same_key(&sorted[i], n - i);
		for (size_t k = 0; k < same; k++)
			layers[k] = sorted[i + k].layer;
		kept[sorted[i].at] = join_key(joining, layers, same);
	}
	mapping->first = mapping->last = NULL;
	mapping->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (kept[i])
			tree_append(mapping, kept[i]);
	}
}

void layers_join(const struct layering *layering, struct tree_node *mapping, struct layer *children,
		 size_t n, struct diags *diags)
{
	const struct joining joining = { layering, diags };

	join_children(&joining, mapping, children, n);
}
