/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"

static const struct exit_meaning codes[] = {
	{ EXIT_DONE, "all passed" },
	{ EXIT_ERROR, "something failed, or could not be played" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_INPUT, "a scenario is wrong, and nothing was played" },
	{ EXIT_INTERRUPTED, "interrupted" },
};

char *wgsim_usage(const struct command *command, struct arena *arena)
{
	struct buffer text = buffer_new(arena);

	usage_add(&text, &wgsim_grammar, command);
	if (!command)
		usage_add_codes(&text, codes, sizeof(codes) / sizeof(codes[0]));
	return text.text;
}

enum exit_code wgsim_help(void *given)
{
	struct sim_options *options = given;
	const struct command *command = NULL;

	if (options->arguments.n) {
		const char *word = options->arguments.at[0];

		command = grammar_command(&wgsim_grammar, word);
		if (!command) {
			message_usage(wrong_command_text(&wgsim_grammar, options->arena, word));
			return EXIT_USAGE;
		}
	}
	fputs(wgsim_usage(command, options->arena), stdout);
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}
