/* SPDX-License-Identifier: MIT */
/*
 * read_scenario: reads scenarios, each with all its cases, without simulating them. Prints
 * every error in FILE... to standard output; exit code 0, or 65 when there is one. With
 * --each a line "FILE: ok" or "FILE: wrong" follows the errors of each.
 */
#include "run/scenario_files.h"

#include <stdio.h>
#include <sysexits.h>

static void read_cases(const struct scenario_file *file, struct diags *diags)
{
	struct scenario_cases cases = { 0 };

	if (!scenario_cases(file->tree, NULL, 0, false, 0, &cases, diags))
		return;
	vec_each (one, &cases.list)
		scenario_of_case(file, one, NULL, diags);
}

static bool read_scenario(const char *path)
{
	struct diags diags = { .arena = arena_new() };
	struct scenario_files files = { 0 };
	bool ok;

	scenario_files_read(&files, &path, 1, &diags);
	vec_each (file, &files.list)
		read_cases(file, &diags);
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
