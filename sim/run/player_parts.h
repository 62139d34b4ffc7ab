/* SPDX-License-Identifier: MIT */
/*
 * player_parts: shared by the parts of player, and private to them.
 *
 *	player.c        the loop: due actions, and waiting for them
 *	player_run.c    runs of wgreconcile, and their decisions
 *	player_look.c   reading nodes' state: kernel, recorded state, commands, files
 *	player_twice.c  comparing the kernel state read with the output of wg(8) and ip(8)
 */
#pragma once

#include "base/os/netlink.h"
#include "echo.h"
#include "player.h"
#include "system/wireguard/wg_backend.h"

#define NEVER INT64_MAX

/* The cause of a run. */
enum run_cause {
	RUN_BY_TIMER,
	RUN_BY_SOCKET, /* a datagram that waits */
	RUN_BY_WAIT, /* wgreconcile wait has returned */
	RUN_BY_FAULT, /* RUN, OVERLAP */
};

/* A run in progress. */
struct reconciler_run {
	struct process process;
	enum run_cause cause;
	unsigned number;
	msec_t began;
};

/* A running probe command on a node. */
struct errand {
	struct actor *actor;
	const struct condition *condition;
	struct process process;
};

/* The engine's state of a node. */
struct actor {
	const struct node *node;
	msec_t next_run; /* NEVER: no timer */
	bool paused;
	unsigned runs; /* so far */
	unsigned kill_at; /* the next run is killed at this call; 0: no */
	VEC(struct reconciler_run) under_way;
	msec_t sockets_from; /* the sockets are not polled before */
	msec_t window_began; /* of the limit of runs that sockets start; -1: none yet */
	unsigned window_runs;
	size_t sockets_polled; /* now */
	struct process waiting; /* wgreconcile wait; pid 0: none */
	const char *selection; /* its last record, as a trace line */
	VEC(const char *) selectors; /* recorded at any time */
	struct netlink *route;
	struct wg *wg;
	msec_t looked_at; /* -1: never */
};

struct player {
	const struct scenario *scenario;
	const struct play_options *options;
	struct arena *arena; /* lives as long as the simulation */
	struct arena *scratch; /* reset in each round of the loop */
	struct world *world;
	struct schedule schedule;
	size_t next_occurrence;
	struct history *history;
	struct judge *judge;
	struct actor *actors; /* one for each of the scenario's nodes */
	struct echo_stream *streams; /* one for each of its probes */
	VEC(struct wg_key) public_keys; /* of all nodes' interfaces, see player_look.c */
	VEC(struct errand) errands;
	VEC(struct pollfd) polled;
	int64_t began; /* on CLOCK_BOOTTIME, nanoseconds */
	msec_t next_look;
	msec_t stop_at; /* stop for a shell; NEVER */
	bool looking; /* waiting for probe commands: no look is started meanwhile */
	const char *error; /* error that ends it, or NULL */
};

/* Simulated time since the start. */
msec_t player_now(const struct player *player);

/* Passes a record to the history and to the caller; sets its time. */
void player_record(struct player *player, struct record *record);

/* Ends the simulation at the next opportunity; returns false. */
bool player_fail(struct player *player, const char *what, const struct failure *failure);

struct actor *player_actor(struct player *player, const struct node *node);

/* player_run.c */
void runs_start(struct player *player, struct actor *actor); /* called at a boot */
void runs_stop(struct player *player, struct actor *actor); /* kills them */
/* Starts one now; by a fault, even if one is in progress. */
bool run_begin(struct player *player, struct actor *actor, enum run_cause cause);
void run_timers(struct player *player); /* starts due runs */
void run_collect(struct player *player, struct actor *actor, size_t index); /* a run has ended */
void wait_collect(struct player *player, struct actor *actor); /* wgreconcile wait has ended */
/* Its sockets follow the files of a node that is on; false after player_fail(). */
bool sockets_follow(struct player *player, struct actor *actor);
/* The sockets whose datagrams start a run now. */
const struct held_sockets *sockets_polled(const struct player *player, const struct actor *actor);
void sockets_ready(struct player *player, struct actor *actor); /* a datagram waits */
/* The system call at which a run is killed, from 1; 0: a random one. */
unsigned kill_point(const struct player *player, const struct occurrence *occurrence);

/* player_look.c */
bool look_know_keys(struct player *player);
bool look_open(struct player *player, struct actor *actor);
void look_close(struct actor *actor);
/* Reads the kernel's state of a running node, into scratch; false after player_fail(). */
bool look_observe(struct player *player, struct actor *actor, struct observed *observed);
void look_at_kernel(struct player *player, struct actor *actor);
void look_at_selection(struct player *player, struct actor *actor);
void look_at_traffic(struct player *player, struct actor *actor);
/* player_twice.c: at the end of a simulation, at all nodes. */
void look_twice(struct player *player);
/* Reads all state that the judge needs now; may take time. */
void look_around(struct player *player);
void errand_collect(struct player *player, size_t index);
/* Waits for all probe commands, while everything else continues. */
void player_pump(struct player *player);
