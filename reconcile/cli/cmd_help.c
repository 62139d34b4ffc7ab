/* SPDX-License-Identifier: MIT */
#include "message.h"
#include "options.h"
#include "output.h"

#define USAGE "usage: wgreconcile [OPTIONS] COMMAND [ARGUMENTS]\n"

static const struct {
	enum exit_code code;
	const char *meaning;
} codes[] = {
	{ EXIT_DONE, "done, or nothing to do" },
	{ EXIT_ERROR, "something could not be done" },
	{ EXIT_CHANGES, "plan: there are changes" },
	{ EXIT_DEGRADED, "status: something desired does not work" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_INPUT, "a file is wrong, and nothing was done" },
	{ EXIT_LOCKED, "another run of this instance is under way" },
};

/* A string that grows, and is never long. */
static char *add(char *text, struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static char *add(char *text, struct arena *arena, const char *format, ...)
{
	va_list args;
	char *more;

	va_start(args, format);
	more = arena_vprintf(arena, format, args);
	va_end(args);
	return arena_printf(arena, "%s%s", text, more);
}

static char *add_option(char *text, struct arena *arena, const struct option_spec *option)
{
	const char *argument = option->argument ? option->argument : "";
	const char *form = arena_printf(arena, "--%s%s%s", option->name, argument[0] ? " " : "",
					argument);

	if (option->letter)
		return add(text, arena, "  -%c, %-20s  %s\n", option->letter, form, option->help);
	return add(text, arena, "      %-20s  %s\n", form, option->help);
}

static char *add_options(char *text, struct arena *arena, const struct command *command)
{
	text = add(text, arena, "\nOptions:\n");
	for (const struct option_spec *option = option_specs; option->name; option++)
		if (!command || option->commands & command->bit)
			text = add_option(text, arena, option);
	return text;
}

static char *usage_of_all(struct arena *arena)
{
	char *text = add(arena_strdup(arena, USAGE), arena, "\nCommands:\n");

	for (const struct command *command = commands; command->name; command++)
		text = add(text, arena, "  %-10s  %s\n", command->name, command->summary);
	text = add_options(text, arena, NULL);
	text = add(text, arena,
		   "\nWithout a file, " CONFIG_DIRECTORY "/NAME.yaml is read, and where it exists\n"
		   "the directory " CONFIG_DIRECTORY "/NAME.conf.d.\n"
		   "\nExit codes:\n");
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		text = add(text, arena, "  %-10d  %s\n", codes[i].code, codes[i].meaning);
	return text;
}

char *usage_text(const struct command *command, struct arena *arena)
{
	char *text;

	if (!command)
		return usage_of_all(arena);
	text = arena_printf(arena, "usage: wgreconcile [OPTIONS] %s%s%s\n\n%c%s.\n", command->name,
			    command->arguments[0] ? " " : "", command->arguments,
			    command->summary[0] - 'a' + 'A', command->summary + 1);
	if (command->description[0])
		text = add(text, arena, "\n%s\n", command->description);
	return add_options(text, arena, command);
}

enum exit_code cmd_help(struct options *options)
{
	struct printer printer = printer_open(options);
	const struct command *command = NULL;

	if (options->arguments.n) {
		const char *word = options->arguments.at[0];
		const char *nearest = nearest_word(word, command_names(options->arena));

		command = command_find(word);
		if (!command) {
			complain("'%s' is not a command%s%s%s; try 'wgreconcile help'",
				 text_printable(options->arena, word),
				 nearest ? " (did you mean '" : "", nearest ? nearest : "",
				 nearest ? "'?)" : "");
			return EXIT_USAGE;
		}
	}
	fputs(usage_text(command, options->arena), printer.out);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}
