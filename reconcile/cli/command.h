/* SPDX-License-Identifier: MIT */
/*
 * command: the table of commands, which main walks, help prints and options
 * checks against; and what each of them is given. One file for each: cmd_*.c.
 */
#pragma once

#include "../core/arena.h"
#include "exit.h"

struct options;

struct command {
	const char *name;
	const char *arguments; /* as help shows them */
	const char *summary; /* one line */
	const char *description; /* more lines, for help COMMAND */
	int arguments_min;
	int arguments_max; /* -1: any number */
	unsigned bit; /* its own, see struct option_spec */
	enum exit_code (*run)(struct options *options);
};

enum command_bit {
	FOR_APPLY = 1 << 0,
	FOR_PLAN = 1 << 1,
	FOR_STATUS = 1 << 2,
	FOR_VALIDATE = 1 << 3,
	FOR_SHOW = 1 << 4,
	FOR_IMPORT = 1 << 5,
	FOR_HELP = 1 << 6,
	FOR_VERSION = 1 << 7,
	/* Their arguments are files of the desired state. All that says which instance is
	 * meant, and where its things are, may be given to each of them. */
	FOR_FILES = FOR_APPLY | FOR_PLAN | FOR_STATUS | FOR_VALIDATE,
	FOR_ALL = (1 << 8) - 1,
};

/* Ends with an entry without a name. */
extern const struct command commands[];

const struct command *command_find(const char *name);

/* Their names with a NULL at the end, for nearest_word(). */
const char *const *command_names(struct arena *arena);

enum exit_code cmd_apply(struct options *options);
enum exit_code cmd_plan(struct options *options);
enum exit_code cmd_status(struct options *options);
enum exit_code cmd_validate(struct options *options);
enum exit_code cmd_show(struct options *options);
enum exit_code cmd_import(struct options *options);
enum exit_code cmd_help(struct options *options);
enum exit_code cmd_version(struct options *options);

/* What help prints, with the description of one command or of all. */
char *usage_text(const struct command *command, struct arena *arena);
