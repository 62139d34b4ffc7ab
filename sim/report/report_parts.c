/* SPDX-License-Identifier: MIT */
#include "report_parts.h"

#include "html.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define NO_NUMBER "–"
/* Above that a double is not a valid byte count. */
#define BYTES_MAX 1e18

/* Below that width the narrow plots are shown, and tables become lists. */
static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1b2330;--muted:#56606c;--edge:#d9dee4;"
	"--soft:#f3f5f7;--link:#005f99;--bad:#a84300;--bad-soft:#fdf0e7;--good:#00664b}\n"
	"@media (prefers-color-scheme:dark){:root{--paper:#14181e;--ink:#e7eaef;--muted:#a3adb9;"
	"--edge:#343c47;--soft:#1d232b;--link:#6cbcf0;--bad:#ff9a57;--bad-soft:#33241a;"
	"--good:#3fcfa3}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:16px;max-width:1100px;background:var(--paper);color:var(--ink);"
	"font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.5rem;line-height:1.25;margin:.3rem 0}\n"
	"h2{font-size:1.15rem;margin:1.9rem 0 .5rem}\n"
	"h3{font-size:1rem;margin:1.2rem 0 .3rem}\n"
	"p{margin:.35rem 0}\n"
	"a{color:var(--link)}\n"
	"code,pre{font:0.875em/1.45 ui-monospace,monospace}\n"
	"pre{overflow-x:auto;overflow-wrap:normal;background:var(--soft);padding:.6rem .8rem;"
	"border-radius:6px;margin:.5rem 0}\n"
	".muted{color:var(--muted)}\n"
	".verdict{display:inline-block;padding:0 .55em;border:1px solid;border-radius:1em;"
	"font-size:.8em;font-weight:600;white-space:nowrap;vertical-align:.1em}\n"
	".passed{color:var(--good)}\n.failed,.broken,.unfinished{color:var(--bad)}\n"
	".skipped{color:var(--muted)}\n"
	"article{border-top:3px solid var(--edge);margin-top:2.5rem;padding-top:.6rem}\n"
	"ul.expectations{list-style:none;padding:0;margin:.4rem 0}\n"
	"ul.expectations>li{padding:.1rem .7rem;border-left:3px solid var(--edge)}\n"
	"ul.expectations>li.bad{border-color:var(--bad);background:var(--bad-soft);"
	"padding:.45rem .7rem;margin:0 0 .4rem}\n"
	"ul.expectations .verdict{margin-right:.5em}\n"
	"ol.decisions{margin:.3rem 0;padding-left:0;list-style:none;font-size:.9rem}\n"
	"figure{margin:.4rem 0}\n"
	"figcaption{color:var(--muted);font-size:.875rem;margin-top:.2rem}\n"
	"svg{display:block;width:100%;height:auto;color:var(--ink)}\n"
	"svg.narrow{display:none;max-width:540px}\n"
	"details{margin:.7rem 0}\n"
	"summary{cursor:pointer;font-weight:600}\n"
	"table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}\n"
	"th{text-align:left;color:var(--muted);font-weight:600;vertical-align:bottom;"
	"overflow-wrap:normal}\n"
	"th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--edge);"
	"vertical-align:top}\n"
	".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".word{font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:1.1rem}\n"
	"@media (max-width:719px){svg.wide{display:none}svg.narrow{display:block}\n"
	"thead{display:none}tr{display:block;padding:.45rem 0;"
	"border-bottom:1px solid var(--edge)}\n"
	"td{display:block;border:0;padding:.08rem 0}"
	"td.number,td.word{display:flex;justify-content:space-between;gap:1rem;white-space:normal}\n"
	"td:before{content:attr(data-head) \": \";color:var(--muted)}\n"
	"td:first-child{font-weight:600}td:has(span:empty){display:none}}\n"
	"@media print{details{display:block}}\n";

void report_style(FILE *out)
{
	fputs("<style>\n", out);
	fputs(style, out);
	svg_style(out, false);
	fputs("@media (prefers-color-scheme:dark){\n", out);
	svg_style(out, true);
	fputs("}\n</style>\n", out);
}

void report_verdict(FILE *out, enum view_verdict verdict)
{
	fprintf(out, "<span class=\"verdict %s\">%s%s</span>", view_verdict_word(verdict),
		verdict == VIEW_PASSED	  ? "✓ "
		: verdict == VIEW_SKIPPED ? "– "
					  : "✗ ",
		view_verdict_word(verdict));
}

void report_heading(FILE *out, bool lower, const char *text, struct arena *arena)
{
	const char *level = lower ? "h3" : "h2";

	fprintf(out, "<%s>", level);
	html_text(out, text, arena);
	fprintf(out, "</%s>\n", level);
}

static void figure_begin(FILE *out, const struct report_figure *figure)
{
	struct arena *arena = figure->request.arena;

	if (figure->folded) {
		fputs("<details><summary>", out);
		html_text(out, figure->heading, arena);
		fputs("</summary>\n", out);
	} else {
		report_heading(out, figure->lower, figure->heading, arena);
	}
	fputs("<figure>\n", out);
}

static void figure_end(FILE *out, const struct report_figure *figure)
{
	if (figure->caption) {
		fputs("<figcaption>", out);
		html_text(out, figure->caption, figure->request.arena);
		fputs("</figcaption>\n", out);
	}
	fputs(figure->folded ? "</figure></details>\n" : "</figure>\n", out);
}

/* Whether there is anything to draw is known only when drawing. */
bool report_figure(FILE *out, const struct report_figure *figure, struct failure *failure)
{
	struct plot_request request = figure->request;
	char *drawn = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&drawn, &length);
	bool good;

	if (!memory)
		return failure_set(failure, errno, "memory for a plot");
	*failure = (struct failure){ 0 };
	request.size = CANVAS_WIDE;
	good = figure->draw(&request, memory, failure);
	request.size = CANVAS_NARROW;
	good = good && figure->draw(&request, memory, failure);
	if (fclose(memory) && good)
		good = failure_set(failure, ENOMEM, "memory for a plot");
	if (good) {
		figure_begin(out, figure);
		fwrite(drawn, 1, length, out);
		figure_end(out, figure);
	}
	free(drawn);
	return good || (!failure->code && !*failure->text);
}

const char *report_seconds(struct arena *arena, msec_t time)
{
	return arena_printf(arena, "%" PRId64 ".%03" PRId64 " s", time / MSEC_PER_SEC,
			    time % MSEC_PER_SEC);
}

const char *report_number(struct arena *arena, double number, const char *unit)
{
	if (!isfinite(number))
		return NO_NUMBER;
	if (!strcmp(unit, "ms") && number >= MSEC_PER_SEC)
		return report_number(arena, number / MSEC_PER_SEC, "s");
	if (!strcmp(unit, "bytes") && number >= 0 && number < BYTES_MAX)
		return bytes_human(arena, (uint64_t)number);
	return arena_printf(arena, number >= 1000 ? "%.0f%s%s" : "%.4g%s%s", number,
			    *unit ? " " : "", unit);
}

/* ---- Tables ---- */

static const char *column_class(const struct report_table *table, size_t column)
{
	if (table->columns[column] == 'n')
		return " class=\"number\"";
	return table->columns[column] == 'k' ? " class=\"word\"" : "";
}

struct report_table report_table_begin(FILE *out, struct arena *arena, const char *const *heads,
				       const char *columns)
{
	struct report_table table = {
		.out = out, .arena = arena, .heads = heads, .columns = columns
	};

	fputs("<table><thead><tr>", out);
	for (size_t i = 0; heads[i]; i++) {
		fprintf(out, "<th%s>", column_class(&table, i));
		html_text(out, heads[i], arena);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	return table;
}

void report_row(struct report_table *table)
{
	fputs("<tr>", table->out);
	table->column = 0;
}

/* The head's text again, for narrow screens without the table's head. */
void report_cell_begin(struct report_table *table)
{
	fprintf(table->out, "<td%s data-head=\"", column_class(table, table->column));
	html_text(table->out, table->heads[table->column], table->arena);
	fputs("\"><span>", table->out);
}

void report_cell_end(struct report_table *table)
{
	table->column++;
	fputs("</span></td>", table->out);
	if (!table->heads[table->column])
		fputs("</tr>\n", table->out);
}

void report_cell(struct report_table *table, const char *text)
{
	report_cell_begin(table);
	html_name(table->out, text, table->arena);
	report_cell_end(table);
}

void report_table_end(struct report_table *table)
{
	fputs("</tbody></table>\n", table->out);
}
