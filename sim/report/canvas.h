/* SPDX-License-Identifier: MIT */
/*
 * canvas: drawing with gnuplot in pixels. A picture consists of panels, one above the other,
 * with bars and lines, and texts at any position. A panel collects everything until it is
 * closed.
 */
#pragma once

#include "gnuplot.h"
#include "palette.h"
#include "svg.h"

#include "base/text.h"

enum canvas_format {
	CANVAS_SVG, /* an element for an HTML page */
	CANVAS_SVG_FILE,
	CANVAS_PNG,
};

enum canvas_size {
	CANVAS_WIDE,
	CANVAS_NARROW, /* for telephones */
};

enum align {
	ALIGN_LEFT,
	ALIGN_MIDDLE,
	ALIGN_RIGHT,
};

/* In pixels, from the left upper corner. */
struct box {
	double left, top, right, bottom;
};

struct canvas_bar {
	struct box box; /* in the panel's units */
	enum palette color;
	unsigned opacity; /* in percent */
};

struct canvas_point {
	double x, y;
	bool begins; /* not joined with the previous one */
};

struct canvas_line {
	VEC(struct canvas_point) points;
	enum palette color;
	double width; /* in pixels */
	bool dashed, dots; /* dots: separate points */
};

struct canvas {
	enum canvas_format format;
	unsigned width, height, font; /* in pixels */
	bool narrow;
	const char *label;
	struct arena *arena;
	struct gnuplot gnuplot;
	/* Of the open panel. */
	struct box panel;
	double x_first, x_last, y_first, y_last; /* y_first: at its bottom */
	VEC(struct canvas_bar) bars;
	VEC(struct canvas_line) lines;
};

/* The width and font of a canvas of that size, for layout before its height is known. */
void canvas_init(struct canvas *canvas, enum canvas_format format, enum canvas_size size,
		 struct arena *arena);

/* The minimum width of a text, and the text cut to fit. */
double canvas_text_width(const struct canvas *canvas, const char *text);
const char *canvas_text_cut(const struct canvas *canvas, const char *text, double width);

/* Begins to draw. label: a text description. After true, call canvas_finish(). */
bool canvas_begin(struct canvas *canvas, double height, const char *label, struct failure *failure);

/* Writes the picture to out. */
bool canvas_finish(struct canvas *canvas, FILE *out, struct failure *failure);

void canvas_panel(struct canvas *canvas, struct box panel, double x_first, double x_last,
		  double y_first, double y_last);
void canvas_panel_end(struct canvas *canvas);

/* Marks on the axes of the open panel. Those of x are texts below it. */
void canvas_x_mark(struct canvas *canvas, double x, const char *text);
void canvas_y_mark(struct canvas *canvas, double y, const char *text);
/* Marks of time (x in seconds) if they fit. */
void canvas_time_marks(struct canvas *canvas, msec_t duration, bool with_texts);

void canvas_bar(struct canvas *canvas, struct box box, enum palette color, unsigned opacity);
struct canvas_line *canvas_line(struct canvas *canvas, enum palette color, double width);
void canvas_point(struct canvas *canvas, struct canvas_line *line, double x, double y, bool begins);
/* A vertical line through the panel, behind everything. */
void canvas_cut(struct canvas *canvas, double x);

/* At a position in pixels, vertically centred at y. */
void canvas_text(struct canvas *canvas, double x, double y, enum align align, enum palette color,
		 const char *text);

/* The position in pixels of a value of x; and of y. */
double canvas_x(const struct canvas *canvas, double x);
double canvas_y(const struct canvas *canvas, double y);

/* Legend: squares with texts, in as many lines as needed. */
struct legend_item {
	enum palette color;
	unsigned opacity;
	const char *text;
};
struct legend {
	VEC(struct legend_item) items;
};
double legend_height(const struct canvas *canvas, const struct legend *legend, double width);
void legend_draw(struct canvas *canvas, const struct legend *legend, double left, double top,
		 double width);
