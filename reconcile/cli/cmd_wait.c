/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "core/report/pending.h"
#include "output.h"
#include "step.h"
#include "system/follow/loop.h"

#include <signal.h>

/* Polling interval for the end of another run. */
#define LOCK_GRAIN_MS 50

struct waiting {
	const struct options *options;
	struct arena *arena;
	struct loop loop;
	msec_t begun;
	struct deadline deadline;
	bool changes; /* the look found changes */
	const char *text; /* of the reason, unless from the kernel */
	const char *error; /* of the lock */
};

/* ---- Inspecting ---- */

static const char *changes_text(const struct run *run, struct arena *arena)
{
	size_t n = changes_count(&run->plan.changes);

	if (!n)
		return "a selector has a step to make";
	return arena_printf(arena, "%zu %s to make", n, n == 1 ? "change" : "changes");
}

static void understand(struct waiting *waiting, const struct run *run)
{
	msec_t timeout = waiting->options->timeout;

	waiting->deadline.at = waiting->begun + (timeout ? timeout : waiting->loop.period);
	waiting->changes = run->pending && run->pending != run->tried;
	if (waiting->changes) {
		waiting->text = changes_text(run, waiting->arena);
		loop_note(&waiting->loop);
	} else {
		waiting->text = run->pending ? "only changes that already failed"
					     : "nothing has happened";
	}
}

static enum exit_code print_failure(const struct options *options, const struct run *run,
				    enum run_outcome outcome)
{
	const struct output *output = options->output;
	struct printer printer = printer_open(options);
	struct report report;

	report_make(&report, run, options->name, RUN_WATCH, outcome);
	output->failure(&printer, &report);
	return printer_close(&printer) ? report_exit(&report) : EXIT_ERROR;
}

/* The state read is freed at once: it may be large, and the wait may be long. */
static enum exit_code look(struct waiting *waiting)
{
	const struct options *options = waiting->options;
	struct run_options run_options = options_for_run(options);
	msec_t began = clock_boot();
	enum exit_code code = EXIT_DONE;
	struct run run;
	enum run_outcome outcome;

	outcome = run_make(&run, &run_options, RUN_WATCH);
	diags_sort(&run.diags);
	if (outcome == RUN_DONE) {
		loop_ran(&waiting->loop, run.desired, &run.observed, began);
		understand(waiting, &run);
	} else {
		code = print_failure(options, &run, outcome);
	}
	run_free(&run);
	return code;
}

static bool is_locked(struct waiting *waiting)
{
	const struct options *options = waiting->options;

	return state_locked(&options->dirs, options->name, waiting->arena, &waiting->error);
}

/* Changes that another run is about to make are no reason to return, and until its end a
 * loop would only find the lock taken. */
static enum loop_end wait_for_lock(struct waiting *waiting)
{
	while (is_locked(waiting) && !deadline_passed(&waiting->deadline)) {
		enum loop_end end = loop_turn(&waiting->loop, clock_boot() + LOCK_GRAIN_MS);

		if (end != LOOP_DUE)
			return end;
	}
	return waiting->error ? LOOP_FAILED : LOOP_DUE;
}

/* Inspects, and again after the end of another run. An error is in *code. */
static enum loop_end look_unlocked(struct waiting *waiting, enum exit_code *code)
{
	for (;;) {
		enum loop_end end;

		*code = look(waiting);
		if (*code || !waiting->changes || !is_locked(waiting))
			return waiting->error ? LOOP_FAILED : LOOP_DUE;
		end = wait_for_lock(waiting);
		if (end != LOOP_DUE || deadline_passed(&waiting->deadline))
			return end;
		loop_forget(&waiting->loop);
	}
}

/* ---- The command ---- */

static enum exit_code print_error(const struct waiting *waiting)
{
	const struct failure *failure = &waiting->loop.failure;
	struct run run = {
		.arena = waiting->arena,
		.error = failure->code ? failure_text(failure, waiting->arena) : waiting->error,
	};

	return print_failure(waiting->options, &run, RUN_FAILED);
}

static enum exit_code print_result(const struct waiting *waiting)
{
	const struct watch_news *news = &waiting->loop.news;
	struct printer printer = printer_open(waiting->options);
	struct wait_result result = {
		.instance = waiting->options->name,
		.reason = waiting->changes ? WAIT_CHANGES
			  : news->any	   ? WAIT_EVENT
					   : WAIT_TIMEOUT,
		.text = waiting->changes || !news->any ? waiting->text : news->text,
		.waited = clock_boot() - waiting->begun,
	};

	waiting->options->output->wait(&printer, &result, waiting->arena);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}

static enum exit_code wait_until_over(struct waiting *waiting)
{
	enum exit_code code;
	enum loop_end end = look_unlocked(waiting, &code);

	if (code)
		return code;
	if (end == LOOP_DUE)
		end = loop_wait(&waiting->loop, waiting->deadline.at);
	if (end == LOOP_FAILED)
		return print_error(waiting);
	if (end == LOOP_SIGNAL)
		return waiting->loop.signal_number == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED;
	return print_result(waiting);
}

enum exit_code cmd_wait(void *given)
{
	struct options *options = given;
	struct waiting waiting = {
		.options = options,
		.arena = options->arena,
		.begun = clock_boot(),
	};
	enum exit_code code;

	say_instance(options);
	if (loop_open(&waiting.loop, LOOP_KERNEL, false))
		code = wait_until_over(&waiting);
	else
		code = print_error(&waiting);
	loop_close(&waiting.loop);
	return code;
}
