/* SPDX-License-Identifier: MIT */
/*
 * options: wgsim's command line as values.
 */
#pragma once

#include "base/cli/color_choice.h"
#include "command.h"
#include "run/cases.h"
#include "run/player.h"
#include "tune/vary.h"

/* How many seeds one run may go through: more are a slip. */
#define SEEDS_MAX 1000000
#define JOBS_MAX 1024 /* JOB_SLOTS_MAX of runner.h */
#define SHARDS_MAX 100000

struct plot;

struct options {
	struct arena *arena;
	const struct command *command;
	VEC(const char *) arguments;

	struct case_choice choice; /* --set, --seed, --seeds, --only, --shard */
	struct variations variations; /* --vary */

	bool has_backend; /* else what there is */
	enum backend backend;
	const char *program; /* wgreconcile; NULL: looked for */
	const char *memory; /* of a simulated machine; NULL: guest.sh's default */
	unsigned jobs; /* 0: as many as there are cores */
	msec_t timeout; /* of a case, in our time; 0: by its duration */
	bool fail_fast;
	msec_t during; /* explore: begin no world after this; 0: all seeds */
	bool print; /* explore: the worlds, without playing them */
	msec_t at; /* of the shell; -1: the end */

	const char *output; /* directory for traces, or a report's file; NULL: none */
	const char *junit; /* file, NULL: none */
	const struct plot *plot; /* instead of a page; NULL: none */
	bool list_plots;
	bool png; /* the plot; else SVG */
	bool quiet;
	bool verbose;
	enum color color;

	const char *error; /* of wgsim_options_parse(), one line */
};

/* Ends with an entry without a name. */
extern const struct option_spec wgsim_options[];

/* Parses; false with options->error when the command line is wrong. */
bool wgsim_options_parse(struct options *options, struct arena *arena, int argc,
			 char *const argv[]);
