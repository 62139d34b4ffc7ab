/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "base/cli/message.h"
#include "base/os/deadline.h"

#include <errno.h>
#include <sys/stat.h>

bool batch_open(struct batch *batch)
{
	const struct batch_options *options = batch->options;
	const char *output = batch->output;
	struct failure failure = { 0 };
	const char *error;

	batch->runner.backend = options->backend;
	error = backend_find(&batch->runner.backend, options->has_backend, &batch->tools,
			     options->program, batch->arena);
	if (!error && output && !directory_make(output))
		error = arena_printf(batch->arena, "%s: %s", output, strerror(errno));
	if (!error && !workplace_make(&batch->workplace, batch->plays_in_output ? output : NULL,
				      batch->arena, &failure))
		error = failure_text(&failure, batch->arena);
	if (error)
		message_error("%s", error);
	return !error;
}

void batch_close(struct batch *batch)
{
	if (!workplace_remove(&batch->workplace))
		message_error("%s cannot be removed", batch->workplace.path);
}

/* ---- Cases as tasks ---- */

static void count(struct batch *batch, const struct result *result)
{
	batch->simulated += result->simulated;
	batch->passed += result->verdict == VERDICT_PASSED;
	batch->failed += result->verdict == VERDICT_FAILED || result->verdict == VERDICT_BROKEN;
	batch->skipped += result->verdict == VERDICT_SKIPPED;
}

/* False: it is not simulated, which is counted. */
static bool prepare(struct batch *batch, const struct play_case *which, struct task *task)
{
	struct diags diags = { .arena = arena_new() };
	struct result result = {
		.verdict = VERDICT_SKIPPED,
		.name = which->which.name,
		.seed = which->which.seed,
		.details = "",
	};

	*task = (struct task){
		.name = which->which.name,
		.seed = which->which.seed,
		.arena = diags.arena,
		.mine = (void *)which,
	};
	task->scenario = scenario_of_case(which->file, &which->which, &task->text, &diags);
	if (task->scenario) {
		result.why = backend_lacks(batch->runner.backend, task->scenario);
	} else {
		/* Errors not found by cases_check(), which checks one seed only. */
		result.verdict = VERDICT_BROKEN;
		result.why = "the scenario is wrong";
		task->text = NULL;
	}
	if (!result.why)
		return true;
	count(batch, &result);
	batch->unplayed(batch->context, which, task->text, &result, &diags);
	arena_free(diags.arena);
	return false;
}

/* ---- Callbacks of the runner ---- */

static bool next_task(void *context, struct task *task)
{
	struct batch *batch = context;

	if (!batch->cases)
		return batch->next(batch->context, task);
	while (batch->next_case < batch->cases->list.n)
		if (prepare(batch, &batch->cases->list.at[batch->next_case++], task))
			return true;
	return false;
}

static bool task_ended(void *context, const struct task *task, const struct task_end *end)
{
	struct batch *batch = context;
	const struct result result = result_of(task, end, batch->all_expectations, batch->arena);

	count(batch, &result);
	batch->ended(batch->context, task, end, &result);
	return !(batch->options->fail_fast && batch->failed);
}

static void watch(void *context, const struct task *const *running, size_t n)
{
	struct batch *batch = context;

	batch->watch(batch->context, running, n);
}

/* ---- Entry point ---- */

void batch_run(struct batch *batch)
{
	batch->began = clock_boot();
	batch->runner.tools = &batch->tools;
	batch->runner.memory = batch->options->memory;
	batch->runner.directory = batch->workplace.path;
	batch->runner.jobs = batch->options->jobs;
	batch->runner.timeout = batch->options->timeout;
	batch->runner.next = next_task;
	batch->runner.ended = task_ended;
	batch->runner.watch = batch->watch ? watch : NULL;
	batch->runner.context = batch;
	batch->signal = runner_run(&batch->runner);
}

enum exit_code batch_exit_code(const struct batch *batch)
{
	if (!message_written(stdout))
		return EXIT_ERROR;
	if (batch->signal)
		return EXIT_INTERRUPTED;
	return batch->failed ? EXIT_ERROR : EXIT_DONE;
}
