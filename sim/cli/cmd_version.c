/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"

/* The build may set another one, from git. */
#ifndef VERSION
#define VERSION "0.1.0"
#endif

enum exit_code wgsim_version(void *given)
{
	(void)given;
	printf("wgsim %s\n", VERSION);
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}
