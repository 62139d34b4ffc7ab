/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include "html.h"
#include "numbers.h"
#include "report_parts.h"

#include <inttypes.h>

/* Of a node, before an expectation failed. */
#define DECISIONS_OF_FAILURE 8
/* Rows of a table: a page must stay displayable. */
#define ROWS_MAX 400

struct writing {
	FILE *out;
	const struct view *view;
	const struct report_part *part;
	struct arena *arena;
};

static void put(const struct writing *writing, const char *text)
{
	html_text(writing->out, text, writing->arena);
}

static const char *time_text(const struct writing *writing, msec_t time)
{
	return clock_text(writing->arena, time, writing->view->duration, true);
}

static void heading(const struct writing *writing, const char *text)
{
	report_heading(writing->out, !writing->part->alone, text, writing->arena);
}

static struct report_table table_begin(const struct writing *writing, const char *const *heads,
				       const char *columns)
{
	return report_table_begin(writing->out, writing->arena, heads, columns);
}

/* ---- Headline ---- */

static void headline(const struct writing *writing)
{
	const struct view *view = writing->view;
	const char *level = writing->part->alone ? "h1" : "h2";

	fprintf(writing->out, "<%s>", level);
	html_name(writing->out, view->begin->scenario, writing->arena);
	if (!writing->part->alone)
		fprintf(writing->out, ", seed %" PRIu64, view->begin->seed);
	fputc(' ', writing->out);
	report_verdict(writing->out, view->verdict);
	fprintf(writing->out, "</%s>\n", level);
	if (*view->description) {
		fputs("<p>", writing->out);
		put(writing, view->description);
		fputs("</p>\n", writing->out);
	}
}

static void facts(const struct writing *writing)
{
	const struct view *view = writing->view;
	FILE *out = writing->out;

	fprintf(out, "<p class=\"muted\">Seed %" PRIu64 " · back end ", view->begin->seed);
	put(writing, view->begin->backend);
	if (*view->begin->program) {
		fputs(" · ", out);
		put(writing, view->begin->program);
	}
	fprintf(out, " · %s simulated", duration_human(writing->arena, view->duration));
	if (view->end && !view->end->skipped)
		fprintf(out, " · %u of %u expectations held", view->end->passed,
			view->end->passed + view->end->failed);
	fputs("<br>\nTrace <code>", out);
	html_name(out, writing->part->path, writing->arena);
	fputs("</code></p>\n", out);
	if (view->verdict == VIEW_UNFINISHED)
		fputs("<p class=\"failed\">The trace ends before the scenario does.</p>\n", out);
	if (view->end && view->end->skipped) {
		fputs("<p class=\"skipped\">It was not played: ", out);
		put(writing, view->end->skipped);
		fputs("</p>\n", out);
	}
	if (view->end && view->end->error) {
		fputs("<p class=\"failed\">It could not be played to its end: ", out);
		put(writing, view->end->error);
		fputs("</p>\n", out);
	}
}

/* ---- Expectations ---- */

static void last_decisions(const struct writing *writing, const char *node, msec_t until)
{
	const struct view *view = writing->view;
	VEC(const struct view_decision *) last = { 0 };

	vec_each (decision, &view->decisions) {
		if (decision->at > until || strcmp(decision->node, node) != 0)
			continue;
		if (last.n == DECISIONS_OF_FAILURE)
			vec_remove(&last, 0);
		*vec_push(writing->arena, &last) = decision;
	}
	fputs("<div class=\"muted\">", writing->out);
	fputs(last.n ? "Last decisions of " : "No decisions of ", writing->out);
	put(writing, node);
	fputs(last.n ? ":</div>\n<ol class=\"decisions\">\n" : " before that.</div>\n",
	      writing->out);
	vec_each (decision, &last) {
		fprintf(writing->out, "<li><code>%s</code> ", time_text(writing, (*decision)->at));
		put(writing, view_decision_text((*decision)->event, writing->arena));
		fputs("</li>\n", writing->out);
	}
	if (last.n)
		fputs("</ol>\n", writing->out);
}

static void expectation(const struct writing *writing, const struct view_expectation *decided)
{
	const struct record_expectation *about = decided->expectation;
	FILE *out = writing->out;

	fputs(about->passed ? "<li>" : "<li class=\"bad\">", out);
	report_verdict(out, about->passed ? VIEW_PASSED : VIEW_FAILED);
	fputs("<code>", out);
	put(writing, about->text);
	fputs("</code>", out);
	if (about->passed && about->since >= 0)
		fprintf(out, " <span class=\"muted\">since %s</span>",
			time_text(writing, about->since));
	if (!about->passed) {
		fputs("\n<div>Seen: ", out);
		put(writing, about->seen ? about->seen : "nothing");
		if (about->since >= 0)
			fprintf(out, " (at %s)", time_text(writing, about->since));
		fputs("</div>\n", out);
		if (about->node)
			last_decisions(writing, about->node, decided->at);
	}
	fputs("</li>\n", out);
}

static void expectations(const struct writing *writing)
{
	const struct view *view = writing->view;

	if (!view->expectations.n)
		return;
	heading(writing, "What was expected");
	fputs("<ul class=\"expectations\">\n", writing->out);
	for (int passed = 0; passed <= 1; passed++) {
		vec_each (decided, &view->expectations) {
			if (decided->expectation->passed == passed)
				expectation(writing, decided);
		}
	}
	fputs("</ul>\n", writing->out);
}

/* ---- Plots ---- */

static bool figure(const struct writing *writing, struct report_figure about,
		   struct failure *failure)
{
	about.lower = !writing->part->alone;
	about.request.format = CANVAS_SVG;
	about.request.arena = writing->arena;
	about.request.view = writing->view;
	return report_figure(writing->out, &about, failure);
}

static bool figures(const struct writing *writing, struct failure *failure)
{
	static const struct report_figure list[] = {
		{ .draw = plot_timeline,
		  .heading = "Timeline",
		  .caption = "Time since the start in minutes and seconds, in long scenarios with "
			     "hours." },
		{ .draw = plot_handshakes,
		  .heading = "Age of handshakes",
		  .caption =
			  "Minutes and seconds since each peer's latest handshake. At the dashed "
			  "line, 3:00, a session is over. Ages above 9:00 are cut off. In long "
			  "scenarios the line joins the highest ages." },
		{ .draw = plot_echoes, .heading = "Round-trip time and loss" },
		{ .draw = plot_handshakes,
		  .heading = "Age of handshakes on the other nodes",
		  .request = { .rest = true },
		  .folded = true },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (!figure(writing, list[i], failure))
			return false;
	}
	return true;
}

/* ---- Tables ---- */

static void stream_row(const struct writing *writing, const struct view_stream *stream,
		       struct report_table *table)
{
	struct arena *arena = writing->arena;
	const size_t sent = stream->echoes.list.n;
	const double median = echoes_median(&stream->echoes, 0, writing->view->duration, arena);

	report_row(table);
	report_cell(table, stream->name);
	report_cell(table, arena_printf(arena, "%zu", sent));
	report_cell(table, arena_printf(arena, "%u (%.1f %%)", stream->lost,
					sent ? 100.0 * stream->lost / (double)sent : 0));
	report_cell(table, report_number(arena, median, "ms"));
	report_cell(table,
		    stream->first_answer < 0 ? "never" : time_text(writing, stream->first_answer));
	report_cell(table, report_seconds(arena, stream->outage.length));
	report_cell(table, stream->outage.length ? time_text(writing, stream->outage.begin) : "");
}

static void streams(const struct writing *writing)
{
	static const char *const heads[] = { "Probe",		"Sent",
					     "No answer",	"Median RTT",
					     "First answer at", "Longest outage",
					     "It began at",	NULL };
	struct report_table table;

	if (!writing->view->streams.n)
		return;
	heading(writing, "Probes");
	table = table_begin(writing, heads, "tnnnnnn");
	vec_each (stream, &writing->view->streams)
		stream_row(writing, stream, &table);
	report_table_end(&table);
	fputs("<p class=\"muted\">An outage lasts from the first request without an answer to the "
	      "next one with an answer; before a probe's first answer none is counted.</p>\n",
	      writing->out);
}

static void measures(const struct writing *writing)
{
	static const char *const heads[] = { "Measure", "Value", NULL };
	struct report_table table;

	if (!writing->view->measures.n)
		return;
	heading(writing, "Measures");
	table = table_begin(writing, heads, "tn");
	vec_each (measure, &writing->view->measures) {
		report_row(&table);
		report_cell(&table, (*measure)->name);
		report_cell(&table, report_number(writing->arena, (*measure)->value,
						  (*measure)->unit ? (*measure)->unit : ""));
	}
	report_table_end(&table);
}

/* A table collapsed at first. first: the first of the n rows to show. */
static struct report_table folded_begin(const struct writing *writing, const char *what, size_t n,
					const char *const *heads, const char *columns,
					size_t *first)
{
	*first = n > ROWS_MAX ? n - ROWS_MAX : 0;
	fprintf(writing->out, "<details><summary>%s (%zu)</summary>\n", what, n);
	if (*first)
		fprintf(writing->out, "<p class=\"muted\">The last %d; the trace has all.</p>\n",
			ROWS_MAX);
	return table_begin(writing, heads, columns);
}

static void folded_end(struct report_table *table)
{
	report_table_end(table);
	fputs("</details>\n", table->out);
}

static void decisions(const struct writing *writing)
{
	static const char *const heads[] = { "Time", "Node", "Selector", "Decision", NULL };
	const struct view *view = writing->view;
	struct report_table table;
	size_t i;

	if (!view->decisions.n)
		return;
	table = folded_begin(writing, "All decisions", view->decisions.n, heads, "kttt", &i);
	for (; i < view->decisions.n; i++) {
		const struct view_decision *decision = &view->decisions.at[i];

		report_row(&table);
		report_cell(&table, time_text(writing, decision->at));
		report_cell(&table, decision->node);
		report_cell(&table, decision->event->selector);
		report_cell(&table, view_decision_text(decision->event, writing->arena));
	}
	folded_end(&table);
}

static const char *fault_on(const struct view_fault *fault, struct arena *arena)
{
	if (fault->node && fault->object)
		return arena_printf(arena, "%s.%s", fault->node, fault->object);
	return fault->node ? fault->node : fault->object;
}

static void faults(const struct writing *writing)
{
	static const char *const heads[] = { "From", "Until", "Fault", "Kind", "On", NULL };
	const struct view *view = writing->view;
	struct report_table table;
	size_t i;

	if (!view->faults.n)
		return;
	table = folded_begin(writing, "Faults", view->faults.n, heads, "kkttt", &i);
	for (; i < view->faults.n; i++) {
		const struct view_fault *fault = &view->faults.at[i];

		report_row(&table);
		report_cell(&table, time_text(writing, fault->from));
		report_cell(&table,
			    fault->until > fault->from ? time_text(writing, fault->until) : "");
		report_cell(&table, fault->name);
		report_cell(&table, fault->kind);
		report_cell(&table, fault_on(fault, writing->arena));
	}
	folded_end(&table);
}

static const char *trouble_what(const struct view_trouble *trouble, struct arena *arena)
{
	const char *text;

	if (!trouble->run)
		return "the recorded state could not be read";
	text = arena_printf(arena, "run %u: exit code %d", trouble->run->number,
			    trouble->run->exit);
	vec_each (line, &trouble->run->errors)
		text = arena_printf(arena, "%s; %s", text, *line);
	return text;
}

static void troubles(const struct writing *writing)
{
	static const char *const heads[] = { "Time", "Node", "What", NULL };
	const struct view *view = writing->view;
	struct report_table table;
	size_t i;

	if (!view->troubles.n)
		return;
	table = folded_begin(writing, "Runs that failed", view->troubles.n, heads, "ktt", &i);
	for (; i < view->troubles.n; i++) {
		const struct view_trouble *trouble = &view->troubles.at[i];

		report_row(&table);
		report_cell(&table, time_text(writing, trouble->at));
		report_cell(&table, trouble->node);
		report_cell(&table, trouble_what(trouble, writing->arena));
	}
	folded_end(&table);
}

static void scenario_text(const struct writing *writing)
{
	if (!writing->view->begin->text)
		return;
	fputs("<details><summary>The scenario</summary>\n<pre>", writing->out);
	html_lines(writing->out, writing->view->begin->text, writing->arena);
	fputs("</pre></details>\n", writing->out);
}

bool report_page_trace(FILE *out, const struct report_part *part, struct arena *arena,
		       struct failure *failure)
{
	const struct writing writing = { out, part->view, part, arena };

	fprintf(out, part->alone ? "<main id=\"trace-%zu\">\n" : "<article id=\"trace-%zu\">\n",
		part->number);
	headline(&writing);
	facts(&writing);
	expectations(&writing);
	if (!figures(&writing, failure))
		return false;
	streams(&writing);
	measures(&writing);
	troubles(&writing);
	faults(&writing);
	decisions(&writing);
	scenario_text(&writing);
	fputs(part->alone ? "</main>\n" : "</article>\n", out);
	return true;
}
