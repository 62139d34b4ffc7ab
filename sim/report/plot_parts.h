/* SPDX-License-Identifier: MIT */
/*
 * plot_parts: shared by the plots of one trace, and private to them.
 */
#pragma once

#include "plots.h"

/* Pixels. */
#define PLOT_RIGHT 12
#define PLOT_LABEL_SPACE 10

double plot_seconds(msec_t time);

/* The left margin, so that times are aligned in all plots of a view: the width of the
 * timeline's labels, at least `least`. On narrow screens, with labels above their rows, it
 * is `least`. */
double plot_left(const struct canvas *canvas, const struct view *view, double least);

/* The labels of the timeline's rows. */
const char *plot_row_label(const struct view_row *row, struct arena *arena);
const char *plot_stream_label(const struct view_stream *stream, struct arena *arena);

/* The faults of a view as bands through the open panel (x in seconds). */
void plot_fault_bands(struct canvas *canvas, const struct view *view);
#define PLOT_BAND_OPACITY 14 /* percent */

/* The number of panels drawn of n: pages have a limit, files show all. And a note, at a
 * position in pixels, about the omitted ones. */
size_t plot_panels(const struct plot_request *request, size_t n);
void plot_note_left_out(struct canvas *canvas, double x, double y, size_t n);
#define PLOT_NOTE_HEIGHT 22

/* The name's colour, the same in all plots of that view. */
enum palette plot_name_color(const struct view *view, const char *name);
