/* SPDX-License-Identifier: MIT */
#include "step.h"

#include "base/cli/message.h"
#include "journal.h"
#include "output.h"
#include "system/follow/loop.h"

#include <stdlib.h>

void say_instance(const struct options *options)
{
	if (!options->verbose)
		return;
	message_error("instance %s", options->name);
	vec_each (file, &options->files)
		message_error("reading %s", text_printable(options->arena, *file));
}

/* Prints the result of a run, and frees it. */
static enum exit_code finish(const struct options *options, struct run *run, enum run_mode mode,
			     enum run_outcome outcome, bool whole)
{
	struct printer printer = printer_open(options);
	struct report report;
	enum exit_code code;

	diags_sort(&run->diags);
	report_make(&report, run, options->name, mode, outcome);
	/* With several runs, finding the lock taken is not reported. */
	code = report_exit(&report);
	if (outcome == RUN_LOCKED && options->repeat_for && options->quiet)
		;
	else if (options->quiet && mode == RUN_APPLY && options->output == &output_text)
		journal_print(&printer, &report, options, whole);
	else
		output_report(options->output, &printer, &report);
	if (!printer_close(&printer))
		code = EXIT_ERROR;
	run_free(run);
	return code;
}

enum exit_code step(const struct options *options, enum run_mode mode, struct loop *loop)
{
	struct run_options run_options = options_for_run(options);
	msec_t began = clock_boot();
	enum run_outcome outcome;
	struct run run;

	if (loop)
		run_options.sockets = loop->sockets;
	say_instance(options);
	outcome = run_make(&run, &run_options, mode);
	if (loop && outcome == RUN_DONE)
		loop_ran(loop, run.desired, &run.observed, began);
	return finish(options, &run, mode, outcome, true);
}

static int compare_dirty(const void *a, const void *b)
{
	const struct dirty *left = a, *right = b;
	int order = strcmp(left->interface, right->interface);

	return order ? order : prefix_compare(&left->prefix, &right->prefix);
}

/* Each once. */
static size_t collect_dirty(const struct watch_news *news, struct dirty *dirty)
{
	size_t n = 0, kept = 0;

	vec_each (one, &news->dirty)
		dirty[n++] = (struct dirty){ .interface = one->interface, .prefix = one->prefix };
	if (n)
		qsort(dirty, n, sizeof(*dirty), compare_dirty);
	for (size_t i = 0; i < n; i++)
		if (!kept || compare_dirty(&dirty[kept - 1], &dirty[i]) != 0)
			dirty[kept++] = dirty[i];
	return kept;
}

bool step_dirty(const struct options *options, struct loop *loop)
{
	struct run_options run_options = options_for_run(options);
	struct dirty *dirty = arena_alloc(loop->news_arena, loop->news.dirty.n * sizeof(*dirty));
	enum run_outcome outcome;
	struct run run;

	run_options.dirty = dirty;
	run_options.dirty_n = collect_dirty(&loop->news, dirty);
	if (!run_options.dirty_n)
		return false;
	loop_dirty(loop, clock_boot());
	outcome = run_make(&run, &run_options, RUN_APPLY);
	if (outcome == RUN_DONE)
		finish(options, &run, RUN_APPLY, outcome, false);
	else
		run_free(&run);
	return outcome == RUN_DONE;
}
