/* SPDX-License-Identifier: MIT */
/*
 * visit: a shell in one node, from a given time. Virtual time stands still until the shell
 * runs "pass 10s": the clock of a time-travel kernel advances only when it is idle, and a
 * process that yields the processor in a loop prevents that. With real time the simulation
 * continues beside the shell.
 */
#pragma once

#include "play_job.h"

struct visit {
	const struct play_job *job;
	struct scenario *scenario;
	struct arena *arena;
	const char *directory; /* memory of the shell's data */
	bool started;
	struct process shell;
	pid_t freezer; /* 0: time passes */
	int listener; /* socket for "pass" */
	int asker; /* connection to answer when the time has passed; -1: none */
	msec_t until; /* that time */
	msec_t now; /* simulated */
};

/* Before the play: the time of the first stop. The scenario is prolonged, so that its end
 * does not end the shell. -1 after a printed error. */
msec_t visit_begin(struct visit *visit, const struct play_job *job, struct scenario *scenario,
		   struct arena *arena);

/* At each stop: whether the simulation continues, and until when. */
bool visit(struct visit *visit, struct world *world, msec_t *time);

void visit_end(struct visit *visit);

/* The socket for "pass": a name in the node's network namespace (unix(7), abstract), because
 * a node sees other files. */
struct sockaddr_un;
void pass_address(struct sockaddr_un *address);
/* Request: a number of milliseconds. Answer: the time afterwards. */
#define PASS_TEXT_MAX 64
