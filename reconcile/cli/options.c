/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "output.h"

#include <errno.h>
#include <sys/stat.h>

enum option_id {
	OPTION_CONFIG,
	OPTION_NAME,
	OPTION_STATE_DIR,
	OPTION_RUN_DIR,
	OPTION_DEADLINE,
	OPTION_FOR,
	OPTION_EVERY,
	OPTION_FOLLOW,
	OPTION_TIMEOUT,
	OPTION_JSON,
	OPTION_FORMAT,
	OPTION_ALL,
	OPTION_FACTS,
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
	[OPTION_FOR] = { "for", 0, "DURATION", FOR_APPLY,
			 "repeat the step for this long, or forever" },
	[OPTION_EVERY] = { "every", 0, "DURATION", FOR_APPLY,
			   "how often (default: 5s; with --follow 30s without selectors)" },
	[OPTION_FOLLOW] = { "follow", 0, NULL, FOR_APPLY,
			    "with --for: also whenever the kernel tells of a change" },
	[OPTION_TIMEOUT] = { "timeout", 0, "DURATION", FOR_WAIT,
			     "come back after so long (default: 30s; with selectors 5s)" },
	[OPTION_JSON] = { "json", 0, NULL, FOR_FILES, "the same as --format json" },
	[OPTION_FORMAT] = { "format", 0, "FORM", FOR_FILES,
			    "text, json; status also: wgpeerselector, prometheus" },
	[OPTION_ALL] = { "all", 0, NULL, FOR_APPLY | FOR_PLAN,
			 "every line of many, not the first and last few" },
	[OPTION_FACTS] = { "facts", 0, NULL, FOR_STATUS,
			   "each fact: its source, and why it is used or not" },
	[OPTION_OUTPUT] = { "output", 0, "FILE", FOR_STATUS,
			    "replace FILE at once when all is written" },
	[OPTION_KEYS] = { "keys", 0, "DIR", FOR_SHOW | FOR_IMPORT,
			  "write the keys into files in DIR" },
	[OPTION_INTERFACE] = { "interface", 0, "NAME", FOR_IMPORT, "the interface's name" },
	[OPTION_QUIET] = { "quiet", 'q', NULL, FOR_FILES | FOR_SHOW | FOR_IMPORT,
			   "only what happens, each message once in a while" },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, FOR_FILES, "say more" },
	[OPTION_COLOR] = { "color", 0, "WHEN", FOR_ALL, "auto, always or never" },
	[OPTION_HELP] = { "help", 'h', NULL, FOR_ALL, "the same as the command help" },
	[OPTION_VERSION] = { "version", 'V', NULL, FOR_ALL, "the same as the command version" },
};

/* ---- Single values ---- */

static bool set_deadline(struct options *options, const char *text)
{
	if (!option_duration(&options->error, OPTION_DEADLINE, text, &options->deadline))
		return false;
	if (options->deadline > DEADLINE_MAX_MS)
		return option_wrong(&options->error, "--deadline '%s' is longer than 1h", text);
	return true;
}

static bool set_format(struct options *options, const char *word)
{
	options->output = output_find(word);
	return options->output ||
	       option_wrong_word(&options->error, word, "none of the forms that --format takes",
				 output_names(options->arena));
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
	       option_wrong(&options->error,
			    "--name '%s' is not 1 to %d of the characters A-Z a-z 0-9 _ . -", name,
			    INSTANCE_NAME_MAX);
}

static bool set_interface(struct options *options, const char *name)
{
	options->interface = name;
	return interface_name_valid(name) ||
	       option_wrong(&options->error, "'%s' cannot be the name of an interface", name);
}

static bool set_option(struct options *options, enum option_id id, const char *value)
{
	switch (id) {
	case OPTION_CONFIG:
		return option_path(&options->error, id, value,
				   vec_push(options->arena, &options->files));
	case OPTION_NAME:
		return set_name(options, value);
	case OPTION_STATE_DIR:
		return option_path(&options->error, id, value, &options->dirs.state);
	case OPTION_RUN_DIR:
		return option_path(&options->error, id, value, &options->dirs.run);
	case OPTION_DEADLINE:
		return set_deadline(options, value);
	case OPTION_FOR:
		options->repeat_for = FOREVER_MS;
		return strcmp(value, "forever") == 0 ||
		       option_duration(&options->error, id, value, &options->repeat_for);
	case OPTION_EVERY:
		return option_duration(&options->error, id, value, &options->every);
	case OPTION_FOLLOW:
		options->follow = true;
		break;
	case OPTION_TIMEOUT:
		return option_duration(&options->error, id, value, &options->timeout);
	case OPTION_JSON:
		return set_format(options, "json");
	case OPTION_FORMAT:
		return set_format(options, value);
	case OPTION_ALL:
		options->all = true;
		break;
	case OPTION_FACTS:
		options->facts = true;
		break;
	case OPTION_OUTPUT:
		return option_path(&options->error, id, value, &options->output_file);
	case OPTION_KEYS:
		return option_path(&options->error, id, value, &options->keys);
	case OPTION_INTERFACE:
		return set_interface(options, value);
	case OPTION_QUIET:
		options->quiet = true;
		break;
	case OPTION_VERBOSE:
		options->verbose = true;
		break;
	case OPTION_COLOR:
		return option_color(&options->error, value, &options->color);
	case OPTION_HELP:
	case OPTION_VERSION:
	case OPTIONS_N:
		break;
	}
	return true;
}

/* ---- Combinations of options ---- */

static bool has_form(const struct command *command, const struct output *output)
{
	switch (command->bit) {
	case FOR_STATUS:
		return output->status;
	case FOR_WAIT:
		return output->wait;
	default:
		return output->run;
	}
}

static bool set_options(struct options *options, const struct command_line *line)
{
	const struct command *command = options->command;

	vec_each (given, &line->given)
		if (!set_option(options, (enum option_id)given->option, given->value))
			return false;
	/* They accept any command line. */
	if (command->bit & (FOR_HELP | FOR_VERSION))
		return true;
	if (command_line_has(line, OPTION_EVERY) && !options->repeat_for)
		return option_wrong(&options->error, "--every needs --for");
	if (options->follow && !options->repeat_for)
		return option_wrong(&options->error, "--follow needs --for");
	if (options->follow && !command_line_has(line, OPTION_EVERY))
		options->every = 0;
	if (!has_form(command, options->output))
		return option_wrong(&options->error, "%s has no form '%s'", command->name,
				    options->output->name);
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

	/* If neither exists, the error names the file. */
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
	options->files_named = options->files.n > 0;
	if (!options->files_named) {
		if (!options->name)
			options->name = DEFAULT_INSTANCE;
		use_default_files(options, config_directory);
		return true;
	}
	if (options->name)
		return true;
	/* Standard input, and /dev/fd/N of a shell's <(...), have no usable name. */
	if (strcmp(options->files.at[0], "-") == 0 ||
	    strncmp(options->files.at[0], "/dev/", strlen("/dev/")) == 0)
		options->name = DEFAULT_INSTANCE;
	else
		options->name = name_of_file(options->arena, options->files.at[0]);
	return name_is_valid(options->name) ||
	       option_wrong(&options->error,
			    "no instance can be named after '%s'; name it with --name",
			    options->files.at[0]);
}

bool options_parse(struct options *options, struct arena *arena, int argc, char *const argv[],
		   const char *config_directory)
{
	struct command_line line;

	memset(options, 0, sizeof(*options));
	options->arena = arena;
	options->error = (struct option_error){ .arena = arena, .specs = option_specs };
	options->dirs = (struct state_dirs){ STATE_DIRECTORY, RUN_DIRECTORY };
	options->deadline = DEFAULT_DEADLINE_MS;
	options->every = DEFAULT_EVERY_MS;
	options->output = output_find("text");
	if (!command_line_parse(&line, &command_grammar, arena, argc, argv)) {
		options->error.text = line.error;
		return false;
	}
	options->command = line.command;
	vec_each (word, &line.arguments)
		*vec_push(arena, &options->arguments) = *word;
	return set_options(options, &line) && find_files(options, config_directory);
}

struct run_options options_for_run(const struct options *options)
{
	return (struct run_options){
		.name = options->name,
		.files = options->files.at,
		.files_n = options->files.n,
		.files_named = options->files_named,
		.dirs = options->dirs,
		.deadline = options->deadline,
	};
}
