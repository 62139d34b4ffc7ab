/* SPDX-License-Identifier: MIT */
/*
 * loop: the event loop of apply --for and of wait: signals, the kernel's notifications,
 * packets of facts and the time. Events during a run are kept until after it.
 */
#pragma once

#include "system/facts/facts_socket.h"
#include "watch.h"

/* WireGuard sends no notifications about peers, so they are polled; a selector's members
 * every 5 s, as in wgpeerselector, and those that exchange facts, as in wirelink. */
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
	struct watch *watch; /* NULL: no kernel notifications */
	struct facts_sockets *sockets; /* held between runs; NULL: none */
	bool has_packets; /* they stay in their sockets until the next run */
	struct watch_scope scope;
	struct arena *scope_arena;
	bool single_prefixes; /* prefixes whose news is collected */
	struct watch_news news;
	struct arena *news_arena;
	msec_t first; /* time of the news */
	msec_t last;
	msec_t run_at; /* start of the latest run ... */
	msec_t run_took; /* ... and duration of the latest whole one */
	msec_t period; /* default for the desired state of the latest whole run */
	int signal_number;
	struct failure failure;
};

enum loop_follows {
	LOOP_TIME, /* and signals */
	LOOP_KERNEL, /* also its notifications */
	LOOP_PREFIXES, /* also their prefixes */
};

/* Blocks SIGINT and SIGTERM, and SIGHUP if requested, until loop_wait(). False with failure.
 * Close it in either case. */
bool loop_open(struct loop *loop, enum loop_follows follows, bool with_hangup);
void loop_close(struct loop *loop);

/* Holds the sockets of facts: packets wake the loop. False with failure. */
bool loop_hold_sockets(struct loop *loop);

/* Registers a whole run that began then; and a run of dirty prefixes only. */
void loop_ran(struct loop *loop, const struct desired *desired, const struct observed *observed,
	      msec_t began);
void loop_dirty(struct loop *loop, msec_t began);

/* Acts as if a notification had come now: the caller has found something to do. */
void loop_note(struct loop *loop);

/* Waits until then (on the boot clock), or until news has settled, which may be at once. */
enum loop_end loop_wait(struct loop *loop, msec_t until);

/* The same, but also LOOP_DUE when any news came, settled or not. */
enum loop_end loop_turn(struct loop *loop, msec_t until);

/* Discards the processed news. */
void loop_forget(struct loop *loop);
