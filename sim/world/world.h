/* SPDX-License-Identifier: MIT */
/*
 * world: a scenario's network made of this kernel's namespaces, and what can be
 * done to it. It knows what a node and a cable is; when something happens is the
 * player's. Each node has network, mount and UTS namespaces of its own, with a
 * private /etc, /run, /var/lib and boot id. Everything of it ends with the
 * process that built it: the namespaces have no names, and their holders die
 * with their parent.
 */
#pragma once

#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "scenario/schedule.h"

#include <sys/types.h>

struct world;

struct world_options {
	const char *directory; /* empty; a place to mount what the nodes write */
	const char *program; /* wgreconcile */
	enum implementation wireguard; /* what interfaces are that do not say it */
};

/* Builds everything and boots the nodes (without a run). NULL with failure set;
 * nothing is left then. The scenario must outlive it. */
struct world *world_build(const struct scenario *scenario, const struct world_options *options,
			  struct arena *arena, struct failure *failure);

/* Ends all processes; nothing is left. NULL is allowed. */
void world_remove(struct world *world);

/* Carries a fault out, or undoes it. CRASH, BOOT and REBOOT (its two halves: the
 * occurrence and its undoing) change what world_is_on says. PAUSE, RESUME, RUN, OVERLAP and
 * KILL_RECONCILER are the player's, and an error here. */
bool world_fault(struct world *world, const struct occurrence *occurrence, struct failure *failure);

bool world_is_on(const struct world *world, const struct node *node);
/* How often it has booted. */
unsigned world_boots(const struct world *world, const struct node *node);

/* The node's files as we see them: its directories for /var/lib/wgreconcile and
 * /etc, /run. */
const char *world_path(const struct world *world, const struct node *node, const char *path,
		       struct arena *arena);

/* A program that runs in a node, its two outputs in one file. */
struct process {
	pid_t pid;
	int pidfd; /* readable when it has ended */
	int output; /* the file, read from its beginning */
};

/* Starts argv (NULL at the end; looked for in PATH) in the node. It dies with us. */
bool process_start(struct world *world, const struct node *node, const char *const *argv,
		   struct process *process, struct failure *failure);
/* After it has ended: its exit status (128 + signal) and output, allocated in
 * arena; closes everything. */
int process_end(struct process *process, const char **output, struct arena *arena);
/* Kills it, and closes everything. */
void process_kill(struct process *process);

/* Waits for it; for commands that take no time: after 30 s it is killed. Its exit status;
 * -1 with failure set when it could not be run. */
int process_run(struct world *world, const struct node *node, const char *const *argv,
		const char **output, struct arena *arena, struct failure *failure);

/* Puts us into the network and mount namespaces of the node, to open sockets and
 * files there, and back. */
bool world_enter(struct world *world, const struct node *node, struct failure *failure);
bool world_leave(struct world *world, struct failure *failure);

/* What the node has sent on its cables since the start, in bytes and packets: what
 * their other ends have received. */
bool world_traffic(struct world *world, const struct node *node, uint64_t *bytes, uint64_t *packets,
		   struct failure *failure);
