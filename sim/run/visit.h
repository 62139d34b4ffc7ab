/* SPDX-License-Identifier: MIT */
/*
 * visit: a shell in one node, from some time on. Where time is virtual it
 * stands still as long as the shell does not say "pass 10s": the clock of a
 * time-travel kernel advances only when nothing is left to do, and a process that
 * yields the processor in a loop always is something to do. Where it is real the
 * play goes on beside the shell.
 */
#pragma once

#include "play_job.h"

struct visit {
	const struct play_job *job;
	struct scenario *scenario;
	struct arena *arena;
	const char *directory; /* of what belongs to the shell */
	bool started;
	struct process shell;
	pid_t freezer; /* 0: time passes */
	int listener; /* where "pass" asks */
	int asker; /* whom to tell when the time has passed; -1: nobody */
	msec_t until; /* that time */
	msec_t now; /* simulated */
};

/* Before the play: the time of the first stop. The scenario is prolonged, so that
 * its end does not end the shell. -1: it cannot be done, and says why. */
msec_t visit_begin(struct visit *visit, const struct play_job *job, struct scenario *scenario,
		   struct arena *arena);

/* At each stop: whether the play goes on, and up to when. */
bool visit(struct visit *visit, struct world *world, msec_t *time);

void visit_end(struct visit *visit);

/* Where "pass" asks: a name in the node's network namespace (unix(7), abstract), as
 * what lies in files is another's in a node. */
struct sockaddr_un;
void pass_address(struct sockaddr_un *address);
/* What is written there: a number of milliseconds. What is read: the time then. */
#define PASS_TEXT_MAX 64
