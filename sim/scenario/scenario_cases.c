/* SPDX-License-Identifier: MIT */
#include "scenario_substitute.h"

#include "base/yaml/yaml_value.h"

#define CASES_MAX 1000
#define VARIABLES_MAX 256

/* A variable with its successive values. */
struct dimension {
	const char *name;
	VEC(struct variable) values;
	bool varies; /* in the matrix */
};

struct making {
	struct diags *diags;
	VEC(struct dimension) dimensions; /* the last varies fastest */
	const struct variable *settings;
	size_t settings_n;
	uint64_t seed;
	size_t left;
};

static struct dimension *dimension_find(struct making *making, const char *name)
{
	vec_each (dimension, &making->dimensions) {
		if (!strcmp(dimension->name, name))
			return dimension;
	}
	return NULL;
}

static bool is_value(struct diags *diags, const struct tree_node *node)
{
	if (node->kind == TREE_SCALAR)
		return true;
	tree_error(diags, node, "is %s: a variable is a single value",
		   tree_shown(diags->arena, node));
	return false;
}

static void add_variable(struct making *making, const struct tree_node *node)
{
	struct diags *diags = making->diags;
	struct dimension *dimension;

	if (!variable_name_check(diags, node) || !is_value(diags, node))
		return;
	dimension = vec_push(diags->arena, &making->dimensions);
	dimension->name = node->key;
	*vec_push(diags->arena, &dimension->values) = (struct variable){ node->key, node->text,
									 !node->plain };
}

/* Two rows of one name could not be distinguished. */
static bool is_repeated(const struct tree_node *item)
{
	for (const struct tree_node *other = item->parent->first; other != item;
	     other = other->next) {
		if (tree_is_word(other, item->text))
			return true;
	}
	return false;
}

static void add_value(struct making *making, struct dimension *dimension,
		      const struct tree_node *item)
{
	struct diags *diags = making->diags;
	const struct scope scope = { .diags = diags, .seed = making->seed, .left = &making->left };
	const char *text;
	bool plain;

	if (!is_value(diags, item))
		return;
	if (is_repeated(item)) {
		tree_error(diags, item, "%s stands here twice", tree_shown(diags->arena, item));
		return;
	}
	text = substitute_value(&scope, item, &plain);
	*vec_push(diags->arena, &dimension->values) = (struct variable){ dimension->name, text,
									 !plain };
}

static void add_row(struct making *making, const struct tree_node *node)
{
	struct diags *diags = making->diags;
	struct dimension *dimension = dimension_find(making, node->key);

	if (!variable_name_check(diags, node) || !value_list(diags, node))
		return;
	if (!node->n || node->n > CASES_MAX) {
		tree_error(diags, node, "has %zu values: give from 1 to %u", node->n, CASES_MAX);
		return;
	}
	if (!dimension)
		dimension = vec_push(diags->arena, &making->dimensions);
	*dimension = (struct dimension){ .name = node->key, .varies = true };
	for (const struct tree_node *item = node->first; item; item = item->next)
		add_value(making, dimension, item);
}

/* The children of one of the scenario's mappings. */
static void each_child(struct making *making, const struct tree_node *tree, const char *key,
		       void (*add)(struct making *making, const struct tree_node *node))
{
	const struct tree_node *mapping = tree_get(tree, key);

	if (!mapping || !value_mapping(making->diags, mapping))
		return;
	if (mapping->n > VARIABLES_MAX) {
		tree_key_error(making->diags, mapping, "has %zu names: at most %u", mapping->n,
			       VARIABLES_MAX);
		return;
	}
	for (const struct tree_node *child = mapping->first; child; child = child->next)
		add(making, child);
}

/*
 * Settings of the command line have no location in a file.
 */

static void setting_error(struct making *making, const struct variable *setting, const char *wrong)
{
	diag_error(making->diags, (struct where){ 0 }, NULL, "%s=%s: %s", setting->name,
		   setting->value, wrong);
}

static const char *no_such_variable(struct making *making, const char *name)
{
	struct arena *arena = making->diags->arena;
	size_t n = making->dimensions.n;
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));
	const char *near;

	for (size_t i = 0; i < n; i++)
		names[i] = making->dimensions.at[i].name;
	near = nearest_word(name, names);
	if (near)
		return arena_printf(arena, "there is no such variable: did you mean %s?", near);
	if (!n)
		return "there is no such variable: the scenario has none";
	return arena_printf(arena, "there is no such variable: known here: %s",
			    words_listed(arena, names, " and "));
}

static void apply_setting(struct making *making, const struct variable *setting)
{
	struct arena *arena = making->diags->arena;
	struct dimension *dimension = dimension_find(making, setting->name);

	if (!dimension) {
		setting_error(making, setting, no_such_variable(making, setting->name));
		return;
	}
	if (!text_is_utf8(setting->value, strlen(setting->value))) {
		setting_error(making, setting, "is not UTF-8");
		return;
	}
	dimension->values.n = 0;
	*vec_push(arena, &dimension->values) = (struct variable){
		dimension->name, arena_strdup(arena, setting->value), false
	};
}

/*
 * Cases
 */

static size_t count(struct making *making, const struct tree_node *tree)
{
	size_t n = 1;

	vec_each (dimension, &making->dimensions) {
		n *= dimension->values.n;
		if (n <= CASES_MAX)
			continue;
		tree_key_error(making->diags, tree_get(tree, "matrix"),
			       "gives more than %u cases: leave some values out", CASES_MAX);
		return 0;
	}
	return n;
}

static const char *base_name(struct arena *arena, const char *file)
{
	static const char suffix[] = ".yaml";
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	size_t n = strlen(name);

	if (n > strlen(suffix) && !strcmp(name + n - strlen(suffix), suffix))
		n -= strlen(suffix);
	return arena_strndup(arena, name, n);
}

/* NAME[warm=1,strategy=random] */
static const char *case_name(struct making *making, const char *name,
			     const struct scenario_case *made)
{
	struct arena *arena = making->diags->arena;
	const char *text = "";

	for (size_t i = 0; i < made->variables.n; i++) {
		const struct variable *variable = &made->variables.at[i];

		if (making->dimensions.at[i].varies)
			text = arena_printf(arena, "%s%s%s=%s", text, *text ? "," : "",
					    variable->name, variable->value);
	}
	return *text ? arena_printf(arena, "%s[%s]", name, text) : name;
}

static void choose(struct making *making, size_t index, struct scenario_case *made)
{
	vec_reserve(making->diags->arena, &made->variables, making->dimensions.n);
	made->variables.n = making->dimensions.n;
	for (size_t i = making->dimensions.n; i-- > 0;) {
		const struct dimension *dimension = &making->dimensions.at[i];

		made->variables.at[i] = dimension->values.at[index % dimension->values.n];
		index /= dimension->values.n;
	}
}

static const struct variable *setting_find(const struct making *making, const char *name)
{
	for (size_t i = 0; i < making->settings_n; i++) {
		if (!strcmp(making->settings[i].name, name))
			return &making->settings[i];
	}
	return NULL;
}

/* A default may be made of the matrix' names, and of the variables above it. */
static bool substitute_defaults(struct making *making, const struct tree_node *tree,
				struct scenario_case *made)
{
	const struct tree_node *node = tree_get(tree, "variables");
	struct arena *arena = making->diags->arena;
	VEC(struct variable) known = { 0 };

	for (size_t i = 0; i < making->dimensions.n; i++) {
		if (making->dimensions.at[i].varies)
			*vec_push(arena, &known) = made->variables.at[i];
	}
	node = node ? node->first : NULL;
	for (size_t i = 0; node; node = node->next, i++) {
		const struct scope scope = { .diags = making->diags,
					     .variables = known.at,
					     .variables_n = known.n,
					     .seed = made->seed,
					     .left = &making->left };
		struct variable *variable = &made->variables.at[i];
		bool plain;

		if (making->dimensions.at[i].varies)
			continue;
		if (!setting_find(making, variable->name)) {
			variable->value = substitute_value(&scope, node, &plain);
			if (!variable->value)
				return false;
			variable->quoted = !plain;
		}
		*vec_push(arena, &known) = *variable;
	}
	return true;
}

static bool make_cases(struct making *making, const struct tree_node *tree,
		       struct scenario_cases *cases)
{
	struct arena *arena = making->diags->arena;
	const char *name = base_name(arena, tree->file);
	size_t n = count(making, tree);

	for (size_t i = 0; i < n; i++) {
		struct scenario_case *made = vec_push(arena, &cases->list);

		made->seed = making->seed;
		choose(making, i, made);
		if (!substitute_defaults(making, tree, made))
			return false;
		made->name = case_name(making, name, made);
	}
	return n > 0;
}

bool scenario_cases(const struct tree_node *tree, const struct variable *settings, size_t n,
		    bool has_seed, uint64_t seed, struct scenario_cases *cases, struct diags *diags)
{
	struct making making = {
		.diags = diags,
		.settings = settings,
		.settings_n = n,
		.seed = 1,
		.left = SUBSTITUTED_MAX,
	};
	const struct tree_node *given = tree_get(tree, "seed");
	unsigned errors = diags->errors;

	if (given)
		value_number(diags, given, 0, UINT64_MAX, NULL, &making.seed);
	if (has_seed)
		making.seed = seed;
	each_child(&making, tree, "variables", add_variable);
	each_child(&making, tree, "matrix", add_row);
	for (size_t i = 0; i < n; i++)
		apply_setting(&making, &settings[i]);
	return diags->errors == errors && make_cases(&making, tree, cases);
}
