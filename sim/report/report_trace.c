/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include "../../reconcile/core/yaml_tree.h"
#include "../core/scenario_read.h"
#include "html.h"
#include "numbers.h"
#include "report_style.h"

#include <inttypes.h>
#include <math.h>

/* Of a node, before an expectation failed. */
#define DECISIONS_OF_FAILURE 8
/* Rows of a table: a page must stay one that browsers like to show. */
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

static void cell(const struct writing *writing, const char *head, const char *text)
{
	report_cell(writing->out, head, text, false, writing->arena);
}

static void number_cell(const struct writing *writing, const char *head, const char *text)
{
	report_cell(writing->out, head, text, true, writing->arena);
}

/* ---- Headline ---- */

/* What the scenario's text says of itself. */
static const char *description(const struct writing *writing)
{
	const char *text = writing->view->begin->text;
	struct diags diags = { .arena = writing->arena };
	const struct tree_node *found;

	if (!text)
		return "";
	found = tree_get(
		tree_parse("", text, strlen(text), SCENARIO_DEPTH_MAX, writing->arena, &diags),
		"description");
	return found && found->kind == TREE_SCALAR ? found->text : "";
}

static void headline(const struct writing *writing)
{
	const struct view *view = writing->view;
	const char *level = writing->part->alone ? "h1" : "h2";
	const char *story = description(writing);

	fprintf(writing->out, "<%s>", level);
	put(writing, view->begin->scenario);
	if (!writing->part->alone)
		fprintf(writing->out, ", seed %" PRIu64, view->begin->seed);
	fputc(' ', writing->out);
	report_verdict(writing->out, view->verdict);
	fprintf(writing->out, "</%s>\n", level);
	if (*story) {
		fputs("<p>", writing->out);
		put(writing, story);
		fputs("</p>\n", writing->out);
	}
}

static void facts(const struct writing *writing)
{
	const struct view *view = writing->view;
	FILE *out = writing->out;

	fprintf(out, "<p class=\"muted\">Seed %" PRIu64 " · back end ", view->begin->seed);
	put(writing, view->begin->backend);
	fputs(" · ", out);
	put(writing, view->begin->program);
	fprintf(out, " · %s simulated", duration_human(writing->arena, view->duration));
	if (view->end)
		fprintf(out, " · %u of %u expectations held", view->end->passed,
			view->end->passed + view->end->failed);
	fputs("<br>\nTrace <code>", out);
	put(writing, writing->part->path);
	fputs("</code></p>\n", out);
	if (view->verdict == VIEW_UNFINISHED)
		fputs("<p class=\"failed\">The trace ends before the scenario does.</p>\n", out);
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
		fprintf(out, " <span class=\"muted\">from %s on</span>",
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
	fputs("<h2>What was expected</h2>\n<ul class=\"expectations\">\n", writing->out);
	for (int passed = 0; passed <= 1; passed++) {
		vec_each (decided, &view->expectations) {
			if (decided->expectation->passed == passed)
				expectation(writing, decided);
		}
	}
	fputs("</ul>\n", writing->out);
}

/* ---- Plots ---- */

static bool figures(const struct writing *writing, struct failure *failure)
{
	const struct plot_request request = { .format = CANVAS_SVG,
					      .arena = writing->arena,
					      .view = writing->view };
	struct plot_request rest = request;
	struct report_figure list[] = {
		{ plot_timeline, request, "Timeline",
		  "Time in minutes and seconds (hours first in long ones) since the start.",
		  false },
		{ plot_handshakes, request, "Age of handshakes",
		  "Minutes and seconds since each peer's latest handshake. At the dashed line (3:00) "
		  "a session is over; ages above 9:00 are cut off.",
		  false },
		{ plot_echoes, request, "Round-trip time and loss", NULL, false },
		{ plot_handshakes, request, "Age of handshakes on the other nodes", NULL, true },
	};

	rest.rest = true;
	list[3].request = rest;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (!report_figure(writing->out, &list[i], failure))
			return false;
	}
	return true;
}

/* ---- Tables ---- */

static void table_begin(const struct writing *writing, const char *const *heads, size_t numbers)
{
	fputs("<table><thead><tr>", writing->out);
	for (size_t i = 0; heads[i]; i++) {
		fputs(i < numbers ? "<th>" : "<th class=\"number\">", writing->out);
		put(writing, heads[i]);
		fputs("</th>", writing->out);
	}
	fputs("</tr></thead>\n<tbody>\n", writing->out);
}

static void table_end(const struct writing *writing)
{
	fputs("</tbody></table>\n", writing->out);
}

static void stream_row(const struct writing *writing, const struct view_stream *stream,
		       const char *const *heads)
{
	struct arena *arena = writing->arena;
	const size_t sent = stream->echoes.list.n;
	const double median = echoes_median(&stream->echoes, 0, writing->view->duration, arena);
	const char *never = "never";

	fputs("<tr>", writing->out);
	cell(writing, heads[0], stream->name);
	number_cell(writing, heads[1], arena_printf(arena, "%zu", sent));
	number_cell(writing, heads[2],
		    arena_printf(arena, "%u (%.1f %%)", stream->lost,
				 sent ? 100.0 * stream->lost / (double)sent : 0));
	number_cell(writing, heads[3],
		    isnan(median) ? "–" : arena_printf(arena, "%.1f ms", median));
	number_cell(writing, heads[4],
		    stream->first_answer < 0 ? never : time_text(writing, stream->first_answer));
	number_cell(writing, heads[5], report_seconds(arena, stream->outage.length));
	number_cell(writing, heads[6],
		    stream->outage.length ? time_text(writing, stream->outage.begin) : "");
	fputs("</tr>\n", writing->out);
}

static void streams(const struct writing *writing)
{
	static const char *const heads[] = { "Probe",		"Sent",
					     "No answer",	"Median RTT",
					     "First answer at", "Longest outage",
					     "It began at",	NULL };

	if (!writing->view->streams.n)
		return;
	fputs("<h2>Probes</h2>\n", writing->out);
	table_begin(writing, heads, 1);
	vec_each (stream, &writing->view->streams)
		stream_row(writing, stream, heads);
	table_end(writing);
	fputs("<p class=\"muted\">An outage lasts from the first request without an answer to the "
	      "next one with an answer; before a probe's first answer none is counted.</p>\n",
	      writing->out);
}

static void measures(const struct writing *writing)
{
	static const char *const heads[] = { "Measure", "Value", NULL };

	if (!writing->view->measures.n)
		return;
	fputs("<h2>Measures</h2>\n", writing->out);
	table_begin(writing, heads, 1);
	vec_each (measure, &writing->view->measures) {
		fputs("<tr>", writing->out);
		cell(writing, heads[0], (*measure)->name);
		number_cell(writing, heads[1],
			    isfinite((*measure)->value)
				    ? arena_printf(writing->arena, "%.10g %s", (*measure)->value,
						   (*measure)->unit ? (*measure)->unit : "")
				    : "–");
		fputs("</tr>\n", writing->out);
	}
	table_end(writing);
}

static void folded_begin(const struct writing *writing, const char *what, size_t n)
{
	fprintf(writing->out, "<details><summary>%s (%zu)</summary>\n", what, n);
	if (n > ROWS_MAX)
		fprintf(writing->out, "<p class=\"muted\">The last %d; the trace has all.</p>\n",
			ROWS_MAX);
}

static void decisions(const struct writing *writing)
{
	static const char *const heads[] = { "Time", "Node", "Selector", "Decision", NULL };
	const struct view *view = writing->view;

	if (!view->decisions.n)
		return;
	folded_begin(writing, "All decisions", view->decisions.n);
	table_begin(writing, heads, 4);
	vec_each (decision, &view->decisions) {
		if (view->decisions.at + view->decisions.n - decision > ROWS_MAX)
			continue;
		fputs("<tr>", writing->out);
		cell(writing, heads[0], time_text(writing, decision->at));
		cell(writing, heads[1], decision->node);
		cell(writing, heads[2], decision->event->selector ? decision->event->selector : "");
		cell(writing, heads[3], view_decision_text(decision->event, writing->arena));
		fputs("</tr>\n", writing->out);
	}
	table_end(writing);
	fputs("</details>\n", writing->out);
}

static void faults(const struct writing *writing)
{
	static const char *const heads[] = { "From", "Until", "Fault", "Kind", "On", NULL };
	const struct view *view = writing->view;

	if (!view->faults.n)
		return;
	folded_begin(writing, "Faults", view->faults.n);
	table_begin(writing, heads, 5);
	vec_each (fault, &view->faults) {
		const char *on = fault->node ? fault->node : "";

		if (view->faults.at + view->faults.n - fault > ROWS_MAX)
			continue;
		if (fault->object)
			on = arena_printf(writing->arena, "%s%s%s", on, *on ? "." : "",
					  fault->object);
		fputs("<tr>", writing->out);
		cell(writing, heads[0], time_text(writing, fault->from));
		cell(writing, heads[1],
		     fault->until > fault->from ? time_text(writing, fault->until) : "");
		cell(writing, heads[2], fault->name);
		cell(writing, heads[3], fault->kind);
		cell(writing, heads[4], on);
		fputs("</tr>\n", writing->out);
	}
	table_end(writing);
	fputs("</details>\n", writing->out);
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

	if (!view->troubles.n)
		return;
	folded_begin(writing, "Runs that failed", view->troubles.n);
	table_begin(writing, heads, 3);
	vec_each (trouble, &view->troubles) {
		if (view->troubles.at + view->troubles.n - trouble > ROWS_MAX)
			continue;
		fputs("<tr>", writing->out);
		cell(writing, heads[0], time_text(writing, trouble->at));
		cell(writing, heads[1], trouble->node);
		cell(writing, heads[2], trouble_what(trouble, writing->arena));
		fputs("</tr>\n", writing->out);
	}
	table_end(writing);
	fputs("</details>\n", writing->out);
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
