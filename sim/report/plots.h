/* SPDX-License-Identifier: MIT */
/*
 * plots: the plots there are. Each draws itself in any format and size.
 */
#pragma once

#include "canvas.h"
#include "summary.h"
#include "view.h"

struct plot_request {
	enum canvas_format format;
	enum canvas_size size;
	struct arena *arena; /* for its work */
	const struct view *view; /* of one trace */
	const struct summaries *summaries; /* of all traces */
	const char *family; /* of what scenario, where it is about many; NULL: all */
	bool rest; /* the part of a large plot that is not shown at once */
};

/* Draws to out; false with failure set, or when there is nothing to be drawn:
 * then failure has neither code nor text. */
typedef bool plot_draw(const struct plot_request *request, FILE *out, struct failure *failure);

struct plot {
	const char *name;
	const char *shows; /* one line */
	bool of_many; /* drawn from summaries, else from a view */
	plot_draw *draw;
};

/* Ends with an entry without a name. */
extern const struct plot plots[];

const struct plot *plot_find(const char *name);

plot_draw plot_timeline, plot_handshakes, plot_echoes, plot_outage_cdf, plot_outage_histogram;
