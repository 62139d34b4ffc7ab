/* SPDX-License-Identifier: MIT */
/*
 * batch: simulates cases, or tasks from a callback, and counts the results: finds the
 * programs and a back end, creates a directory for the simulations, and removes it.
 */
#pragma once

#include "base/cli/exit.h"
#include "cases.h"
#include "result.h"
#include "workplace.h"

/* Simulation options, from the command line. */
struct batch_options {
	bool has_backend; /* otherwise the best available one */
	enum backend backend;
	const char *program; /* wgreconcile; NULL: search */
	const char *memory; /* of a simulated machine; NULL: guest.sh's default */
	unsigned jobs; /* at the same time; 0: the number of cores */
	msec_t timeout; /* of a case, in real time; 0: by its duration */
	bool fail_fast; /* stop at the first failure */
};

struct batch {
	/* Set before batch_open(). */
	const struct batch_options *options;
	struct arena *arena; /* of the results, too */
	const char *output; /* directory: created if missing; NULL: none */
	bool plays_in_output; /* so that traces can be renamed; otherwise in TMPDIR */
	bool all_expectations; /* in details of results: also passed expectations */

	/* Set before batch_run(). Either cases, or next as in runner.h. */
	const struct play_cases *cases;
	bool (*next)(void *context, struct task *task);
	/* Cases only: one is not simulated. SKIPPED: the back end lacks something; BROKEN:
	 * the scenario is invalid with its seed, the errors are in diags, text is NULL. */
	void (*unplayed)(void *context, const struct play_case *which, const char *text,
			 const struct result *result, struct diags *diags);
	/* One was simulated; mine of its task is the case. It is already counted. */
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
	msec_t simulated; /* of all simulations */
	unsigned passed, failed, skipped; /* BROKEN is failed, STOPPED none of them */
	int signal; /* that interrupted it; 0: none */
};

/* Finds the programs and the back end (which may build the kernel) and creates the
 * directories. On an error prints it and returns false. */
bool batch_open(struct batch *batch);

/* Simulates all tasks. No child is left afterwards. */
void batch_run(struct batch *batch);

/* Removes the directory of the simulations; prints an error on failure. */
void batch_close(struct batch *batch);

/* Exit code after all output: by write errors, a signal, or failed cases. */
enum exit_code batch_exit_code(const struct batch *batch);
