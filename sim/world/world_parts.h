/* SPDX-License-Identifier: MIT */
/*
 * world_parts: shared by the parts of world; world.h is the public interface.
 *
 *	world.c     builds and removes it
 *	machine.c   a node's first process, which holds its namespaces
 *	node.c      powers a node on and off
 *	files.c     the files on a node's disk
 *	cable.c     links, their quality, partitions, traffic
 *	nat.c       address translation and packet filters
 *	service.c   services of a node
 *	socket.c    sockets that a node's service manager holds
 *	process.c   programs in the world
 *	fault.c     faults and their ends
 */
#pragma once

#include "world.h"

#include "base/buffer.h"

#include <signal.h>

/* Where a program is started: setns(2) namespaces of fd, a namespace or a pidfd. */
struct place {
	int fd;
	int namespaces; /* CLONE_NEW...; 0: ours */
};

/* A node's end of a cable and its port at the switch. */
struct port {
	struct world_node *node;
	const struct attachment *attachment;
	unsigned number; /* index in all ports; its interface at the switchboard is p<number> */
	const struct port *joined; /* link of its bridge */
	bool has_bridge; /* the interface exists */
	bool plugged;
	bool shaped_out, shaped_in; /* that end has a queueing discipline */
};

struct running {
	const struct service *service;
	struct process process; /* pid 0: not running */
	bool refuses; /* a name server started to refuse all queries */
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
	unsigned rebinds; /* rules of its address translation */
	struct port *ports;
	size_t n_ports;
	struct running *services; /* as many as the node has */
	VEC(struct key_generation) generations; /* of the keys that were replaced */
	uint64_t bytes, packets; /* sent in earlier boots */
	int ballast; /* the file that fills its disk; otherwise -1 */
	struct held_sockets sockets;
	uint64_t sockets_of; /* hash of the desired state they are of; 0: none */
};

/* An active fault. */
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
	/* In order of start. Of several with the same target the last one applies. */
	VEC(struct standing) standing;
	int home_network, home_mounts, home_processes; /* our namespaces */
	int home_directory; /* our working directory */
	int switchboard; /* the network namespace of all links */
	int null; /* /dev/null */
	char *stack; /* stack of a process before it starts its program */
	sigset_t ignored; /* signals that we ignore, reset for programs */
};

struct world_node *world_node(const struct world *world, const struct node *node);

/* ---- machine.c ---- */

/* Starts the first process, with namespaces of its own for everything. */
bool machine_start(struct world *world, struct world_node *node, struct failure *failure);
/* Kernel settings, boot id: ready for cables. */
bool machine_on(struct world_node *node, const char *boot_id, struct failure *failure);
/* Kills all other processes at once; new network namespace, empty /run. */
bool machine_off(struct world_node *node, struct failure *failure);
/* Fills the disk with the recorded state; or frees it. */
bool machine_disk(struct world_node *node, bool full, struct failure *failure);
/* Kills everything. */
void machine_end(struct world_node *node);

/* ---- node.c ---- */

/* Powers all of these on. */
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
/* Links the tested program into the node's PATH, at each boot. */
bool files_program(const struct world *world, const struct world_node *node,
		   struct failure *failure);
/* Opens one within the node's root: symbolic links cannot leave it. -1 with errno. */
int file_open(const struct world_node *node, const char *path, int flags);
/* Removes what is in a directory. */
bool directory_empty(const struct world_node *node, const char *path, struct failure *failure);
/* The initial files of a node. */
bool files_install(struct world *world, struct world_node *node, struct failure *failure);
/* Its desired state and the keys that are not yet in its files. */
bool files_desire(struct world *world, struct world_node *node, const char *text,
		  struct failure *failure);
bool files_key(struct world *world, struct world_node *node, const char *interface,
	       unsigned generation, struct failure *failure);

/* ---- cable.c ---- */

/* Connects the nodes' cables, with addresses and routes. */
bool cables_plug(struct world *world, const struct node_set *nodes, struct failure *failure);
bool cables_unplug(struct world *world, struct world_node *node, struct failure *failure);
/* Apply the active faults: carrier, quality, partitions. They update everything that a fault
 * of that link or attachment may affect. */
bool cables_carry(struct world *world, const struct fault *fault, struct failure *failure);
bool cables_shape(struct world *world, const struct fault *fault, struct failure *failure);
bool cables_divide(struct world *world, const struct fault *fault, struct failure *failure);

bool addresses_change(struct world *world, const struct fault *fault, bool undo,
		      struct failure *failure);

/* ---- nat.c ---- */

/* At a boot: its address translation, and the filters of active faults. */
bool filters_load(struct world *world, struct world_node *node, struct failure *failure);
/* Deletes all mappings; new ones have other ports. */
bool nat_rebind(struct world *world, struct world_node *node, struct failure *failure);
bool filter_add(struct world *world, const struct standing *drop, struct failure *failure);
bool filter_remove(struct world *world, const struct standing *drop, struct failure *failure);

/* ---- service.c ---- */

/* At a boot. */
bool services_on(struct world *world, struct world_node *node, struct failure *failure);
/* Starts and stops services according to the active faults. */
bool services_run(struct world *world, struct world_node *node, struct failure *failure);
/* Its name servers answer according to the active faults. */
bool names_answer(struct world *world, struct world_node *node, struct failure *failure);
/* Kills them, or reaps killed ones. */
void services_forget(struct world_node *node);

/* ---- socket.c ---- */

void sockets_close(struct world_node *node);

/* ---- process.c ---- */

extern const char *const nft_argv[]; /* nft, which reads a script */
struct place place_of(const struct world_node *node); /* all namespaces */
struct place place_network(const struct world_node *node); /* only the network */

/* Writes value to a file of /proc/sys. /proc/sys/net belongs to the network namespace of the
 * process. */
bool setting(const char *path, const char *value, struct failure *failure);
/* Starts argv there, with copies of these as standard input and the two outputs. */
bool program_start(struct world *world, struct place place, const char *const *argv, int input,
		   int output, struct process *process, struct failure *failure);
/* Likewise, passing these sockets. NULL: none. */
bool program_start_passing(struct world *world, struct place place, const char *const *argv,
			   int input, int output, const struct held_sockets *passed,
			   struct process *process, struct failure *failure);
/* Runs a tool such as iproute2's, which reads text; its output is the error. Not started if
 * text is empty. */
bool tool_run(struct world *world, struct place place, const char *const *argv, const char *text,
	      struct failure *failure);
/* Runs it in the node; a status other than 0 is a failure with its output. */
bool command_run(struct world *world, const struct world_node *node, const char *const *argv,
		 struct failure *failure);
