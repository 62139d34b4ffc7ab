/* SPDX-License-Identifier: MIT */
/*
 * view_parts: shared by the parts of view, and private to them.
 *
 *	view.c            iterates over the records
 *	view_rows.c       bars of selections and of nodes without power
 *	view_handshakes.c lines of samples of the kernel
 */
#pragma once

#include "view.h"

/* A row while iterating over the records. */
struct row_state {
	VEC(const char *) now[BAR_OFF]; /* members, by role */
	size_t batch; /* of its last record */
};

struct rows {
	struct view *view;
	VEC(struct row_state) states; /* one for each of view->rows */
	size_t batch; /* records of a node's selectors are consecutive */
	const char *batch_node; /* NULL: no batch is open */
	VEC(const char *) off; /* nodes without power */
	VEC(const char *) asleep; /* nodes with power, but no run since */
};

/* Called with each record. */
void rows_add(struct rows *rows, const struct record *record);
/* Ends all bars and assigns their lanes. */
void rows_end(struct rows *rows);

void handshakes_add(struct view *view, const struct record *record);
