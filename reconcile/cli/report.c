/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdlib.h>

/* More lines of changes that did not last would hide the error line. */
#define REST_SHOWN_MAX 10

/* ---- Groups ---- */

static int compare_names(const char *a, const char *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return strcmp(a, b);
}

static int compare_groups(const struct report_item *a, const struct report_item *b)
{
	int order = compare_names(report_interface(a), report_interface(b));

	return order ? order : compare_names(report_selector(a), report_selector(b));
}

bool report_same_group(const struct report_item *a, const struct report_item *b)
{
	return compare_groups(a, b) == 0;
}

static int compare_items(const void *a_, const void *b_)
{
	const struct report_item *a = a_, *b = b_;
	int order = compare_groups(a, b);

	if (order)
		return order;
	if (!a->change != !b->change)
		return a->change ? 1 : -1;
	/* In list order. */
	return a->change ? (a->change > b->change) - (a->change < b->change)
			 : (a->event > b->event) - (a->event < b->event);
}

static void collect_items(struct report *report)
{
	const struct plan *plan = &report->run->plan;

	vec_reserve(report->arena, &report->items, plan->events.list.n + plan->changes.list.n);
	vec_each (event, &plan->events.list)
		if (event->kind != EVENT_PROBLEM)
			*vec_push(report->arena,
				  &report->items) = (struct report_item){ .event = event };
	vec_each (change, &plan->changes.list)
		*vec_push(report->arena, &report->items) = (struct report_item){ .change = change };
	if (report->items.n > 1)
		qsort(report->items.at, report->items.n, sizeof(struct report_item), compare_items);
}

/* ---- Counts ---- */

static void count(struct counts *counts, const struct change *change, enum run_mode mode)
{
	size_t n = change_count(change);

	if (change->result == CHANGE_FAILED)
		counts->failed += n;
	else if (change->result == CHANGE_SKIPPED || (mode == RUN_APPLY && !change->result))
		counts->skipped += n;
	else if (change_sign(change->kind) == '+')
		counts->add += n;
	else if (change_sign(change->kind) == '-')
		counts->remove += n;
	else
		counts->change += n;
}

/* ---- Errors and warnings ---- */

static void add_problems(struct report *report)
{
	struct arena *arena = report->arena;

	vec_each (event, &report->run->plan.events.list) {
		const char *where = "", *peer = "";

		if (event->kind != EVENT_PROBLEM)
			continue;
		if (event->selector)
			where = arena_printf(arena, "selector %s: ", event->selector);
		else if (event->interface)
			where = arena_printf(arena, "interface %s: ", event->interface);
		if (event->peer)
			peer = arena_printf(arena, "peer %s: ", event->peer);
		*(event->outside ? vec_push(arena, &report->warnings)
				 : vec_push(arena, &report->errors)) = arena_printf(arena, "%s%s%s",
										    where, peer,
										    event->text);
	}
}

/* The texts of the run's numeric errors. */
static void add_rest(struct report *report)
{
	const struct changes *rest = &report->run->rest;

	if (!report->run->errors.n)
		return;
	for (size_t i = 0; i < rest->list.n && i < REST_SHOWN_MAX; i++) {
		const struct change *change = &rest->list.at[i];

		*vec_push(report->arena, &report->errors) = arena_printf(
			report->arena, "still to be done on %s: %c %s",
			change->interface ? change->interface : "this machine",
			change_sign(change->kind), change_text(change, report->arena));
	}
}

static void collect_complaints(struct report *report)
{
	const struct run *run = report->run;

	vec_each (warning, &run->warnings)
		*vec_push(report->arena, &report->warnings) = *warning;
	vec_each (error, &run->errors)
		*vec_push(report->arena, &report->errors) = *error;
	if (run->error)
		*vec_push(report->arena, &report->errors) = run->error;
	add_problems(report);
	add_rest(report);
}

/* ---- Names that endpoints were resolved from ---- */

static int compare_peers(const void *a_, const void *b_)
{
	const struct report_peer *a = a_, *b = b_;
	int order = key_compare(&a->peer->public_key, &b->peer->public_key);

	return order ? order : strcmp(a->interface, b->interface);
}

static void add_named(struct report *report, const char *interface, const struct desired_peer *peer)
{
	if (!peer->endpoint || peer->endpoint_is_literal)
		return;
	*vec_push(report->arena, &report->peers) = (struct report_peer){ interface, peer };
}

static void collect_named(struct report *report)
{
	const struct desired *desired = report->run->desired;

	vec_each (interface, &desired->interfaces)
		vec_each (peer, &interface->peers)
			add_named(report, interface->name, peer);
	vec_each (selector, &desired->selectors)
		vec_each (peer, &selector->peers)
			add_named(report, selector->interface->name, peer);
	if (report->peers.n > 1)
		qsort(report->peers.at, report->peers.n, sizeof(struct report_peer), compare_peers);
}

const char *report_endpoint_name(const struct report *report, const struct change *change)
{
	struct desired_peer peer = { .public_key = change->public_key };
	struct report_peer wanted = { change->interface, &peer };
	const struct report_peer *found;

	if (!change->has_endpoint || !report->peers.n || change_origin(change, 0, report->arena))
		return NULL;
	found = bsearch(&wanted, report->peers.at, report->peers.n, sizeof(wanted), compare_peers);
	return found ? found->peer->endpoint : NULL;
}

/* ---- Entry point ---- */

void report_make(struct report *report, const struct run *run, const char *instance,
		 enum run_mode mode, enum run_outcome outcome)
{
	memset(report, 0, sizeof(*report));
	report->arena = run->arena;
	report->instance = instance;
	report->mode = mode;
	report->outcome = outcome;
	report->run = run;
	collect_complaints(report);
	if (outcome != RUN_DONE)
		return;
	collect_items(report);
	collect_named(report);
	vec_each (change, &run->plan.changes.list)
		count(&report->counts, change, mode);
}

enum exit_code report_exit(const struct report *report)
{
	switch (report->outcome) {
	case RUN_BAD_INPUT:
		return EXIT_INPUT;
	case RUN_LOCKED:
		return EXIT_LOCKED;
	case RUN_FAILED:
	case RUN_UNCLEAR:
		return EXIT_ERROR;
	case RUN_DONE:
		break;
	}
	if (report->errors.n || report->counts.failed || report->counts.skipped)
		return EXIT_ERROR;
	if (report->mode != RUN_APPLY && report->run->plan.changes.list.n)
		return EXIT_CHANGES;
	return EXIT_DONE;
}

bool report_is_empty(const struct report *report)
{
	return report->outcome == RUN_DONE && !report->run->plan.changes.list.n &&
	       !report->warnings.n && !report->errors.n && !report->run->diags.list.n;
}
