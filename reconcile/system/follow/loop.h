/* SPDX-License-Identifier: MIT */
/*
 * loop: the one event loop, of apply --for and of wait: signals, the kernel's
 * notifications and the time. What comes during a run is kept for the time after it.
 */
#pragma once

#include "watch.h"

/* WireGuard sends no notifications about peers, so they are read from time to time; a
 * selector's members every 5 s, as wgpeerselector does. */
#define LOOP_PERIOD_MS 30000
#define LOOP_SELECTORS_PERIOD_MS 5000

enum loop_end {
	LOOP_DUE,
	LOOP_NEWS, /* see news */
	LOOP_SIGNAL, /* see signal_number */
	LOOP_FAILED, /* see failure */
};

struct loop {
	int signals;
	struct watch *watch; /* NULL: the kernel is not followed */
	struct watch_scope scope;
	struct arena *scope_arena;
	bool single_prefixes; /* news of them is collected */
	struct watch_news news;
	struct arena *news_arena;
	msec_t first; /* when the news came */
	msec_t last;
	msec_t run_at; /* the latest run: when it began, ... */
	msec_t run_took; /* ... and, of a whole one, how long it took */
	msec_t period; /* the default for what the latest whole run was about */
	int signal_number;
	struct failure failure;
};

enum loop_follows {
	LOOP_TIME, /* and signals */
	LOOP_KERNEL, /* its notifications, too */
	LOOP_PREFIXES, /* which prefixes they concern, too */
};

/* From now on SIGINT and SIGTERM, and SIGHUP where wanted, wait for loop_wait(). False with
 * failure. Close it in either case. */
bool loop_open(struct loop *loop, enum loop_follows follows, bool with_hangup);
void loop_close(struct loop *loop);

/* What a whole run was about, which began then; and one of dirty prefixes alone. */
void loop_ran(struct loop *loop, const struct desired *desired, const struct observed *observed,
	      msec_t began);
void loop_dirty(struct loop *loop, msec_t began);

/* The caller has found something to do: as if a notification had come now. */
void loop_note(struct loop *loop);

/* Until then (on the boot clock), or until news has settled, which may be at once. */
enum loop_end loop_wait(struct loop *loop, msec_t until);

/* Likewise, but LOOP_DUE also when anything came, settled or not. */
enum loop_end loop_turn(struct loop *loop, msec_t until);

/* The news has been dealt with. */
void loop_forget(struct loop *loop);
