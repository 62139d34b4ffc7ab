/* SPDX-License-Identifier: MIT */
#include "../../reconcile/core/memory.h"
#include "options.h"
#include "say.h"

#include <stdio.h>

int main(int argc, char *argv[])
{
	struct arena *arena = arena_new();
	struct options options;
	enum exit_code code = EXIT_USAGE;

	memory_for_json();
	if (argc < 2)
		fputs(wgsim_usage(NULL, arena), stderr);
	else if (!wgsim_options_parse(&options, arena, argc, argv))
		say_usage(options.error);
	else
		code = options.command->run(&options);
	arena_free(arena);
	return code;
}
