/* SPDX-License-Identifier: MIT */
#include "step.h"

#include "message.h"
#include "output.h"

void say_instance(const struct options *options)
{
	if (!options->verbose)
		return;
	complain("instance %s", options->name);
	vec_each (file, &options->files)
		complain("reading %s", text_printable(options->arena, *file));
}

enum exit_code step(const struct options *options, enum run_mode mode)
{
	struct run_options run_options = options_for_run(options);
	struct printer printer = printer_open(options);
	struct run run;
	struct report report;
	enum exit_code code;
	enum run_outcome outcome;

	say_instance(options);
	outcome = run_make(&run, &run_options, mode);
	diags_sort(&run.diags);
	report_make(&report, &run, options->name, mode, outcome);
	/* Of several runs, one that finds the lock taken is no news. */
	if (outcome != RUN_LOCKED || !options->repeat_for || !options->quiet)
		output_report(options->output, &printer, &report);
	code = report_exit(&report);
	if (!printer_close(&printer))
		code = EXIT_ERROR;
	run_free(&run);
	return code;
}
