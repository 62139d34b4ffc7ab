/* SPDX-License-Identifier: MIT */
#include "output.h"
#include "step.h"

enum exit_code cmd_validate(struct options *options)
{
	struct run_options run_options = options_for_run(options);
	struct printer printer = printer_open(options);
	struct run run = { .arena = arena_new() };
	enum exit_code code;

	say_instance(options);
	run.diags.arena = run.arena;
	code = run_load(&run, &run_options, true) ? EXIT_DONE : EXIT_INPUT;
	diags_sort(&run.diags);
	options->output->diags(&printer, &run.diags, run.arena);
	if (!printer_close(&printer))
		code = EXIT_ERROR;
	run_free(&run);
	return code;
}
