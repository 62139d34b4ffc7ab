/* SPDX-License-Identifier: MIT */
#include "scenario_read.h"

#include "scenario_parts.h"

#define FORMAT_VERSION "1"
#define DEFAULT_SEED 1
#define DEFAULT_OBSERVE_MS 1000
/* Time after the last fault or expectation. */
#define DEFAULT_REST_MS 60000

static bool read_version(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	(void)to;
	if (!value_scalar(reading->diags, value))
		return false;
	if (value->plain && tree_is_word(value, FORMAT_VERSION))
		return true;
	tree_error(reading->diags, value,
		   "%s%s is not a version of this format: write version: " FORMAT_VERSION,
		   value->plain ? "" : "the text ", tree_shown(reading->arena, value));
	return false;
}

static bool read_seed(struct scenario_reading *reading, const struct tree_node *value, void *to)
{
	return value_number(reading->diags, value, 0, UINT64_MAX, NULL, to);
}

/* include, variables and matrix are no longer needed when a tree is expanded. */
static const struct part root_parts[] = {
	{ "version", read_version, 0, "write version: " FORMAT_VERSION " at the top" },
	{ "description", read_word, offsetof(struct scenario, story), NULL },
	{ "include", NULL, 0, NULL },
	{ "seed", read_seed, offsetof(struct scenario, seed), NULL },
	{ "duration", read_duration, offsetof(struct scenario, duration), NULL },
	{ "observe", read_duration, offsetof(struct scenario, observe), NULL },
	{ "variables", NULL, 0, NULL },
	{ "matrix", NULL, 0, NULL },
	{ "links", NULL, 0, NULL },
	{ "nodes", NULL, 0, NULL },
	{ "probes", NULL, 0, NULL },
	{ "timeline", NULL, 0, NULL },
	{ "expect", NULL, 0, NULL },
	{ "measure", NULL, 0, NULL },
	{ 0 },
};

/* "scenarios/gateway-dies.yaml" is gateway-dies. */
static const char *name_of_file(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	size_t length = strlen(base);

	if (length > 5 && !strcmp(base + length - 5, ".yaml"))
		length -= 5;
	return arena_strndup(arena, base, length);
}

static void read_all(struct scenario_reading *reading, const struct tree_node *tree)
{
	struct scenario *scenario = reading->scenario;

	read_parts(reading, tree, root_parts, scenario);
	read_links(reading, tree_get(tree, "links"));
	read_nodes(reading, tree_get(tree, "nodes"));
	read_probes(reading, tree_get(tree, "probes"));
	read_timeline(reading, tree_get(tree, "timeline"));
	read_expect(reading, tree_get(tree, "expect"));
	read_measures(reading, tree_get(tree, "measure"));
	check_reconcilers(reading);
	if (!tree_get(tree, "duration"))
		scenario->duration = last_time(scenario) + DEFAULT_REST_MS;
	check_times(reading);
}

/* An error in a repetition is at one location, once for each copy. */
static bool same_error(const struct diag *a, const struct diag *b)
{
	return a->where.line && a->where.line == b->where.line &&
	       a->where.column == b->where.column && a->where.file && b->where.file &&
	       !strcmp(a->where.file, b->where.file) && !strcmp(a->message, b->message);
}

static void drop_copies(struct diags *diags)
{
	size_t n = diags->list.n;
	size_t kept = 0;

	diags_sort(diags);
	for (size_t i = 0; i < n; i++) {
		bool again = false;

		for (size_t k = kept; k-- > 0 && !again;) {
			if (diags->list.at[k].where.line != diags->list.at[i].where.line)
				break;
			again = same_error(&diags->list.at[k], &diags->list.at[i]);
		}
		if (!again)
			diags->list.at[kept++] = diags->list.at[i];
	}
	diags->list.n = kept;
	diags->errors -= (unsigned)(n - kept);
}

struct scenario *scenario_read(const struct tree_node *tree, struct diags *diags)
{
	unsigned errors = diags->errors;
	bool failed;
	struct scenario *scenario = arena_alloc(diags->arena, sizeof(*scenario));
	struct scenario_reading reading = {
		.diags = diags,
		.arena = diags->arena,
		.scenario = scenario,
	};

	*scenario = (struct scenario){
		.arena = diags->arena,
		.name = name_of_file(diags->arena, tree->file),
		.story = "",
		.seed = DEFAULT_SEED,
		.observe = DEFAULT_OBSERVE_MS,
	};
	if (tree->kind == TREE_MAPPING)
		read_all(&reading, tree);
	else
		tree_error(diags, tree, "is %s: a scenario is a mapping (key: value)",
			   tree_shown(diags->arena, tree));
	failed = diags->errors > errors;
	drop_copies(diags);
	return failed ? NULL : scenario;
}
