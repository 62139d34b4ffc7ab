/* SPDX-License-Identifier: MIT */
/*
 * Three steps: texts to one tree (yaml_tree), the tree to a desired state, value by value
 * (desired_parts), with dependencies between them (desired_check), and conflicts in the
 * whole (desired_conflict). After an error in a value the rest is still read and checked.
 * The value stays zero, and checks that need it report nothing, because consequential errors
 * mislead.
 */
#include "desired_yaml.h"

#include "desired_conflict.h"
#include "desired_default.h"
#include "desired_parts.h"
#include "desired_value.h"

#include "base/yaml/yaml_join.h"

#define FORMAT_VERSION "1"
static void read_servers(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = object;

	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: name a server, or leave time out");
	for (const struct tree_node *item = value->first; item; item = item->next) {
		const char *host;

		if (value_host(diags, item, &host))
			*vec_push(diags->arena, &time->servers) = host;
	}
}

static void read_command(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = object;

	if (!value_list(diags, value))
		return;
	if (!value->n)
		tree_error(diags, value, "is empty: give the program and its arguments");
	for (const struct tree_node *item = value->first; item; item = item->next) {
		const char *word;

		if (value_argument(diags, item, &word))
			*vec_push(diags->arena, &time->command) = word;
	}
}

static void read_backoff(struct diags *diags, const struct tree_node *value, void *object)
{
	value_duration(diags, value, NULL, &((struct desired_time *)object)->backoff);
}

static const struct field time_fields[] = {
	{ "servers", read_servers },
	{ "command", read_command },
	{ "backoff", read_backoff },
	{ 0 },
};

static void read_time(struct diags *diags, const struct tree_node *value, void *object)
{
	struct desired_time *time = &((struct reading *)object)->desired->time;
	const struct tree_node *servers = tree_get(value, "servers");
	const struct tree_node *command = tree_get(value, "command");

	if (!value_mapping(diags, value))
		return;
	time->enabled = true;
	value_fields(diags, value, time_fields, time);
	if (servers && command)
		tree_key_error(diags, servers,
			       "are only for the default command: leave servers or command out");
}

static void read_group(struct diags *diags, const struct tree_node *value, void *object)
{
	value_text(diags, value, &((struct reading *)object)->desired->group);
}

static void read_version(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)object;
	if (!value_scalar(diags, value))
		return;
	if (!value->plain || !tree_is_word(value, FORMAT_VERSION))
		tree_error(diags, value,
			   "%s%s is not a version of this format: write version: " FORMAT_VERSION,
			   value->plain ? "" : "the text ", tree_shown(diags->arena, value));
}

static void read_all_interfaces(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)diags;
	((struct reading *)object)->interfaces = value;
	read_interfaces(object, value);
}

static void keep_selectors(struct diags *diags, const struct tree_node *value, void *object)
{
	(void)diags;
	((struct reading *)object)->selectors = value;
}

static const struct field root_fields[] = {
	{ "version", read_version },	 { "interfaces", read_all_interfaces },
	{ "selectors", keep_selectors }, { "time", read_time },
	{ "group", read_group },	 { 0 },
};

static void read_root(struct reading *reading, const struct tree_node *root)
{
	struct diags *diags = reading->diags;
	const char *path = tree_path(reading->scratch, root);
	const struct checking checking = {
		.desired = reading->desired,
		.path = *path ? arena_printf(reading->scratch, "%s.", path) : "",
		.diags = diags,
		.scratch = reading->scratch,
	};
	unsigned errors = diags->errors;

	if (!tree_get(root, "version"))
		diag_error(diags, tree_where(root),
			   arena_printf(diags->arena, "%sversion", checking.path),
			   "is missing: write version: " FORMAT_VERSION " at the top");
	value_fields(diags, root, root_fields, reading);
	desired_index(reading->desired);
	read_selectors(reading, reading->selectors);
	desired_index(reading->desired);
	read_via_routes(reading);
	check_ports(&checking);
	check_peers(&checking);
	check_allowed_ips(&checking);
	if (diags->errors == errors)
		check_overlap(&checking);
}

static bool sizes_acceptable(const struct source *sources, size_t n, struct diags *diags)
{
	size_t left = SOURCE_SIZE_MAX;

	for (size_t i = 0; i < n; i++) {
		if (sources[i].length > left) {
			diag_error(diags, (struct where){ sources[i].file, 0, 0 }, NULL,
				   "too large: all files together may have %u MiB",
				   SOURCE_SIZE_MAX >> 20);
			return false;
		}
		left -= sources[i].length;
	}
	return true;
}

/* NULL after an error. */
static struct tree_node *read_tree(const struct source *sources, size_t n, struct arena *scratch,
				   struct diags *diags)
{
	struct tree_node **roots = arena_alloc(scratch, n * sizeof(*roots));
	unsigned errors = diags->errors;
	struct tree_node *root;

	for (size_t i = 0; i < n; i++)
		roots[i] = tree_parse(sources[i].file, sources[i].text, sources[i].length,
				      SOURCE_DEPTH_MAX, scratch, diags);
	if (diags->errors > errors)
		return NULL;
	root = tree_join(roots, n, "version", diags);
	if (!root && diags->errors == errors)
		diag_error(diags, (struct where){ n ? sources[0].file : NULL, 1, 1 }, NULL,
			   "nothing is declared: write at least version: " FORMAT_VERSION
			   ", and then interfaces");
	return root;
}

static struct reading reading_begin(const char *name, struct diags *diags)
{
	struct desired *desired = arena_alloc(diags->arena, sizeof(*desired));

	desired->arena = diags->arena;
	desired->name = arena_strdup(diags->arena, name);
	desired->time = desired_time_default();
	return (struct reading){ .diags = diags, .desired = desired, .scratch = arena_new() };
}

struct desired *desired_parse(const struct source *sources, size_t n, const char *name,
			      struct diags *diags)
{
	unsigned errors = diags->errors;
	struct reading reading;
	const struct tree_node *root;

	if (!sizes_acceptable(sources, n, diags))
		return NULL;
	reading = reading_begin(name, diags);
	root = read_tree(sources, n, reading.scratch, diags);
	if (root)
		read_root(&reading, root);
	arena_free(reading.scratch);
	diags_sort(diags);
	return diags->errors > errors ? NULL : reading.desired;
}

struct desired *desired_from_tree(const struct tree_node *root, const char *name,
				  struct diags *diags)
{
	unsigned errors = diags->errors;
	struct reading reading = reading_begin(name, diags);

	if (value_mapping(diags, root))
		read_root(&reading, root);
	arena_free(reading.scratch);
	return diags->errors > errors ? NULL : reading.desired;
}
