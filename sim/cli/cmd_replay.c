/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"

#include "trace/trace.h"

#include <errno.h>
#include <stdlib.h>

/* Length shown of differing lines, starting a little before the difference. */
#define SHOWN_MAX 300
#define SHOWN_BEFORE 60

struct replay {
	const struct sim_options *options;
	struct arena *arena;
	const char *path;
	const char *text; /* of the trace */
	size_t length;
	struct record_begin begin;
	struct batch_options batch_options;
	struct batch batch;
	struct task task;
	bool given; /* to the batch */
	enum exit_code code;
};

/* ---- Comparing ---- */

static void print_part(const char *word, const char *line, size_t length, size_t column,
		       struct arena *arena)
{
	size_t from = column > SHOWN_BEFORE ? column - SHOWN_BEFORE : 0;
	size_t n = length - from < SHOWN_MAX ? length - from : SHOWN_MAX;

	printf("  %s: %s%s%s\n", word, from ? "..." : "",
	       text_printable(arena, arena_strndup(arena, line + from, n)),
	       from + n < length ? "..." : "");
}

static size_t line_length(const char *text, size_t length)
{
	const char *newline = memchr(text, '\n', length);

	return newline ? (size_t)(newline - text) : length;
}

/* Prints the first line that differs; false when there is none. */
static bool print_difference(const char *was, size_t was_length, const char *now, size_t now_length,
			     struct arena *arena)
{
	size_t at = 0, line = 0, number = 1;
	size_t both = was_length < now_length ? was_length : now_length;

	for (; at < both && was[at] == now[at]; at++) {
		if (was[at] == '\n') {
			line = at + 1;
			number++;
		}
	}
	if (at == was_length && at == now_length)
		return false;
	printf("line %zu differs at its byte %zu\n", number, at - line + 1);
	print_part("was", was + line, line_length(was + line, was_length - line), at - line, arena);
	print_part("now", now + line, line_length(now + line, now_length - line), at - line, arena);
	return true;
}

static bool next_task(void *context, struct task *task)
{
	struct replay *replay = context;

	if (replay->given)
		return false;
	replay->given = true;
	*task = replay->task;
	return true;
}

static void compare(struct replay *replay, const char *directory)
{
	const char *path = arena_printf(replay->arena, "%s/" JOB_TRACE, directory);
	size_t length;
	const char *text = text_read(path, &length, replay->arena);

	if (!text) {
		message_error("%s: %s", path, strerror(errno));
		return;
	}
	if (print_difference(replay->text, replay->length, text, length, replay->arena))
		return;
	puts("identical");
	replay->code = EXIT_DONE;
}

static void task_ended(void *context, const struct task *task, const struct task_end *end,
		       const struct result *result)
{
	struct replay *replay = context;

	(void)task;
	if (result->verdict == VERDICT_STOPPED)
		return;
	if (result->verdict == VERDICT_BROKEN)
		fprintf(stderr, "wgsim: %s\n%s", result_line(result, replay->arena),
			result->details);
	else if (!replay->options->quiet)
		printf("%s %s\n", verdict_word(result->verdict),
		       result_line(result, replay->arena));
	if (end->outcome == TASK_ENDED)
		compare(replay, end->directory);
}

/* ---- The trace ---- */

static bool wrong_trace(const struct replay *replay, const char *what)
{
	message_error("%s: %s", replay->path, what);
	return false;
}

/* Why it was not simulated, or NULL. */
static const char *skipped(const struct replay *replay)
{
	const size_t first = line_length(replay->text, replay->length) + 1;
	struct record second;

	if (first >= replay->length ||
	    trace_parse(replay->text + first,
			line_length(replay->text + first, replay->length - first), &second,
			replay->arena) ||
	    second.kind != RECORD_END)
		return NULL;
	return second.end.skipped;
}

static bool read_trace(struct replay *replay)
{
	struct record first;
	const char *error;

	replay->text = text_read(replay->path, &replay->length, replay->arena);
	if (!replay->text)
		return wrong_trace(replay, strerror(errno));
	error = trace_parse(replay->text, line_length(replay->text, replay->length), &first,
			    replay->arena);
	if (error)
		return wrong_trace(replay, error);
	if (first.kind != RECORD_BEGIN)
		return wrong_trace(replay, "it does not begin with a scenario");
	if (skipped(replay))
		return wrong_trace(replay, arena_printf(replay->arena, "it was not played: %s",
							skipped(replay)));
	if (!first.begin.text)
		return wrong_trace(replay, "it does not have the text of its scenario");
	replay->begin = first.begin;
	return true;
}

static bool read_scenario(struct replay *replay)
{
	struct diags diags = { .arena = arena_new() };

	replay->task = (struct task){
		.name = replay->begin.scenario,
		.seed = replay->begin.seed,
		.text = replay->begin.text,
		.arena = diags.arena,
	};
	replay->task.scenario = scenario_of_text("scenario", replay->begin.text, &diags);
	if (replay->task.scenario)
		return true;
	wrong_trace(replay, "its scenario is wrong");
	scenario_diags_print(&diags);
	arena_free(diags.arena);
	return false;
}

/* The trace's back end, unless --backend is given. */
static bool choose_backend(struct replay *replay)
{
	replay->batch_options = replay->options->batch;
	replay->batch_options.jobs = 1;
	if (!replay->batch_options.has_backend &&
	    !backend_parse(replay->begin.backend, &replay->batch_options.backend))
		return wrong_trace(replay, "it names no back end");
	replay->batch_options.has_backend = true;
	return true;
}

static enum exit_code play_again(struct replay *replay)
{
	struct batch *batch = &replay->batch;
	const char *lacks;

	*batch = (struct batch){
		.options = &replay->batch_options,
		.arena = replay->arena,
		.next = next_task,
		.ended = task_ended,
		.context = replay,
	};
	if (!choose_backend(replay) || !batch_open(batch)) {
		arena_free(replay->task.arena);
		return EXIT_ERROR;
	}
	lacks = backend_lacks(batch->runner.backend, replay->task.scenario);
	if (lacks) {
		message_error("%s", lacks);
		arena_free(replay->task.arena);
	} else {
		batch_run(batch);
	}
	batch_close(batch);
	if (batch->signal)
		return EXIT_INTERRUPTED;
	return message_written(stdout) ? replay->code : EXIT_ERROR;
}

enum exit_code wgsim_replay(void *given)
{
	struct sim_options *options = given;
	struct replay replay = {
		.options = options,
		.arena = options->arena,
		.path = options->arguments.at[0],
		.code = EXIT_ERROR,
	};

	if (!read_trace(&replay) || !read_scenario(&replay))
		return EXIT_INPUT;
	return play_again(&replay);
}
