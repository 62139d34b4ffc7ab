/* SPDX-License-Identifier: MIT */
/*
 * run: one run from beginning to end. Reads the files and what is recorded, and
 * assembles the desired state from them; reads the keys, and what is; asks plan; answers
 * what plan needs; records, then applies, then reads back. Decides nothing and prints
 * nothing.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/desired/desired_yaml.h"
#include "core/plan/plan.h"
#include "system/kernel/kernel.h"
#include "system/state/recorded_file.h"

#define DEFAULT_DEADLINE_MS 4000

enum run_mode {
	RUN_APPLY,
	RUN_DRY, /* everything but the changes, the records and the synchroniser */
	RUN_LOOK, /* as dry, and asks no names and no probes: for status */
	RUN_WATCH, /* likewise, but two looks at the same things find the same: for wait */
};

struct run_options {
	const char *name; /* of the instance */
	const char *const *files; /* YAML files, and directories of them */
	size_t files_n;
	bool files_named; /* by the user: they may be pipes */
	struct state_dirs dirs;
	msec_t deadline; /* for all of the run */
	/* Not the whole of it, but these prefixes alone (see plan_dirty()), whose lookups
	 * the run makes itself; touched_n 0: the whole. With RUN_APPLY only. */
	const struct dirty *dirty;
	size_t dirty_n;
};

enum run_outcome {
	RUN_DONE,
	RUN_BAD_INPUT, /* see diags */
	RUN_LOCKED, /* another run of this instance is under way */
	RUN_FAILED, /* see error */
	RUN_UNCLEAR, /* of dirty prefixes: only a whole run can tell; nothing was changed */
};

struct run {
	struct arena *arena;
	struct deadline deadline; /* of all of it, reading the files included */
	struct diags diags;
	struct desired *desired;
	struct recorded recorded; /* as read */
	struct samples samples; /* as read */
	struct observed observed;
	struct plan plan; /* with the result of each change after RUN_APPLY */
	/* What was still different when read back; empty when all took effect. */
	struct changes rest;
	VEC(const char *) warnings; /* one line each; the run went on */
	VEC(const char *) errors; /* likewise, but the exit code is 1 */
	uint64_t pending; /* RUN_WATCH: what there is to do, see pending.h */
	uint64_t tried; /* RUN_WATCH: what of that the last run has tried in vain */
	bool recorded_kept; /* the recorded state is one that could not be written yet */
	bool recorded_failed; /* it could not be written in this run */
	bool recorded_written; /* the recorded state on disk was replaced */
	const char *error; /* RUN_FAILED, RUN_LOCKED */
};

/* What a run's plan is made from. */
static inline struct plan_input run_input(const struct run *run, uint64_t seed)
{
	return (struct plan_input){ run->desired, &run->recorded, &run->samples, &run->observed,
				    seed };
}

/* Makes one run. Always call run_free() afterwards, whatever came out. */
enum run_outcome run_make(struct run *run, const struct run_options *options, enum run_mode mode);
void run_free(struct run *run);

/* Reads and parses the files (directories: their *.yaml in the order of their
 * names, dot files left out) into run->desired, and checks what they declare; the key
 * files are not read. False with run->diags filled when anything is wrong. */
bool run_load(struct run *run, const struct run_options *options);

/* Makes run->desired whole: adds what other sources declare, as far as that is recorded.
 * Likewise. */
bool run_assemble(struct run *run);
