/* SPDX-License-Identifier: MIT */
/*
 * How long the longest outage was, over the seeds of each case: as the part of
 * the seeds that stayed below a length, and as a histogram.
 */
#include "numbers.h"
#include "plots.h"

/* Pixels. */
#define LEFT 52
#define RIGHT 16
#define TOP 10
#define CDF_PANEL 190
#define HISTOGRAM_PANEL 70
#define HISTOGRAM_GAP 10
#define AXIS 26
#define AXIS_TITLE 20
#define LINE 2
#define X_MARK 60
#define BIN 14
#define AXIS_TEXT "longest outage of a seed, in seconds"

struct chosen {
	VEC(const struct summary_case *) list;
	double longest;
};

/* Cases of the family with data to compare. */
static struct chosen cases_of(const struct plot_request *request)
{
	struct chosen chosen = { 0 };

	vec_each (found, &request->summaries->cases) {
		const size_t n = found->outage.values.n;

		if (n < 2 || (request->family && strcmp(request->family, found->family) != 0))
			continue;
		*vec_push(request->arena, &chosen.list) = found;
		if (found->outage.values.at[n - 1] > chosen.longest)
			chosen.longest = found->outage.values.at[n - 1];
	}
	return chosen;
}

/* A little beyond the longest, so that its end is visible. */
static double x_last(const struct chosen *chosen)
{
	return chosen->longest > 0 ? chosen->longest * 1.04 : 1;
}

static void draw_x_marks(struct canvas *canvas, bool with_texts)
{
	const double pixels = canvas->panel.right - canvas->panel.left;
	const double step = axis_step(canvas->x_last, (unsigned)(pixels / X_MARK));

	for (double mark = 0; mark <= canvas->x_last; mark += step)
		canvas_x_mark(canvas, mark,
			      with_texts ? arena_printf(canvas->arena, "%g", mark) : "");
}

static void draw_axis_title(struct canvas *canvas)
{
	canvas_text(canvas, canvas->panel.right, canvas->panel.bottom + canvas->font * 2.5,
		    ALIGN_RIGHT, PALETTE_MUTED, AXIS_TEXT);
}

/* ---- Cumulative ---- */

static void draw_steps(struct canvas *canvas, const struct summary_case *found, size_t number)
{
	const double *values = found->outage.values.at;
	const size_t n = found->outage.values.n;
	struct canvas_line *line = canvas_line(canvas, palette_member(number), LINE);

	line->dashed = number >= PALETTE_MEMBERS;
	canvas_point(canvas, line, 0, 0, true);
	for (size_t i = 0; i < n; i++) {
		canvas_point(canvas, line, values[i], 100.0 * (double)i / (double)n, false);
		canvas_point(canvas, line, values[i], 100.0 * (double)(i + 1) / (double)n, false);
	}
	canvas_point(canvas, line, canvas->x_last, 100, false);
}

static struct legend cdf_legend(const struct plot_request *request, const struct chosen *chosen)
{
	struct legend legend = { 0 };

	for (size_t i = 0; i < chosen->list.n; i++) {
		const struct summary_case *found = chosen->list.at[i];

		*vec_push(request->arena, &legend.items) = (struct legend_item){
			palette_member(i), 100,
			text_printable(request->arena,
				       arena_printf(request->arena, "%s%s (%zu seeds)",
						    found->scenario,
						    i < PALETTE_MEMBERS ? "" : " - -",
						    found->outage.values.n))
		};
	}
	return legend;
}

static void draw_cdf(struct canvas *canvas, const struct chosen *chosen)
{
	canvas_panel(canvas, (struct box){ LEFT, TOP, canvas->width - RIGHT, TOP + CDF_PANEL }, 0,
		     x_last(chosen), 0, 100);
	draw_x_marks(canvas, true);
	for (unsigned percent = 0; percent <= 100; percent += 25)
		canvas_y_mark(canvas, percent, arena_printf(canvas->arena, "%u %%", percent));
	for (size_t i = 0; i < chosen->list.n; i++)
		draw_steps(canvas, chosen->list.at[i], i);
	draw_axis_title(canvas);
	canvas_panel_end(canvas);
}

bool plot_outage_cdf(const struct plot_request *request, FILE *out, struct failure *failure)
{
	struct chosen chosen = cases_of(request);
	struct legend legend = cdf_legend(request, &chosen);
	const double top = TOP + CDF_PANEL + AXIS + AXIS_TITLE;
	struct canvas canvas;

	if (!chosen.list.n)
		return false;
	canvas_init(&canvas, request->format, request->size, request->arena);
	if (!canvas_begin(&canvas,
			  top + legend_height(&canvas, &legend, canvas.width - 2 * RIGHT) + 4,
			  "Which part of the seeds had an outage of at most that length", failure))
		return false;
	draw_cdf(&canvas, &chosen);
	legend_draw(&canvas, &legend, RIGHT, top, canvas.width - 2 * RIGHT);
	return canvas_finish(&canvas, out, failure);
}

/* ---- Histogram ---- */

static unsigned highest(const struct histogram *histogram)
{
	unsigned top = 1;

	for (size_t i = 0; i < histogram->bins.n; i++) {
		if (histogram->bins.at[i] > top)
			top = histogram->bins.at[i];
	}
	return top;
}

static double draw_histogram(struct canvas *canvas, const struct chosen *chosen, size_t number,
			     double top)
{
	const struct summary_case *found = chosen->list.at[number];
	const double pixels = canvas->width - LEFT - RIGHT;
	struct histogram histogram = histogram_make(found->outage.values.at, found->outage.values.n,
						    0, x_last(chosen), (unsigned)(pixels / BIN),
						    canvas->arena);
	const unsigned top_count = highest(&histogram);
	const double gap = x_last(chosen) / pixels;

	canvas_text(
		canvas, LEFT, top + canvas->font * 0.8, ALIGN_LEFT, PALETTE_INK,
		canvas_text_cut(canvas, text_printable(canvas->arena, found->scenario), pixels));
	top += canvas->font * 1.8;
	canvas_panel(canvas,
		     (struct box){ LEFT, top, canvas->width - RIGHT, top + HISTOGRAM_PANEL }, 0,
		     x_last(chosen), 0, top_count * 1.05);
	draw_x_marks(canvas, number == chosen->list.n - 1);
	canvas_y_mark(canvas, 0, "0");
	canvas_y_mark(canvas, top_count, arena_printf(canvas->arena, "%u", top_count));
	for (size_t i = 0; i < histogram.bins.n; i++)
		canvas_bar(canvas,
			   (struct box){ (double)i * histogram.width, histogram.bins.at[i],
					 (double)(i + 1) * histogram.width - gap, 0 },
			   palette_member(number), 100);
	if (number == chosen->list.n - 1)
		draw_axis_title(canvas);
	canvas_panel_end(canvas);
	return top + HISTOGRAM_PANEL + HISTOGRAM_GAP;
}

bool plot_outage_histogram(const struct plot_request *request, FILE *out, struct failure *failure)
{
	struct chosen chosen = cases_of(request);
	struct canvas canvas;
	double top = TOP;

	if (!chosen.list.n)
		return false;
	canvas_init(&canvas, request->format, request->size, request->arena);
	if (!canvas_begin(&canvas,
			  TOP +
				  (double)chosen.list.n *
					  (canvas.font * 1.8 + HISTOGRAM_PANEL + HISTOGRAM_GAP) +
				  AXIS + AXIS_TITLE,
			  "How many seeds had an outage of that length", failure))
		return false;
	for (size_t i = 0; i < chosen.list.n; i++)
		top = draw_histogram(&canvas, &chosen, i, top);
	return canvas_finish(&canvas, out, failure);
}
