/* SPDX-License-Identifier: MIT */
/*
 * job: one case simulated by a child process, here or in a simulated machine, in a session
 * of its own. It and all processes it started are killed when this process ends.
 */
#pragma once

#include "backend.h"
#include "base/os/failure.h"
#include "play_job.h"

#include <sys/types.h>

struct job_spec {
	const struct tools *tools;
	const char *directory; /* of play_job.h: is created */
	const char *name; /* of the case */
	const char *text; /* of the expanded scenario */
	uint64_t seed;
	enum backend backend;
	const char *memory; /* NULL: the default */

	/* For a shell; NULL: none. */
	const char *node;
	msec_t at;
	const char *terminal_kind;
	unsigned rows, columns;
	int terminal; /* its descriptor */
	const char *terminal_path;
};

struct job {
	const char *directory;
	pid_t pid;
	int pidfd; /* readable when it has ended */
	msec_t began; /* clock_boot() */
};

bool job_start(struct job *job, const struct job_spec *spec, struct arena *arena,
	       struct failure *failure);

/* Terminates or kills it, with all processes it started. */
void job_stop(const struct job *job);
void job_kill(const struct job *job);

/* After its end: exit status, or 128 + signal. Kills remaining processes. */
int job_end(struct job *job);
