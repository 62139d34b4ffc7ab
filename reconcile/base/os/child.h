/* SPDX-License-Identifier: MIT */
/*
 * child: a program started without inheriting anything: no shell, no terminal, its own
 * session, /dev/null as input and output, default signal handling, and no file descriptors,
 * with or without close-on-exec (an inherited lock would block other runs).
 */
#pragma once

#include "deadline.h"
#include "failure.h"

#include <signal.h>
#include <sys/types.h>

struct child_program {
	const char *const *argv; /* NULL-terminated */
	const char *variable; /* added to our environment; NULL: none */
	const char *value;
	bool outlives_us; /* otherwise killed when this process is killed */
};

struct child {
	const char *name; /* argv[0] */
	pid_t pid;
	int pidfd; /* -1 where the kernel has none */
	struct sigaction before; /* the previous SIGCHLD handling */
};

/* Starts the program. It is searched in PATH and, because cron and procd often have a short
 * one, where Debian and OpenWrt install programs. On true the program runs; call
 * child_kill() or child_leave() afterwards. */
bool child_start(struct child *child, const struct child_program *program,
		 const struct deadline *deadline, struct failure *failure);

/* Whether the program has ended, and its status. */
bool child_ended(const struct child *child, siginfo_t *end);

/* Waits until the program ends; false at the deadline. */
bool child_wait(const struct child *child, const struct deadline *deadline, siginfo_t *end);

/* Whether the program ended with status 0; otherwise the reason. */
bool child_succeeded(const struct child *child, const siginfo_t *end, struct failure *failure);

/* Kills the program, or what is left in its process group. */
void child_kill(struct child *child);

/* Starts the program, waits for its end and kills the rest of its process group. false
 * unless it ended with status 0 by the deadline. */
bool child_run(const char *const *argv, const struct deadline *deadline, struct failure *failure);

/* Leaves the program and its process group running. */
void child_leave(struct child *child);
