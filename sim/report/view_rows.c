/* SPDX-License-Identifier: MIT */
#include "view_parts.h"

#include <stdlib.h>

/* ---- Lists of names ---- */

#define has_name(list, name) (name_index((list)->at, (list)->n, (name)) < (list)->n)

static size_t name_index(const char *const *names, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], name) != 0)
		i++;
	return i;
}

#define remove_name(list, name)                                                                    \
	do {                                                                                       \
		size_t place_ = name_index((list)->at, (list)->n, (name));                         \
		if (place_ < (list)->n)                                                            \
			vec_remove(list, place_);                                                  \
	} while (0)

#define add_name(arena, list, name)                                                                \
	do {                                                                                       \
		if (!has_name(list, name))                                                         \
			*vec_push(arena, list) = (name);                                           \
	} while (0)

/* ---- Rows ---- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static size_t row_get(struct rows *rows, const char *node, const char *selector)
{
	struct view *view = rows->view;
	size_t i = 0;

	while (i < view->rows.n && (strcmp(view->rows.at[i].node, node) != 0 ||
				    !same_text(view->rows.at[i].selector, selector)))
		i++;
	if (i < view->rows.n)
		return i;
	*vec_push(view->arena, &view->rows) = (struct view_row){ .node = node,
								 .selector = selector };
	vec_push(view->arena, &rows->states);
	return i;
}

static bool is_open(const struct view_bar *bar)
{
	return bar->until < 0;
}

static void bar_open(struct rows *rows, size_t row, const char *member, enum bar_role role,
		     msec_t at)
{
	*vec_push(rows->view->arena,
		  &rows->view->rows.at[row].bars) = (struct view_bar){ member, role, at, -1, 0 };
}

/* Ends the row's bars of that role of which no member is in names. */
static void bars_close(struct rows *rows, size_t row, enum bar_role role, const char *const *names,
		       size_t n, msec_t at)
{
	vec_each (bar, &rows->view->rows.at[row].bars) {
		if (is_open(bar) && bar->role == role &&
		    (!bar->member || name_index(names, n, bar->member) == n))
			bar->until = at;
	}
}

static bool has_open_bar(const struct view_row *row, enum bar_role role, const char *member)
{
	vec_each (bar, &row->bars) {
		if (is_open(bar) && bar->role == role && same_text(bar->member, member))
			return true;
	}
	return false;
}

/* Updates the bars to the state. */
static void row_follow(struct rows *rows, size_t row, msec_t at)
{
	const struct row_state *state = &rows->states.at[row];

	for (unsigned role = 0; role < BAR_OFF; role++) {
		bars_close(rows, row, (enum bar_role)role, state->now[role].at, state->now[role].n,
			   at);
		vec_each (name, &state->now[role]) {
			if (!has_open_bar(&rows->view->rows.at[row], (enum bar_role)role, *name))
				bar_open(rows, row, *name, (enum bar_role)role, at);
		}
	}
}

/* Of a node without power nothing is selected, regardless of its state. */
static bool is_away(const struct rows *rows, const char *node)
{
	return has_name(&rows->off, node) || has_name(&rows->asleep, node);
}

/* Selectors that the node no longer has. */
static void batch_end(struct rows *rows, msec_t at)
{
	if (!rows->batch_node)
		return;
	for (size_t i = 0; i < rows->states.n; i++) {
		struct row_state *state = &rows->states.at[i];
		const struct view_row *row = &rows->view->rows.at[i];

		if (!row->selector || state->batch == rows->batch ||
		    strcmp(row->node, rows->batch_node) != 0)
			continue;
		for (unsigned role = 0; role < BAR_OFF; role++)
			state->now[role].n = 0;
		row_follow(rows, i, at);
	}
	rows->batch_node = NULL;
}

#define state_set(arena, to, names)                                                                \
	do {                                                                                       \
		(to)->n = 0;                                                                       \
		vec_each (name_, names)                                                            \
			*vec_push(arena, to) = *name_;                                             \
	} while (0)

static void selection_add(struct rows *rows, const struct record_selection *selection, msec_t at)
{
	struct arena *arena = rows->view->arena;
	struct row_state *state;
	size_t row;

	if (selection->unreadable || !selection->selector) {
		*vec_push(arena, &rows->view->troubles) = (struct view_trouble){ selection->node,
										 at, NULL };
		row_get(rows, selection->node, NULL);
		return;
	}
	row = row_get(rows, selection->node, selection->selector);
	/* None occurs twice in a batch. */
	if (rows->batch_node && rows->states.at[row].batch == rows->batch)
		batch_end(rows, at);
	if (!rows->batch_node) {
		rows->batch++;
		rows->batch_node = selection->node;
	}
	state = &rows->states.at[row];
	state->batch = rows->batch;
	state_set(arena, &state->now[BAR_CARRIER], &selection->active);
	state_set(arena, &state->now[BAR_TRYING], &selection->trying);
	state_set(arena, &state->now[BAR_STANDBY], &selection->standby);
	if (!is_away(rows, selection->node))
		row_follow(rows, row, at);
}

/* ---- Power ---- */

static void power_off(struct rows *rows, const char *node, msec_t at)
{
	size_t row = row_get(rows, node, NULL);

	if (has_name(&rows->off, node))
		return;
	add_name(rows->view->arena, &rows->off, node);
	remove_name(&rows->asleep, node);
	for (size_t i = 0; i < rows->view->rows.n; i++) {
		if (strcmp(rows->view->rows.at[i].node, node) != 0)
			continue;
		for (unsigned role = 0; role < BAR_OFF; role++)
			bars_close(rows, i, (enum bar_role)role, NULL, 0, at);
	}
	bar_open(rows, row, NULL, BAR_OFF, at);
}

static void power_on(struct rows *rows, const char *node, msec_t at)
{
	if (!has_name(&rows->off, node))
		return;
	remove_name(&rows->off, node);
	add_name(rows->view->arena, &rows->asleep, node);
	bars_close(rows, row_get(rows, node, NULL), BAR_OFF, NULL, 0, at);
}

/* The recorded state becomes valid again with the first run. */
static void wake(struct rows *rows, const char *node, msec_t at)
{
	if (!has_name(&rows->asleep, node))
		return;
	remove_name(&rows->asleep, node);
	for (size_t i = 0; i < rows->view->rows.n; i++) {
		if (!strcmp(rows->view->rows.at[i].node, node))
			row_follow(rows, i, at);
	}
}

static void fault_add(struct rows *rows, const struct record_fault *fault, msec_t at)
{
	bool cuts = !strcmp(fault->kind, "crash") || !strcmp(fault->kind, "reboot");

	if (!fault->node || fault->error)
		return;
	if (cuts && !fault->undone)
		power_off(rows, fault->node, at);
	else if (cuts || !strcmp(fault->kind, "boot"))
		power_on(rows, fault->node, at);
}

/* Another run held the lock: no failure of this one (EXIT_LOCKED). */
static bool run_failed(const struct record_run *run)
{
	return run->exit != 0 && run->exit != 75;
}

void rows_add(struct rows *rows, const struct record *record)
{
	if (rows->batch_node && (record->kind != RECORD_SELECTION ||
				 strcmp(record->selection.node, rows->batch_node) != 0))
		batch_end(rows, record->at);
	if (record->kind == RECORD_SELECTION) {
		selection_add(rows, &record->selection, record->at);
	} else if (record->kind == RECORD_FAULT) {
		fault_add(rows, &record->fault, record->at);
	} else if (record->kind == RECORD_RUN) {
		wake(rows, record->run.node, record->at);
		if (!run_failed(&record->run))
			return;
		row_get(rows, record->run.node, NULL);
		*vec_push(rows->view->arena, &rows->view->troubles) = (struct view_trouble){
			record->run.node, record->at, &record->run
		};
	}
}

/* ---- The end ---- */

/* The first lane from `from` that is free at the bar's start. */
static unsigned free_lane(const struct view_row *row, const struct view_bar *bar, unsigned from)
{
	unsigned lane = from;

	for (const struct view_bar *other = row->bars.at; other < bar; other++) {
		if (other->lane == lane && other->until > bar->from &&
		    (other->role == BAR_STANDBY) == (bar->role == BAR_STANDBY)) {
			lane++;
			other = row->bars.at - 1;
		}
	}
	return lane;
}

/* Active members and candidates share lanes, in sequence; standbys are below. */
static void row_lanes(struct view_row *row)
{
	vec_each (bar, &row->bars) {
		if (bar->role == BAR_STANDBY)
			continue;
		bar->lane = free_lane(row, bar, 0);
		if (bar->lane >= row->trying_lanes)
			row->trying_lanes = bar->lane + 1;
	}
	row->lanes = row->trying_lanes;
	vec_each (bar, &row->bars) {
		if (bar->role != BAR_STANDBY)
			continue;
		bar->lane = free_lane(row, bar, row->trying_lanes);
		if (bar->lane >= row->lanes)
			row->lanes = bar->lane + 1;
	}
	if (!row->lanes)
		row->lanes = row->trying_lanes = 1;
}

/* A node's own row only has what its selectors' rows cannot show. */
static void merge_node_rows(struct view *view)
{
	for (size_t i = view->rows.n; i-- > 0;) {
		const struct view_row own = view->rows.at[i];
		bool merged = false;

		if (own.selector)
			continue;
		vec_each (row, &view->rows) {
			if (!row->selector || strcmp(row->node, own.node) != 0)
				continue;
			vec_each (bar, &own.bars)
				*vec_push(view->arena, &row->bars) = *bar;
			merged = true;
		}
		if (merged)
			vec_remove(&view->rows, i);
	}
}

static int compare_bars(const void *a, const void *b)
{
	const struct view_bar *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	if (left->role != right->role)
		return left->role < right->role ? -1 : 1;
	return left->member && right->member ? strcmp(left->member, right->member) : 0;
}

/* Nodes with selectors first, then in natural order of names. */
static int compare_rows(const void *a, const void *b)
{
	const struct view_row *left = a, *right = b;
	const int nodes = strverscmp(left->node, right->node);

	if (!left->selector != !right->selector)
		return left->selector ? -1 : 1;
	if (nodes || !left->selector)
		return nodes;
	return strverscmp(left->selector, right->selector);
}

void rows_end(struct rows *rows)
{
	struct view *view = rows->view;

	batch_end(rows, view->duration);
	merge_node_rows(view);
	vec_each (row, &view->rows) {
		vec_each (bar, &row->bars) {
			if (is_open(bar))
				bar->until = view->duration;
		}
		if (row->bars.n)
			qsort(row->bars.at, row->bars.n, sizeof(*row->bars.at), compare_bars);
		row_lanes(row);
	}
	if (view->rows.n)
		qsort(view->rows.at, view->rows.n, sizeof(*view->rows.at), compare_rows);
}
