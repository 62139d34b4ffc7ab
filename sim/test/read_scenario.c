/* SPDX-License-Identifier: MIT */
/*
 * read_scenario: reads scenarios, each with all its cases, without playing them.
 * Prints every error in FILE... to standard output; exit code 0, or 65 when there is
 * one. With --each a line "FILE: ok" or "FILE: wrong" follows what is wrong in each.
 */
#include "../core/scenario_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* NULL with errno set. */
static char *read_text(struct arena *arena, const char *file, size_t *length)
{
	FILE *stream = fopen(file, "re");
	char *text = NULL;
	size_t got;

	if (!stream)
		return NULL;
	*length = 0;
	do {
		text = arena_grow(arena, text, *length, *length + 65536);
		got = fread(text + *length, 1, 65536, stream);
		*length += got;
	} while (got > 0);
	if (ferror(stream))
		text = NULL;
	fclose(stream);
	return text;
}

static bool load(void *context, const char *from, const char *file, struct diags *diags,
		 const struct tree_node *at, const char **name, const char **text, size_t *length)
{
	const char *slash = strrchr(from, '/');

	(void)context;
	*name = arena_printf(diags->arena, "%.*s%s", slash ? (int)(slash - from) + 1 : 0, from,
			     file);
	*text = read_text(diags->arena, *name, length);
	if (!*text)
		tree_error(diags, at, "%s: %s", *name, strerror(errno));
	return *text != NULL;
}

static void read_cases(const struct tree_node *tree, struct diags *diags)
{
	struct scenario_cases cases = { 0 };

	if (!scenario_cases(tree, NULL, 0, false, 0, &cases, diags))
		return;
	vec_each (one, &cases.list) {
		const struct tree_node *expanded = scenario_expand(tree, one, diags);

		if (!expanded || !scenario_read(expanded, diags))
			return;
	}
}

static bool read_scenario(const char *file)
{
	static const struct scenario_loader loader = { load, NULL };
	struct diags diags = { .arena = arena_new() };
	const struct tree_node *tree;
	size_t length;
	const char *text = read_text(diags.arena, file, &length);
	bool ok;

	if (!text) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		exit(EX_NOINPUT);
	}
	tree = scenario_tree(file, text, length, &loader, &diags);
	if (tree)
		read_cases(tree, &diags);
	vec_each (diag, &diags.list)
		puts(diag_text(&diags, diag));
	ok = !diags.errors;
	arena_free(diags.arena);
	return ok;
}

int main(int argc, char **argv)
{
	bool each = argc > 1 && !strcmp(argv[1], "--each");
	bool all = true;

	if (argc < 2 + each) {
		fprintf(stderr, "usage: read_scenario [--each] FILE...\n");
		return EX_USAGE;
	}
	for (int i = 1 + each; i < argc; i++) {
		bool ok = read_scenario(argv[i]);

		if (each)
			printf("%s: %s\n", argv[i], ok ? "ok" : "wrong");
		all = all && ok;
	}
	return all ? 0 : EX_DATAERR;
}
