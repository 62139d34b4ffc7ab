/* SPDX-License-Identifier: MIT */
/*
 * Children of one key are found by sorting, so that many files with one peer each cost the
 * same as one file with many peers.
 */
#include "yaml_join.h"

#include <stdlib.h>

/* Up to here comparing each key with each is cheaper than sorting. */
#define FEW_KEYS 8

struct joining {
	const struct layering *layering;
	struct diags *diags;
};

struct position {
	struct layer layer;
	size_t at;
};

static void join_children(const struct joining *joining, struct arena *scratch,
			  struct tree_node *mapping, const struct layer *children, size_t n);

static int position_compare(const void *a_, const void *b_)
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

/* ---- Which values of one key are kept ---- */

/* Returns how many are left. Mappings are merged; any other value of an origin replaces the
 * values of overridden origins. */
static size_t drop_replaced(const uint64_t *below, struct layer *layers, size_t n)
{
	uint64_t replaced = 0, replaced_unless_mapping = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		replaced_unless_mapping |= below[layers[i].origin];
		if (!is_mapping_or_empty(layers[i].node))
			replaced |= below[layers[i].origin];
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
	const unsigned max = joining->layering->errors_max;
	struct diags *diags = joining->diags;

	if (!max || diags->errors < max)
		tree_key_error(diags, second, "given twice: it already stands at %s",
			       tree_place(diags->arena, first));
}

static void check_same(struct diags *diags, const struct tree_node *first,
		       const struct tree_node *second)
{
	if (first->kind == TREE_SCALAR && tree_is_word(second, first->text) &&
	    first->plain == second->plain)
		return;
	tree_key_error(diags, second, "is %s here, and %s at %s: it must be the same",
		       tree_shown(diags->arena, second), tree_shown(diags->arena, first),
		       tree_place(diags->arena, first));
}

/* Returns how many are left: the first, and mappings to merge into it. Reports duplicates. */
static size_t drop_repeated(const struct joining *joining, struct layer *layers, size_t n,
			    bool must_be_same)
{
	const struct layer first = layers[0];
	struct layer previous = first;
	size_t kept = 1;

	for (size_t i = 1; i < n; i++) {
		const struct layer layer = layers[i];

		if (layer.origin == previous.origin)
			given_twice(joining, previous.node, layer.node);
		else if (must_be_same)
			check_same(joining->diags, first.node, layer.node);
		else if (is_mapping_or_empty(first.node) && is_mapping_or_empty(layer.node))
			layers[kept++] = layer;
		else
			given_twice(joining, first.node, layer.node);
		previous = layer;
	}
	return kept;
}

/* ---- Joining ---- */

static unsigned origin_of(const struct joining *joining, const struct tree_node *node,
			  unsigned above)
{
	const char *top = joining->layering->top;

	return top ? (above & ~1u) | (node->file == top) : above;
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

/* Makes one of the n layers, each of which is a mapping or empty. */
static struct tree_node *merged(const struct joining *joining, const struct layer *layers, size_t n)
{
	struct tree_node *result = layers[joining->layering->below ? n - 1 : 0].node;
	struct arena *scratch = arena_new();
	struct layer *children;
	size_t children_n = 0;

	for (size_t i = 0; i < n; i++) {
		children_n += layers[i].node->n;
		if (layers[i].node->kind == TREE_MAPPING)
			result->kind = TREE_MAPPING;
	}
	children = arena_alloc(scratch, children_n * sizeof(*children));
	children_n = 0;
	for (size_t i = 0; i < n; i++)
		for (struct tree_node *child = layers[i].node->first; child; child = child->next)
			children[children_n++] = (struct layer){
				child, origin_of(joining, child, layers[i].origin)
			};
	join_children(joining, scratch, result, children, children_n);
	arena_free(scratch);
	return result;
}

/* Finds duplicates within one origin. */
static void check_below(const struct joining *joining, const struct layer *layer)
{
	struct tree_node *node = layer->node;

	if (node->kind == TREE_MAPPING && may_have_duplicates(node)) {
		merged(joining, layer, 1);
		return;
	}
	for (struct tree_node *child = node->first; child; child = child->next) {
		if (child->kind != TREE_SCALAR)
			check_below(joining, &(struct layer){ child, layer->origin });
	}
}

static bool is_word_of(const char *const *words, const char *word)
{
	while (words && *words && strcmp(*words, word) != 0)
		words++;
	return words && *words;
}

/* Whether they are lists to concatenate. */
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

static void move_children(struct tree_node *to, struct tree_node *from)
{
	struct tree_node *child = from->first;

	while (child) {
		struct tree_node *next = child->next;

		tree_append(to, child);
		child = next;
	}
}

static struct tree_node *appended(const struct joining *joining, const struct layer *layers,
				  size_t n)
{
	struct tree_node *result = NULL;

	for (size_t i = 0; i < n; i++) {
		if (layers[i].node->kind != TREE_LIST)
			continue;
		check_below(joining, &layers[i]);
		if (result)
			move_children(result, layers[i].node);
		else
			result = layers[i].node;
	}
	return result ? result : layers[0].node;
}

/* All values of one key. */
static struct tree_node *join_key(const struct joining *joining, struct layer *layers, size_t n)
{
	const struct layering *layering = joining->layering;
	const struct tree_node *first = layers[0].node;
	const bool must_be_same = layering->same && !first->parent->parent &&
				  !strcmp(first->key, layering->same);

	if (n > 1 && are_appended(joining, layers, n))
		return appended(joining, layers, n);
	if (n > 1 && layering->below && !must_be_same)
		n = drop_replaced(layering->below, layers, n);
	n = drop_repeated(joining, layers, n, must_be_same);
	if (n > 1)
		return merged(joining, layers, n);
	if (!layering->checked)
		check_below(joining, &layers[0]);
	return layers[0].node;
}

/* The values at these positions. */
static size_t same_key(const struct position *positions, size_t n)
{
	size_t same = 1;

	while (same < n && !strcmp(positions[0].layer.node->key, positions[same].layer.node->key))
		same++;
	return same;
}

static void join_children(const struct joining *joining, struct arena *scratch,
			  struct tree_node *mapping, const struct layer *children, size_t n)
{
	struct position *sorted = arena_alloc(scratch, n * sizeof(*sorted));
	struct layer *layers = arena_alloc(scratch, n * sizeof(*layers));
	struct tree_node **kept = arena_alloc(scratch, n * sizeof(*kept));
	size_t same;

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct position){ children[i], i };
	qsort(sorted, n, sizeof(*sorted), position_compare);
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

void layers_join(const struct layering *layering, struct tree_node *mapping,
		 const struct layer *children, size_t n, struct diags *diags)
{
	const struct joining joining = { layering, diags };
	struct arena *scratch = arena_new();

	join_children(&joining, scratch, mapping, children, n);
	arena_free(scratch);
}

struct tree_node *tree_join(struct tree_node **roots, size_t n, const char *repeatable,
			    struct diags *diags)
{
	const struct layering layering = { .same = repeatable };
	const struct joining joining = { &layering, diags };
	struct arena *scratch = arena_new();
	struct layer *layers = arena_alloc(scratch, n * sizeof(*layers));
	struct tree_node *joined = NULL;
	size_t layers_n = 0;
	bool failed = false;

	for (size_t i = 0; i < n; i++) {
		if (tree_is_empty(roots[i]))
			continue;
		if (roots[i]->kind == TREE_MAPPING) {
			layers[layers_n++] = (struct layer){ roots[i], (unsigned)i };
			continue;
		}
		tree_error(diags, roots[i], "is %s: a file must be a mapping (key: value)",
			   tree_shown(diags->arena, roots[i]));
		failed = true;
	}
	if (!failed && layers_n == 1)
		check_below(&joining, &layers[0]);
	else if (!failed && layers_n)
		merged(&joining, layers, layers_n);
	joined = failed || !layers_n ? NULL : layers[0].node;
	arena_free(scratch);
	return joined;
}
