/* SPDX-License-Identifier: MIT */
/*
 * look_around: a shell in one node, from some time on. Where time is virtual it
 * stands still as long as the shell does not say "pass 10s": the clock of a
 * time-travel kernel advances only when nothing is left to do, and a process that
 * yields the processor in a loop always is something to do. Where it is real the
 * play goes on beside the shell.
 */
#pragma once

#include "play_job.h"

struct looking {
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
msec_t look_around_begin(struct looking *looking, const struct play_job *job,
			 struct scenario *scenario, struct arena *arena);

/* At each stop: whether the play goes on, and up to when. */
bool look_around(struct looking *looking, struct world *world, msec_t *time);

void look_around_end(struct looking *looking);

/* Where the shell "pass"es through; relative to its directory. */
#define PASS_SOCKET "control"
/* What is written there: a number of milliseconds. What is read: the time then. */
#define PASS_TEXT_MAX 64

/* The address of the socket in a directory of any length, which is opened as
 * *directory_fd; false with errno set. */
struct sockaddr_un;
bool pass_address(const char *directory, struct sockaddr_un *address, int *directory_fd);
