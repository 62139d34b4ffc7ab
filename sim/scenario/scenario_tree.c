/* SPDX-License-Identifier: MIT */
#include "scenario_substitute.h"

#include "base/yaml/yaml_join.h"
#include "base/yaml/yaml_value.h"

/* Maximum depth of includes. */
#define INCLUDE_DEPTH_MAX 8

struct file {
	const char *name;
	struct tree_node *root;
};

struct reading {
	const struct scenario_loader *loader;
	struct diags *diags;
	/* Overridden files come first. */
	struct file files[ORIGINS_MAX];
	unsigned files_n;
	uint64_t below[ORIGINS_MAX]; /* of each file: its includes, as bits */
	const char *open[INCLUDE_DEPTH_MAX]; /* files that are being read, outermost first */
	unsigned open_n;
};

struct text {
	const char *name;
	const char *at;
	size_t length;
};

static bool read_file(struct reading *reading, const struct text *text,
		      const struct tree_node *from, unsigned *origin);

/*
 * Files that are named in a tree
 */

static bool load(struct reading *reading, const struct tree_node *node, struct text *text)
{
	struct diags *diags = reading->diags;

	if (!value_scalar(diags, node))
		return false;
	if (strstr(node->text, "${")) {
		tree_error(diags, node,
			   "%s: a file's name cannot hold variables, as files are read first",
			   tree_shown(diags->arena, node));
		return false;
	}
	return reading->loader->load(reading->loader->context, node->file, node->text, diags, node,
				     &text->name, &text->at, &text->length);
}

/* The chain of files from the one with this name to the current one. */
static const char *chain(const struct reading *reading, unsigned first)
{
	const char *text = reading->open[first];

	for (unsigned i = first + 1; i < reading->open_n; i++)
		text = arena_printf(reading->diags->arena, "%s includes %s", text,
				    reading->open[i]);
	return text;
}

static bool may_be_included(const struct reading *reading, const struct tree_node *item,
			    const char *name)
{
	for (unsigned i = 0; i < reading->open_n; i++) {
		if (strcmp(reading->open[i], name) != 0)
			continue;
		tree_error(reading->diags, item, "a circle: %s includes %s", chain(reading, i),
			   name);
		return false;
	}
	if (reading->open_n == INCLUDE_DEPTH_MAX) {
		tree_error(reading->diags, item, "more than %u files include each other in a row",
			   INCLUDE_DEPTH_MAX);
		return false;
	}
	return true;
}

/* Each file is read once, regardless of the number of includes. */
static bool include(struct reading *reading, const struct tree_node *item, uint64_t *below)
{
	struct text text;
	unsigned origin = 0;

	if (!load(reading, item, &text) || !may_be_included(reading, item, text.name))
		return false;
	while (origin < reading->files_n && strcmp(reading->files[origin].name, text.name) != 0)
		origin++;
	if (origin == reading->files_n && !read_file(reading, &text, item, &origin))
		return false;
	*below |= UINT64_C(1) << origin | reading->below[origin];
	return true;
}

static struct tree_node *take_child(struct tree_node *mapping, const char *key)
{
	struct tree_node *child = mapping->first;
	struct tree_node *taken = NULL;

	mapping->first = mapping->last = NULL;
	mapping->n = 0;
	while (child) {
		struct tree_node *next = child->next;

		if (!taken && !strcmp(child->key, key))
			taken = child;
		else
			tree_append(mapping, child);
		child = next;
	}
	return taken;
}

/* Reads the file's includes, and removes the key. */
static bool read_includes(struct reading *reading, struct tree_node *root, uint64_t *below)
{
	bool good = true;
	struct tree_node *list;

	while ((list = take_child(root, "include"))) {
		const struct tree_node *again = tree_get(root, "include");

		if (again)
			tree_key_error(reading->diags, again,
				       "given twice: it already stands at %s",
				       tree_place(reading->diags->arena, list));
		good = value_list(reading->diags, list) && !again && good;
		for (const struct tree_node *item = list->first; good && item; item = item->next)
			good = include(reading, item, below);
	}
	return good;
}

/*
 * desired_file: NAME becomes desired: TEXT, and so does set_file set.
 */

static const struct {
	const char *key, *becomes;
} file_keys[] = {
	{ "desired_file", "desired" },
	{ "set_file", "set" },
};

static void load_value(struct reading *reading, struct tree_node *node, const char *becomes)
{
	struct diags *diags = reading->diags;
	struct text text;

	if (!load(reading, node, &text))
		return;
	if (memchr(text.at, '\0', text.length) || !text_is_utf8(text.at, text.length)) {
		tree_error(diags, node, "%s is not a text in UTF-8", text.name);
		return;
	}
	node->key = becomes;
	node->text = arena_strndup(diags->arena, text.at, text.length);
	node->plain = false;
}

static void load_values(struct reading *reading, struct tree_node *node)
{
	for (size_t i = 0; node->key && i < sizeof(file_keys) / sizeof(file_keys[0]); i++) {
		if (!strcmp(node->key, file_keys[i].key)) {
			load_value(reading, node, file_keys[i].becomes);
			return;
		}
	}
	for (struct tree_node *child = node->first; child; child = child->next)
		load_values(reading, child);
}

/*
 * Files
 */

static bool add_file(struct reading *reading, const struct tree_node *from, const char *name,
		     struct tree_node *root, unsigned *origin)
{
	if (reading->files_n == ORIGINS_MAX) {
		tree_error(reading->diags, from ? from : root, "more than %u files are included",
			   ORIGINS_MAX - 1);
		return false;
	}
	*origin = reading->files_n++;
	reading->files[*origin] = (struct file){ name, root };
	return true;
}

static bool is_file_mapping(struct reading *reading, const struct tree_node *root)
{
	if (root->kind == TREE_MAPPING)
		return true;
	if (tree_is_empty(root))
		tree_error(reading->diags, root, "is empty: a scenario is a mapping (key: value)");
	else
		tree_error(reading->diags, root, "is %s: a scenario is a mapping (key: value)",
			   tree_shown(reading->diags->arena, root));
	return false;
}

static bool has_size(struct reading *reading, const struct text *text)
{
	if (text->length <= SCENARIO_SIZE_MAX)
		return true;
	diag_error(reading->diags, (struct where){ text->name, 1, 1 }, NULL,
		   "is too large: a file has at most %u MiB", SCENARIO_SIZE_MAX >> 20);
	return false;
}

/* from is the list item that names it; NULL: not included. */
static bool read_file(struct reading *reading, const struct text *text,
		      const struct tree_node *from, unsigned *origin)
{
	struct tree_node *root;
	uint64_t below = 0;
	bool good;

	if (!has_size(reading, text))
		return false;
	root = tree_parse(text->name, text->at, text->length, SCENARIO_DEPTH_MAX,
			  reading->diags->arena, reading->diags);
	if (!root || !is_file_mapping(reading, root))
		return false;
	reading->open[reading->open_n++] = text->name;
	good = read_includes(reading, root, &below);
	reading->open_n--;
	load_values(reading, root);
	if (!good || !add_file(reading, from, text->name, root, origin))
		return false;
	reading->below[*origin] = below;
	return true;
}

static struct tree_node *join_files(struct reading *reading)
{
	static const char *const appended[] = { "timeline", "expect", "measure", NULL };
	const struct layering layering = {
		.below = reading->below,
		.appended = appended,
		.same = "version",
		.errors_max = SCENARIO_ERRORS_MAX,
	};
	struct tree_node *root = reading->files[reading->files_n - 1].root;
	VEC(struct layer) children = { 0 };

	for (unsigned i = 0; i < reading->files_n; i++) {
		for (struct tree_node *child = reading->files[i].root->first; child;
		     child = child->next)
			*vec_push(reading->diags->arena, &children) = (struct layer){ child, i };
	}
	layers_join(&layering, root, children.at, children.n, reading->diags);
	return root;
}

struct tree_node *scenario_tree(const char *file, const char *text, size_t length,
				const struct scenario_loader *loader, struct diags *diags)
{
	struct reading reading = { .loader = loader, .diags = diags };
	unsigned errors = diags->errors;
	const struct text whole = { arena_strdup(diags->arena, file), text, length };
	struct tree_node *root;
	unsigned origin;

	if (!read_file(&reading, &whole, NULL, &origin))
		return NULL;
	root = join_files(&reading);
	return diags->errors == errors ? root : NULL;
}
