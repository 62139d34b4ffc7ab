/* SPDX-License-Identifier: MIT */
#include "scenario_files.h"

#include "base/os/source_files.h"

#include <stdio.h>

/* The file included by one named from: relative to its directory. */
static const char *beside(struct arena *arena, const char *from, const char *file)
{
	const char *slash = strrchr(from, '/');

	if (file[0] == '/' || !slash)
		return arena_strdup(arena, file);
	return arena_printf(arena, "%.*s/%s", (int)(slash - from), from, file);
}

static bool load(void *context, const char *from, const char *file, struct diags *diags,
		 const struct tree_node *at, const char **name, const char **text, size_t *length)
{
	struct diags scratch = { .arena = diags->arena };
	const char *path = beside(diags->arena, from, file);
	struct source source;

	(void)context;
	if (!source_read(&source, path, false, &scratch)) {
		tree_error(diags, at, "%s %s", path, scratch.list.at[0].message);
		return false;
	}
	*name = source.file;
	*text = source.text;
	*length = source.length;
	return true;
}

const struct scenario_loader file_loader = { .load = load };

bool scenario_files_read(struct scenario_files *files, const char *const *paths, size_t n,
			 struct diags *diags)
{
	struct sources sources = { 0 };
	unsigned errors = diags->errors;

	sources_read(&sources, paths, n, true, diags);
	vec_each (source, &sources.list) {
		struct tree_node *tree = scenario_tree(source->file, source->text, source->length,
						       &file_loader, diags);

		if (tree)
			*vec_push(diags->arena,
				  &files->list) = (struct scenario_file){ source->file, tree };
	}
	return diags->errors == errors;
}

struct scenario *scenario_of_case(const struct scenario_file *file,
				  const struct scenario_case *which, const char **text,
				  struct diags *diags)
{
	struct tree_node *expanded = scenario_expand(file->tree, which, diags);

	if (!expanded)
		return NULL;
	if (text)
		*text = scenario_write(diags->arena, expanded);
	return scenario_read(expanded, diags);
}

struct scenario *scenario_of_text(const char *file, const char *text, struct diags *diags)
{
	struct scenario_file alone = { .path = file };
	struct scenario_cases rows = { 0 };

	alone.tree = scenario_tree(file, text, strlen(text), &file_loader, diags);
	if (!alone.tree || !scenario_cases(alone.tree, NULL, 0, false, 0, &rows, diags))
		return NULL;
	return scenario_of_case(&alone, &rows.list.at[0], NULL, diags);
}

void scenario_diags_print(struct diags *diags)
{
	const char *before = "";

	diags_sort(diags);
	vec_each (diag, &diags->list) {
		const char *line = diag_text(diags, diag);

		/* The cases of a file share most errors. */
		if (strcmp(line, before) != 0)
			fprintf(stderr, "%s\n", line);
		before = line;
	}
}
