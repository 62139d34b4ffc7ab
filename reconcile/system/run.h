/* SPDX-License-Identifier: MIT */
/*
 * run: one run from beginning to end. Reads the files and the recorded state, and assembles
 * the desired state from them; reads the keys and the observed state; calls plan and answers
 * its queries; records, then applies, then reads back. Decides nothing and prints nothing.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/desired/desired_yaml.h"
#include "core/facts/facts.h"
#include "core/plan/plan.h"
#include "system/facts/facts_socket.h"
#include "system/kernel/kernel.h"
#include "system/state/recorded_file.h"

#define DEFAULT_DEADLINE_MS 4000

enum run_mode {
	RUN_APPLY,
	RUN_DRY, /* without changes, recording and the synchroniser */
	RUN_LOOK, /* as dry, without name queries and probes: for status */
	RUN_WATCH, /* likewise, but two looks at the same state agree: for wait */
};

struct run_options {
	const char *name; /* of the instance */
	const char *const *files; /* YAML files, and directories of them */
	size_t files_n;
	bool files_named; /* named by the user: they may be pipes */
	struct state_dirs dirs;
	msec_t deadline; /* for the whole run */
	/* Only these prefixes (see plan_dirty()), whose lookups the run makes itself;
	 * touched_n 0: everything. With RUN_APPLY only. */
	const struct dirty *dirty;
	size_t dirty_n;
	/* Of a process that runs repeatedly; NULL: those that systemd passed. */
	struct facts_sockets *sockets;
};

enum run_outcome {
	RUN_DONE,
	RUN_BAD_INPUT, /* see diags */
	RUN_LOCKED, /* another run of this instance holds the lock */
	RUN_FAILED, /* see error */
	RUN_UNCLEAR, /* for dirty prefixes: a whole run is needed; nothing was changed */
};

struct run {
	struct arena *arena;
	struct deadline deadline; /* including the reading of the files */
	struct diags diags;
	struct desired *desired;
	struct recorded recorded; /* as read */
	struct samples samples; /* as read */
	struct observed observed;
	struct facts facts; /* of the interfaces with facts */
	struct facts_sockets *sockets; /* as in the options, or the run's own */
	bool sockets_owned;
	struct plan plan; /* with the result of each change after RUN_APPLY */
	/* Remaining differences when read back; empty if all took effect. */
	struct changes rest;
	VEC(const char *) warnings; /* one line each; the run continued */
	VEC(const char *) errors; /* likewise, but the exit code is 1 */
	uint64_t pending; /* RUN_WATCH: pending changes, see pending.h */
	uint64_t tried; /* RUN_WATCH: those of them that the last run failed to make */
	bool recorded_kept; /* the recorded state could not be written yet */
	bool recorded_failed; /* writing it failed in this run */
	bool recorded_written; /* the recorded state on disk was replaced */
	const char *error; /* RUN_FAILED, RUN_LOCKED */
};

/* The inputs of a run's plan. */
static inline struct plan_input run_input(const struct run *run, uint64_t seed)
{
	return (struct plan_input){ run->desired, &run->recorded, &run->samples, &run->observed,
				    seed };
}

/* Makes one run. Always call run_free() afterwards, whatever the result. */
enum run_outcome run_make(struct run *run, const struct run_options *options, enum run_mode mode);
void run_free(struct run *run);

/* Reads and parses the files (directories: their *.yaml in the order of their names, dot
 * files left out) into run->desired, and checks the declarations; the key files are not
 * read. On an error false, with run->diags filled. */
bool run_load(struct run *run, const struct run_options *options);

/* Completes run->desired with the recorded declarations of other sources. Likewise. */
bool run_assemble(struct run *run);
