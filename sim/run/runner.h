/* SPDX-License-Identifier: MIT */
/*
 * runner: plays many cases, several at the same time, each by a child (job.h) in a
 * directory of its own. It asks for one after the other and keeps none, so that
 * their number does not matter.
 */
#pragma once

#include "job.h"

/* One case. */
struct task {
	const char *name;
	uint64_t seed;
	const char *text; /* of the expanded scenario */
	const struct scenario *scenario; /* the same as data */
	struct arena *arena; /* all of it; the runner frees it */
	void *mine; /* whatever who made it knows it by */

	/* While it is played; for those who watch. */
	struct job job;
	msec_t deadline; /* clock_boot() */
	bool stopping, killed, late;
};

enum task_outcome {
	TASK_ENDED, /* by itself: the status says how */
	TASK_LATE, /* took longer than it may */
	TASK_STOPPED, /* interrupted */
	TASK_UNPLAYED, /* could not be started */
};

struct task_end {
	enum task_outcome outcome;
	int status; /* ENDED: enum play_outcome, or anything when it went wrong */
	const char *error; /* UNPLAYED */
	msec_t took; /* in our time */
	const char *directory; /* of play_job.h; removed afterwards */
};

struct runner {
	const struct tools *tools;
	enum backend backend;
	const char *memory; /* NULL: the default */
	const char *directory; /* in which each has its own */
	unsigned jobs; /* at the same time; 0: as many as there are cores */
	msec_t timeout; /* of one; 0: TIMEOUT_MS, and its duration where time is real */

	/* The next one, with all but the last fields; false: no more. */
	bool (*next)(void *context, struct task *task);
	/* False: no more shall be started, and what runs is stopped. */
	bool (*ended)(void *context, const struct task *task, const struct task_end *end);
	/* Some times a second; NULL: never. */
	void (*watch)(void *context, const struct task *const *running, size_t n);
	void *context;
};

#define TIMEOUT_MS (INT64_C(600) * MSEC_PER_SEC)
/* How many at the same time at most. */
#define JOB_SLOTS_MAX 1024

/* Plays them all. Returns the number of the signal that interrupted it (SIGINT,
 * SIGTERM, SIGHUP), else 0. No child is left then. */
int runner_run(const struct runner *runner);

/* How many at the same time. */
unsigned runner_jobs(const struct runner *runner);
