/* SPDX-License-Identifier: MIT */
/*
 * batch: plays cases, or whatever tasks a callback gives, and counts the results: finds
 * the programs and a back end, has a directory for the plays, and removes it.
 */
#pragma once

#include "base/cli/exit.h"
#include "cases.h"
#include "result.h"
#include "workplace.h"

/* Where and how to play, from the command line. */
struct batch_options {
	bool has_backend; /* else the best that there is */
	enum backend backend;
	const char *program; /* wgreconcile; NULL: looked for */
	const char *memory; /* of a simulated machine; NULL: guest.sh's default */
	unsigned jobs; /* at the same time; 0: as many as there are cores */
	msec_t timeout; /* of a case, in real time; 0: by its duration */
	bool fail_fast; /* stop with the first failure */
};

struct batch {
	/* Set before batch_open(). */
	const struct batch_options *options;
	struct arena *arena; /* of the results, too */
	const char *output; /* directory: made unless it is there; NULL: none */
	bool plays_in_output; /* so that traces can be renamed; else in TMPDIR */
	bool all_expectations; /* in details of results: those that held, too */

	/* Set before batch_run(). Either cases, or next as in runner.h. */
	const struct play_cases *cases;
	bool (*next)(void *context, struct task *task);
	/* Cases only: one is not played. SKIPPED: the back end lacks something; BROKEN:
	 * the scenario is wrong with its seed, the errors are in diags, text is NULL. */
	void (*unplayed)(void *context, const struct play_case *which, const char *text,
			 const struct result *result, struct diags *diags);
	/* One was played; mine of its task is the case. It is counted already. */
	void (*ended)(void *context, const struct task *task, const struct task_end *end,
		      const struct result *result);
	/* As in runner.h; NULL: never. */
	void (*watch)(void *context, const struct task *const *running, size_t n);
	void *context;

	/* Set by batch_open() and batch_run(). */
	struct tools tools;
	struct workplace workplace;
	struct runner runner;
	size_t next_case;
	msec_t began; /* clock_boot() */
	msec_t simulated; /* of all plays */
	unsigned passed, failed, skipped; /* BROKEN is failed, STOPPED none of them */
	int signal; /* that interrupted it; 0: none */
};

/* Finds the programs and the back end (which may build the kernel) and makes the
 * directories. False when something is missing, which is printed. */
bool batch_open(struct batch *batch);

/* Plays all tasks. No child is left afterwards. */
void batch_run(struct batch *batch);

/* Removes the directory of the plays; printed when something of it is left. */
void batch_close(struct batch *batch);

/* After everything is printed: whether that could be written, a signal came, or a case
 * failed. */
enum exit_code batch_exit_code(const struct batch *batch);
