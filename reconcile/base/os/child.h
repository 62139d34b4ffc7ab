/* SPDX-License-Identifier: MIT */
/*
 * child: a program that is started and has nothing of ours: no shell, no terminal,
 * a session of its own, /dev/null as input and output, the signals as they are by
 * default, and none of our descriptors, whether they were marked or not (as long
 * as it had the lock's, no other run could begin).
 */
#pragma once

#include "deadline.h"
#include "failure.h"

#include <signal.h>
#include <sys/types.h>

struct child_program {
	const char *const *argv; /* NULL-terminated */
	const char *variable; /* set beside the environment that we have; NULL: none */
	const char *value;
	bool outlives_us; /* else it is killed when we are */
};

struct child {
	const char *name; /* argv[0] */
	pid_t pid;
	int pidfd; /* -1 where the kernel has none */
	struct sigaction before; /* what SIGCHLD did */
};

/* Starts the program, which is looked for in PATH and, as cron and procd often have
 * a poor one, where Debian and OpenWrt keep programs. When it returns true, the
 * program runs, and child_kill or child_leave has to follow. */
bool child_start(struct child *child, const struct child_program *program,
		 const struct deadline *deadline, struct failure *failure);

/* Whether it has ended, and how. */
bool child_ended(const struct child *child, siginfo_t *end);

/* Waits until it has; false at the deadline. */
bool child_wait(const struct child *child, const struct deadline *deadline, siginfo_t *end);

/* Whether it ended with status 0, else what it did instead. */
bool child_succeeded(const struct child *child, const siginfo_t *end, struct failure *failure);

/* Kills it, or whatever it left behind in its process group. */
void child_kill(struct child *child);

/* Starts the program, waits for its end and kills what it left behind. false when it did
 * not end with status 0, or did not end by the deadline. */
bool child_run(const char *const *argv, const struct deadline *deadline, struct failure *failure);

/* Lets it and its process group live on. */
void child_leave(struct child *child);
