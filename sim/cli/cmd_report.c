/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "options.h"
#include "run/workplace.h"

#include "base/os/replace_file.h"
#include "report/plots.h"
#include "report/report_page.h"

#include <errno.h>
#include <unistd.h>

/* Maximum number of traces shown in full: each is some hundred kilobytes. */
#define SHOWN_MAX 60

struct report {
	const struct sim_options *options;
	struct arena *arena;
	FILE *out;
	struct summaries summaries;
	bool *is_shown; /* one for each of the traces */
};

/* ---- Traces ---- */

/* NULL after a printed error. */
static struct view *view_read(const char *path, struct arena *arena)
{
	struct trace *trace = arena_alloc(arena, sizeof(*trace));
	const char *name = text_printable(arena, path), *reason;
	size_t length;
	char *text = text_read(path, &length, arena);

	if (!text) {
		message_error("%s: %s", name, strerror(errno));
		return NULL;
	}
	reason = trace_read(text, length, trace, arena);
	if (!reason && !trace->records.n)
		reason = "there is nothing in it";
	if (reason) {
		message_error("%s: %s", name, reason);
		return NULL;
	}
	return view_make(trace, arena);
}

/* Traces are read one at a time and freed: hundreds would not fit. */
static bool summarise(struct report *report)
{
	bool good = true;

	report->summaries.arena = report->arena;
	vec_each (path, &report->options->arguments) {
		struct arena *arena = arena_new();
		const struct view *view = view_read(*path, arena);

		if (view)
			summary_add(&report->summaries, view, *path);
		good = good && view;
		arena_free(arena);
	}
	summaries_end(&report->summaries);
	return good;
}

static size_t show(struct report *report, const struct summary *summary)
{
	bool *is_shown = &report->is_shown[summary - report->summaries.list.at];
	const size_t more = !*is_shown;

	*is_shown = true;
	return more;
}

static const struct summary *first_failed(const struct summary_case *found)
{
	vec_each (summary, &found->traces) {
		if (view_verdict_is_bad((*summary)->verdict))
			return *summary;
	}
	return NULL;
}

/* Up to the maximum: of each case the first failed trace, then the first of each, then
 * further failed ones. */
static void choose_shown(struct report *report)
{
	const struct summaries *summaries = &report->summaries;
	size_t shown = 0;

	report->is_shown = arena_alloc(report->arena,
				       summaries->list.n * sizeof(*report->is_shown));
	vec_each (found, &summaries->worst_first) {
		if (shown < SHOWN_MAX && first_failed(*found))
			shown += show(report, first_failed(*found));
	}
	vec_each (found, &summaries->worst_first) {
		if (shown < SHOWN_MAX)
			shown += show(report, (*found)->traces.at[0]);
	}
	vec_each (summary, &summaries->list) {
		if (shown < SHOWN_MAX && view_verdict_is_bad(summary->verdict))
			shown += show(report, summary);
	}
}

static bool write_trace(struct report *report, const struct summary *summary,
			struct failure *failure)
{
	struct arena *arena = arena_new();
	const struct report_part part = {
		.view = view_read(summary->path, arena),
		.path = summary->path,
		.number = (size_t)(summary - report->summaries.list.at),
		.alone = report->summaries.list.n == 1,
	};
	bool written = part.view ? report_page_trace(report->out, &part, arena, failure)
				 : failure_set(failure, 0, "a trace has changed meanwhile");

	arena_free(arena);
	return written;
}

/* ---- The page ---- */

static const char *title(const struct report *report)
{
	const struct summaries *summaries = &report->summaries;

	if (summaries->list.n == 1)
		return arena_printf(report->arena, "%s: wgsim report",
				    summaries->list.at[0].scenario);
	return arena_printf(report->arena, "%zu traces: wgsim report", summaries->list.n);
}

static bool write_shown(struct report *report, struct failure *failure)
{
	vec_each (found, &report->summaries.worst_first) {
		vec_each (summary, &(*found)->traces) {
			if (report->is_shown[*summary - report->summaries.list.at] &&
			    !write_trace(report, *summary, failure))
				return false;
		}
	}
	return true;
}

static bool write_page(struct report *report, struct failure *failure)
{
	choose_shown(report);
	report_page_begin(report->out, title(report), report->arena);
	if (report->summaries.list.n > 1 &&
	    !report_page_summary(report->out, &report->summaries, report->is_shown, report->arena,
				 failure))
		return false;
	if (!write_shown(report, failure))
		return false;
	report_page_end(report->out);
	return true;
}

static bool write_plot(struct report *report, struct failure *failure)
{
	const struct sim_options *options = report->options;
	struct plot_request request = {
		.format = options->png ? CANVAS_PNG : CANVAS_SVG_FILE,
		.size = CANVAS_WIDE,
		.arena = report->arena,
		.summaries = &report->summaries,
	};

	if (!options->plot->of_many)
		request.view = view_read(options->arguments.at[0], report->arena);
	if (!options->plot->of_many && !request.view)
		return failure_set(failure, 0, "a trace has changed meanwhile");
	if (options->plot->draw(&request, report->out, failure))
		return true;
	if (!failure->code && !*failure->text)
		failure_set(failure, 0, "there is nothing to draw for %s", options->plot->name);
	return false;
}

/* ---- Output ---- */

static bool write_all(struct report *report, struct failure *failure)
{
	return report->options->plot ? write_plot(report, failure) : write_page(report, failure);
}

/* If writing fails the old report is kept. */
static bool write_file(struct report *report, struct failure *failure)
{
	struct replacement replacement;
	const char *error = replace_open(&replacement, report->options->output, report->arena);
	bool written;

	if (error)
		return failure_set(failure, 0, "%s", error);
	report->out = replacement.stream;
	written = write_all(report, failure);
	if (!written) {
		replace_drop(&replacement);
		return false;
	}
	error = replace_finish(&replacement);
	return !error || failure_set(failure, 0, "%s", error);
}

static enum exit_code list_plots(void)
{
	for (const struct plot *plot = plots; plot->name; plot++)
		printf("%-18s %s\n", plot->name, plot->shows);
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}

static const char *wrong_usage(const struct sim_options *options)
{
	if (!options->arguments.n)
		return "report needs traces";
	if (options->plot && !options->plot->of_many && options->arguments.n > 1)
		return arena_printf(options->arena, "the plot %s is of one trace",
				    options->plot->name);
	if (!options->output && isatty(STDOUT_FILENO))
		return "a report is nothing for a terminal: --output says where it goes";
	return NULL;
}

enum exit_code wgsim_report(void *given)
{
	struct sim_options *options = given;
	struct report report = { .options = options, .arena = options->arena, .out = stdout };
	struct failure failure = { 0 };
	bool written;

	if (options->list_plots)
		return list_plots();
	if (wrong_usage(options)) {
		message_usage(wrong_usage(options));
		return EXIT_USAGE;
	}
	if (!summarise(&report))
		return EXIT_INPUT;
	written = options->output ? write_file(&report, &failure) : write_all(&report, &failure);
	if (!written) {
		message_error("%s", failure_text(&failure, options->arena));
		return EXIT_ERROR;
	}
	return options->output || message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}
