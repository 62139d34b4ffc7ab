/* SPDX-License-Identifier: MIT */
/*
 * command: the table of wgsim's commands; what each of them is given is in
 * options.h. One file for each: cmd_*.c.
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
	/* What wgsim calls itself for: help does not tell of them. */
	FOR_PLAY = 1 << 7,
	FOR_TERMINAL = 1 << 8,
	FOR_PASS = 1 << 9,
	FOR_REPORT = 1 << 10,
	FOR_EXPLORE = 1 << 11,
	FOR_TUNE = 1 << 12,
	/* All that make cases of scenarios. */
	FOR_CASES = FOR_RUN | FOR_LIST | FOR_SHELL | FOR_TUNE,
	/* All that play a case. */
	FOR_PLAYING = FOR_RUN | FOR_REPLAY | FOR_SHELL | FOR_EXPLORE | FOR_TUNE,
	FOR_PEOPLE = FOR_PLAYING | FOR_LIST | FOR_VALIDATE | FOR_REPORT | FOR_HELP | FOR_VERSION,
};

/* Ends with an entry without a name. */
extern const struct command wgsim_commands[];

/* With the options of options.h. */
extern const struct grammar wgsim_grammar;

enum exit_code wgsim_run(struct options *options);
enum exit_code wgsim_list(struct options *options);
enum exit_code wgsim_validate(struct options *options);
enum exit_code wgsim_replay(struct options *options);
enum exit_code wgsim_shell(struct options *options);
enum exit_code wgsim_report(struct options *options);
enum exit_code wgsim_explore(struct options *options);
enum exit_code wgsim_tune(struct options *options);
enum exit_code wgsim_help(struct options *options);
enum exit_code wgsim_version(struct options *options);
enum exit_code wgsim_play(struct options *options);
enum exit_code wgsim_terminal(struct options *options);
enum exit_code wgsim_pass(struct options *options);

/* What help prints, with the description of one command or of all. */
char *wgsim_usage(const struct command *command, struct arena *arena);
