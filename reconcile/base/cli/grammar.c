/* SPDX-License-Identifier: MIT */
#include "grammar.h"

#include "base/diag.h"

#include <getopt.h>
#include <stdio.h>

/* getopt's number of a long option; letters are below. */
#define LONG_BASE 0x100

/* Options seen before the command is known. */
struct parser {
	struct command_line *line;
	const struct grammar *grammar;
	struct arena *arena;
	int options_n;
	const char *command;
	bool help;
	bool version;
};

static bool wrong(struct parser *parser, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(struct parser *parser, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	parser->line->error = text_printable(parser->arena,
					     arena_vprintf(parser->arena, format, args));
	va_end(args);
	return false;
}

const char *wrong_word_text(struct arena *arena, const char *word, const char *what,
			    const char *const *candidates)
{
	const char *nearest = nearest_word(word, candidates);
	const char *text = arena_printf(arena, "'%s' is %s", word, what);

	if (nearest)
		text = arena_printf(arena, "%s (did you mean '%s'?)", text, nearest);
	return text_printable(arena, text);
}

/* ---- The tables ---- */

const struct command *grammar_command(const struct grammar *grammar, const char *name)
{
	for (const struct command *command = grammar->commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

const char *const *grammar_commands(const struct grammar *grammar, struct arena *arena)
{
	VEC(const char *) names = { 0 };

	for (const struct command *command = grammar->commands; command->name; command++)
		if (command->summary)
			*vec_push(arena, &names) = command->name;
	*vec_push(arena, &names) = NULL;
	return names.at;
}

const char *wrong_command_text(const struct grammar *grammar, struct arena *arena, const char *word)
{
	return wrong_word_text(arena, word, "not a command", grammar_commands(grammar, arena));
}

static int count_options(const struct grammar *grammar)
{
	int n = 0;

	while (n < GRAMMAR_OPTIONS_MAX && grammar->options[n].name)
		n++;
	return n;
}

/* -1: none. */
static int option_of(const struct parser *parser, int number)
{
	for (int i = 0; i < parser->options_n; i++)
		if (number == LONG_BASE + i || number == parser->grammar->options[i].letter)
			return i;
	return -1;
}

/* ---- The words of the command line ---- */

static bool unknown_option(struct parser *parser, const char *word)
{
	const char *names[GRAMMAR_OPTIONS_MAX + 1] = { 0 };
	const char *name = arena_strndup(parser->arena, word + 2, strcspn(word + 2, "="));
	const char *nearest;

	for (int i = 0; i < parser->options_n; i++)
		names[i] = parser->grammar->options[i].name;
	nearest = nearest_word(name, names);
	if (nearest)
		return wrong(parser, "no option '--%s' (did you mean '--%s'?)", name, nearest);
	return wrong(parser, "no option '--%s'", name);
}

/* getopt returned '?' (an unknown option, or an argument to one that takes none) or ':'
 * (none to one that takes one). */
static bool wrong_option(struct parser *parser, int said, const char *word)
{
	const struct option_spec *specs = parser->grammar->options;
	int id = optopt ? option_of(parser, optopt) : -1;

	if (said == ':')
		return wrong(parser, "option '%s' needs %s", word, specs[id].argument);
	if (id >= 0)
		return wrong(parser, "option '--%s' takes no argument", specs[id].name);
	if (optopt)
		return wrong(parser, "no option '-%c'", optopt);
	return unknown_option(parser, word);
}

static void take_word(struct parser *parser, const char *word)
{
	if (parser->command)
		*vec_push(parser->arena, &parser->line->arguments) = word;
	else
		parser->command = word;
}

static void take_option(struct parser *parser, int id, const char *value)
{
	const char *name = parser->grammar->options[id].name;
	struct given_option *given = vec_push(parser->arena, &parser->line->given);

	given->option = (unsigned)id;
	given->value = value;
	parser->help |= strcmp(name, "help") == 0;
	parser->version |= strcmp(name, "version") == 0;
}

/* '-' in front: words are returned in order, regardless of POSIXLY_CORRECT. */
static const char *getopt_letters(const struct parser *parser)
{
	const char *letters = "-:";

	for (int i = 0; i < parser->options_n; i++) {
		const struct option_spec *spec = &parser->grammar->options[i];

		if (spec->letter)
			letters = arena_printf(parser->arena, "%s%c%s", letters, spec->letter,
					       spec->argument ? ":" : "");
	}
	return letters;
}

static bool walk(struct parser *parser, int argc, char *const argv[])
{
	struct option longs[GRAMMAR_OPTIONS_MAX + 1] = { 0 };
	const char *letters = getopt_letters(parser);
	int said;

	for (int i = 0; i < parser->options_n; i++) {
		const struct option_spec *spec = &parser->grammar->options[i];

		longs[i] = (struct option){
			.name = spec->name,
			.has_arg = spec->argument ? required_argument : no_argument,
			.val = LONG_BASE + i,
		};
	}
	optind = 0; /* restarts (getopt(3), Notes) */
	opterr = 0;
	while ((said = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (said == 1)
			take_word(parser, optarg);
		else if (said == '?' || said == ':')
			return wrong_option(parser, said, argv[optind - 1]);
		else
			take_option(parser, option_of(parser, said), optarg);
	}
	for (; optind < argc; optind++)
		take_word(parser, argv[optind]);
	return true;
}

/* ---- What belongs together ---- */

static bool find_command(struct parser *parser)
{
	struct command_line *line = parser->line;

	if (parser->version) {
		line->command = grammar_command(parser->grammar, "version");
		line->arguments.n = 0;
		return true;
	}
	if (parser->help && (!parser->command || strcmp(parser->command, "help") != 0)) {
		line->command = grammar_command(parser->grammar, "help");
		line->arguments.n = 0;
		if (parser->command)
			*vec_push(parser->arena, &line->arguments) = parser->command;
		return true;
	}
	if (!parser->command)
		return wrong(parser, "a command is missing");
	line->command = grammar_command(parser->grammar, parser->command);
	if (line->command)
		return true;
	line->error = wrong_command_text(parser->grammar, parser->arena, parser->command);
	return false;
}

/* help and version accept any command line. */
static bool takes_any_option(const struct command *command)
{
	return strcmp(command->name, "help") == 0 || strcmp(command->name, "version") == 0;
}

static bool check_options(struct parser *parser)
{
	const struct command *command = parser->line->command;

	if (takes_any_option(command))
		return true;
	vec_each (given, &parser->line->given) {
		const struct option_spec *spec = &parser->grammar->options[given->option];

		if (!(spec->commands & command->bit))
			return wrong(parser, "%s has no option '--%s'", command->name, spec->name);
	}
	return true;
}

static bool check_arguments(struct parser *parser)
{
	const struct command *command = parser->line->command;
	int n = (int)parser->line->arguments.n;

	if (n < command->arguments_min)
		return wrong(parser, "%s needs more arguments: %s", command->name,
			     command->arguments);
	if (command->arguments_max >= 0 && n > command->arguments_max)
		return wrong(parser, "'%s' is one argument too many for %s, which takes %s",
			     parser->line->arguments.at[command->arguments_max], command->name,
			     command->arguments_max ? command->arguments : "none");
	return true;
}

bool command_line_parse(struct command_line *line, const struct grammar *grammar,
			struct arena *arena, int argc, char *const argv[])
{
	struct parser parser = {
		.line = line,
		.grammar = grammar,
		.arena = arena,
		.options_n = count_options(grammar),
	};

	*line = (struct command_line){ 0 };
	return walk(&parser, argc, argv) && find_command(&parser) && check_options(&parser) &&
	       check_arguments(&parser);
}

bool command_line_has(const struct command_line *line, unsigned option)
{
	vec_each (given, &line->given)
		if (given->option == option)
			return true;
	return false;
}

/* ---- Values of options ---- */

bool option_wrong(struct option_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error->text = text_printable(error->arena, arena_vprintf(error->arena, format, args));
	va_end(args);
	return false;
}

bool option_wrong_word(struct option_error *error, const char *word, const char *what,
		       const char *const *candidates)
{
	error->text = wrong_word_text(error->arena, word, what, candidates);
	return false;
}

bool option_duration(struct option_error *error, unsigned option, const char *text,
		     msec_t *duration)
{
	const char *name = error->specs[option].name;

	if (!duration_parse(text, duration))
		return option_wrong(error, "--%s '%s' is not a duration, such as 500ms, 5s or 10m",
				    name, text);
	return *duration || option_wrong(error, "--%s must be longer than 0", name);
}

bool option_path(struct option_error *error, unsigned option, const char *path, const char **value)
{
	*value = path;
	return path[0] || option_wrong(error, "--%s must not be empty", error->specs[option].name);
}

bool option_color(struct option_error *error, const char *word, enum color *color)
{
	return color_parse(word, color) ||
	       option_wrong_word(error, word, "none of auto, always and never, which --color takes",
				 color_words);
}

/* ---- Help ---- */

static void add_option(struct buffer *text, const struct option_spec *option)
{
	const char *argument = option->argument ? option->argument : "";
	const char *form = arena_printf(text->arena, "--%s%s%s", option->name,
					argument[0] ? " " : "", argument);

	if (option->letter)
		buffer_printf(text, "  -%c, %-20s  %s\n", option->letter, form, option->help);
	else
		buffer_printf(text, "      %-20s  %s\n", form, option->help);
}

static void add_options(struct buffer *text, const struct grammar *grammar,
			const struct command *command)
{
	buffer_add(text, "\nOptions:\n");
	for (const struct option_spec *option = grammar->options; option->name; option++)
		if (!command || option->commands & command->bit)
			add_option(text, option);
}

static void add_commands(struct buffer *text, const struct grammar *grammar)
{
	buffer_printf(text, "usage: %s [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n",
		      grammar->program);
	for (const struct command *command = grammar->commands; command->name; command++)
		if (command->summary)
			buffer_printf(text, "  %-10s  %s\n", command->name, command->summary);
}

static void add_command(struct buffer *text, const struct grammar *grammar,
			const struct command *command)
{
	buffer_printf(text, "usage: %s [OPTIONS] %s%s%s\n", grammar->program, command->name,
		      command->arguments[0] ? " " : "", command->arguments);
	if (command->summary)
		buffer_printf(text, "\n%c%s.\n", command->summary[0] - 'a' + 'A',
			      command->summary + 1);
	if (command->description[0])
		buffer_printf(text, "\n%s\n", command->description);
}

void usage_add(struct buffer *text, const struct grammar *grammar, const struct command *command)
{
	if (command)
		add_command(text, grammar, command);
	else
		add_commands(text, grammar);
	add_options(text, grammar, command);
}

void usage_add_codes(struct buffer *text, const struct exit_meaning *codes, size_t n)
{
	buffer_add(text, "\nExit codes:\n");
	for (size_t i = 0; i < n; i++)
		buffer_printf(text, "  %-10d  %s\n", codes[i].code, codes[i].meaning);
}
