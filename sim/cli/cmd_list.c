/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"
#include "run/cases.h"

#include <inttypes.h>

/* A longer name only moves the rest of its line. */
#define NAME_WIDTH_MAX 40

/* "standby" of "standby[warm=1]". */
static const char *scenario_name(struct arena *arena, const char *name)
{
	return arena_strndup(arena, name, strcspn(name, "["));
}

static const char *description(const struct scenario_file *file)
{
	const struct tree_node *node = tree_get(file->tree, "description");

	return node ? node->text : "";
}

static int name_width(const struct play_cases *cases, struct arena *arena)
{
	size_t width = 0;

	vec_each (which, &cases->list) {
		size_t length = strlen(scenario_name(arena, which->which.name));

		if (length > width && length <= NAME_WIDTH_MAX)
			width = length;
	}
	return (int)width;
}

static void print_cases(const struct play_case *from, const struct play_case *end,
			struct arena *arena)
{
	for (const struct play_case *which = from; which < end; which++)
		printf("    %s seed %" PRIu64 "\n", text_printable(arena, which->which.name),
		       which->which.seed);
}

static void print_file(const struct play_case *from, const struct play_case *end, int width,
		       const struct sim_options *options)
{
	struct arena *arena = arena_new();
	size_t n = (size_t)(end - from);

	printf("%-*s  %4zu case%s  %s\n", width,
	       text_printable(arena, scenario_name(arena, from->which.name)), n, n == 1 ? " " : "s",
	       text_printable(arena, description(from->file)));
	if (options->verbose)
		print_cases(from, end, arena);
	arena_free(arena);
}

enum exit_code wgsim_list(void *given)
{
	struct sim_options *options = given;
	struct diags diags = { .arena = options->arena };
	struct scenario_files files = { 0 };
	struct play_cases cases = { 0 };
	const struct play_case *which, *end;
	int width;

	if (!scenario_files_read(&files, options->arguments.at, options->arguments.n, &diags) ||
	    !cases_choose(&cases, &files, &options->choice, &diags)) {
		scenario_diags_print(&diags);
		return EXIT_INPUT;
	}
	width = name_width(&cases, options->arena);
	end = cases.list.at + cases.list.n;
	for (which = cases.list.at; which < end;) {
		const struct play_case *first = which;

		while (which < end && which->file == first->file)
			which++;
		print_file(first, which, width, options);
	}
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}
