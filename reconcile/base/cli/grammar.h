/* SPDX-License-Identifier: MIT */
/*
 * grammar: command lines of the form PROGRAM [OPTIONS] COMMAND [ARGUMENTS], from one table
 * of commands and one of options, which parsing, help and completion share. Options may be
 * before or after the command; an option that the command does not take is an error. Each
 * program interprets the values.
 */
#pragma once

#include "base/buffer.h"
#include "base/text.h"
#include "color_choice.h"
#include "exit.h"

struct command {
	const char *name;
	const char *arguments; /* as help shows them */
	const char *summary; /* one line; NULL: not in help */
	const char *description; /* more lines, for help COMMAND */
	int arguments_min;
	int arguments_max; /* -1: any number */
	unsigned bit; /* see struct option_spec */
	enum exit_code (*run)(void *options); /* struct options, or the program's name for it */
};

/* One option: its row in help and completion, and the commands that take it. */
struct option_spec {
	const char *name;
	char letter; /* 0: none */
	const char *argument; /* as help shows it; NULL: takes none */
	unsigned commands; /* bits of the commands that take it */
	const char *help;
};

/* How many options a table may have. */
#define GRAMMAR_OPTIONS_MAX 64

/* Every program has the commands help and version, and options of these names. */
struct grammar {
	const char *program;
	const struct command *commands; /* ends with an entry without a name */
	const struct option_spec *options; /* likewise */
};

const struct command *grammar_command(const struct grammar *grammar, const char *name);

/* The commands' names with a NULL at the end, for nearest_word(). */
const char *const *grammar_commands(const struct grammar *grammar, struct arena *arena);

struct given_option {
	unsigned option; /* index in the grammar's table */
	const char *value; /* NULL: it takes none */
};

/* A command line that follows the grammar. */
struct command_line {
	const struct command *command;
	VEC(const char *) arguments;
	VEC(struct given_option) given; /* in their order */
	const char *error; /* one line, on an error */
};

/* False with line->error set when something is wrong. --help and --version become the
 * commands of these names, which accept any option. */
bool command_line_parse(struct command_line *line, const struct grammar *grammar,
			struct arena *arena, int argc, char *const argv[]);

bool command_line_has(const struct command_line *line, unsigned option);

/* "'word' is WHAT", with the candidate nearest to it, for errors. */
const char *wrong_word_text(struct arena *arena, const char *word, const char *what,
			    const char *const *candidates);

/* The error of "help WORD" for a word that is no command. */
const char *wrong_command_text(const struct grammar *grammar, struct arena *arena,
			       const char *word);

/* The error for an option's value. */
struct option_error {
	struct arena *arena;
	const struct option_spec *specs; /* the grammar's; the functions below take an index */
	const char *text; /* one line, fit for a terminal; NULL: nothing */
};

/* Each sets error->text where it returns false; option_wrong() always does. */
bool option_wrong(struct option_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* wrong_word_text() as the error. */
bool option_wrong_word(struct option_error *error, const char *word, const char *what,
		       const char *const *candidates);

/* A duration that is not zero. */
bool option_duration(struct option_error *error, unsigned option, const char *text,
		     msec_t *duration);

/* Any text but an empty one. */
bool option_path(struct option_error *error, unsigned option, const char *path, const char **value);

/* auto, always or never, of --color. */
bool option_color(struct option_error *error, const char *word, enum color *color);

/* Adds what help prints: of one command, or of all (NULL). */
void usage_add(struct buffer *text, const struct grammar *grammar, const struct command *command);

struct exit_meaning {
	enum exit_code code;
	const char *meaning;
};

/* Adds a table of exit codes. */
void usage_add_codes(struct buffer *text, const struct exit_meaning *codes, size_t n);
