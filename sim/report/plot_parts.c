/* SPDX-License-Identifier: MIT */
#include "plot_parts.h"

/* Maximum part of the width for the left margin. */
#define LEFT_PART 0.22
/* Percent, for events without a duration. */
#define MOMENT_OPACITY 45

#define PANELS_MAX 12

double plot_seconds(msec_t time)
{
	return (double)time / MSEC_PER_SEC;
}

const char *plot_row_label(const struct view_row *row, struct arena *arena)
{
	if (!row->selector)
		return text_printable(arena, row->node);
	return text_printable(arena, arena_printf(arena, "%s: %s", row->node, row->selector));
}

const char *plot_stream_label(const struct view_stream *stream, struct arena *arena)
{
	return text_printable(arena, arena_printf(arena, "probe %s", stream->name));
}

static void widen(double *widest, const struct canvas *canvas, const char *label)
{
	double width = canvas_text_width(canvas, label);

	if (width > *widest)
		*widest = width;
}

double plot_left(const struct canvas *canvas, const struct view *view, double least)
{
	double widest = 0;

	if (canvas->narrow)
		return least;
	vec_each (row, &view->rows)
		widen(&widest, canvas, plot_row_label(row, canvas->arena));
	vec_each (stream, &view->streams)
		widen(&widest, canvas, plot_stream_label(stream, canvas->arena));
	if (widest > canvas->width * LEFT_PART)
		widest = canvas->width * LEFT_PART;
	widest += PLOT_RIGHT + PLOT_LABEL_SPACE;
	return widest > least ? widest : least;
}

enum palette plot_name_color(const struct view *view, const char *name)
{
	return palette_member(view_name_index(view, name));
}

/* Overlapping bands would be darker without meaning: they are drawn as one. The faults are
 * sorted by start. */
static void draw_band(struct canvas *canvas, double from, double until, double pixel)
{
	const bool lasts = until - from > pixel;

	canvas_bar(
		canvas,
		(struct box){ from, canvas->y_last, lasts ? until : from + pixel, canvas->y_first },
		PALETTE_FAULT, lasts ? PLOT_BAND_OPACITY : MOMENT_OPACITY);
}

void plot_fault_bands(struct canvas *canvas, const struct view *view)
{
	const double pixel = (canvas->x_last - canvas->x_first) /
			     (canvas->panel.right - canvas->panel.left);
	double from = 0, until = -1;

	vec_each (fault, &view->faults) {
		const double next_from = plot_seconds(fault->from);
		const double next_until = plot_seconds(fault->until);

		if (until >= 0 && next_from <= until + pixel) {
			until = next_until > until ? next_until : until;
			continue;
		}
		if (until >= 0)
			draw_band(canvas, from, until, pixel);
		from = next_from;
		until = next_until;
	}
	if (until >= 0)
		draw_band(canvas, from, until, pixel);
}

size_t plot_panels(const struct plot_request *request, size_t n)
{
	return request->format == CANVAS_SVG && n > PANELS_MAX ? PANELS_MAX : n;
}

void plot_note_left_out(struct canvas *canvas, double x, double y, size_t n)
{
	canvas_panel(canvas, (struct box){ 0, 0, canvas->width, canvas->height }, 0, 1, 0, 1);
	canvas_text(canvas, x, y, ALIGN_LEFT, PALETTE_MUTED,
		    arena_printf(canvas->arena, "%zu more are left out (--plot shows all)", n));
	canvas_panel_end(canvas);
}
