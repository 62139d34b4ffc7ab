/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "output.h"

/* The build may set another one, from git. */
#ifndef VERSION
#define VERSION "0.1.0"
#endif

enum exit_code cmd_version(void *given)
{
	struct options *options = given;
	struct printer printer = printer_open(options);

	fprintf(printer.out, "wgreconcile %s\n", VERSION);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}
