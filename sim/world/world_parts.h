/* SPDX-License-Identifier: MIT */
/*
 * world_parts: what the parts of the world share; world.h is what others see.
 *
 *	world.c     builds and removes it
 *	machine.c   a node's first process, which holds its namespaces
 *	node.c      switches a node on and off
 *	files.c     what stands on a node's disk
 *	cable.c     links, their quality, partitions, traffic
 *	nat.c       address translation and packet filters
 *	service.c   what a node serves
 *	process.c   programs in the world
 *	fault.c     what is done and undone
 */
#pragma once

#include "world.h"

#include "base/buffer.h"

#include <signal.h>

/* Where a program is started: namespaces of setns(2) that fd, a namespace or a
 * pidfd, stands for. */
struct place {
	int fd;
	int namespaces; /* CLONE_NEW...; 0: ours */
};

/* A node's end of a cable and the switch's port that it ends in. */
struct port {
	struct world_node *node;
	const struct attachment *attachment;
	unsigned number; /* of all ports; its interface at the switchboard is p<number> */
	const struct port *joined; /* whose bridge it is in */
	bool has_bridge; /* there is one with its number */
	bool plugged;
	bool shaped_out, shaped_in; /* has a queueing discipline at that end */
};

struct running {
	const struct service *service;
	struct process process; /* pid 0: it does not run */
	bool refuses; /* a name server that was started so that it refuses all */
};

struct key_generation {
	const char *interface;
	unsigned generation;
};

struct world_node {
	const struct node *node;
	pid_t first; /* its first process; 0: none */
	int pidfd; /* of the first process */
	int orders; /* a socket to it */
	int root; /* its / */
	bool on;
	unsigned boots;
	unsigned rebinds; /* of its address translation */
	struct port *ports;
	size_t n_ports;
	struct running *services; /* as many as the node has */
	VEC(struct key_generation) generations; /* of the keys that were replaced */
	uint64_t bytes, packets; /* sent in the boots before this one */
	int ballast; /* on its disk, while that is full; else -1 */
};

/* A fault that stands. */
struct standing {
	const struct fault *fault;
	unsigned number;
};

struct world {
	const struct scenario *scenario;
	struct world_options options;
	struct arena *arena;
	struct world_node *nodes; /* as many as the scenario has */
	struct port *ports;
	size_t n_ports;
	/* In the order in which they began. Where several are about the same thing, the
	 * last decides. */
	VEC(struct standing) standing;
	int home_network, home_mounts, home_processes; /* our namespaces */
	int home_directory; /* the one we are in */
	int switchboard; /* the network namespace of all links */
	int null; /* /dev/null */
	char *stack; /* of a process that has not started its program yet */
	sigset_t ignored; /* signals that we ignore, and a program shall not */
};

struct world_node *world_node(const struct world *world, const struct node *node);

/* ---- machine.c ---- */

/* Starts the first process, with namespaces of its own for everything. */
bool machine_start(struct world *world, struct world_node *node, struct failure *failure);
/* Kernel settings, boot id: ready for cables. */
bool machine_on(struct world_node *node, const char *boot_id, struct failure *failure);
/* Kills all other processes at once; a new network namespace, an empty /run. */
bool machine_off(struct world_node *node, struct failure *failure);
/* No room is left on the disk with the recorded state; or as much as before. */
bool machine_disk(struct world_node *node, bool full, struct failure *failure);
/* Kills everything. */
void machine_end(struct world_node *node);

/* ---- node.c ---- */

/* Switches all of these on. */
struct node_set {
	VEC(struct world_node *) list;
};
bool nodes_on(struct world *world, const struct node_set *nodes, struct failure *failure);
bool node_on(struct world *world, struct world_node *node, struct failure *failure);
bool node_off(struct world *world, struct world_node *node, struct failure *failure);

/* ---- files.c ---- */

/* Writes a file of the node, whose directories are made as needed: all of it or
 * nothing. path has no leading /. */
bool file_write(const struct world_node *node, const char *path, const char *text, size_t length,
		mode_t mode, struct failure *failure);
/* Links the program that is tested to where commands look for it, at each boot. */
bool files_program(const struct world *world, const struct world_node *node,
		   struct failure *failure);
/* Opens one, in the node's eyes: links lead nowhere else. -1 with errno. */
int file_open(const struct world_node *node, const char *path, int flags);
/* Removes what is in a directory. */
bool directory_empty(const struct world_node *node, const char *path, struct failure *failure);
/* All that a node has on its disk at the start. */
bool files_install(struct world *world, struct world_node *node, struct failure *failure);
/* Its desired state and the keys that are in none of its files yet. */
bool files_desire(struct world *world, struct world_node *node, const char *text,
		  struct failure *failure);
bool files_key(struct world *world, struct world_node *node, const char *interface,
	       unsigned generation, struct failure *failure);

/* ---- cable.c ---- */

/* Plugs the nodes' cables in, with addresses and routes. */
bool cables_plug(struct world *world, const struct node_set *nodes, struct failure *failure);
bool cables_unplug(struct world *world, struct world_node *node, struct failure *failure);
/* Make true what stands now: who has a carrier, quality, who hears whom. They look at
 * all that a fault of that link or attachment may have changed. */
bool cables_carry(struct world *world, const struct fault *fault, struct failure *failure);
bool cables_shape(struct world *world, const struct fault *fault, struct failure *failure);
bool cables_divide(struct world *world, const struct fault *fault, struct failure *failure);

bool addresses_change(struct world *world, const struct fault *fault, bool undo,
		      struct failure *failure);

/* ---- nat.c ---- */

/* At a boot: its address translation, and the filters of standing faults. */
bool filters_load(struct world *world, struct world_node *node, struct failure *failure);
/* Forgets all mappings; new ones have other ports. */
bool nat_rebind(struct world *world, struct world_node *node, struct failure *failure);
bool filter_add(struct world *world, const struct standing *drop, struct failure *failure);
bool filter_remove(struct world *world, const struct standing *drop, struct failure *failure);

/* ---- service.c ---- */

/* At a boot. */
bool services_on(struct world *world, struct world_node *node, struct failure *failure);
/* Those run that no standing fault stops, and no other. */
bool services_run(struct world *world, struct world_node *node, struct failure *failure);
/* Its name servers answer as the standing faults say. */
bool names_answer(struct world *world, struct world_node *node, struct failure *failure);
/* Kills them, or looks after those that were. */
void services_forget(struct world_node *node);

/* ---- process.c ---- */

extern const char *const nft_argv[]; /* nft, which reads a script */
struct place place_of(const struct world_node *node); /* all namespaces */
struct place place_network(const struct world_node *node); /* only the network */

/* Writes value to a file of /proc/sys. Below /proc/sys/net stands what belongs to the
 * network that the process is in. */
bool setting(const char *path, const char *value, struct failure *failure);
/* Starts argv there, with these as standard input and the two outputs (a copy of each). */
bool program_start(struct world *world, struct place place, const char *const *argv, int input,
		   int output, struct process *process, struct failure *failure);
/* A tool of iproute2 and the like, which reads text; it fails with what it said. Not
 * started when text is empty. */
bool tool_run(struct world *world, struct place place, const char *const *argv, const char *text,
	      struct failure *failure);
/* Runs it in the node; its end with another status than 0 is a failure that says what
 * it said. */
bool command_run(struct world *world, const struct world_node *node, const char *const *argv,
		 struct failure *failure);
