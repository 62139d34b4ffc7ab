/* SPDX-License-Identifier: MIT */
/*
 * view_parts: what the parts of view share. Not for use outside of them.
 *
 *	view.c            goes through the records
 *	view_rows.c       selections and nodes without power become bars
 *	view_handshakes.c looks at the kernel become lines
 */
#pragma once

#include "view.h"

/* A row while the records are gone through. */
struct row_state {
	VEC(const char *) now[BAR_OFF]; /* members, by role */
	size_t batch; /* in which it was last told of */
};

struct rows {
	struct view *view;
	VEC(struct row_state) states; /* one for each of view->rows */
	size_t batch; /* records of a node's selectors come together */
	const char *batch_node; /* NULL: no batch is open */
	VEC(const char *) off; /* nodes without power */
	VEC(const char *) asleep; /* nodes with power, but no run since */
};

/* Each record is given to it. */
void rows_add(struct rows *rows, const struct record *record);
/* Ends all bars and gives them their lanes. */
void rows_end(struct rows *rows);

void handshakes_add(struct view *view, const struct record *record);
