/* SPDX-License-Identifier: MIT */
/*
 * The timeline: faults, then selected members, then reachability, each in rows above one
 * time axis. Everything is laid out in pixels before drawing, because it determines the
 * picture's height.
 */
#include "plot_parts.h"

#include <inttypes.h>

/* Pixels. */
#define TOP 6
#define BOTTOM 26
#define ROW_GAP 9
#define LANE 19
#define LANE_GAP 2
#define STANDBY_LANE 15
#define REACH_LANE 15
#define REACH_INSET 3 /* of answered requests, above and below */
#define BAR_TEXT_LEAST 48 /* minimum width of a cut name */
#define MARK_WIDTH 2
#define TICK_WIDTH 2.5
#define FAULT_GAP 8
/* Percent. */
#define TRYING_OPACITY 40
#define STANDBY_OPACITY 70

struct fault_place {
	const struct view_fault *fault;
	unsigned lane;
	double label_left;
	const char *label; /* "": it does not fit */
};

/* The right end of a lane's content. */
struct fault_lane {
	double labels, marks;
};

struct row_place {
	const char *label;
	const struct view_row *row; /* or */
	const struct view_stream *stream;
	double top, height;
};

struct layout {
	const struct view *view;
	struct canvas *canvas;
	double left, right; /* of the panel */
	double seconds; /* that it shows */
	VEC(struct fault_place) faults;
	VEC(struct fault_lane) lanes;
	double faults_top;
	VEC(struct row_place) rows;
	double bottom;
};

/* ---- Faults ---- */

static double pixel_of(const struct layout *layout, msec_t time)
{
	return layout->left + plot_seconds(time) / layout->seconds * (layout->right - layout->left);
}

static const char *fault_label(const struct layout *layout, const struct view_fault *fault)
{
	struct arena *arena = layout->canvas->arena;
	const char *name = text_printable(arena, fault->name);
	bool says_kind = strstr(fault->name, fault->kind) != NULL;
	const char *text = says_kind ? name : arena_printf(arena, "%s (%s)", name, fault->kind);

	return canvas_text_cut(layout->canvas, text, (layout->right - layout->left) * 0.8);
}

/* width: of its label; 0: none. */
static bool lane_fits(const struct layout *layout, const struct fault_lane *lane,
		      const struct fault_place *place, double width)
{
	return (!width || lane->labels + FAULT_GAP <= place->label_left) &&
	       lane->marks <= pixel_of(layout, place->fault->from);
}

static void lane_take(struct layout *layout, struct fault_place *place, size_t lane, double width)
{
	struct fault_lane *taken = &layout->lanes.at[lane];

	place->lane = (unsigned)lane;
	taken->marks = pixel_of(layout, place->fault->until) + MARK_WIDTH;
	if (width && place->label_left + width > taken->labels)
		taken->labels = place->label_left + width;
	if (width && pixel_of(layout, place->fault->from) > taken->labels)
		taken->labels = pixel_of(layout, place->fault->from);
}

/* Repetitions are beside the first, without labels if necessary. */
static bool take_lane_of_first(struct layout *layout, struct fault_place *place, double width)
{
	vec_each (first, &layout->faults) {
		if (strcmp(first->fault->name, place->fault->name) != 0)
			continue;
		if (!lane_fits(layout, &layout->lanes.at[first->lane], place, width)) {
			place->label = "";
			width = 0;
		}
		lane_take(layout, place, first->lane, width);
		return true;
	}
	return false;
}

static void take_free_lane(struct layout *layout, struct fault_place *place, double width)
{
	size_t lane = 0;

	while (lane < layout->lanes.n && !lane_fits(layout, &layout->lanes.at[lane], place, width))
		lane++;
	if (lane == layout->lanes.n)
		vec_push(layout->canvas->arena, &layout->lanes);
	lane_take(layout, place, lane, width);
}

static void place_fault(struct layout *layout, const struct view_fault *fault)
{
	struct fault_place place = { .fault = fault, .label = fault_label(layout, fault) };
	const double width = canvas_text_width(layout->canvas, place.label);

	/* To the right of its mark, or if it does not fit on the left. */
	place.label_left = pixel_of(layout, fault->from) + MARK_WIDTH + 2;
	if (place.label_left + width > layout->right)
		place.label_left = pixel_of(layout, fault->from) - 2 - width;
	if (place.label_left < layout->left)
		place.label_left = layout->left;
	if (!take_lane_of_first(layout, &place, width))
		take_free_lane(layout, &place, width);
	*vec_push(layout->canvas->arena, &layout->faults) = place;
}

static double fault_lane_height(const struct canvas *canvas)
{
	return canvas->font + 6;
}

/* A label with a line below it as long as the fault lasts. */
static void draw_fault(const struct layout *layout, const struct fault_place *place, double scale)
{
	struct canvas *canvas = layout->canvas;
	const double height = fault_lane_height(canvas);
	const double top = layout->faults_top + place->lane * height;
	const double from = plot_seconds(place->fault->from);
	double until = plot_seconds(place->fault->until);

	if (until < from + MARK_WIDTH * scale)
		until = from + MARK_WIDTH * scale;
	canvas_bar(canvas, (struct box){ from, top + height - 4, until, top + height - 1.5 },
		   PALETTE_FAULT, 100);
	/* The stick beside a label; without one it would overlap another's. */
	if (*place->label)
		canvas_bar(canvas,
			   (struct box){ from, top + 1, from + MARK_WIDTH * scale,
					 top + height - 1.5 },
			   PALETTE_FAULT, 100);
	canvas_text(canvas, place->label_left, top + height / 2 - 2.5, ALIGN_LEFT, PALETTE_INK,
		    place->label);
}

/* ---- Rows ---- */

static void rows_collect(struct layout *layout)
{
	struct arena *arena = layout->canvas->arena;

	vec_each (row, &layout->view->rows)
		*vec_push(arena,
			  &layout->rows) = (struct row_place){ .label = plot_row_label(row, arena),
							       .row = row };
	vec_each (stream, &layout->view->streams)
		*vec_push(arena, &layout->rows) = (struct row_place){
			.label = plot_stream_label(stream, arena), .stream = stream
		};
}

static double row_height(const struct view_row *row)
{
	return row->trying_lanes * (LANE + LANE_GAP) +
	       (row->lanes - row->trying_lanes) * (STANDBY_LANE + LANE_GAP);
}

static double lane_top(const struct row_place *place, unsigned lane)
{
	unsigned wide = place->row->trying_lanes;

	if (lane <= wide)
		return place->top + lane * (LANE + LANE_GAP);
	return place->top + wide * (LANE + LANE_GAP) + (lane - wide) * (STANDBY_LANE + LANE_GAP);
}

static void lay_out(struct layout *layout)
{
	double top = TOP;

	layout->seconds = plot_seconds(layout->view->duration ? layout->view->duration : 1);
	rows_collect(layout);
	layout->left = plot_left(layout->canvas, layout->view, PLOT_RIGHT);
	layout->right = layout->canvas->width - PLOT_RIGHT;
	vec_each (fault, &layout->view->faults)
		place_fault(layout, fault);
	layout->faults_top = top;
	if (layout->lanes.n)
		top += (double)layout->lanes.n * fault_lane_height(layout->canvas) + ROW_GAP;
	vec_each (place, &layout->rows) {
		if (layout->canvas->narrow)
			top += layout->canvas->font + 5;
		place->top = top;
		place->height = place->row ? row_height(place->row) : REACH_LANE;
		top += place->height + ROW_GAP;
	}
	layout->bottom = top;
}

static void draw_label(const struct layout *layout, const struct row_place *place)
{
	struct canvas *canvas = layout->canvas;

	if (canvas->narrow)
		canvas_text(canvas, layout->left, place->top - canvas->font / 2.0 - 2, ALIGN_LEFT,
			    PALETTE_INK,
			    canvas_text_cut(canvas, place->label, layout->right - layout->left));
	else
		canvas_text(canvas, layout->left - PLOT_LABEL_SPACE, place->top + place->height / 2,
			    ALIGN_RIGHT, PALETTE_INK,
			    canvas_text_cut(canvas, place->label,
					    layout->left - PLOT_LABEL_SPACE - PLOT_RIGHT));
}

static unsigned bar_opacity(enum bar_role role)
{
	if (role == BAR_TRYING)
		return TRYING_OPACITY;
	return role == BAR_STANDBY ? STANDBY_OPACITY : 100;
}

static enum palette bar_text_color(const struct view_bar *bar, enum palette color)
{
	return bar->role == BAR_CARRIER ? palette_on(color) : PALETTE_INK;
}

/* The name, or a recognisable part of it. */
static const char *bar_text(const struct canvas *canvas, const char *name, double width)
{
	const char *text = canvas_text_cut(canvas, name, width);

	return width < BAR_TEXT_LEAST && strcmp(text, name) != 0 ? "" : text;
}

static void draw_bar(const struct layout *layout, const struct row_place *place,
		     const struct view_bar *bar, double scale)
{
	struct canvas *canvas = layout->canvas;
	const bool off = bar->role == BAR_OFF;
	const double top = off ? place->top : lane_top(place, bar->lane);
	const double bottom = off ? place->top + place->height - LANE_GAP
				  : lane_top(place, bar->lane + 1) - LANE_GAP;
	const enum palette color = off ? PALETTE_OFF : plot_name_color(layout->view, bar->member);
	const double left = pixel_of(layout, bar->from);
	const double width = pixel_of(layout, bar->until) - left;
	const char *name = off ? "off" : text_printable(canvas->arena, bar->member);

	if (width <= 0)
		return;
	/* Two of the same colour can follow one another. */
	canvas_bar(canvas,
		   (struct box){ plot_seconds(bar->from), top,
				 plot_seconds(bar->until) - (width > 3 ? scale : 0), bottom },
		   color, bar_opacity(bar->role));
	canvas_text(canvas, left + 4, (top + bottom) / 2, ALIGN_LEFT,
		    off ? PALETTE_INK : bar_text_color(bar, color),
		    bar_text(canvas, name, width - 6));
}

/* Runs that failed, at the row's lower edge: on the first row of the node. */
static void draw_troubles(const struct layout *layout, const struct row_place *place, double scale)
{
	vec_each (other, &layout->rows) {
		if (other == place)
			break;
		if (other->row && !strcmp(other->row->node, place->row->node))
			return;
	}
	vec_each (trouble, &layout->view->troubles) {
		const double at = plot_seconds(trouble->at);
		const double bottom = place->top + place->height;

		if (strcmp(trouble->node, place->row->node) != 0)
			continue;
		canvas_bar(layout->canvas,
			   (struct box){ at - TICK_WIDTH / 2 * scale, bottom - 6,
					 at + TICK_WIDTH / 2 * scale, bottom + 4 },
			   PALETTE_BAD, 100);
	}
}

/* ---- Reachability ---- */

/* At least a pixel wide, and one per pixel is enough. Shorter ones are also lower: in long
 * scenarios lost packets would look like outages. */
static void draw_gap(const struct layout *layout, const struct row_place *place, msec_t begin,
		     msec_t end, double scale, double *drawn)
{
	struct canvas *canvas = layout->canvas;
	const double from = plot_seconds(begin);
	const bool tiny = plot_seconds(end) < from + scale;
	const double until = tiny ? from + scale : plot_seconds(end);
	const double bottom = place->top + place->height - LANE_GAP;
	const double room = pixel_of(layout, end) - pixel_of(layout, begin);
	const char *length = duration_human(canvas->arena, end - begin);

	if (tiny && from < *drawn)
		return;
	*drawn = until;
	canvas_bar(canvas,
		   (struct box){ from, place->top + (tiny ? REACH_INSET : 0), until,
				 bottom - (tiny ? REACH_INSET : 0) },
		   PALETTE_BAD, 100);
	if (canvas_text_width(canvas, length) + 4 <= room)
		canvas_text(canvas, pixel_of(layout, begin) + room / 2, (place->top + bottom) / 2,
			    ALIGN_MIDDLE, PALETTE_BLACK, length);
}

static void draw_reach(const struct layout *layout, const struct row_place *place, double scale)
{
	const struct view_stream *stream = place->stream;
	const struct echoes *echoes = &stream->echoes;
	const struct echo *last = echoes_latest(echoes, layout->view->duration);
	double drawn = -1;

	if (!last)
		return;
	canvas_bar(layout->canvas,
		   (struct box){ plot_seconds(echoes->list.at[0].sent), place->top + REACH_INSET,
				 plot_seconds(layout->view->duration),
				 place->top + place->height - LANE_GAP - REACH_INSET },
		   PALETTE_GOOD, 100);
	vec_each (gap, &echoes->gaps)
		draw_gap(layout, place, gap->begin, gap->end, scale, &drawn);
	if (last->rtt < 0)
		draw_gap(layout, place, echoes_unanswered_since(echoes, last),
			 layout->view->duration, scale, &drawn);
}

/* ---- Entry point ---- */

static bool has_role(const struct view *view, enum bar_role role)
{
	vec_each (row, &view->rows) {
		vec_each (bar, &row->bars) {
			if (bar->role == role)
				return true;
		}
	}
	return false;
}

static struct legend legend_of(const struct layout *layout)
{
	const struct view *view = layout->view;
	struct arena *arena = layout->canvas->arena;
	struct legend legend = { 0 };

	if (has_role(view, BAR_CARRIER))
		*vec_push(arena,
			  &legend.items) = (struct legend_item){ PALETTE_MEMBER, 100,
								 "selected (a colour for each)" };
	if (has_role(view, BAR_TRYING))
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_MEMBER,
									TRYING_OPACITY, "tried" };
	if (has_role(view, BAR_STANDBY))
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_MEMBER,
									STANDBY_OPACITY,
									"standby" };
	if (view->streams.n) {
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_GOOD, 100,
									"probe answered" };
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_BAD, 100,
									"no answer" };
	}
	if (view->troubles.n)
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_BAD, 100,
									"tick: a run failed" };
	if (view->faults.n)
		*vec_push(arena, &legend.items) = (struct legend_item){ PALETTE_FAULT,
									PLOT_BAND_OPACITY * 2,
									"fault" };
	return legend;
}

static void draw(const struct layout *layout)
{
	struct canvas *canvas = layout->canvas;
	const double scale = layout->seconds / (layout->right - layout->left);

	canvas_panel(canvas, (struct box){ layout->left, TOP, layout->right, layout->bottom }, 0,
		     layout->seconds, layout->bottom, TOP);
	canvas_time_marks(canvas, layout->view->duration, true);
	plot_fault_bands(canvas, layout->view);
	if (layout->lanes.n && !canvas->narrow)
		canvas_text(canvas, layout->left - PLOT_LABEL_SPACE,
			    layout->faults_top + fault_lane_height(canvas) / 2 - 2, ALIGN_RIGHT,
			    PALETTE_INK, "faults");
	vec_each (place, &layout->rows) {
		draw_label(layout, place);
		if (place->stream) {
			draw_reach(layout, place, scale);
			continue;
		}
		vec_each (bar, &place->row->bars)
			draw_bar(layout, place, bar, scale);
		draw_troubles(layout, place, scale);
	}
	vec_each (place, &layout->faults)
		draw_fault(layout, place, scale);
	canvas_panel_end(canvas);
}

bool plot_timeline(const struct plot_request *request, FILE *out, struct failure *failure)
{
	struct canvas canvas;
	struct layout layout = { .view = request->view, .canvas = &canvas };
	struct legend legend;
	double legend_top;

	canvas_init(&canvas, request->format, request->size, request->arena);
	lay_out(&layout);
	if (!layout.rows.n && !layout.faults.n)
		return false;
	legend = legend_of(&layout);
	legend_top = layout.bottom + BOTTOM;
	if (!canvas_begin(&canvas,
			  legend_top + legend_height(&canvas, &legend, layout.right - layout.left) +
				  4,
			  "Timeline: faults, selected and tried members, reachability", failure))
		return false;
	draw(&layout);
	legend_draw(&canvas, &legend, layout.left, legend_top, layout.right - layout.left);
	return canvas_finish(&canvas, out, failure);
}
