/* SPDX-License-Identifier: MIT */
/*
 * report_parts: the style sheet of a report, and what all its parts are made of. Not
 * for use outside of them.
 */
#pragma once

#include "plots.h"

#include <stdio.h>

void report_style(FILE *out);

/* A word of the verdict that is more than a colour. */
void report_verdict(FILE *out, enum view_verdict verdict);

/* A heading of a part of the page. Below a trace among many they are one lower. */
void report_heading(FILE *out, bool lower, const char *text, struct arena *arena);

/* Draws it for wide and for narrow screens, below the heading; nothing when there is
 * nothing to be drawn. */
struct report_figure {
	plot_draw *draw;
	struct plot_request request; /* its size is set by the figure */
	const char *heading, *caption;
	bool lower; /* its heading */
	bool folded; /* opened by whoever wants to see it */
};
bool report_figure(FILE *out, const struct report_figure *figure, struct failure *failure);

/* Seconds, as all of the page has them: "12.345 s"; and a number with its unit. */
const char *report_seconds(struct arena *arena, msec_t time);
const char *report_number(struct arena *arena, double number, const char *unit);

/* A table: heads (with a NULL at the end) and what kinds of columns there are, one
 * letter each: t text, n number, k a short word that is not broken. */
struct report_table {
	FILE *out;
	struct arena *arena;
	const char *const *heads;
	const char *columns;
	size_t column; /* the next cell's */
};
void report_table_begin(struct report_table *table);
void report_row(struct report_table *table);
/* A cell is written between begin and end, or all at once. */
void report_cell_begin(struct report_table *table);
void report_cell_end(struct report_table *table);
void report_cell(struct report_table *table, const char *text);
void report_table_end(struct report_table *table);
