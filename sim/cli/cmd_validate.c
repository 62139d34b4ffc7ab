/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"
#include "run/cases.h"

static void print_file(const struct play_cases *cases, const struct scenario_file *file)
{
	size_t n = 0;

	vec_each (which, &cases->list)
		n += which->file == file;
	printf("%s: OK, %zu case%s\n", file->path, n, n == 1 ? "" : "s");
}

/* One file after the other, so that errors in one do not hide those in others. */
static bool validate(const struct scenario_files *files, const struct sim_options *options,
		     struct diags *diags)
{
	bool right = true;

	vec_each (file, &files->list) {
		struct scenario_files alone = { 0 };
		struct play_cases cases = { 0 };

		*vec_push(diags->arena, &alone.list) = *file;
		if (!cases_choose(&cases, &alone, &options->choice, diags) ||
		    !cases_check(&cases, diags))
			right = false;
		else if (!options->quiet)
			print_file(&cases, cases.list.at[0].file);
	}
	return right;
}

enum exit_code wgsim_validate(void *given)
{
	struct sim_options *options = given;
	struct diags diags = { .arena = options->arena };
	struct scenario_files files = { 0 };
	bool right = scenario_files_read(&files, options->arguments.at, options->arguments.n,
					 &diags);

	right = validate(&files, options, &diags) && right;
	fflush(stdout);
	scenario_diags_print(&diags);
	if (!right)
		return EXIT_INPUT;
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}
