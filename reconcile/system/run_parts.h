/* SPDX-License-Identifier: MIT */
/*
 * run_parts: shared by the parts of run, and private to them.
 *
 *	run.c           one run, from beginning to end
 *	run_queries.c   answering plan's queries
 *	run_time.c      the clock
 *	run_facts.c     the exchange of facts
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

/* After the state was observed: takes the packets of facts that wait (RUN_APPLY), and
 * completes run->desired with what facts declare. False, with run->diags, if the result has
 * errors. */
bool run_facts(struct run *run, const struct run_options *options, enum run_mode mode,
	       const uint8_t random[FACT_BOOT_ID_LENGTH]);

/* After the plan: its events get those of the facts. */
void run_facts_events(struct run *run);

/* After the changes: sends what peers need, and keeps the notes. after: the state after the
 * changes. */
void run_facts_send(struct run *run, const struct run_options *options,
		    const struct observed *after, const struct deadline *deadline);

/* Whether all changes took effect. */
bool run_all_done(const struct changes *changes);

/* The step for options->dirty. */
enum run_outcome run_dirty(struct run *run, const struct run_options *options,
			   struct kernel *kernel);
