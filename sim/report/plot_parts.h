/* SPDX-License-Identifier: MIT */
/*
 * plot_parts: what the plots of one trace share. Not for use outside of them.
 */
#pragma once

#include "plots.h"

/* Pixels. */
#define PLOT_RIGHT 12
#define PLOT_LABEL_SPACE 10

double plot_seconds(msec_t time);

/* The left margin, so that the same time is at the same place in all plots of a
 * view: as wide as the timeline's labels, and as `least`. On narrow screens, where
 * these stand above their rows, it is `least`. */
double plot_left(const struct canvas *canvas, const struct view *view, double least);

/* The labels of the timeline's rows. */
const char *plot_row_label(const struct view_row *row, struct arena *arena);
const char *plot_stream_label(const struct view_stream *stream, struct arena *arena);

/* The faults of a view as bands through the panel that is open (x in seconds). */
void plot_fault_bands(struct canvas *canvas, const struct view *view);
#define PLOT_BAND_OPACITY 14 /* percent */

/* Of n panels, how many are drawn: pages are not for hundreds, files show all. And
 * what is said, at a place in pixels, of those that are not. */
size_t plot_panels(const struct plot_request *request, size_t n);
void plot_note_left_out(struct canvas *canvas, double x, double y, size_t n);
#define PLOT_NOTE_HEIGHT 22

/* The name's colour in all plots of that view. */
enum palette plot_name_color(const struct view *view, const char *name);
