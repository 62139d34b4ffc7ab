/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "output.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

enum option_id {
	OPTION_CONFIG,
	OPTION_NAME,
	OPTION_STATE_DIR,
	OPTION_RUN_DIR,
	OPTION_DEADLINE,
	OPTION_FOR,
	OPTION_EVERY,
	OPTION_JSON,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION_KEYS,
	OPTION_INTERFACE,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTIONS_N,
};

const struct option_spec option_specs[OPTIONS_N + 1] = {
	[OPTION_CONFIG] = { "config", 'c', "PATH", FOR_FILES,
			    "file or directory of the desired state; may be given again" },
	[OPTION_NAME] = { "name", 'n', "NAME", FOR_FILES,
			  "instance (default: the first file's name without .yaml)" },
	[OPTION_STATE_DIR] = { "state-dir", 0, "DIR", FOR_FILES,
			       "recorded state (default: " STATE_DIRECTORY ")" },
	[OPTION_RUN_DIR] = { "run-dir", 0, "DIR", FOR_FILES,
			     "lock and marks (default: " RUN_DIRECTORY ")" },
	[OPTION_DEADLINE] = { "deadline", 0, "DURATION", FOR_FILES | FOR_SHOW,
			      "time for all of a run (default: 4s)" },
	[OPTION_FOR] = { "for", 0, "DURATION", FOR_APPLY, "repeat the step for this long" },
	[OPTION_EVERY] = { "every", 0, "DURATION", FOR_APPLY, "how often (default: 5s)" },
	[OPTION_JSON] = { "json", 0, NULL, FOR_FILES, "the same as --format json" },
	[OPTION_FORMAT] = { "format", 0, "FORM", FOR_FILES,
			    "text, json; status also: wgpeerselector, prometheus" },
	[OPTION_OUTPUT] = { "output", 0, "FILE", FOR_STATUS,
			    "replace FILE at once when all is written" },
	[OPTION_KEYS] = { "keys", 0, "DIR", FOR_SHOW | FOR_IMPORT,
			  "write the keys into files in DIR" },
	[OPTION_INTERFACE] = { "interface", 0, "NAME", FOR_IMPORT, "the interface's name" },
	[OPTION_QUIET] = { "quiet", 'q', NULL, FOR_FILES | FOR_SHOW | FOR_IMPORT,
			   "only changes, warnings and errors" },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, FOR_FILES, "say more" },
	[OPTION_COLOR] = { "color", 0, "WHEN", FOR_ALL, "auto, always or never" },
	[OPTION_HELP] = { "help", 'h', NULL, FOR_ALL, "the same as the command help" },
	[OPTION_VERSION] = { "version", 'V', NULL, FOR_ALL, "the same as the command version" },
};

/* getopt's number of a long option; letters stand below. */
#define LONG_BASE 0x100

/* What is seen before it is known which command it is for. */
struct parser {
	struct options *options;
	const char *config_directory;
	const char *command;
	unsigned given; /* bits of enum option_id */
	bool help;
	bool version;
};

static bool wrong(struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool wrong(struct options *options, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	options->error = text_printable(options->arena,
					arena_vprintf(options->arena, format, args));
	va_end(args);
	return false;
}

/* "'word' is WHAT", with the candidate nearest to it. */
static bool wrong_word(struct options *options, const char *word, const char *what,
		       const char *const *candidates)
{
	const char *nearest = nearest_word(word, candidates);

	if (nearest)
		return wrong(options, "'%s' is %s (did you mean '%s'?)", word, what, nearest);
	return wrong(options, "'%s' is %s", word, what);
}

/* ---- Single values ---- */

static const char *const color_words[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	NULL,
};

static bool set_color(struct options *options, const char *word)
{
	for (int i = 0; color_words[i]; i++) {
		if (strcmp(word, color_words[i]) == 0) {
			options->color = (enum color)i;
			return true;
		}
	}
	return wrong_word(options, word, "none of auto, always and never, which --color takes",
			  color_words);
}

static bool set_duration(struct options *options, enum option_id id, const char *text,
			 msec_t *duration)
{
	if (!duration_parse(text, duration))
		return wrong(options, "--%s '%s' is not a duration, such as 500ms, 5s or 10m",
			     option_specs[id].name, text);
	if (*duration == 0)
		return wrong(options, "--%s must be longer than 0", option_specs[id].name);
	return true;
}

static bool set_deadline(struct options *options, const char *text)
{
	if (!set_duration(options, OPTION_DEADLINE, text, &options->deadline))
		return false;
	if (options->deadline > DEADLINE_MAX_MS)
		return wrong(options, "--deadline '%s' is longer than 1h", text);
	return true;
}

static bool set_format(struct options *options, const char *word)
{
	options->output = output_find(word);
	return options->output || wrong_word(options, word, "none of the forms that --format takes",
					     output_names(options->arena));
}

static bool set_path(struct options *options, enum option_id id, const char *path,
		     const char **value)
{
	*value = path;
	return path[0] || wrong(options, "--%s must not be empty", option_specs[id].name);
}

static bool name_is_valid(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_.-";
	size_t length = strspn(name, allowed);

	return length > 0 && length <= INSTANCE_NAME_MAX && !name[length] &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool set_name(struct options *options, const char *name)
{
	options->name = name;
	return name_is_valid(name) ||
	       wrong(options, "--name '%s' is not 1 to %d of the characters A-Z a-z 0-9 _ . -",
		     name, INSTANCE_NAME_MAX);
}

static bool set_interface(struct options *options, const char *name)
{
	options->interface = name;
	return interface_name_valid(name) ||
	       wrong(options, "'%s' cannot be the name of an interface", name);
}

static bool set_option(struct parser *parser, enum option_id id, const char *value)
{
	struct options *options = parser->options;

	parser->given |= 1u << id;
	switch (id) {
	case OPTION_CONFIG:
		return set_path(options, id, value, vec_push(options->arena, &options->files));
	case OPTION_NAME:
		return set_name(options, value);
	case OPTION_STATE_DIR:
		return set_path(options, id, value, &options->dirs.state);
	case OPTION_RUN_DIR:
		return set_path(options, id, value, &options->dirs.run);
	case OPTION_DEADLINE:
		return set_deadline(options, value);
	case OPTION_FOR:
		return set_duration(options, id, value, &options->repeat_for);
	case OPTION_EVERY:
		return set_duration(options, id, value, &options->every);
	case OPTION_JSON:
		return set_format(options, "json");
	case OPTION_FORMAT:
		return set_format(options, value);
	case OPTION_OUTPUT:
		return set_path(options, id, value, &options->output_file);
	case OPTION_KEYS:
		return set_path(options, id, value, &options->keys);
	case OPTION_INTERFACE:
		return set_interface(options, value);
	case OPTION_QUIET:
		options->quiet = true;
		break;
	case OPTION_VERBOSE:
		options->verbose = true;
		break;
	case OPTION_COLOR:
		return set_color(options, value);
	case OPTION_HELP:
		parser->help = true;
		break;
	case OPTION_VERSION:
		parser->version = true;
		break;
	case OPTIONS_N:
		break;
	}
	return true;
}

/* ---- The words of the command line ---- */

static enum option_id option_of(int number)
{
	for (int id = 0; id < OPTIONS_N; id++)
		if (number == LONG_BASE + id || number == option_specs[id].letter)
			return (enum option_id)id;
	return OPTIONS_N;
}

static bool unknown_option(struct options *options, const char *word)
{
	const char *names[OPTIONS_N + 1] = { 0 };
	const char *name = arena_strndup(options->arena, word + 2, strcspn(word + 2, "="));
	const char *nearest;

	for (int id = 0; id < OPTIONS_N; id++)
		names[id] = option_specs[id].name;
	nearest = nearest_word(name, names);
	if (nearest)
		return wrong(options, "no option '--%s' (did you mean '--%s'?)", name, nearest);
	return wrong(options, "no option '--%s'", name);
}

/* getopt said '?' (an unknown option, or an argument to one that takes none) or
 * ':' (none to one that takes one). */
static bool wrong_option(struct options *options, int said, const char *word)
{
	enum option_id id = optopt ? option_of(optopt) : OPTIONS_N;

	if (said == ':')
		return wrong(options, "option '%s' needs %s", word, option_specs[id].argument);
	if (id != OPTIONS_N)
		return wrong(options, "option '--%s' takes no argument", option_specs[id].name);
	if (optopt)
		return wrong(options, "no option '-%c'", optopt);
	return unknown_option(options, word);
}

static void take_word(struct parser *parser, const char *word)
{
	struct options *options = parser->options;

	if (parser->command)
		*vec_push(options->arena, &options->arguments) = word;
	else
		parser->command = word;
}

/* '-' in front: every word comes in its order, whatever POSIXLY_CORRECT says. */
static const char *getopt_letters(struct arena *arena)
{
	const char *letters = "-:";

	for (int id = 0; id < OPTIONS_N; id++)
		if (option_specs[id].letter)
			letters = arena_printf(arena, "%s%c%s", letters, option_specs[id].letter,
					       option_specs[id].argument ? ":" : "");
	return letters;
}

static bool walk(struct parser *parser, int argc, char *const argv[])
{
	struct option longs[OPTIONS_N + 1] = { 0 };
	const char *letters = getopt_letters(parser->options->arena);
	int said;

	for (int id = 0; id < OPTIONS_N; id++)
		longs[id] = (struct option){
			.name = option_specs[id].name,
			.has_arg = option_specs[id].argument ? required_argument : no_argument,
			.val = LONG_BASE + id,
		};
	optind = 0; /* begins anew (getopt(3), Notes) */
	opterr = 0;
	while ((said = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (said == 1)
			take_word(parser, optarg);
		else if (said == '?' || said == ':')
			return wrong_option(parser->options, said, argv[optind - 1]);
		else if (!set_option(parser, option_of(said), optarg))
			return false;
	}
	for (; optind < argc; optind++)
		take_word(parser, argv[optind]);
	return true;
}

/* ---- What belongs together ---- */

static bool find_command(struct parser *parser)
{
	struct options *options = parser->options;

	if (parser->version) {
		options->command = command_find("version");
		options->arguments.n = 0;
		return true;
	}
	if (parser->help && (!parser->command || strcmp(parser->command, "help") != 0)) {
		options->command = command_find("help");
		options->arguments.n = 0;
		if (parser->command)
			*vec_push(options->arena, &options->arguments) = parser->command;
		return true;
	}
	if (!parser->command)
		return wrong(options, "a command is missing");
	options->command = command_find(parser->command);
	return options->command ||
	       wrong_word(options, parser->command, "not a command", command_names(options->arena));
}

static bool check_options(struct parser *parser)
{
	struct options *options = parser->options;
	const struct command *command = options->command;

	/* They print about any command line. */
	if (command->bit & (FOR_HELP | FOR_VERSION))
		return true;
	for (int id = 0; id < OPTIONS_N; id++)
		if (parser->given & 1u << id && !(option_specs[id].commands & command->bit))
			return wrong(options, "%s has no option '--%s'", command->name,
				     option_specs[id].name);
	if (parser->given & 1u << OPTION_EVERY && !options->repeat_for)
		return wrong(options, "--every needs --for");
	if (command->bit == FOR_STATUS ? !options->output->status : !options->output->run)
		return wrong(options, "%s has no form '%s'", command->name, options->output->name);
	return true;
}

static bool check_arguments(struct options *options)
{
	const struct command *command = options->command;
	int n = (int)options->arguments.n;

	if (n < command->arguments_min)
		return wrong(options, "%s needs more arguments: %s", command->name,
			     command->arguments);
	if (command->arguments_max >= 0 && n > command->arguments_max)
		return wrong(options, "'%s' is one argument too many for %s",
			     options->arguments.at[command->arguments_max], command->name);
	return true;
}

static const char *without_suffix(struct arena *arena, const char *name, const char *suffix)
{
	size_t length = strlen(name);
	size_t suffix_length = strlen(suffix);

	if (length <= suffix_length || strcmp(name + length - suffix_length, suffix) != 0)
		return name;
	return arena_strndup(arena, name, length - suffix_length);
}

/* "/etc/wgreconcile/home.yaml" and "/etc/wgreconcile/home.conf.d/" are "home". */
static const char *name_of_file(struct arena *arena, const char *path)
{
	size_t length = strlen(path);
	const char *name, *slash;

	while (length > 1 && path[length - 1] == '/')
		length--;
	name = arena_strndup(arena, path, length);
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	return without_suffix(arena, without_suffix(arena, name, ".yaml"), ".conf.d");
}

static void use_default_files(struct options *options, const char *config_directory)
{
	struct arena *arena = options->arena;
	const char *file = arena_printf(arena, "%s/%s.yaml", config_directory, options->name);
	const char *more = arena_printf(arena, "%s/%s.conf.d", config_directory, options->name);
	struct stat status;
	bool has_more = stat(more, &status) == 0 && S_ISDIR(status.st_mode);

	/* Where neither is there, the error is to name the file. */
	if (!has_more || stat(file, &status) == 0 || errno != ENOENT)
		*vec_push(arena, &options->files) = file;
	if (has_more)
		*vec_push(arena, &options->files) = more;
}

static bool find_files(struct options *options, const char *config_directory)
{
	if (!(options->command->bit & FOR_FILES))
		return true;
	vec_each (file, &options->arguments)
		*vec_push(options->arena, &options->files) = *file;
	options->arguments.n = 0;
	if (!options->files.n) {
		if (!options->name)
			options->name = DEFAULT_INSTANCE;
		use_default_files(options, config_directory);
		return true;
	}
	if (options->name)
		return true;
	if (strcmp(options->files.at[0], "-") == 0)
		options->name = DEFAULT_INSTANCE;
	else
		options->name = name_of_file(options->arena, options->files.at[0]);
	return name_is_valid(options->name) ||
	       wrong(options, "no instance can be named after '%s'; name it with --name",
		     options->files.at[0]);
}

bool options_parse(struct options *options, struct arena *arena, int argc, char *const argv[],
		   const char *config_directory)
{
	struct parser parser = { .options = options };

	memset(options, 0, sizeof(*options));
	options->arena = arena;
	options->dirs = (struct state_dirs){ STATE_DIRECTORY, RUN_DIRECTORY };
	options->deadline = DEFAULT_DEADLINE_MS;
	options->every = DEFAULT_EVERY_MS;
	options->output = output_find("text");
	return walk(&parser, argc, argv) && find_command(&parser) && check_options(&parser) &&
	       check_arguments(options) && find_files(options, config_directory);
}

struct run_options options_for_run(const struct options *options)
{
	return (struct run_options){
		.name = options->name,
		.files = options->files.at,
		.files_n = options->files.n,
		.dirs = options->dirs,
		.deadline = options->deadline,
	};
}
