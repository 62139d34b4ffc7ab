/* SPDX-License-Identifier: MIT */
/*
 * runner: simulates many cases, several at the same time, each by a child (job.h) in its own
 * directory. It requests one after the other and keeps none, so that their number is
 * unlimited.
 */
#pragma once

#include "job.h"

/* One case. */
struct task {
	const char *name;
	uint64_t seed;
	const char *text; /* of the expanded scenario */
	const struct scenario *scenario; /* the same as data */
	struct arena *arena; /* arena of all fields; the runner frees it */
	void *mine; /* data of the task's owner */

	/* During the simulation, for progress output. */
	struct job job;
	msec_t deadline; /* clock_boot() */
	bool stopping, killed, late;
};

enum task_outcome {
	TASK_ENDED, /* by itself: the status says how */
	TASK_LATE, /* timed out */
	TASK_STOPPED, /* interrupted */
	TASK_UNPLAYED, /* could not be started */
};

struct task_end {
	enum task_outcome outcome;
	int status; /* ENDED: enum play_outcome, or any value after an error */
	const char *error; /* UNPLAYED */
	msec_t took; /* in real time */
	const char *directory; /* of play_job.h; removed afterwards */
};

struct runner {
	const struct tools *tools;
	enum backend backend;
	const char *memory; /* NULL: the default */
	const char *directory; /* parent of the tasks' directories */
	unsigned jobs; /* at the same time; 0: the number of cores */
	msec_t timeout; /* of one; 0: TIMEOUT_MS, plus its duration if time is real */

	/* The next one, with all but the last fields; false: none left. */
	bool (*next)(void *context, struct task *task);
	/* False: start no more, and stop the running ones. */
	bool (*ended)(void *context, const struct task *task, const struct task_end *end);
	/* Called several times a second; NULL: never. */
	void (*watch)(void *context, const struct task *const *running, size_t n);
	void *context;
};

#define TIMEOUT_MS (INT64_C(600) * MSEC_PER_SEC)
/* Maximum number at the same time. */
#define JOB_SLOTS_MAX 1024

/* Simulates all. Returns the number of the interrupting signal (SIGINT, SIGTERM, SIGHUP),
 * otherwise 0. No child is left then. */
int runner_run(const struct runner *runner);

/* Number at the same time. */
unsigned runner_jobs(const struct runner *runner);
