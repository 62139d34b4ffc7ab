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
/* The unit of --for, and the polling interval of wgpeerselector. */
#define DEFAULT_EVERY_MS 5000
/* --for forever; a future time does not overflow the boot clock. */
#define FOREVER_MS (INT64_MAX / 4)
/* A longer deadline is a mistake: a run that hangs would block others. */
#define DEADLINE_MAX_MS (INT64_C(3600) * MSEC_PER_SEC)
/* The recorded state's file is NAME.json; this leaves room for its suffixes. */
#define INSTANCE_NAME_MAX 64

struct output;

struct options {
	struct arena *arena;
	const struct command *command;
	VEC(const char *) arguments; /* those that are not desired-state files */

	VEC(const char *) files; /* and directories */
	bool files_named; /* on the command line */
	const char *name; /* of the instance; NULL for commands that have none */
	struct state_dirs dirs;
	msec_t deadline;
	msec_t repeat_for; /* 0: one run */
	msec_t every;
	bool follow; /* and between these runs, on the kernel's notifications */
	msec_t timeout; /* 0: as the desired state sets it, see cmd_wait.c */

	const struct output *output; /* output format */
	bool all; /* do not shorten long lists */
	bool facts; /* each fact */
	const char *output_file; /* NULL: standard output */
	const char *keys; /* directory for key files, or NULL */
	const char *interface;
	bool quiet;
	bool verbose;
	enum color color;

	struct option_error error; /* error of options_parse() if it returns false */
};

/* Ends with an entry without a name. */
extern const struct option_spec option_specs[];

/* Parses; false with options->error.text when the command line is wrong. config_directory is
 * searched if no file is named. */
bool options_parse(struct options *options, struct arena *arena, int argc, char *const argv[],
		   const char *config_directory);

/* Converts to the options of run_make(). */
struct run_options options_for_run(const struct options *options);
