/* SPDX-License-Identifier: MIT */
/*
 * The age of handshakes over time: a panel for each WireGuard interface, a line for each of
 * its peers. Nodes with selectors come first; then the others (usually gateways).
 */
#include "core/desired/wireguard_times.h"
#include "numbers.h"
#include "plot_parts.h"

/* Pixels. */
#define LEFT 44
#define TOP 4
#define PANEL 112
#define PANEL_GAP 18
#define AXIS 26
#define LINE 2
/* Minimum pixels per tooth of the saw; otherwise only the tips are joined. */
#define TOOTH_LEAST 5
#define REJECT_AFTER_S (REJECT_AFTER_TIME_MS / 1000.0)
/* Higher ages are cut off: the peer is dead. */
#define AGE_MAX_S (3 * REJECT_AFTER_S)
#define Y_MARKS 4

static bool selects(const struct view *view, const char *node)
{
	vec_each (row, &view->rows) {
		if (row->selector && !strcmp(row->node, node))
			return true;
	}
	return false;
}

static bool any_selects(const struct view *view)
{
	vec_each (row, &view->rows) {
		if (row->selector)
			return true;
	}
	return false;
}

static bool is_shown(const struct plot_request *request, const struct view_handshakes *handshakes)
{
	if (!handshakes->peers.n)
		return false;
	/* A separate file shows all. */
	if (request->format != CANVAS_SVG || !any_selects(request->view))
		return !request->rest;
	return selects(request->view, handshakes->node) != request->rest;
}

struct panels {
	VEC(const struct view_handshakes *) list;
	size_t left_out;
};

static struct panels panels_of(const struct plot_request *request)
{
	struct panels panels = { 0 };

	vec_each (handshakes, &request->view->handshakes) {
		if (is_shown(request, handshakes))
			*vec_push(request->arena, &panels.list) = handshakes;
	}
	panels.left_out = panels.list.n - plot_panels(request, panels.list.n);
	panels.list.n -= panels.left_out;
	return panels;
}

static double age_top(const struct view_handshakes *handshakes)
{
	double top = REJECT_AFTER_S;

	vec_each (peer, &handshakes->peers) {
		vec_each (corner, &peer->ages) {
			if (plot_seconds(corner->age) > top)
				top = plot_seconds(corner->age);
		}
	}
	return top > AGE_MAX_S ? AGE_MAX_S : top;
}

/* Grey if the colour is already used by another peer of the panel. */
static enum palette peer_color(const struct plot_request *request,
			       const struct view_handshakes *handshakes,
			       const struct view_peer *peer)
{
	const enum palette color = plot_name_color(request->view, peer->name);

	for (const struct view_peer *other = handshakes->peers.at; other < peer; other++) {
		if (plot_name_color(request->view, other->name) == color)
			return PALETTE_MUTED;
	}
	return color;
}

static struct legend panel_legend(const struct plot_request *request,
				  const struct view_handshakes *handshakes)
{
	struct legend legend = { 0 };
	bool others = false;

	vec_each (peer, &handshakes->peers) {
		const enum palette color = peer_color(request, handshakes, peer);

		others = others || color == PALETTE_MUTED;
		if (color != PALETTE_MUTED)
			*vec_push(request->arena, &legend.items) = (struct legend_item){
				color, 100, text_printable(request->arena, peer->name)
			};
	}
	if (others)
		*vec_push(request->arena, &legend.items) = (struct legend_item){ PALETTE_MUTED, 100,
										 "others" };
	return legend;
}

static double left_of(const struct plot_request *request, const struct canvas *canvas)
{
	return plot_left(canvas, request->view, LEFT);
}

static double width_of(const struct plot_request *request, const struct canvas *canvas)
{
	return canvas->width - left_of(request, canvas) - PLOT_RIGHT;
}

static double panel_height(const struct plot_request *request, const struct canvas *canvas,
			   const struct view_handshakes *handshakes)
{
	struct legend legend = panel_legend(request, handshakes);

	return canvas->font * 1.6 + legend_height(canvas, &legend, width_of(request, canvas)) +
	       PANEL + PANEL_GAP;
}

/* Whether the age falls or is unknown after this corner. */
static bool is_peak(const struct view_peer *peer, size_t i)
{
	const struct view_age *corner = &peer->ages.at[i];

	return i + 1 == peer->ages.n || corner[1].begins || corner[1].age < corner->age;
}

static bool is_dense(const struct view_peer *peer, double pixels)
{
	size_t peaks = 0;

	for (size_t i = 0; i < peer->ages.n; i++)
		peaks += is_peak(peer, i);
	return (double)peaks * TOOTH_LEAST > pixels;
}

static void draw_line(struct canvas *canvas, const struct view_peer *peer, enum palette color)
{
	struct canvas_line *line = canvas_line(canvas, color, LINE);
	const bool dense = is_dense(peer, canvas->panel.right - canvas->panel.left);
	const struct view_age *drawn = NULL;
	bool begins = true;

	for (size_t i = 0; i < peer->ages.n; i++) {
		const struct view_age *corner = &peer->ages.at[i];
		const bool last = i + 1 == peer->ages.n;

		begins = begins || corner->begins;
		/* The end is no peak, unless it is higher than the previous one. */
		if (dense && (!is_peak(peer, i) || (last && !begins && corner->age < drawn->age)))
			continue;
		canvas_point(canvas, line, plot_seconds(corner->at), plot_seconds(corner->age),
			     begins);
		drawn = corner;
		begins = false;
	}
}

static void draw_lines(const struct plot_request *request, struct canvas *canvas,
		       const struct view_handshakes *handshakes)
{
	/* The grey ones behind. */
	for (int colored = 0; colored <= 1; colored++) {
		vec_each (peer, &handshakes->peers) {
			const enum palette color = peer_color(request, handshakes, peer);

			if ((color != PALETTE_MUTED) == colored)
				draw_line(canvas, peer, color);
		}
	}
}

static void draw_age_marks(struct canvas *canvas, double top)
{
	double step = (double)time_axis_step((msec_t)(top * MSEC_PER_SEC), Y_MARKS) / MSEC_PER_SEC;

	for (double age = 0; age <= top; age += step)
		canvas_y_mark(canvas, age,
			      clock_text(canvas->arena, (msec_t)(age * MSEC_PER_SEC), 0, false));
}

static void draw_reject_line(struct canvas *canvas)
{
	struct canvas_line *line = canvas_line(canvas, PALETTE_BAD, 1);

	line->dashed = true;
	canvas_point(canvas, line, canvas->x_first, REJECT_AFTER_S, false);
	canvas_point(canvas, line, canvas->x_last, REJECT_AFTER_S, false);
}

static double draw_panel(const struct plot_request *request, struct canvas *canvas,
			 const struct view_handshakes *handshakes, double top, bool last)
{
	const double age = age_top(handshakes) * 1.05;
	const double left = left_of(request, canvas), width = width_of(request, canvas);
	struct legend legend = panel_legend(request, handshakes);
	const char *title = arena_printf(request->arena, "%s, %s", handshakes->node,
					 handshakes->interface);

	canvas_text(canvas, left, top + canvas->font * 0.8, ALIGN_LEFT, PALETTE_INK,
		    canvas_text_cut(canvas, text_printable(request->arena, title), width));
	top += canvas->font * 1.6;
	legend_draw(canvas, &legend, left, top, width);
	top += legend_height(canvas, &legend, width);
	canvas_panel(canvas, (struct box){ left, top, left + width, top + PANEL }, 0,
		     plot_seconds(request->view->duration), 0, age);
	canvas_time_marks(canvas, request->view->duration, last);
	draw_age_marks(canvas, age);
	plot_fault_bands(canvas, request->view);
	draw_reject_line(canvas);
	draw_lines(request, canvas, handshakes);
	canvas_panel_end(canvas);
	return top + PANEL + PANEL_GAP;
}

bool plot_handshakes(const struct plot_request *request, FILE *out, struct failure *failure)
{
	struct panels panels = panels_of(request);
	struct canvas canvas;
	double height = TOP, top = TOP;

	if (!panels.list.n || !request->view->duration)
		return false;
	canvas_init(&canvas, request->format, request->size, request->arena);
	vec_each (handshakes, &panels.list)
		height += panel_height(request, &canvas, *handshakes);
	height += AXIS - PANEL_GAP + (panels.left_out ? PLOT_NOTE_HEIGHT : 0);
	if (!canvas_begin(&canvas, height, "Age of the latest handshake of each peer over time",
			  failure))
		return false;
	vec_each (handshakes, &panels.list)
		top = draw_panel(request, &canvas, *handshakes, top,
				 handshakes == panels.list.at + panels.list.n - 1);
	if (panels.left_out)
		plot_note_left_out(&canvas, left_of(request, &canvas),
				   height - PLOT_NOTE_HEIGHT / 2.0, panels.left_out);
	return canvas_finish(&canvas, out, failure);
}
