/* SPDX-License-Identifier: MIT */
/*
 * command: the table of commands; their options are in options.h. Each has a file cmd_*.c.
 */
#pragma once

#include "base/cli/grammar.h"

enum command_bit {
	FOR_APPLY = 1 << 0,
	FOR_PLAN = 1 << 1,
	FOR_STATUS = 1 << 2,
	FOR_VALIDATE = 1 << 3,
	FOR_SHOW = 1 << 4,
	FOR_IMPORT = 1 << 5,
	FOR_HELP = 1 << 6,
	FOR_VERSION = 1 << 7,
	FOR_WAIT = 1 << 8,
	/* Their arguments are files of the desired state. Each takes the options that select
	 * the instance and its directories. */
	FOR_FILES = FOR_APPLY | FOR_PLAN | FOR_STATUS | FOR_VALIDATE | FOR_WAIT,
	FOR_ALL = (1 << 9) - 1,
};

/* Ends with an entry without a name. */
extern const struct command commands[];

/* With the options of options.h. */
extern const struct grammar command_grammar;

/* All take struct options. */
enum exit_code cmd_apply(void *options);
enum exit_code cmd_plan(void *options);
enum exit_code cmd_status(void *options);
enum exit_code cmd_validate(void *options);
enum exit_code cmd_wait(void *options);
enum exit_code cmd_show(void *options);
enum exit_code cmd_import(void *options);
enum exit_code cmd_help(void *options);
enum exit_code cmd_version(void *options);

/* What help prints, with the description of one command or of all. */
char *usage_text(const struct command *command, struct arena *arena);
