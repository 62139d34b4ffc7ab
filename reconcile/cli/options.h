/* SPDX-License-Identifier: MIT */
/*
 * options: the command line as values.
 */
#pragma once

#include "base/cli/color_choice.h"
#include "command.h"
#include "system/run.h"

#ifndef CONFIG_DIRECTORY
#define CONFIG_DIRECTORY "/etc/wgreconcile"
#endif
#define STATE_DIRECTORY "/var/lib/wgreconcile"
#define RUN_DIRECTORY "/run/wgreconcile"
#define DEFAULT_INSTANCE "default"
/* The grain of --for, and wgpeerselector's pause between two looks. */
#define DEFAULT_EVERY_MS 5000
/* --for forever; a time to come stays within the boot clock. */
#define FOREVER_MS (INT64_MAX / 4)
/* A longer deadline is a slip: a run that hangs would keep others out. */
#define DEADLINE_MAX_MS (INT64_C(3600) * MSEC_PER_SEC)
/* The recorded state's file is NAME.json; this leaves room for its suffixes. */
#define INSTANCE_NAME_MAX 64

struct output;

struct options {
	struct arena *arena;
	const struct command *command;
	VEC(const char *) arguments; /* those that are not files of the desired state */

	VEC(const char *) files; /* and directories */
	bool files_named; /* on the command line */
	const char *name; /* of the instance; NULL for commands that have none */
	struct state_dirs dirs;
	msec_t deadline;
	msec_t repeat_for; /* 0: one run */
	msec_t every;
	bool follow; /* and between these runs, whatever the kernel tells of */
	msec_t timeout; /* 0: as the desired state has it, see cmd_wait.c */

	const struct output *output; /* the form of what is printed */
	bool all; /* every line of many */
	const char *output_file; /* NULL: standard output */
	const char *keys; /* directory for key files, or NULL */
	const char *interface;
	bool quiet;
	bool verbose;
	enum color color;

	struct option_error error; /* of options_parse(), if it is false */
};

/* Ends with an entry without a name. */
extern const struct option_spec option_specs[];

/* Parses; false with options->error.text when the command line is wrong.
 * config_directory is where files are looked for when none is named. */
bool options_parse(struct options *options, struct arena *arena, int argc, char *const argv[],
		   const char *config_directory);

/* What run_make() needs of it. */
struct run_options options_for_run(const struct options *options);
