/* SPDX-License-Identifier: MIT */
#include "vary.h"

#define MATRIX "matrix"

/* Generated: no location in a file. */
static struct tree_node *make_node(struct arena *arena, enum tree_kind kind, const char *key,
				   const char *text)
{
	struct tree_node *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->key = key;
	node->text = text;
	node->plain = true;
	return node;
}

static struct tree_node *child_of(struct tree_node *mapping, const char *key)
{
	struct tree_node *child = mapping->first;

	while (child && strcmp(child->key, key) != 0)
		child = child->next;
	return child;
}

/* An empty one, replacing the existing one. */
static struct tree_node *renew(struct arena *arena, struct tree_node *mapping, const char *key,
			       enum tree_kind kind)
{
	struct tree_node *node = child_of(mapping, key);

	if (!node) {
		node = make_node(arena, kind, key, "");
		tree_append(mapping, node);
	}
	node->kind = kind;
	node->first = node->last = NULL;
	node->n = 0;
	return node;
}

static void put(struct tree_node *matrix, const struct variation *variation, struct arena *arena)
{
	struct tree_node *list = renew(arena, matrix, variation->name, TREE_LIST);

	vec_each (value, &variation->values)
		tree_append(list, make_node(arena, TREE_SCALAR, NULL, *value));
}

static void add_names(const struct tree_node *mapping, const char **names, size_t *n)
{
	for (const struct tree_node *child = mapping ? mapping->first : NULL; child;
	     child = child->next)
		names[(*n)++] = child->key;
}

static bool has_variable(const struct tree_node *tree, const char *name, struct diags *diags)
{
	const struct tree_node *variables = tree_get(tree, "variables");
	const struct tree_node *matrix = tree_get(tree, MATRIX);
	const char **names;
	const char *near;
	size_t n = 0;

	if (tree_get(variables, name) || tree_get(matrix, name))
		return true;
	names = arena_alloc(diags->arena,
			    ((variables ? variables->n : 0) + (matrix ? matrix->n : 0) + 1) *
				    sizeof(*names));
	add_names(variables, names, &n);
	add_names(matrix, names, &n);
	near = nearest_word(name, names);
	diag_error(diags, (struct where){ 0 }, NULL, "%s: there is no such variable in %s%s%s%s",
		   name, tree->file, near ? ": did you mean " : "", near ? near : "",
		   near ? "?" : "");
	return false;
}

bool scenario_vary(struct tree_node *tree, const struct variations *variations, struct diags *diags)
{
	struct tree_node *matrix = child_of(tree, MATRIX);
	bool known = true;

	vec_each (variation, &variations->list)
		known &= has_variable(tree, variation->name, diags);
	if (!known || !variations->list.n)
		return known;
	/* A non-mapping is reported later. */
	if (!matrix || tree_is_empty(matrix))
		matrix = renew(diags->arena, tree, MATRIX, TREE_MAPPING);
	if (matrix->kind != TREE_MAPPING)
		return true;
	vec_each (variation, &variations->list)
		put(matrix, variation, diags->arena);
	return true;
}

static bool varies(const struct variations *variations, const char *name)
{
	vec_each (variation, &variations->list) {
		if (!strcmp(variation->name, name))
			return true;
	}
	return false;
}

const char *const *varied_names(const struct tree_node *tree, const struct variations *variations,
				struct arena *arena)
{
	const struct tree_node *matrix = tree_get(tree, MATRIX);
	VEC(const char *) names = { 0 };

	vec_each (variation, &variations->list)
		*vec_push(arena, &names) = variation->name;
	for (const struct tree_node *child = matrix ? matrix->first : NULL; child;
	     child = child->next) {
		if (!varies(variations, child->key))
			*vec_push(arena, &names) = child->key;
	}
	*vec_push(arena, &names) = NULL;
	return names.at;
}
