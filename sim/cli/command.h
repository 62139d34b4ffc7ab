/* SPDX-License-Identifier: MIT */
/*
 * command: the table of wgsim's commands; their options are in options.h. Each has a file
 * cmd_*.c.
 */
#pragma once

#include "base/cli/grammar.h"

enum wgsim_command_bit {
	FOR_RUN = 1 << 0,
	FOR_LIST = 1 << 1,
	FOR_VALIDATE = 1 << 2,
	FOR_REPLAY = 1 << 3,
	FOR_SHELL = 1 << 4,
	FOR_HELP = 1 << 5,
	FOR_VERSION = 1 << 6,
	/* Commands that wgsim itself runs; not in help. */
	FOR_PLAY = 1 << 7,
	FOR_TERMINAL = 1 << 8,
	FOR_PASS = 1 << 9,
	FOR_REPORT = 1 << 10,
	FOR_EXPLORE = 1 << 11,
	FOR_TUNE = 1 << 12,
	/* All that make cases from scenarios. */
	FOR_CASES = FOR_RUN | FOR_LIST | FOR_SHELL | FOR_TUNE,
	/* All that simulate a case. */
	FOR_PLAYING = FOR_RUN | FOR_REPLAY | FOR_SHELL | FOR_EXPLORE | FOR_TUNE,
	FOR_PEOPLE = FOR_PLAYING | FOR_LIST | FOR_VALIDATE | FOR_REPORT | FOR_HELP | FOR_VERSION,
};

/* Ends with an entry without a name. */
extern const struct command wgsim_commands[];

/* With the options of options.h. */
extern const struct grammar wgsim_grammar;

/* All take struct sim_options. */
enum exit_code wgsim_run(void *options);
enum exit_code wgsim_list(void *options);
enum exit_code wgsim_validate(void *options);
enum exit_code wgsim_replay(void *options);
enum exit_code wgsim_shell(void *options);
enum exit_code wgsim_report(void *options);
enum exit_code wgsim_explore(void *options);
enum exit_code wgsim_tune(void *options);
enum exit_code wgsim_help(void *options);
enum exit_code wgsim_version(void *options);
enum exit_code wgsim_play(void *options);
enum exit_code wgsim_terminal(void *options);
enum exit_code wgsim_pass(void *options);

/* What help prints, with the description of one command or of all. */
char *wgsim_usage(const struct command *command, struct arena *arena);
