/* SPDX-License-Identifier: MIT */
/*
 * Round-trip times and loss of each probe: two panels a probe.
 */
#include "numbers.h"
#include "plot_parts.h"

#include <math.h>

/* Pixels. */
#define LEFT 52
#define TOP 4
#define RTT_PANEL 100
#define LOSS_PANEL 46
#define INNER_GAP 18
#define PANEL_GAP 18
#define AXIS 26
#define DOT 3
#define BIN 6
/* With more dots per pixel, ranges with their middle are drawn. */
#define DOTS_PER_PIXEL 1.5
#define RANGE_OPACITY 30
#define Y_MARKS 3
/* A week, in milliseconds: longer values are not round trips, and would hide all others. */
#define RTT_MAX 604800000.0
#define COLOR PALETTE_MEMBER

struct bin {
	double low, high, median;
	unsigned sent, lost;
};

struct bins {
	VEC(struct bin) list;
	double width; /* in seconds */
};

/* The answered ones of list[first, end). */
static struct bin bin_of(const struct echoes *echoes, size_t first, size_t end, double *rtts)
{
	struct bin bin = { .low = NAN, .high = NAN, .median = NAN };
	size_t n = 0;

	for (size_t i = first; i < end; i++) {
		if (echoes->list.at[i].rtt >= 0)
			rtts[n++] = echoes->list.at[i].rtt;
	}
	bin.sent = (unsigned)(end - first);
	bin.lost = (unsigned)(end - first - n);
	numbers_sort(rtts, n);
	if (n) {
		bin.low = rtts[0];
		bin.high = rtts[n - 1];
		bin.median = quantile(rtts, n, 500);
	}
	return bin;
}

static struct bins bins_of(const struct plot_request *request, const struct view_stream *stream,
			   double pixels)
{
	const struct echoes *echoes = &stream->echoes;
	const size_t n = (size_t)(pixels / BIN);
	const double duration = plot_seconds(request->view->duration);
	double *rtts = arena_alloc(request->arena, echoes->list.n * sizeof(*rtts));
	struct bins bins = { .width = duration / (double)n };
	size_t end = 0;

	/* None is narrower than the pause between two requests. */
	if (bins.width < plot_seconds(stream->probe.every))
		bins.width = plot_seconds(stream->probe.every);
	for (double until = bins.width; until < duration + bins.width; until += bins.width) {
		size_t first = end;

		while (end < echoes->list.n && plot_seconds(echoes->list.at[end].sent) < until)
			end++;
		*vec_push(request->arena, &bins.list) = bin_of(echoes, first, end, rtts);
	}
	return bins;
}

static double left_of(const struct plot_request *request, const struct canvas *canvas)
{
	return plot_left(canvas, request->view, LEFT);
}

static double rtt_top(const struct view_stream *stream)
{
	double top = 0;

	vec_each (echo, &stream->echoes.list) {
		if (echo->rtt > top && echo->rtt < RTT_MAX)
			top = echo->rtt;
	}
	return top > 0 ? top * 1.1 : 1;
}

static void draw_dots(struct canvas *canvas, const struct view_stream *stream)
{
	struct canvas_line *line = canvas_line(canvas, COLOR, DOT);

	line->dots = true;
	vec_each (echo, &stream->echoes.list) {
		if (echo->rtt >= 0)
			canvas_point(canvas, line, plot_seconds(echo->sent), echo->rtt, true);
	}
}

static void draw_ranges(struct canvas *canvas, const struct bins *bins)
{
	struct canvas_line *line;
	bool begins = true;

	for (size_t i = 0; i < bins->list.n; i++) {
		const struct bin *bin = &bins->list.at[i];

		if (!isnan(bin->median))
			canvas_bar(canvas,
				   (struct box){ (double)i * bins->width, bin->high,
						 (double)(i + 1) * bins->width, bin->low },
				   COLOR, RANGE_OPACITY);
	}
	line = canvas_line(canvas, COLOR, 1.5);
	for (size_t i = 0; i < bins->list.n; i++) {
		const struct bin *bin = &bins->list.at[i];

		if (!isnan(bin->median))
			canvas_point(canvas, line, ((double)i + 0.5) * bins->width, bin->median,
				     begins);
		begins = isnan(bin->median);
	}
}

static void draw_rtt(const struct plot_request *request, struct canvas *canvas,
		     const struct view_stream *stream, const struct bins *bins, double top)
{
	const double rtt = rtt_top(stream);
	const double step = axis_step(rtt, Y_MARKS);
	const struct box panel = { left_of(request, canvas), top, canvas->width - PLOT_RIGHT,
				   top + RTT_PANEL };

	canvas_panel(canvas, panel, 0, plot_seconds(request->view->duration), 0, rtt);
	canvas_time_marks(canvas, request->view->duration, false);
	for (double mark = 0; mark <= rtt; mark += step)
		canvas_y_mark(canvas, mark, arena_printf(request->arena, "%g ms", mark));
	plot_fault_bands(canvas, request->view);
	if ((double)stream->echoes.list.n > (panel.right - panel.left) * DOTS_PER_PIXEL)
		draw_ranges(canvas, bins);
	else
		draw_dots(canvas, stream);
	canvas_panel_end(canvas);
}

static void draw_loss(const struct plot_request *request, struct canvas *canvas,
		      const struct bins *bins, double top, bool last)
{
	canvas_panel(canvas,
		     (struct box){ left_of(request, canvas), top, canvas->width - PLOT_RIGHT,
				   top + LOSS_PANEL },
		     0, plot_seconds(request->view->duration), 0, 100);
	canvas_time_marks(canvas, request->view->duration, last);
	canvas_y_mark(canvas, 0, "0 %");
	canvas_y_mark(canvas, 100, "100 %");
	plot_fault_bands(canvas, request->view);
	for (size_t i = 0; i < bins->list.n; i++) {
		const struct bin *bin = &bins->list.at[i];

		if (bin->lost)
			canvas_bar(canvas,
				   (struct box){ (double)i * bins->width,
						 100.0 * bin->lost / bin->sent,
						 (double)(i + 1) * bins->width, 0 },
				   PALETTE_BAD, 100);
	}
	canvas_panel_end(canvas);
}

static double stream_height(const struct canvas *canvas)
{
	return canvas->font * 1.8 + RTT_PANEL + INNER_GAP + LOSS_PANEL + PANEL_GAP;
}

static void draw_stream(const struct plot_request *request, struct canvas *canvas,
			const struct view_stream *stream, double top, bool last)
{
	const double left = left_of(request, canvas), pixels = canvas->width - left - PLOT_RIGHT;
	struct bins bins = bins_of(request, stream, pixels);
	const char *title = arena_printf(request->arena, "probe %s: round-trip time, loss",
					 stream->name);

	canvas_text(canvas, left, top + canvas->font * 0.8, ALIGN_LEFT, PALETTE_INK,
		    canvas_text_cut(canvas, text_printable(request->arena, title), pixels));
	top += canvas->font * 1.8;
	draw_rtt(request, canvas, stream, &bins, top);
	draw_loss(request, canvas, &bins, top + RTT_PANEL + INNER_GAP, last);
}

bool plot_echoes(const struct plot_request *request, FILE *out, struct failure *failure)
{
	const struct view *view = request->view;
	const size_t shown = plot_panels(request, view->streams.n);
	const bool all = shown == view->streams.n;
	struct canvas canvas;
	double height;

	if (!view->streams.n || !view->duration)
		return false;
	canvas_init(&canvas, request->format, request->size, request->arena);
	height = TOP + (double)shown * stream_height(&canvas) - PANEL_GAP + AXIS +
		 (all ? 0 : PLOT_NOTE_HEIGHT);
	if (!canvas_begin(&canvas, height, "Round-trip time and loss of each probe over time",
			  failure))
		return false;
	for (size_t i = 0; i < shown; i++)
		draw_stream(request, &canvas, &view->streams.at[i],
			    TOP + (double)i * stream_height(&canvas), i == shown - 1);
	if (!all)
		plot_note_left_out(&canvas, left_of(request, &canvas),
				   height - PLOT_NOTE_HEIGHT / 2.0, view->streams.n - shown);
	return canvas_finish(&canvas, out, failure);
}
