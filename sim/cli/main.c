/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "base/memory.h"
#include "options.h"

#include <stdio.h>
#include <sys/resource.h>

const char program_name[] = "wgsim";

/* A node takes some three descriptors: enough for as many nodes as fit in memory. */
#define DESCRIPTORS 65536

/* Root may have more than the hard limit, others as many as that. */
static void raise_descriptors(void)
{
	struct rlimit limit;
	struct rlimit wanted = { DESCRIPTORS, DESCRIPTORS };

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= DESCRIPTORS)
		return;
	if (limit.rlim_max > DESCRIPTORS)
		wanted.rlim_max = limit.rlim_max;
	if (!setrlimit(RLIMIT_NOFILE, &wanted))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char *argv[])
{
	struct arena *arena = arena_new();
	struct sim_options options;
	enum exit_code code = EXIT_USAGE;

	memory_for_json();
	raise_descriptors();
	if (argc < 2)
		fputs(wgsim_usage(NULL, arena), stderr);
	else if (!wgsim_options_parse(&options, arena, argc, argv))
		message_usage(options.error.text);
	else
		code = options.command->run(&options);
	arena_free(arena);
	return code;
}
