/* SPDX-License-Identifier: MIT */
#include "output.h"
#include "step.h"

#include "core/desired/desired_conflict.h"
#include "system/state/secrets.h"

/* With keys from readable files only: a machine that checks a configuration for another one
 * has none of them, and a pipe can be read only once. */
static bool keys_fit(struct run *run)
{
	struct diags unreadable = { .arena = run->arena };

	secrets_protect_process();
	secrets_read(run->desired, &unreadable, NULL);
	check_own_keys(run->desired, &run->diags);
	return !run->diags.errors;
}

enum exit_code cmd_validate(void *given)
{
	struct options *options = given;
	struct run_options run_options = options_for_run(options);
	struct printer printer = printer_open(options);
	struct run run = { .arena = arena_new() };
	enum exit_code code;

	say_instance(options);
	run.diags.arena = run.arena;
	/* Without the recorded state, which is not available when checking for another machine. */
	code = run_load(&run, &run_options) && run_assemble(&run) && keys_fit(&run) ? EXIT_DONE
										    : EXIT_INPUT;
	diags_sort(&run.diags);
	options->output->diags(&printer, &run.diags, run.arena);
	if (!printer_close(&printer))
		code = EXIT_ERROR;
	run_free(&run);
	return code;
}
