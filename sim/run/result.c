/* SPDX-License-Identifier: MIT */
#include "result.h"

#include "workplace.h"

#include "trace/trace.h"
#include "trace/wording.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

/* Decisions of a node that are shown with a failure. */
#define DECISIONS_SHOWN 8
/* Number of output lines shown of a failed machine. */
#define OUTPUT_LINES 20
#define INDENT "    "
/* With less space than this a trace may have failed because of it. */
#define ROOM_MIN ((uint64_t)32 << 10)

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[] = {
		[VERDICT_PASSED] = "ok",	[VERDICT_FAILED] = "FAILED",
		[VERDICT_BROKEN] = "FAILED",	[VERDICT_SKIPPED] = "skipped:",
		[VERDICT_STOPPED] = "stopped:",
	};

	return words[verdict];
}

/* ---- Content of the trace ---- */

/* What is being printed of a trace. */
struct details {
	FILE *out;
	const struct history *history;
	bool all; /* also passed ones */
	const char *last; /* decision that was printed */
	struct arena *arena;
};

static void print_decisions(struct details *details, const char *node)
{
	struct decisions decisions = history_decisions(details->history, node, DECISIONS_SHOWN,
						       details->arena);
	size_t n = decisions.lines.n;
	const char *last = n ? decisions.lines.at[n - 1] : "";

	if (n && details->last && strcmp(details->last, last) == 0) {
		fprintf(details->out, INDENT "the last decisions of %s: as above\n", node);
		return;
	}
	details->last = last;
	fprintf(details->out, INDENT "the last decisions of %s:%s\n", node, n ? "" : " none");
	vec_each (line, &decisions.lines)
		fprintf(details->out, INDENT INDENT "%s\n", text_printable(details->arena, *line));
}

static void print_expectation(struct details *details, const struct record_expectation *what)
{
	struct arena *arena = details->arena;
	const char *text = text_printable(arena, what->text);
	const char *seen = what->seen ? text_printable(arena, what->seen) : "nothing";
	const char *at = what->since >= 0
				 ? arena_printf(arena, ", at %s", seconds_text(arena, what->since))
				 : "";

	if (what->passed) {
		fprintf(details->out, INDENT "held:     %s%s\n", text, at);
		return;
	}
	fprintf(details->out, INDENT "expected: %s\n" INDENT "seen:     %s%s\n", text, seen, at);
	if (what->node)
		print_decisions(details, what->node);
}

/* The error that ended the simulation, or NULL. */
static const char *print_records(struct details *details, const struct task *task,
				 const struct trace *trace)
{
	struct history *history = history_new(task->scenario, details->arena);
	const char *error = NULL;

	details->history = history;
	vec_each (record, &trace->records) {
		history_add(history, record);
		if (record->kind == RECORD_EXPECTATION &&
		    (details->all || !record->expectation.passed))
			print_expectation(details, &record->expectation);
		if (record->kind == RECORD_END)
			error = record->end.error;
	}
	return error;
}

/* The error that ended the simulation, or NULL. */
static const char *print_trace(struct details *details, const struct task *task,
			       const char *directory)
{
	const char *path = arena_printf(details->arena, "%s/" JOB_TRACE, directory);
	struct trace trace = { .arena = details->arena };
	size_t length = 0;
	const char *text = text_read(path, &length, details->arena);
	const char *error;

	if (!text) {
		/* Startup errors are reported elsewhere. */
		if (errno != ENOENT)
			fprintf(details->out, INDENT "the trace: %s\n", strerror(errno));
		return NULL;
	}
	error = trace_read(text, length, &trace, details->arena);
	if (!error)
		return print_records(details, task, &trace);
	fprintf(details->out, INDENT "the trace cannot be read: %s\n", error);
	return NULL;
}

/* ---- Output of a machine ---- */

/* The start of the last lines. */
static const char *tail_of(const char *text, size_t length, unsigned lines)
{
	const char *at = text + length;

	while (at > text && at[-1] == '\n')
		at--;
	for (; at > text; at--)
		if (at[-1] == '\n' && --lines == 0)
			break;
	return at;
}

static void print_output(FILE *out, const char *directory, struct arena *arena)
{
	size_t length = 0;
	const char *text = text_read(arena_printf(arena, "%s/" JOB_OUTPUT, directory), &length,
				     arena);

	if (!text || !*text)
		return;
	for (const char *at = tail_of(text, length, OUTPUT_LINES); *at;) {
		size_t line = strcspn(at, "\n");

		fprintf(out, INDENT "%s\n", text_printable(arena, arena_strndup(arena, at, line)));
		at += line + (at[line] == '\n');
	}
}

/* ---- The result ---- */

static enum verdict verdict_of(const struct task_end *end)
{
	if (end->outcome == TASK_STOPPED)
		return VERDICT_STOPPED;
	if (end->outcome != TASK_ENDED)
		return VERDICT_BROKEN;
	return end->status == PLAY_PASSED   ? VERDICT_PASSED
	       : end->status == PLAY_FAILED ? VERDICT_FAILED
					    : VERDICT_BROKEN;
}

/* Whether the disk is too full for a case's output. */
static bool disk_is_full(const char *directory)
{
	struct statvfs room;

	return !statvfs(directory, &room) && ((uint64_t)room.f_bavail * room.f_frsize < ROOM_MIN ||
					      (room.f_files && !room.f_favail));
}

static const char *why_broken(const struct task_end *end, struct arena *arena)
{
	if (end->outcome == TASK_LATE)
		return arena_printf(arena, "it did not end in %s",
				    duration_human(arena, end->took));
	if (end->outcome == TASK_UNPLAYED)
		return arena_strdup(arena, end->error);
	if (end->status == PLAY_BROKEN)
		return "it could not be played";
	if (end->status > 128)
		return arena_printf(arena, "it was killed by signal %d (%s)", end->status - 128,
				    strsignal(end->status - 128));
	return arena_printf(arena, "it ended with status %d", end->status);
}

static void print_details(struct details *details, const struct task *task,
			  const struct task_end *end, struct result *result)
{
	const char *error;

	if (end->outcome == TASK_UNPLAYED)
		return;
	error = print_trace(details, task, end->directory);
	if (error)
		result->why = error;
	if (result->verdict == VERDICT_BROKEN)
		print_output(details->out, end->directory, details->arena);
}

static void add_details(struct result *result, const struct task *task, const struct task_end *end,
			bool all, struct arena *arena)
{
	struct arena *scratch = arena_new();
	char *text = NULL;
	size_t length = 0;
	struct details details = {
		.out = open_memstream(&text, &length),
		.all = all,
		.arena = scratch,
	};

	if (details.out) {
		print_details(&details, task, end, result);
		if (fclose(details.out) == 0)
			result->details = arena_strdup(arena, text);
		free(text);
	}
	if (result->why)
		result->why = text_printable(arena, arena_strdup(arena, result->why));
	arena_free(scratch);
}

static const char *value_text(const struct record_measure *measure, struct arena *arena)
{
	const char *unit = measure->unit ? measure->unit : "";

	if (!isfinite(measure->value))
		return "no number";
	if (!strcmp(unit, "bytes"))
		return bytes_human(arena, (uint64_t)measure->value);
	if (!strcmp(unit, "ms") && measure->value >= MSEC_PER_SEC)
		return seconds_text(arena, (msec_t)measure->value);
	return arena_printf(arena, "%.4g%s%s", measure->value, *unit ? " " : "", unit);
}

static const char *measure_add(const char *measures, const struct record_measure *measure,
			       struct arena *arena)
{
	return arena_printf(arena, "%s%s%s %s", measures ? measures : "", measures ? ", " : "",
			    text_printable(arena, measure->name), value_text(measure, arena));
}

/* Only where there are some: the trace is read for it. */
static const char *measures_of(const struct task *task, const struct task_end *end,
			       struct arena *arena)
{
	struct arena *scratch;
	struct trace trace;
	const char *text, *measures = NULL;
	size_t length;

	if (!task->scenario || !task->scenario->measures.n)
		return NULL;
	scratch = arena_new();
	trace.arena = scratch;
	text = text_read(arena_printf(scratch, "%s/" JOB_TRACE, end->directory), &length, scratch);
	if (text && !trace_read(text, length, &trace, scratch)) {
		vec_each (record, &trace.records)
			if (record->kind == RECORD_MEASURE)
				measures = measure_add(measures, &record->measure, scratch);
	}
	if (measures)
		measures = arena_strdup(arena, measures);
	arena_free(scratch);
	return measures;
}

struct result result_of(const struct task *task, const struct task_end *end, bool all,
			struct arena *arena)
{
	struct result result = {
		.verdict = verdict_of(end),
		.name = arena_strdup(arena, task->name),
		.seed = task->seed,
		.took = end->took,
		.details = "",
	};
	struct play_progress progress = { 0 };

	if (end->outcome != TASK_UNPLAYED)
		play_progress_read(end->directory, &progress, task->arena);
	result.simulated = progress.at;
	result.passed = progress.passed;
	result.failed = progress.failed;
	if (result.verdict == VERDICT_BROKEN)
		result.why = why_broken(end, arena);
	/* This is the cause of any other failure. */
	if ((result.verdict == VERDICT_FAILED || result.verdict == VERDICT_BROKEN) &&
	    end->outcome != TASK_UNPLAYED && disk_is_full(end->directory)) {
		result.verdict = VERDICT_BROKEN;
		result.why = arena_printf(arena, "the disk of %s is full: free some space",
					  end->directory);
		return result;
	}
	if (result.verdict == VERDICT_FAILED || result.verdict == VERDICT_BROKEN || all)
		add_details(&result, task, end, all, arena);
	if (end->outcome == TASK_ENDED)
		result.measures = measures_of(task, end, arena);
	return result;
}

/* ---- One line ---- */

const char *speed_text(msec_t simulated, msec_t took, struct arena *arena)
{
	double factor = (double)simulated / (double)(took > 0 ? took : 1);

	return arena_printf(arena, factor < 10 ? "%.1fx" : "%.0fx", factor);
}

static const char *expectations_text(const struct result *result, struct arena *arena)
{
	unsigned n = result->passed + result->failed;

	if (result->failed)
		return arena_printf(arena, "%u of %u expectation%s failed", result->failed, n,
				    n == 1 ? "" : "s");
	return arena_printf(arena, "%u expectation%s", n, n == 1 ? "" : "s");
}

const char *result_line(const struct result *result, struct arena *arena)
{
	const char *who = arena_printf(arena, "%s seed %" PRIu64,
				       text_printable(arena, result->name), result->seed);
	const char *time = arena_printf(arena, "%s in %s (%s)",
					duration_human(arena, result->simulated),
					duration_human(arena, result->took),
					speed_text(result->simulated, result->took, arena));

	switch (result->verdict) {
	case VERDICT_SKIPPED:
		return arena_printf(arena, "%s: %s", who, result->why);
	case VERDICT_STOPPED:
		return arena_printf(arena, "%s: after %s", who, time);
	case VERDICT_BROKEN:
		return arena_printf(arena, "%s: %s; %s", who, result->why, time);
	default:
		return arena_printf(arena, "%s: %s, %s", who, expectations_text(result, arena),
				    time);
	}
}
