/* SPDX-License-Identifier: MIT */
/*
 * options: wgsim's command line as values.
 */
#pragma once

#include "base/cli/color_choice.h"
#include "command.h"
#include "run/batch.h"
#include "tune/vary.h"

/* Maximum number of seeds in one run: more are a mistake. */
#define SEEDS_MAX 1000000
#define JOBS_MAX 1024 /* JOB_SLOTS_MAX of runner.h */
#define SHARDS_MAX 100000

struct plot;

struct sim_options {
	struct arena *arena;
	const struct command *command;
	VEC(const char *) arguments;

	struct case_choice choice; /* --set, --seed, --seeds, --only, --shard */
	struct variations variations; /* --vary */

	struct batch_options batch; /* --backend, --program, --memory, --jobs, ... */
	msec_t during; /* explore: start no world after this time; 0: all seeds */
	bool print; /* explore: print the worlds, without simulating them */
	msec_t at; /* of the shell; -1: the end */

	const char *output; /* directory for traces, or a report's file; NULL: none */
	const char *junit; /* file, NULL: none */
	const struct plot *plot; /* instead of a page; NULL: none */
	bool list_plots;
	bool png; /* the plot; otherwise SVG */
	bool quiet;
	bool verbose;
	enum color color;

	struct option_error error; /* error of wgsim_options_parse() if it returns false */
};

/* Ends with an entry without a name. */
extern const struct option_spec wgsim_options[];

/* Parses; false with options->error.text when the command line is wrong. */
bool wgsim_options_parse(struct sim_options *options, struct arena *arena, int argc,
			 char *const argv[]);
