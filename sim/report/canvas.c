/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include "numbers.h"

#include <inttypes.h>

#define WIDE_WIDTH 940
#define WIDE_FONT 13
#define NARROW_WIDTH 360
#define NARROW_FONT 12
/* PNG is not scalable. */
#define PNG_SCALE 2
/* gnuplot's points to our pixels there. */
#define PNG_FONT 0.75
/* Width of a sans serif character relative to the font size, an upper bound. */
#define CHARACTER_WIDTH 0.6
/* Pixels between two texts below an axis. */
#define MARK_GAP 14
#define LEGEND_LINE 1.6 /* of the font's size */
#define LEGEND_SQUARE 0.85
#define LEGEND_GAP 1.2

void canvas_init(struct canvas *canvas, enum canvas_format format, enum canvas_size size,
		 struct arena *arena)
{
	*canvas = (struct canvas){
		.format = format,
		.narrow = size == CANVAS_NARROW,
		.width = size == CANVAS_NARROW ? NARROW_WIDTH : WIDE_WIDTH,
		.font = size == CANVAS_NARROW ? NARROW_FONT : WIDE_FONT,
		.arena = arena,
	};
}

/* Continuation bytes of UTF-8 are no characters. */
static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

double canvas_text_width(const struct canvas *canvas, const char *text)
{
	return (double)characters(text) * canvas->font * CHARACTER_WIDTH;
}

const char *canvas_text_cut(const struct canvas *canvas, const char *text, double width)
{
	double fit = width / (canvas->font * CHARACTER_WIDTH);
	size_t length = 0, n = 0;

	/* Text measured before fits despite rounding. */
	if (canvas_text_width(canvas, text) <= width + 0.5)
		return text;
	if (fit < 2)
		return "";
	while (text[length]) {
		if (((unsigned char)text[length] & 0xc0) != 0x80 && ++n >= (size_t)fit)
			break;
		length++;
	}
	return arena_printf(canvas->arena, "%.*s…", (int)length, text);
}

static void write_terminal(const struct canvas *canvas)
{
	FILE *script = canvas->gnuplot.script;

	fputs("set encoding utf8\n", script);
	if (canvas->format == CANVAS_PNG)
		fprintf(script,
			"set terminal pngcairo size %u,%u noenhanced rounded font 'sans,%g' "
			"fontscale %d linewidth %d background rgb 'white'\n",
			canvas->width * PNG_SCALE, canvas->height * PNG_SCALE,
			canvas->font * PNG_FONT, PNG_SCALE, PNG_SCALE);
	else
		fprintf(script, "set terminal svg size %u,%u fixed noenhanced rounded font ',%u'\n",
			canvas->width, canvas->height, canvas->font);
	fputs("set multiplot\nunset key\nunset border\nunset tics\n", script);
}

bool canvas_begin(struct canvas *canvas, double height, const char *label, struct failure *failure)
{
	if (!gnuplot_begin(&canvas->gnuplot, canvas->arena, failure))
		return false;
	canvas->height = (unsigned)(height + 0.5);
	canvas->label = label;
	write_terminal(canvas);
	return true;
}

bool canvas_finish(struct canvas *canvas, FILE *out, struct failure *failure)
{
	const struct svg_options svg = {
		.width = canvas->width,
		.height = canvas->height,
		.class = canvas->format != CANVAS_SVG ? NULL
			 : canvas->narrow	      ? "narrow"
						      : "wide",
		.label = canvas->label,
		.alone = canvas->format == CANVAS_SVG_FILE,
	};
	struct picture picture;

	fputs("unset multiplot\n", canvas->gnuplot.script);
	if (!gnuplot_run(&canvas->gnuplot, &picture, failure))
		return false;
	if (canvas->format == CANVAS_PNG)
		fwrite(picture.data, 1, picture.length, out);
	else
		svg_write(out, &picture, &svg, canvas->arena);
	return true;
}

/* ---- Panels ---- */

void canvas_panel(struct canvas *canvas, struct box panel, double x_first, double x_last,
		  double y_first, double y_last)
{
	const double width = canvas->width, height = canvas->height;

	canvas->panel = panel;
	canvas->x_first = x_first;
	canvas->x_last = x_last;
	canvas->y_first = y_first;
	canvas->y_last = y_last;
	canvas->bars.n = 0;
	canvas->lines.n = 0;
	fprintf(canvas->gnuplot.script,
		"set lmargin at screen %.6f\nset rmargin at screen %.6f\n"
		"set tmargin at screen %.6f\nset bmargin at screen %.6f\n"
		"set xrange [%.10g:%.10g]\nset yrange [%.10g:%.10g]\n",
		panel.left / width, panel.right / width, 1 - panel.top / height,
		1 - panel.bottom / height, x_first, x_last, y_first, y_last);
}

static void write_bars(const struct canvas *canvas)
{
	FILE *script = canvas->gnuplot.script;

	fputs("$bars << END\n", script);
	vec_each (bar, &canvas->bars) {
		/* gnuplot's first byte is transparency. */
		uint32_t transparency = 255 - bar->opacity * 255 / 100;

		fprintf(script, "%.10g %.10g %.10g %.10g %" PRIu32 "\n", bar->box.left,
			bar->box.right, bar->box.bottom, bar->box.top,
			transparency << 24 | palette[bar->color].light);
	}
	fputs("END\n", script);
}

static void write_line(const struct canvas *canvas, const struct canvas_line *line, size_t number)
{
	FILE *script = canvas->gnuplot.script;
	/* With round ends, a line of no length is a dot. */
	double little = (canvas->x_last - canvas->x_first) /
			(canvas->panel.right - canvas->panel.left) / 20;

	fprintf(script, "$line%zu << END\n", number);
	vec_each (point, &line->points) {
		if (point != line->points.at && (point->begins || line->dots))
			fputc('\n', script);
		fprintf(script, "%.10g %.10g\n", point->x, point->y);
		if (line->dots)
			fprintf(script, "%.10g %.10g\n", point->x + little, point->y);
	}
	fputs("END\n", script);
}

void canvas_panel_end(struct canvas *canvas)
{
	FILE *script = canvas->gnuplot.script;
	const char *separator = "plot";

	if (canvas->bars.n)
		write_bars(canvas);
	for (size_t i = 0; i < canvas->lines.n; i++)
		write_line(canvas, &canvas->lines.at[i], i);
	if (canvas->bars.n) {
		fputs("plot $bars using 1:3:1:2:3:4:5 with boxxyerror lc rgb variable "
		      "fs solid 1 noborder",
		      script);
		separator = ",";
	}
	for (size_t i = 0; i < canvas->lines.n; i++) {
		const struct canvas_line *line = &canvas->lines.at[i];

		if (!line->points.n)
			continue;
		fprintf(script, "%s $line%zu using 1:2 with lines lw %g lc rgb %" PRIu32 "%s",
			separator, i, line->width, palette[line->color].light,
			line->dashed ? " dt (6,4)" : "");
		separator = ",";
	}
	/* Texts are drawn with a plot only. */
	if (*separator != ',')
		fprintf(script, "plot %.10g with lines lw 0 lc rgb %" PRIu32, canvas->y_first,
			palette[PALETTE_GRID].light);
	fputs("\nunset label\nunset arrow\n", script);
}

double canvas_x(const struct canvas *canvas, double x)
{
	return canvas->panel.left + (x - canvas->x_first) / (canvas->x_last - canvas->x_first) *
					    (canvas->panel.right - canvas->panel.left);
}

double canvas_y(const struct canvas *canvas, double y)
{
	return canvas->panel.bottom - (y - canvas->y_first) / (canvas->y_last - canvas->y_first) *
					      (canvas->panel.bottom - canvas->panel.top);
}

/* ---- Contents ---- */

void canvas_bar(struct canvas *canvas, struct box box, enum palette color, unsigned opacity)
{
	*vec_push(canvas->arena, &canvas->bars) = (struct canvas_bar){ box, color, opacity };
}

struct canvas_line *canvas_line(struct canvas *canvas, enum palette color, double width)
{
	struct canvas_line *line = vec_push(canvas->arena, &canvas->lines);

	line->color = color;
	line->width = width;
	return line;
}

void canvas_point(struct canvas *canvas, struct canvas_line *line, double x, double y, bool begins)
{
	*vec_push(canvas->arena, &line->points) = (struct canvas_point){ x, y, begins };
}

static void rule(struct canvas *canvas, double x0, double y0, double x1, double y1)
{
	fprintf(canvas->gnuplot.script,
		"set arrow from %.10g,%.10g to %.10g,%.10g nohead back lc rgb %" PRIu32 "\n", x0,
		y0, x1, y1, palette[PALETTE_GRID].light);
}

void canvas_cut(struct canvas *canvas, double x)
{
	rule(canvas, x, canvas->y_first, x, canvas->y_last);
}

void canvas_text(struct canvas *canvas, double x, double y, enum align align, enum palette color,
		 const char *text)
{
	static const char *const words[] = {
		[ALIGN_LEFT] = "left",
		[ALIGN_MIDDLE] = "center",
		[ALIGN_RIGHT] = "right",
	};
	FILE *script = canvas->gnuplot.script;

	if (!*text)
		return;
	fputs("set label ", script);
	gnuplot_quote(&canvas->gnuplot, text);
	fprintf(script, " at screen %.6f,%.6f %s front tc rgb %" PRIu32 "\n", x / canvas->width,
		1 - y / canvas->height, words[align], palette[color].light);
}

void canvas_x_mark(struct canvas *canvas, double x, const char *text)
{
	const double middle = canvas_x(canvas, x);
	const double half = canvas_text_width(canvas, text) / 2;
	const double y = canvas->panel.bottom + canvas->font;

	canvas_cut(canvas, x);
	if (middle - half < 0)
		canvas_text(canvas, 0, y, ALIGN_LEFT, PALETTE_MUTED, text);
	else if (middle + half > canvas->width)
		canvas_text(canvas, canvas->width, y, ALIGN_RIGHT, PALETTE_MUTED, text);
	else
		canvas_text(canvas, middle, y, ALIGN_MIDDLE, PALETTE_MUTED, text);
}

void canvas_y_mark(struct canvas *canvas, double y, const char *text)
{
	rule(canvas, canvas->x_first, y, canvas->x_last, y);
	canvas_text(canvas, canvas->panel.left - 6, canvas_y(canvas, y), ALIGN_RIGHT, PALETTE_MUTED,
		    text);
}

void canvas_time_marks(struct canvas *canvas, msec_t duration, bool with_texts)
{
	const char *longest = clock_text(canvas->arena, duration, duration, false);
	double room = canvas_text_width(canvas, longest) + MARK_GAP;
	unsigned most = (unsigned)((canvas->panel.right - canvas->panel.left) / room);
	msec_t step = time_axis_step(duration, most ? most : 1);

	for (msec_t time = 0; time <= duration; time += step)
		canvas_x_mark(canvas, (double)time / MSEC_PER_SEC,
			      with_texts ? clock_text(canvas->arena, time, duration, false) : "");
}

/* ---- Legends ---- */

static double item_width(const struct canvas *canvas, const struct legend_item *item)
{
	return canvas->font * (LEGEND_SQUARE + 0.4 + LEGEND_GAP) +
	       canvas_text_width(canvas, item->text);
}

/* Position of the next one; starts a new line if it does not fit. */
static void place(const struct canvas *canvas, const struct legend_item *item, double width,
		  double *x, double *y)
{
	if (*x > 0 && *x + item_width(canvas, item) > width) {
		*x = 0;
		*y += canvas->font * LEGEND_LINE;
	}
}

double legend_height(const struct canvas *canvas, const struct legend *legend, double width)
{
	double x = 0, y = 0;

	vec_each (item, &legend->items) {
		place(canvas, item, width, &x, &y);
		x += item_width(canvas, item);
	}
	return legend->items.n ? y + canvas->font * LEGEND_LINE : 0;
}

void legend_draw(struct canvas *canvas, const struct legend *legend, double left, double top,
		 double width)
{
	const double side = canvas->font * LEGEND_SQUARE;
	const double middle = top + canvas->font * LEGEND_LINE / 2;
	double x = 0, y = 0;

	/* The squares are bars of a panel of the canvas's size. */
	canvas_panel(canvas, (struct box){ 0, 0, canvas->width, canvas->height }, 0, canvas->width,
		     canvas->height, 0);
	vec_each (item, &legend->items) {
		place(canvas, item, width, &x, &y);
		canvas_bar(canvas,
			   (struct box){ left + x, middle + y - side / 2, left + x + side,
					 middle + y + side / 2 },
			   item->color, item->opacity);
		canvas_text(canvas, left + x + canvas->font * (LEGEND_SQUARE + 0.4), middle + y,
			    ALIGN_LEFT, PALETTE_INK, item->text);
		x += item_width(canvas, item);
	}
	canvas_panel_end(canvas);
}
