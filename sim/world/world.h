/* SPDX-License-Identifier: MIT */
/*
 * world: a scenario's network made of this kernel's namespaces, and operations on it. It
 * implements nodes and cables; the engine decides when something happens. Each node has
 * network, mount and UTS namespaces of its own, with a private /etc, /run, /var/lib and boot
 * id. Everything ends with the process that built it: the namespaces have no names, and the
 * processes holding them die with their parent.
 */
#pragma once

#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "scenario/schedule.h"

#include <sys/types.h>

struct world;

struct world_options {
	const char *directory; /* empty; mount point for the nodes' data */
	const char *program; /* wgreconcile */
	enum implementation wireguard; /* default implementation of interfaces */
};

/* Builds everything and boots the nodes (without a run). On failure NULL with failure set,
 * and nothing is left. The scenario must outlive it. */
struct world *world_build(const struct scenario *scenario, const struct world_options *options,
			  struct arena *arena, struct failure *failure);

/* Ends all processes and removes everything. NULL is allowed. */
void world_remove(struct world *world);

/* Applies a fault, or undoes it. CRASH, BOOT and REBOOT (in two parts: its start and its
 * end) change world_is_on(). PAUSE, RESUME, RUN, OVERLAP and KILL_RECONCILER belong to the
 * engine, and are an error here. */
bool world_fault(struct world *world, const struct occurrence *occurrence, struct failure *failure);

bool world_is_on(const struct world *world, const struct node *node);
/* Number of boots. */
unsigned world_boots(const struct world *world, const struct node *node);

/* The node's files in our namespace: its /var/lib/wgreconcile, /etc and /run. */
const char *world_path(const struct world *world, const struct node *node, const char *path,
		       struct arena *arena);

/* A program that runs in a node, its two outputs in one file. */
struct process {
	pid_t pid;
	int pidfd; /* readable when it has ended */
	int output; /* the output file, read from its start */
};

/* Starts argv (NULL at the end; searched in PATH) in the node. It is killed when this
 * process ends. */
bool process_start(struct world *world, const struct node *node, const char *const *argv,
		   struct process *process, struct failure *failure);
/* After its end: exit status (128 + signal) and output, allocated in arena; closes everything. */
int process_end(struct process *process, const char **output, struct arena *arena);
/* Kills it, and closes everything. */
void process_kill(struct process *process);

/* Runs and waits; for short commands: it is killed after 30 s. Returns the exit status; -1
 * with failure set if it could not be run. */
int process_run(struct world *world, const struct node *node, const char *const *argv,
		const char **output, struct arena *arena, struct failure *failure);

/* A UDP socket that the node's service manager holds for wgreconcile, as systemd does for a
 * socket unit: it is passed to runs, and a waiting datagram starts one. */
struct held_socket {
	int fd;
	uint16_t port;
};

struct held_sockets {
	VEC(struct held_socket) list;
};

/* Opens and closes sockets according to the node's desired state, as its files are now: one for
 * each port of facts. They are closed when the node is powered off. */
bool world_sockets_follow(struct world *world, const struct node *node, struct failure *failure);
const struct held_sockets *world_sockets(const struct world *world, const struct node *node);

/* As process_start(), and passes the node's sockets as in sd_listen_fds(3). */
bool process_start_service(struct world *world, const struct node *node, const char *const *argv,
			   struct process *process, struct failure *failure);

/* Enters the network and mount namespaces of the node, to open sockets and files there, and
 * returns. */
bool world_enter(struct world *world, const struct node *node, struct failure *failure);
bool world_leave(struct world *world, struct failure *failure);

/* Traffic sent by the node on its cables since the start, in bytes and packets, as received
 * at the other ends. */
bool world_traffic(struct world *world, const struct node *node, uint64_t *bytes, uint64_t *packets,
		   struct failure *failure);
