/* SPDX-License-Identifier: MIT */
/*
 * run_parts: what the parts of run share. Not for use outside of them.
 *
 *	run.c           one run, from beginning to end
 *	run_queries.c   answering what plan asks for
 *	run_time.c      the clock
 *	run_dirty.c     a run of single prefixes
 */
#pragma once

#include "run.h"

/* What went wrong without keeping the run from its end. */
void run_warn(struct run *run, const char *text);

/* Plans, and answers what the plan needs until it has enough. */
void run_plan(struct run *run, struct kernel *kernel, enum run_mode mode, uint64_t seed,
	      const struct deadline *deadline);

/* Synchronises the clock; NULL, or what went wrong. */
const char *run_synchronise(struct run *run, struct kernel *kernel,
			    const struct deadline *deadline);

/* Until when names and probes may take, of a whole run's deadline. */
struct deadline run_asking_deadline(const struct run_options *options,
				    const struct deadline *deadline);

/* Reads what is recorded, and the samples. */
enum run_outcome run_read_state(struct run *run, const struct run_options *options,
				enum run_mode mode);

/* Whether all changes took effect. */
bool run_all_done(const struct changes *changes);

/* The step for options->dirty. */
enum run_outcome run_dirty(struct run *run, const struct run_options *options,
			   struct kernel *kernel);
