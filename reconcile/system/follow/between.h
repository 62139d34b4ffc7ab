/* SPDX-License-Identifier: MIT */
/*
 * between: the time between two runs of apply --for. It is over when the next run is
 * due, by a signal, and with --follow when the kernel tells of something that concerns
 * the desired state. What comes during a run is kept for the time after it.
 */
#pragma once

#include "watch.h"

enum between_end {
	BETWEEN_DUE,
	BETWEEN_NEWS, /* see news */
	BETWEEN_SIGNAL, /* see signal_number */
	BETWEEN_FAILED, /* see failure */
};

struct between {
	int signals;
	struct watch *watch; /* NULL: without --follow */
	struct watch_scope scope;
	struct arena *scope_arena;
	struct watch_news news;
	struct arena *news_arena;
	msec_t first; /* when the news came */
	msec_t last;
	msec_t run_at; /* the latest run: when it began, ... */
	msec_t run_took; /* ... and, of a whole one, how long it took */
	int signal_number;
	struct failure failure;
};

/* From now on SIGINT and SIGTERM, and SIGHUP where wanted, wait for between_wait(). False with
 * failure. Close it in either case. */
bool between_open(struct between *between, bool follow, bool with_hangup);
void between_close(struct between *between);

/* What a whole run was about, which began then; and one of touched prefixes alone. */
void between_ran(struct between *between, const struct desired *desired,
		 const struct observed *observed, msec_t began);
void between_touched(struct between *between, msec_t began);

/* Until then (on the boot clock). News has settled when it is told. */
enum between_end between_wait(struct between *between, msec_t until);

/* The news has been dealt with. */
void between_forget(struct between *between);
