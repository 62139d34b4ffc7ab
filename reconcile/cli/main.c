/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "base/memory.h"
#include "options.h"

const char program_name[] = "wgreconcile";

int main(int argc, char *argv[])
{
	struct arena *arena = arena_new();
	struct options options;
	enum exit_code code = EXIT_USAGE;

	memory_for_json();
	if (argc < 2)
		fputs(usage_text(NULL, arena), stderr);
	else if (!options_parse(&options, arena, argc, argv, CONFIG_DIRECTORY))
		message_usage(options.error.text);
	else
		code = options.command->run(&options);
	arena_free(arena);
	return code;
}
