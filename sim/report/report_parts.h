/* SPDX-License-Identifier: MIT */
/*
 * report_parts: the style sheet of a report, and elements shared by its parts. Private to
 * them.
 */
#pragma once

#include "plots.h"

#include <stdio.h>

void report_style(FILE *out);

/* The verdict as a word, besides the colour. */
void report_verdict(FILE *out, enum view_verdict verdict);

/* A heading of a part of the page. One level lower below a trace among many. */
void report_heading(FILE *out, bool lower, const char *text, struct arena *arena);

/* Draws it for wide and for narrow screens, below the heading; nothing if there is nothing
 * to draw. */
struct report_figure {
	plot_draw *draw;
	struct plot_request request; /* the figure sets its size */
	const char *heading, *caption;
	bool lower; /* its heading */
	bool folded; /* collapsed at first */
};
bool report_figure(FILE *out, const struct report_figure *figure, struct failure *failure);

/* Seconds in the format of the page: "12.345 s"; and a number with its unit. */
const char *report_seconds(struct arena *arena, msec_t time);
const char *report_number(struct arena *arena, double number, const char *unit);

/* A table: heads (NULL-terminated) and column kinds, one letter each: t text, n number, k a
 * short word that is not broken. */
struct report_table {
	FILE *out;
	struct arena *arena;
	const char *const *heads;
	const char *columns;
	size_t column; /* the next cell's */
};
struct report_table report_table_begin(FILE *out, struct arena *arena, const char *const *heads,
				       const char *columns);
void report_row(struct report_table *table);
/* A cell is written between begin and end, or all at once. */
void report_cell_begin(struct report_table *table);
void report_cell_end(struct report_table *table);
void report_cell(struct report_table *table, const char *text);
void report_table_end(struct report_table *table);
