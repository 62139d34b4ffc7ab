/* SPDX-License-Identifier: MIT */
/*
 * play_job: input and output of a process that simulates one case: the files of its
 * directory. A simulated machine shares only this directory with the host.
 *
 *	scenario.yaml	the expanded case
 *	options.json	struct play_job
 *	trace.jsonl	all records, as they come
 *	progress	struct play_progress, now and then
 *	output		what it, or the machine, had to say
 */
#pragma once

#include "player.h"

struct play_job {
	const char *name; /* of the case */
	enum backend backend;
	const char *program; /* wgreconcile */
	const char *directory; /* for the nodes' files; created */
	/* For a shell, NULL otherwise: in which node, on which terminal, and when. */
	const char *node;
	const char *terminal;
	const char *terminal_kind; /* TERM */
	unsigned rows, columns;
	msec_t stop_at;
};

#define JOB_SCENARIO "scenario.yaml"
#define JOB_OPTIONS "options.json"
#define JOB_TRACE "trace.jsonl"
#define JOB_PROGRESS "progress"
#define JOB_OUTPUT "output"

/* Writes options.json; NULL, or the error. */
const char *play_job_write(const struct play_job *job, const char *directory, struct arena *arena);

/* Reads it; NULL, or the error. */
const char *play_job_read(struct play_job *job, const char *directory, struct arena *arena);

/* Progress in simulated time. */
struct play_progress {
	msec_t at;
	unsigned passed, failed; /* expectations so far */
};

/* By one write(), always of the same length. */
bool play_progress_write(int fd, const struct play_progress *progress);

/* False if there is none yet. */
bool play_progress_read(const char *directory, struct play_progress *progress, struct arena *arena);
