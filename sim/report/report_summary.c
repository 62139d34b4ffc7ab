/* SPDX-License-Identifier: MIT */
#include "report_page.h"

#include "html.h"
#include "numbers.h"
#include "report_style.h"

#include <inttypes.h>

#define MEDIAN 500
#define P95 950
#define MAX 1000

struct writing {
	FILE *out;
	const struct summaries *summaries;
	const bool *is_shown;
	struct arena *arena;
};

static void put(const struct writing *writing, const char *text)
{
	html_text(writing->out, text, writing->arena);
}

static void cell(const struct writing *writing, const char *head, const char *text)
{
	report_cell(writing->out, head, text, false, writing->arena);
}

static void number_cell(const struct writing *writing, const char *head, const char *text)
{
	report_cell(writing->out, head, text, true, writing->arena);
}

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
	/* Whatever might get past the escaping, nothing is run and nothing is loaded. */
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

static const char *const case_heads[] = { "Case",	"Traces",  "Failed", "Outage: median",
					  "95th perc.", "longest", NULL };

static void head(const struct writing *writing, const char *const *heads, size_t texts)
{
	fputs("<table><thead><tr>", writing->out);
	for (size_t i = 0; heads[i]; i++) {
		fputs(i < texts ? "<th>" : "<th class=\"number\">", writing->out);
		put(writing, heads[i]);
		fputs("</th>", writing->out);
	}
	fputs("</tr></thead>\n<tbody>\n", writing->out);
}

static const char *quantile_text(const struct writing *writing, const struct quantity *quantity,
				 unsigned per_mille)
{
	if (!quantity->values.n)
		return "–";
	return arena_printf(writing->arena, "%.6g %s",
			    quantile(quantity->values.at, quantity->values.n, per_mille),
			    quantity->unit);
}

static unsigned case_failed(const struct summary_case *found)
{
	return found->count[VIEW_FAILED] + found->count[VIEW_BROKEN] +
	       found->count[VIEW_UNFINISHED];
}

static void case_row(const struct writing *writing, const struct summary_case *found)
{
	struct arena *arena = writing->arena;
	const unsigned failed = case_failed(found);

	fprintf(writing->out, "<tr><td data-head=\"%s\"><a href=\"#case-%zu\">", case_heads[0],
		(size_t)(found - writing->summaries->cases.at));
	put(writing, found->scenario);
	fputs("</a></td>", writing->out);
	number_cell(writing, case_heads[1], arena_printf(arena, "%zu", found->traces.n));
	fprintf(writing->out, "<td class=\"number\" data-head=\"%s\">", case_heads[2]);
	fprintf(writing->out, failed ? "<strong class=\"failed\">✗ %u</strong></td>" : "%u</td>",
		failed);
	number_cell(writing, case_heads[3], quantile_text(writing, &found->outage, MEDIAN));
	number_cell(writing, case_heads[4], quantile_text(writing, &found->outage, P95));
	number_cell(writing, case_heads[5], quantile_text(writing, &found->outage, MAX));
	fputs("</tr>\n", writing->out);
}

static void cases(const struct writing *writing)
{
	fputs("<h2>Cases</h2>\n", writing->out);
	head(writing, case_heads, 1);
	vec_each (found, &writing->summaries->cases)
		case_row(writing, found);
	fputs("</tbody></table>\n<p class=\"muted\">Of each trace the longest outage of all its "
	      "probes counts: from the first request without an answer to the next one with an "
	      "answer, after the probe's first answer. The 95th percentile is the length that 95 % "
	      "of the seeds did not exceed.</p>\n",
	      writing->out);
}

static void measure_rows(const struct writing *writing, const struct summary_case *found,
			 const char *const *heads)
{
	vec_each (quantity, &found->measures) {
		fputs("<tr>", writing->out);
		cell(writing, heads[0], found->scenario);
		cell(writing, heads[1], quantity->name);
		number_cell(writing, heads[2], quantile_text(writing, quantity, MEDIAN));
		number_cell(writing, heads[3], quantile_text(writing, quantity, P95));
		number_cell(writing, heads[4], quantile_text(writing, quantity, MAX));
		fputs("</tr>\n", writing->out);
	}
}

static void measures(const struct writing *writing)
{
	static const char *const heads[] = { "Case",	   "Measure", "Median",
					     "95th perc.", "Largest", NULL };
	bool some = false;

	vec_each (found, &writing->summaries->cases)
		some = some || found->measures.n;
	if (!some)
		return;
	fputs("<h2>Measures</h2>\n", writing->out);
	head(writing, heads, 2);
	vec_each (found, &writing->summaries->cases)
		measure_rows(writing, found, heads);
	fputs("</tbody></table>\n", writing->out);
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
		plot_outage_cdf, request,
		arena_printf(writing->arena, "Outages over seeds: %s", family),
		"Which part of the seeds had no longer outage than that.", false
	};
	const struct report_figure histogram = {
		plot_outage_histogram, request,
		arena_printf(writing->arena, "%s: how many seeds had such an outage", family), NULL,
		true
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
		      const char *const *heads)
{
	const size_t number = number_of(writing, summary);
	const char *seed = arena_printf(writing->arena, "%" PRIu64, summary->seed);

	fprintf(writing->out, "<tr><td data-head=\"%s\">", heads[0]);
	if (writing->is_shown[number])
		fprintf(writing->out, "<a href=\"#trace-%zu\">%s</a></td>", number, seed);
	else
		fprintf(writing->out, "%s</td>", seed);
	fprintf(writing->out, "<td data-head=\"%s\">", heads[1]);
	report_verdict(writing->out, summary->verdict);
	fputs("</td>", writing->out);
	number_cell(writing, heads[2],
		    summary->outage < 0 ? "–" : report_seconds(writing->arena, summary->outage));
	cell(writing, heads[3], summary->trouble);
	cell(writing, heads[4], summary->path);
	fputs("</tr>\n", writing->out);
}

static void case_traces(const struct writing *writing, const struct summary_case *found)
{
	static const char *const heads[] = { "Seed",	    "Verdict", "Longest outage",
					     "What failed", "Trace",   NULL };

	fprintf(writing->out, "<details id=\"case-%zu\"%s><summary>",
		(size_t)(found - writing->summaries->cases.at), case_failed(found) ? " open" : "");
	put(writing, found->scenario);
	fprintf(writing->out, " (%zu)</summary>\n<table><thead><tr>", found->traces.n);
	for (size_t i = 0; heads[i]; i++)
		fprintf(writing->out, i == 2 ? "<th class=\"number\">%s</th>" : "<th>%s</th>",
			heads[i]);
	fputs("</tr></thead>\n<tbody>\n", writing->out);
	vec_each (summary, &found->traces)
		trace_row(writing, *summary, heads);
	fputs("</tbody></table></details>\n", writing->out);
}

static void traces(const struct writing *writing)
{
	const struct summaries *summaries = writing->summaries;
	size_t shown = 0;

	for (size_t i = 0; i < summaries->list.n; i++)
		shown += writing->is_shown[i];
	fputs("<h2>Traces</h2>\n", writing->out);
	if (shown < summaries->list.n)
		fprintf(writing->out,
			"<p class=\"muted\">%zu of %zu are shown in full below (of each case the "
			"first, and what failed); a report of a trace alone shows any other.</p>\n",
			shown, summaries->list.n);
	vec_each (found, &summaries->cases)
		case_traces(writing, found);
}

static void headline(const struct writing *writing)
{
	const struct summaries *summaries = writing->summaries;
	const unsigned passed = count(summaries, VIEW_PASSED);
	const size_t failed = summaries->list.n - passed;

	fprintf(writing->out, "<h1>%zu traces of %zu cases <span class=\"verdict %s\">",
		summaries->list.n, summaries->cases.n, failed ? "failed" : "passed");
	fprintf(writing->out, "%s %u passed, %zu failed</span></h1>\n", failed ? "✗" : "✓", passed,
		failed);
	if (count(summaries, VIEW_BROKEN) + count(summaries, VIEW_UNFINISHED))
		fprintf(writing->out,
			"<p>Among those that failed, %u could not be played to their end, and of "
			"%u the trace has no end.</p>\n",
			count(summaries, VIEW_BROKEN), count(summaries, VIEW_UNFINISHED));
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
