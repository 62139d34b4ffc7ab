/* SPDX-License-Identifier: MIT */
#include "base/cli/color.h"
#include "base/cli/color_choice.h"
#include "base/cli/message.h"
#include "case_command.h"
#include "junit.h"
#include "options.h"
#include "run/unplayed.h"
#include "screen.h"

#include "base/os/deadline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct run_state {
	const struct sim_options *options;
	struct arena *arena;
	struct play_cases cases;
	struct batch batch;
	struct screen screen;
	struct junit junit; /* by the cases' order */
	bool unsaved; /* keeping a trace failed */
};

/* ---- One case ---- */

static void keep_result(struct run_state *state, const struct play_case *which,
			const struct result *result)
{
	state->junit.cases.at[which - state->cases.list.at] = (struct junit_case){
		which->file->path, *result
	};
}

static const char *color_of(enum verdict verdict)
{
	return verdict == VERDICT_PASSED				? GREEN
	       : verdict == VERDICT_FAILED || verdict == VERDICT_BROKEN ? BOLD RED
									: YELLOW;
}

static void tell_result(struct run_state *state, const struct play_case *which,
			const struct result *result)
{
	struct arena *arena = arena_new();
	bool failed = result->verdict == VERDICT_FAILED || result->verdict == VERDICT_BROKEN;
	const char *text = arena_printf(arena, "%s\n%s", result_line(result, arena),
					result->details);

	if (result->measures)
		text = arena_printf(arena, "%s    measured: %s\n", text, result->measures);
	if (failed)
		text = arena_printf(arena, "%s    again:    %s\n", text,
				    case_command(which, state->options, arena));
	if (failed || !state->options->quiet || result->verdict == VERDICT_SKIPPED)
		screen_print(&state->screen, color_of(result->verdict),
			     verdict_word(result->verdict), text);
	arena_free(arena);
}

static void finish(struct run_state *state, const struct play_case *which,
		   const struct result *result)
{
	keep_result(state, which, result);
	tell_result(state, which, result);
}

/* ---- Kept traces ---- */

static const char *kept_path(const struct run_state *state, const struct play_case *which,
			     struct arena *arena)
{
	return arena_printf(arena, "%s/%s.jsonl", state->options->output, which->file_name);
}

static void unsaved(struct run_state *state, const char *path)
{
	message_error("%s: %s", path, strerror(errno));
	state->unsaved = true;
}

/* text: of the expanded scenario; NULL: there is none. */
static void keep_unplayed(struct run_state *state, const struct play_case *which, const char *text,
			  const struct result *result)
{
	struct arena *arena = arena_new();
	const char *path = kept_path(state, which, arena);
	const bool is_skipped = result->verdict == VERDICT_SKIPPED;
	const struct unplayed unplayed = {
		.begin = { .scenario = which->which.name,
			   .text = text,
			   .seed = which->which.seed,
			   .backend = backend_word(state->batch.runner.backend),
			   .program = "" },
		.error = is_skipped ? NULL : result->why,
		.skipped = is_skipped ? result->why : NULL,
	};

	if (!unplayed_write(&unplayed, path, arena))
		unsaved(state, path);
	arena_free(arena);
}

static void keep_trace(struct run_state *state, const struct play_case *which,
		       const struct task *task, const char *directory, const struct result *result)
{
	struct arena *arena = arena_new();
	const char *from = arena_printf(arena, "%s/" JOB_TRACE, directory);
	const char *to = kept_path(state, which, arena);

	if (result->verdict == VERDICT_BROKEN && !trace_has_begun(from, arena))
		keep_unplayed(state, which, task->text, result);
	else if (chmod(from, 0644) < 0 || rename(from, to) < 0)
		unsaved(state, to);
	arena_free(arena);
}

/* ---- Callbacks of the batch ---- */

static void case_unplayed(void *context, const struct play_case *which, const char *text,
			  const struct result *result, struct diags *diags)
{
	struct run_state *state = context;

	if (result->verdict == VERDICT_BROKEN)
		scenario_diags_print(diags);
	if (state->options->output)
		keep_unplayed(state, which, text, result);
	finish(state, which, result);
}

static void case_ended(void *context, const struct task *task, const struct task_end *end,
		       const struct result *result)
{
	struct run_state *state = context;
	const struct play_case *which = task->mine;

	if (state->options->output && result->verdict != VERDICT_STOPPED)
		keep_trace(state, which, task, end->directory, result);
	finish(state, which, result);
}

static size_t done(const struct run_state *state)
{
	return state->batch.passed + state->batch.failed + state->batch.skipped;
}

static const char *watch_line(const struct task *task, struct arena *arena)
{
	struct play_progress progress;
	const char *held;

	play_progress_read(task->job.directory, &progress, arena);
	held = arena_printf(arena, "%u held", progress.passed);
	if (progress.failed)
		held = arena_printf(arena, "%s, %u failed", held, progress.failed);
	return arena_printf(arena, "  %s seed %" PRIu64 ": %s of %s (%s), %s",
			    text_printable(arena, task->name), task->seed,
			    duration_human(arena, progress.at),
			    duration_human(arena, task->scenario->duration),
			    speed_text(progress.at, clock_boot() - task->job.began, arena), held);
}

static void watch(void *context, const struct task *const *running, size_t n)
{
	struct run_state *state = context;
	struct arena *arena = arena_new();
	VEC(const char *) lines = { 0 };

	*vec_push(arena, &lines) = arena_printf(arena, "%zu of %zu, %u failed", done(state),
						state->cases.list.n, state->batch.failed);
	for (size_t i = 0; i < n; i++)
		*vec_push(arena, &lines) = watch_line(running[i], arena);
	screen_draw(&state->screen, lines.at, lines.n, arena);
	arena_free(arena);
}

/* ---- Entry point ---- */

static void tell_beginning(const struct run_state *state)
{
	size_t n = state->cases.list.n;
	size_t jobs = runner_jobs(&state->batch.runner);

	if (!state->options->quiet)
		printf("%zu case%s, back end %s, %zu at the same time\n", n, n == 1 ? "" : "s",
		       backend_word(state->batch.runner.backend), jobs < n || !n ? jobs : n);
	fflush(stdout);
}

/* Those not simulated. */
static void fill_results(struct run_state *state)
{
	vec_each (which, &state->cases.list) {
		struct junit_case *one = &state->junit.cases.at[which - state->cases.list.at];

		if (!one->file)
			*one = (struct junit_case){
				.file = which->file->path,
				.result = { .verdict = VERDICT_STOPPED,
					    .name = which->which.name,
					    .seed = which->which.seed,
					    .details = "" },
			};
	}
}

static bool write_junit(const struct run_state *state, const char *path)
{
	const char *error = junit_write(&state->junit, path, state->arena);

	if (error)
		message_error("%s", error);
	return !error;
}

static bool write_results(struct run_state *state)
{
	const struct sim_options *options = state->options;
	bool written = true;

	fill_results(state);
	if (options->output)
		written = write_junit(state,
				      arena_printf(state->arena, "%s/junit.xml", options->output));
	return (!options->junit || write_junit(state, options->junit)) && written;
}

static void tell_sum(const struct run_state *state)
{
	const struct batch *batch = &state->batch;
	size_t left = state->cases.list.n - done(state);

	if (batch->skipped || left)
		printf("%u skipped, %zu not played to the end\n", batch->skipped, left);
	printf("%u passed, %u failed\n", batch->passed, batch->failed);
}

static enum exit_code play_all(struct run_state *state)
{
	enum exit_code code;
	bool written;

	tell_beginning(state);
	batch_run(&state->batch);
	screen_clear(&state->screen);
	batch_close(&state->batch);
	written = write_results(state) && !state->unsaved;
	tell_sum(state);
	code = batch_exit_code(&state->batch);
	return written ? code : EXIT_ERROR;
}

static enum exit_code run_cases(struct run_state *state)
{
	const struct sim_options *options = state->options;

	if (!state->cases.list.n && options->choice.shards == 1) {
		message_error("no case has '%s' in its name",
			      text_printable(state->arena, options->choice.only));
		return EXIT_USAGE;
	}
	vec_reserve(state->arena, &state->junit.cases, state->cases.list.n);
	state->junit.cases.n = state->cases.list.n;
	screen_open(&state->screen, options->color, options->quiet);
	state->batch = (struct batch){
		.options = &options->batch,
		.arena = state->arena,
		.output = options->output,
		.plays_in_output = true,
		.all_expectations = options->verbose,
		.cases = &state->cases,
		.unplayed = case_unplayed,
		.ended = case_ended,
		.watch = state->screen.live ? watch : NULL,
		.context = state,
	};
	if (!batch_open(&state->batch))
		return EXIT_ERROR;
	return play_all(state);
}

enum exit_code wgsim_run(void *given)
{
	struct sim_options *options = given;
	struct run_state state = { .options = options, .arena = options->arena };
	struct diags diags = { .arena = options->arena };
	struct scenario_files files = { 0 };

	if (!scenario_files_read(&files, options->arguments.at, options->arguments.n, &diags) ||
	    !cases_choose(&state.cases, &files, &options->choice, &diags) ||
	    !cases_check(&state.cases, &diags)) {
		scenario_diags_print(&diags);
		return EXIT_INPUT;
	}
	return run_cases(&state);
}
