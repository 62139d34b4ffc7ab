/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "base/os/replace_file.h"
#include "output.h"
#include "step.h"

static bool print_to_file(const struct options *options, struct printer *printer,
			  const struct status *status)
{
	struct replacement replacement;
	const char *error = replace_open(&replacement, options->output_file, options->arena);

	if (!error) {
		printer->out = replacement.stream;
		printer->color = options->color == COLOR_ALWAYS;
		options->output->status(printer, status);
		error = replace_finish(&replacement);
	}
	if (error)
		message_error("%s", text_printable(options->arena, error));
	return !error;
}

static enum exit_code print_status(const struct options *options, const struct run *run)
{
	const struct plan_input input = run_input(run, 0);
	struct printer printer = printer_open(options);
	struct status status;
	bool printed;

	status_make(&status, run->arena, &input, &run->plan, &run->facts);
	vec_each (warning, &run->warnings)
		*vec_push(run->arena, &status.warnings) = *warning;
	if (options->output_file) {
		printed = print_to_file(options, &printer, &status);
	} else {
		options->output->status(&printer, &status);
		printed = printer_close(&printer);
	}
	if (!printed)
		return EXIT_ERROR;
	return status_is_degraded(&status) ? EXIT_DEGRADED : EXIT_DONE;
}

/* The old file stays unchanged: its age shows the failure. */
static enum exit_code print_failure(const struct options *options, const struct run *run,
				    enum run_outcome outcome)
{
	const struct output *output = options->output;
	struct printer printer = printer_open(options);
	struct report report;

	if (options->output_file || !output->failure)
		output = &output_text;
	report_make(&report, run, options->name, RUN_LOOK, outcome);
	output->failure(&printer, &report);
	return printer_close(&printer) ? report_exit(&report) : EXIT_ERROR;
}

enum exit_code cmd_status(void *given)
{
	struct options *options = given;
	struct run_options run_options = options_for_run(options);
	struct run run;
	enum exit_code code;
	enum run_outcome outcome;

	say_instance(options);
	outcome = run_make(&run, &run_options, RUN_LOOK);
	diags_sort(&run.diags);
	if (outcome == RUN_DONE)
		code = print_status(options, &run);
	else
		code = print_failure(options, &run, outcome);
	run_free(&run);
	return code;
}
