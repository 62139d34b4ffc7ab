/* SPDX-License-Identifier: MIT */
/*
 * plots: table of the plots. Each can be drawn in any format and size.
 */
#pragma once

#include "canvas.h"
#include "summary.h"
#include "view.h"

struct plot_request {
	enum canvas_format format;
	enum canvas_size size;
	struct arena *arena; /* for temporary memory */
	const struct view *view; /* of one trace */
	const struct summaries *summaries; /* of all traces */
	const char *family; /* the scenario if there are several; NULL: all */
	bool rest; /* the part of a large plot hidden at first */
};

/* Draws to out; false with failure set, or if there is nothing to draw: then failure has
 * neither code nor text. */
typedef bool plot_draw(const struct plot_request *request, FILE *out, struct failure *failure);

struct plot {
	const char *name;
	const char *shows; /* one line */
	bool of_many; /* drawn from summaries, otherwise from a view */
	plot_draw *draw;
};

/* Ends with an entry without a name. */
extern const struct plot plots[];

const struct plot *plot_find(const char *name);

plot_draw plot_timeline, plot_handshakes, plot_echoes, plot_outage_cdf, plot_outage_histogram;
