/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include "html.h"
#include "numbers.h"
#include "report_parts.h"
#include "trace/wording.h"

#include <inttypes.h>

#define MEDIAN 500
#define P95 950
#define LARGEST 1000

struct writing {
	FILE *out;
	const struct summaries *summaries;
	const bool *is_shown;
	struct arena *arena;
};

static size_t number_of(const struct writing *writing, const struct summary *summary)
{
	return (size_t)(summary - writing->summaries->list.at);
}

static unsigned count(const struct summaries *summaries, enum view_verdict verdict)
{
	unsigned n = 0;

	vec_each (found, &summaries->cases)
		n += found->count[verdict];
	return n;
}

void report_page_begin(FILE *out, const char *title, struct arena *arena)
{
	/* Even if escaping fails, nothing is executed or loaded. */
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	html_text(out, title, arena);
	fputs("</title>\n", out);
	report_style(out);
	fputs("</head>\n<body>\n", out);
}

void report_page_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

/* ---- Cases ---- */

static struct report_table table_begin(const struct writing *writing, const char *const *heads,
				       const char *columns)
{
	return report_table_begin(writing->out, writing->arena, heads, columns);
}

static void quantile_cells(struct report_table *table, const struct quantity *quantity)
{
	static const unsigned per_mille[] = { MEDIAN, P95, LARGEST };

	for (size_t i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++)
		report_cell(table, report_number(table->arena,
						 quantile(quantity->values.at, quantity->values.n,
							  per_mille[i]),
						 quantity->unit));
}

static unsigned case_failed(const struct summary_case *found)
{
	return (unsigned)found->traces.n - found->count[VIEW_PASSED] - found->count[VIEW_SKIPPED];
}

static unsigned case_unplayed(const struct summary_case *found)
{
	return found->count[VIEW_BROKEN] + found->count[VIEW_UNFINISHED];
}

static void failed_cell(const struct writing *writing, const struct summary_case *found,
			struct report_table *table)
{
	const unsigned failed = case_failed(found), unplayed = case_unplayed(found);
	const unsigned skipped = found->count[VIEW_SKIPPED];

	report_cell_begin(table);
	fprintf(writing->out, failed ? "<strong class=\"failed\">✗ %u" : "%u", failed);
	if (unplayed)
		fprintf(writing->out, " (%u not played to the end)", unplayed);
	fputs(failed ? "</strong>" : "", writing->out);
	if (skipped)
		fprintf(writing->out, " <span class=\"skipped\">– %u skipped</span>", skipped);
	report_cell_end(table);
}

static void case_row(const struct writing *writing, const struct summary_case *found,
		     struct report_table *table)
{
	report_row(table);
	report_cell_begin(table);
	fprintf(writing->out, "<a href=\"#case-%zu\">",
		(size_t)(found - writing->summaries->cases.at));
	html_name(writing->out, found->scenario, writing->arena);
	fputs("</a>", writing->out);
	report_cell_end(table);
	report_cell(table, arena_printf(writing->arena, "%zu", found->traces.n));
	failed_cell(writing, found, table);
	quantile_cells(table, &found->outage);
}

static void cases(const struct writing *writing)
{
	static const char *const heads[] = { "Case",	   "Traces",  "Failed", "Outage: median",
					     "95th perc.", "longest", NULL };
	struct report_table table;

	report_heading(writing->out, false, "Cases", writing->arena);
	table = table_begin(writing, heads, "tnnnnn");
	vec_each (found, &writing->summaries->worst_first)
		case_row(writing, *found, &table);
	report_table_end(&table);
	fputs("<p class=\"muted\">Of each trace the longest outage of all its probes counts: from "
	      "the first request without an answer to the next one with an answer, after the "
	      "probe's first answer. The 95th percentile is the length that 95 % of the seeds did "
	      "not exceed.</p>\n",
	      writing->out);
}

static void measures(const struct writing *writing)
{
	static const char *const heads[] = { "Case",	   "Measure", "Median",
					     "95th perc.", "Largest", NULL };
	struct report_table table;
	bool some = false;

	vec_each (found, &writing->summaries->cases)
		some = some || found->measures.n;
	if (!some)
		return;
	report_heading(writing->out, false, "Measures", writing->arena);
	table = table_begin(writing, heads, "ttnnn");
	vec_each (found, &writing->summaries->cases) {
		vec_each (quantity, &found->measures) {
			report_row(&table);
			report_cell(&table, found->scenario);
			report_cell(&table, quantity->name);
			quantile_cells(&table, quantity);
		}
	}
	report_table_end(&table);
}

/* ---- Distributions ---- */

static bool distributions_of(const struct writing *writing, const char *family,
			     struct failure *failure)
{
	const struct plot_request request = { .format = CANVAS_SVG,
					      .arena = writing->arena,
					      .summaries = writing->summaries,
					      .family = family };
	const struct report_figure cdf = {
		.draw = plot_outage_cdf,
		.request = request,
		.heading = arena_printf(writing->arena, "Outages over seeds: %s", family),
		.caption = "Which part of the seeds had no longer outage than that.",
	};
	const struct report_figure histogram = {
		.draw = plot_outage_histogram,
		.request = request,
		.heading = arena_printf(writing->arena, "%s: how many seeds had such an outage",
					family),
		.folded = true,
	};

	return report_figure(writing->out, &cdf, failure) &&
	       report_figure(writing->out, &histogram, failure);
}

static bool distributions(const struct writing *writing, struct failure *failure)
{
	const struct summary_case *before = NULL;

	/* They are sorted by name, so that those of a family follow one another. */
	vec_each (found, &writing->summaries->cases) {
		if (before && !strcmp(before->family, found->family))
			continue;
		before = found;
		if (!distributions_of(writing, found->family, failure))
			return false;
	}
	return true;
}

/* ---- Traces ---- */

static void trace_row(const struct writing *writing, const struct summary *summary,
		      struct report_table *table)
{
	const size_t number = number_of(writing, summary);
	const bool is_shown = writing->is_shown[number];

	report_row(table);
	report_cell_begin(table);
	if (is_shown)
		fprintf(writing->out, "<a href=\"#trace-%zu\">", number);
	fprintf(writing->out, is_shown ? "%" PRIu64 "</a>" : "%" PRIu64, summary->seed);
	report_cell_end(table);
	report_cell_begin(table);
	report_verdict(writing->out, summary->verdict);
	report_cell_end(table);
	report_cell(table,
		    summary->outage < 0 ? "" : report_seconds(writing->arena, summary->outage));
	report_cell(table, summary->trouble);
	report_cell(table, summary->path);
}

static void case_traces(const struct writing *writing, const struct summary_case *found)
{
	static const char *const heads[] = { "Seed",	    "Verdict", "Longest outage",
					     "What it was", "Trace",   NULL };
	struct report_table table;

	/* The target of a followed link should be open. */
	fprintf(writing->out, "<details id=\"case-%zu\"%s><summary>",
		(size_t)(found - writing->summaries->cases.at), case_failed(found) ? " open" : "");
	html_name(writing->out, found->scenario, writing->arena);
	fprintf(writing->out, " (%zu)</summary>\n", found->traces.n);
	table = table_begin(writing, heads, "kkntt");
	vec_each (summary, &found->traces)
		trace_row(writing, *summary, &table);
	report_table_end(&table);
	fputs("</details>\n", writing->out);
}

static void traces(const struct writing *writing)
{
	const struct summaries *summaries = writing->summaries;
	size_t shown = 0;

	for (size_t i = 0; i < summaries->list.n; i++)
		shown += writing->is_shown[i];
	report_heading(writing->out, false, "Traces", writing->arena);
	if (shown < summaries->list.n)
		fprintf(writing->out,
			"<p class=\"muted\">%zu of %zu are shown in full below (of each case the "
			"first, and what failed); a report of a trace alone shows any other.</p>\n",
			shown, summaries->list.n);
	vec_each (found, &summaries->worst_first)
		case_traces(writing, *found);
}

static void headline(const struct writing *writing)
{
	const struct summaries *summaries = writing->summaries;
	struct arena *arena = writing->arena;
	const unsigned passed = count(summaries, VIEW_PASSED);
	const unsigned broken = count(summaries, VIEW_BROKEN);
	const unsigned unfinished = count(summaries, VIEW_UNFINISHED);
	const unsigned skipped = count(summaries, VIEW_SKIPPED);
	const size_t failed = summaries->list.n - passed - skipped;

	fprintf(writing->out, "<h1>%s of %s <span class=\"verdict %s\">",
		count_text(arena, summaries->list.n, "trace"),
		count_text(arena, summaries->cases.n, "case"), failed ? "failed" : "passed");
	fprintf(writing->out, "%s %u passed, %zu failed%s</span></h1>\n", failed ? "✗" : "✓",
		passed, failed, skipped ? arena_printf(arena, ", %u skipped", skipped) : "");
	if (broken)
		fprintf(writing->out,
			"<p class=\"failed\">%s could not be played to the end.</p>\n",
			count_text(arena, broken, "scenario"));
	if (unfinished)
		fprintf(writing->out, "<p class=\"failed\">%s without an end.</p>\n",
			count_text(arena, unfinished, "trace"));
}

bool report_page_summary(FILE *out, const struct summaries *summaries, const bool *is_shown,
			 struct arena *arena, struct failure *failure)
{
	const struct writing writing = { out, summaries, is_shown, arena };

	fputs("<main>\n", out);
	headline(&writing);
	cases(&writing);
	if (!distributions(&writing, failure))
		return false;
	measures(&writing);
	traces(&writing);
	fputs("</main>\n", out);
	return true;
}
