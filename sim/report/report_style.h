/* SPDX-License-Identifier: MIT */
/*
 * report_style: the style sheet of a report, and small pieces that all its parts
 * are made of.
 */
#pragma once

#include "plots.h"

#include <stdio.h>

void report_style(FILE *out);

/* A word of the verdict that is more than a colour. */
void report_verdict(FILE *out, enum view_verdict verdict);

/* Draws it for wide and for narrow screens, below the heading; nothing when there is
 * nothing to be drawn. folded: opened by whoever wants to see it. */
struct report_figure {
	plot_draw *draw;
	struct plot_request request; /* its size is set by the figure */
	const char *heading, *caption;
	bool folded;
};
bool report_figure(FILE *out, const struct report_figure *figure, struct failure *failure);

/* Seconds, as all of the page has them: "12.345 s". */
const char *report_seconds(struct arena *arena, msec_t time);

/* A cell, named for where the table's head has no room. */
void report_cell(FILE *out, const char *head, const char *text, bool number, struct arena *arena);
