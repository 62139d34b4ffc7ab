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
	char *text = grammar_usage(&wgsim_grammar, command, arena);

	if (command)
		return text;
	return usage_with_codes(text, codes, sizeof(codes) / sizeof(codes[0]), arena);
}

enum exit_code wgsim_help(struct options *options)
{
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
