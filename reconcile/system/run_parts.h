/* SPDX-License-Identifier: MIT */
/*
 * run_parts: shared by the parts of run, and private to them.
 *
 *	run.c           one run, from beginning to end
 *	run_queries.c   answering plan's queries
 *	run_time.c      the clock
 *	run_dirty.c     a run of single prefixes
 */
#pragma once

#include "run.h"

/* An error that does not end the run. */
void run_warn(struct run *run, const char *text);

/* Plans, and answers the plan's queries until there are none. */
void run_plan(struct run *run, struct kernel *kernel, enum run_mode mode, uint64_t seed,
	      const struct deadline *deadline);

/* Synchronises the clock; NULL, or the error. */
const char *run_synchronise(struct run *run, struct kernel *kernel,
			    const struct deadline *deadline);

/* The part of a run's deadline that name queries and probes may take. */
struct deadline run_asking_deadline(const struct run_options *options,
				    const struct deadline *deadline);

/* Reads the recorded state and the samples. */
enum run_outcome run_read_state(struct run *run, const struct run_options *options,
				enum run_mode mode);

/* Whether all changes took effect. */
bool run_all_done(const struct changes *changes);

/* The step for options->dirty. */
enum run_outcome run_dirty(struct run *run, const struct run_options *options,
			   struct kernel *kernel);
