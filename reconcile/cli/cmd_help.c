/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"
#include "output.h"

static const struct exit_meaning codes[] = {
	{ EXIT_DONE, "done, or nothing to do" },
	{ EXIT_ERROR, "something could not be done" },
	{ EXIT_CHANGES, "plan: there are changes" },
	{ EXIT_DEGRADED, "status: something desired does not work" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_INPUT, "a file is wrong, and nothing was done" },
	{ EXIT_LOCKED, "another run of this instance is under way" },
};

char *usage_text(const struct command *command, struct arena *arena)
{
	struct buffer text = buffer_new(arena);

	usage_add(&text, &command_grammar, command);
	if (command)
		return text.text;
	buffer_add(&text,
		   "\nWithout a file, " CONFIG_DIRECTORY "/NAME.yaml is read, and where it exists\n"
		   "the directory " CONFIG_DIRECTORY "/NAME.conf.d.\n");
	usage_add_codes(&text, codes, sizeof(codes) / sizeof(codes[0]));
	return text.text;
}

enum exit_code cmd_help(void *given)
{
	struct options *options = given;
	struct printer printer = printer_open(options);
	const struct command *command = NULL;

	if (options->arguments.n) {
		const char *word = options->arguments.at[0];

		command = grammar_command(&command_grammar, word);
		if (!command) {
			message_usage(wrong_command_text(&command_grammar, options->arena, word));
			return EXIT_USAGE;
		}
	}
	fputs(usage_text(command, options->arena), printer.out);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}
