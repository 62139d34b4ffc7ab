/* SPDX-License-Identifier: MIT */
/*
 * Each combination is a dot: how long outages are against how much traffic there is, in the
 * colour of how many false failovers; missing measures are replaced by others of the
 * scenario. Dots on the front are numbered, with a table below. A line connects the best
 * combinations with at most that many false failovers.
 */
#include "tuning.h"

#include "report/numbers.h"

#include <math.h>
#include <stdlib.h>

/* Pixels. */
#define LEFT 64
#define RIGHT 20
#define TOP 30
#define PANEL 380
#define AXIS 56
#define X_MARK 70
#define Y_MARK 45
#define DOT 6
#define DOT_ON_FRONT 12
#define LINE 1.5
#define ROW 1.45 /* of the font's size */
#define COLUMN_GAP 18

/* Meaning of the colours: none, and up to three ranges. */
#define RANGES 3

struct drawing {
	struct canvas canvas;
	const struct tuning *tuning;
	struct arena *arena;
	size_t x, y, color; /* measures; color: measures.n if there is no third */
	double step; /* of the ranges */
	VEC(const struct combination *) front; /* by number */
	VEC(struct box) taken; /* by what must stay legible, in pixels */
};

/* ---- Assignment of measures ---- */

/* The first measure of that kind not yet shown, otherwise the first not yet shown. */
static size_t choose(const struct tuning *tuning, enum measure_kind kind, size_t other,
		     size_t third)
{
	size_t n = tuning->measures.n, left = n;

	for (size_t i = n; i-- > 0;) {
		if (i != other && i != third)
			left = i;
	}
	for (size_t i = 0; i < n; i++) {
		if (i != other && i != third && tuning->measures.at[i].kind == kind)
			return i;
	}
	return left;
}

static double value_of(const struct drawing *drawing, const struct combination *combination,
		       size_t measure)
{
	const struct tuning_statistics *statistics = &combination->statistics[measure];

	return measure_counts_p95(drawing->tuning->measures.at[measure].kind) ? statistics->p95
									      : statistics->mean;
}

static bool is_shown(const struct drawing *drawing, const struct combination *combination)
{
	return isfinite(value_of(drawing, combination, drawing->x)) &&
	       isfinite(value_of(drawing, combination, drawing->y));
}

struct span {
	double first, last;
};

static struct span span_of(const struct drawing *drawing, size_t measure)
{
	struct span span = { INFINITY, 0 };

	vec_each (combination, &drawing->tuning->combinations) {
		const double value = value_of(drawing, combination, measure);

		if (!is_shown(drawing, combination) || !isfinite(value))
			continue;
		if (value < span.first)
			span.first = value;
		if (value > span.last)
			span.last = value;
	}
	return span;
}

/* With margins around the values; from zero, unless far away. */
static struct span axis_of(const struct drawing *drawing, size_t measure)
{
	const struct span span = span_of(drawing, measure);
	const double room = (span.last - span.first) * 0.06;

	if (!(span.last > 0))
		return (struct span){ 0, 1 };
	if (span.first < span.last / 3)
		return (struct span){ 0, span.last * 1.05 };
	return (struct span){ span.first * 0.97 - room, span.last * 1.03 + room };
}

/* 0: none, otherwise 1 to RANGES. */
static unsigned range_of(const struct drawing *drawing, const struct combination *combination)
{
	double value;

	if (drawing->color == drawing->tuning->measures.n)
		return 0;
	value = value_of(drawing, combination, drawing->color);
	if (!(value > 0))
		return 0;
	/* The rounding of a value on the border. */
	value = ceil(value / drawing->step - 1e-9);
	return value < RANGES ? (unsigned)value : RANGES;
}

static enum palette color_of(unsigned range)
{
	static const size_t members[RANGES + 1] = { 0, 2, 1, 3 }; /* blue, green, orange, purple */

	return palette_member(members[range]);
}

static int by_number(const void *a, const void *b)
{
	const struct combination *const *left = a, *const *right = b;

	return (*left)->front < (*right)->front ? -1 : (*left)->front > (*right)->front;
}

static void prepare(struct drawing *drawing)
{
	const struct tuning *tuning = drawing->tuning;
	const size_t n = tuning->measures.n;

	drawing->x = choose(tuning, MEASURE_OUTAGE, n, n);
	drawing->y = choose(tuning, MEASURE_TRAFFIC, drawing->x, n);
	drawing->color = choose(tuning, MEASURE_SELECTIONS, drawing->x, drawing->y);
	if (drawing->color < n)
		drawing->step = axis_step(span_of(drawing, drawing->color).last, RANGES);
	vec_each (combination, &tuning->combinations) {
		if (combination->front)
			*vec_push(drawing->arena, &drawing->front) = combination;
	}
	if (drawing->front.n)
		qsort(drawing->front.at, drawing->front.n, sizeof(*drawing->front.at), by_number);
}

/* ---- The axes ---- */

static const char *axis_title(const struct drawing *drawing, size_t measure)
{
	const struct tuning_measure *what = &drawing->tuning->measures.at[measure];
	const char *counts = measure_counts_p95(what->kind) ? "95th percentile" : "mean";
	const char *unit = measure_unit(what->kind);

	return text_printable(drawing->arena, arena_printf(drawing->arena, "%s, %s%s%s", what->name,
							   counts, *unit ? ", in " : "", unit));
}

static const char *mark_text(const struct drawing *drawing, size_t measure, double mark)
{
	const enum measure_kind kind = drawing->tuning->measures.at[measure].kind;
	const char *text = measure_text(kind, mark, drawing->arena);
	size_t length = strlen(text);

	/* 10.0 is 10. */
	if (length > 2 && !strcmp(text + length - 2, ".0"))
		return arena_strndup(drawing->arena, text, length - 2);
	return text;
}

static void draw_axes(struct drawing *drawing)
{
	struct canvas *canvas = &drawing->canvas;
	const struct box panel = { LEFT, TOP, canvas->width - RIGHT, TOP + PANEL };
	const struct span x = axis_of(drawing, drawing->x), y = axis_of(drawing, drawing->y);
	const double x_step = axis_step(x.last - x.first,
					(unsigned)((panel.right - LEFT) / X_MARK));
	const double y_step = axis_step(y.last - y.first, PANEL / Y_MARK);

	canvas_panel(canvas, panel, x.first, x.last, y.first, y.last);
	for (double mark = ceil(x.first / x_step) * x_step; mark <= x.last; mark += x_step)
		canvas_x_mark(canvas, mark, mark_text(drawing, drawing->x, mark));
	for (double mark = ceil(y.first / y_step) * y_step; mark <= y.last; mark += y_step)
		canvas_y_mark(canvas, mark, mark_text(drawing, drawing->y, mark));
	canvas_text(canvas, panel.right, panel.bottom + canvas->font * 2.6, ALIGN_RIGHT,
		    PALETTE_MUTED, axis_title(drawing, drawing->x));
	canvas_text(canvas, 8, TOP - canvas->font, ALIGN_LEFT, PALETTE_MUTED,
		    axis_title(drawing, drawing->y));
}

/* ---- Lines and dots ---- */

static bool is_left_of(const struct drawing *drawing, const struct combination *a,
		       const struct combination *b)
{
	double left = value_of(drawing, a, drawing->x), right = value_of(drawing, b, drawing->x);

	if (left != right)
		return left < right;
	return value_of(drawing, a, drawing->y) < value_of(drawing, b, drawing->y);
}

/* Of those on the front in these ranges, the next one to the right that is below. */
static const struct combination *next_below(const struct drawing *drawing, unsigned range,
					    const struct combination *last)
{
	const struct combination *next = NULL;

	vec_each (candidate, &drawing->front) {
		if (range_of(drawing, *candidate) > range)
			continue;
		if (last && (!is_left_of(drawing, last, *candidate) ||
			     value_of(drawing, *candidate, drawing->y) >=
				     value_of(drawing, last, drawing->y)))
			continue;
		if (!next || is_left_of(drawing, *candidate, next))
			next = *candidate;
	}
	return next;
}

static void draw_front(struct drawing *drawing, unsigned range)
{
	struct canvas_line *line = canvas_line(&drawing->canvas, color_of(range), LINE);
	const struct combination *at = NULL;

	while ((at = next_below(drawing, range, at)) != NULL)
		canvas_point(&drawing->canvas, line, value_of(drawing, at, drawing->x),
			     value_of(drawing, at, drawing->y), false);
}

static struct box around(double x, double y, double size)
{
	return (struct box){ x - size / 2, y - size / 2, x + size / 2, y + size / 2 };
}

static void draw_dots(struct drawing *drawing, unsigned range, bool on_front)
{
	struct canvas *canvas = &drawing->canvas;
	const double size = on_front ? DOT_ON_FRONT : DOT;
	struct canvas_line *line = canvas_line(canvas, color_of(range), size);

	line->dots = true;
	vec_each (combination, &drawing->tuning->combinations) {
		double x, y;

		if (!is_shown(drawing, combination) || (combination->front != 0) != on_front ||
		    range_of(drawing, combination) != range)
			continue;
		x = value_of(drawing, combination, drawing->x);
		y = value_of(drawing, combination, drawing->y);
		canvas_point(canvas, line, x, y, true);
		*vec_push(drawing->arena, &drawing->taken) = around(canvas_x(canvas, x),
								    canvas_y(canvas, y), size);
	}
}

/* ---- Numbers at the dots ---- */

static bool overlap(const struct box *a, const struct box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static bool is_free(const struct drawing *drawing, const struct box *box)
{
	vec_each (taken, &drawing->taken) {
		if (overlap(taken, box))
			return false;
	}
	return box->left >= LEFT && box->right <= drawing->canvas.width && box->top >= 0 &&
	       box->bottom <= TOP + PANEL;
}

/* Around the dot at first, then farther and farther away. */
static void draw_number(struct drawing *drawing, const struct combination *combination)
{
	static const double directions[][2] = { { 0, -1 }, { 1, 0 }, { 0, 1 },	{ -1, 0 },
						{ 1, -1 }, { 1, 1 }, { -1, 1 }, { -1, -1 } };
	const size_t n = sizeof(directions) / sizeof(directions[0]);
	struct canvas *canvas = &drawing->canvas;
	const char *text = arena_printf(drawing->arena, "%u", combination->front);
	const double width = canvas_text_width(canvas, text) + 2, height = canvas->font;
	const double x = canvas_x(canvas, value_of(drawing, combination, drawing->x));
	const double y = canvas_y(canvas, value_of(drawing, combination, drawing->y));
	struct box box = { 0 };

	for (size_t i = 0; i < 6 * n; i++) {
		const double far = 1 + (double)(i / n);
		const double right = x +
				     directions[i % n][0] * far * (width + DOT_ON_FRONT + 2) / 2;
		const double down = y +
				    directions[i % n][1] * far * (height + DOT_ON_FRONT + 2) / 2;

		box = (struct box){ right - width / 2, down - height / 2, right + width / 2,
				    down + height / 2 };
		if (is_free(drawing, &box))
			break;
	}
	*vec_push(drawing->arena, &drawing->taken) = box;
	canvas_text(canvas, (box.left + box.right) / 2, (box.top + box.bottom) / 2, ALIGN_MIDDLE,
		    PALETTE_INK, text);
}

static void draw_all_dots(struct drawing *drawing)
{
	for (unsigned range = RANGES + 1; range-- > 0;)
		draw_dots(drawing, range, false);
	for (unsigned range = RANGES + 1; range-- > 0;)
		draw_front(drawing, range);
	for (unsigned range = RANGES + 1; range-- > 0;)
		draw_dots(drawing, range, true);
	vec_each (combination, &drawing->front)
		draw_number(drawing, *combination);
}

/* ---- Legend and table ---- */

static const char *range_text(const struct drawing *drawing, unsigned range)
{
	const struct tuning_measure *what = &drawing->tuning->measures.at[drawing->color];
	const char *name = text_printable(drawing->arena, what->name);
	const char *low = mark_text(drawing, drawing->color, (range - 1) * drawing->step);
	const char *high = mark_text(drawing, drawing->color, range * drawing->step);

	if (!range)
		return arena_printf(drawing->arena, "%s: none", name);
	if (range == RANGES)
		return arena_printf(drawing->arena, "more than %s", low);
	return arena_printf(drawing->arena, "up to %s", high);
}

/* The colours in use. */
static struct legend legend_of(const struct drawing *drawing)
{
	struct legend legend = { 0 };

	for (unsigned range = 0; range <= RANGES; range++) {
		bool is_there = false;

		if (drawing->color == drawing->tuning->measures.n)
			break;
		vec_each (combination, &drawing->tuning->combinations)
			is_there |= is_shown(drawing, combination) &&
				    range_of(drawing, combination) == range;
		if (is_there || !range)
			*vec_push(drawing->arena, &legend.items) = (struct legend_item){
				color_of(range), 100, range_text(drawing, range)
			};
	}
	return legend;
}

/* Column 0 is the number, then settings, then measures. row 0: the heads. */
static const char *cell(const struct drawing *drawing, size_t row, size_t column)
{
	const struct tuning *tuning = drawing->tuning;
	const struct combination *combination = row ? drawing->front.at[row - 1] : NULL;
	const size_t measure = column - 1 - tuning->variables.n;
	const char *text;

	if (!column)
		return row ? arena_printf(drawing->arena, "%u", combination->front) : "";
	if (column <= tuning->variables.n)
		text = row ? combination->settings[column - 1]
			   : tuning->variables.at[column - 1].name;
	else if (row)
		text = measure_text(tuning->measures.at[measure].kind,
				    value_of(drawing, combination, measure), drawing->arena);
	else
		text = measure_heading(&tuning->measures.at[measure], drawing->arena);
	return text_printable(drawing->arena, text);
}

static double column_width(const struct drawing *drawing, size_t column)
{
	double most = 0;

	for (size_t row = 0; row <= drawing->front.n; row++) {
		double width = canvas_text_width(&drawing->canvas, cell(drawing, row, column));

		if (width > most)
			most = width;
	}
	return most;
}

static void draw_table(struct drawing *drawing, double top)
{
	struct canvas *canvas = &drawing->canvas;
	const size_t columns = 1 + drawing->tuning->variables.n + drawing->tuning->measures.n;
	double left = RIGHT;

	for (size_t column = 0; column < columns; column++) {
		const double width = column_width(drawing, column);

		for (size_t row = 0; row <= drawing->front.n; row++)
			canvas_text(canvas, left + width,
				    top + ((double)row + 0.5) * canvas->font * ROW, ALIGN_RIGHT,
				    row ? PALETTE_INK : PALETTE_MUTED, cell(drawing, row, column));
		left += width + COLUMN_GAP;
	}
}

static double table_height(const struct drawing *drawing)
{
	return (double)(drawing->front.n + 1) * drawing->canvas.font * ROW;
}

bool tuning_plot(const struct tuning *tuning, enum canvas_format format, FILE *out,
		 struct arena *arena, struct failure *failure)
{
	struct drawing drawing = { .tuning = tuning, .arena = arena };
	struct canvas *canvas = &drawing.canvas;
	struct legend legend;
	double legend_top = TOP + PANEL + AXIS, table_top, width;

	if (tuning->measures.n < 2)
		return false;
	prepare(&drawing);
	legend = legend_of(&drawing);
	canvas_init(canvas, format, CANVAS_WIDE, arena);
	width = canvas->width - 2 * RIGHT;
	table_top = legend_top + legend_height(canvas, &legend, width) + canvas->font;
	if (!canvas_begin(canvas, table_top + table_height(&drawing) + canvas->font,
			  "What each combination of settings costs; the front is numbered",
			  failure))
		return false;
	draw_axes(&drawing);
	draw_all_dots(&drawing);
	canvas_panel_end(canvas);
	draw_table(&drawing, table_top);
	legend_draw(canvas, &legend, RIGHT, legend_top, width);
	return canvas_finish(canvas, out, failure);
}
