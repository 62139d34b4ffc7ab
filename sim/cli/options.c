/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "report/plots.h"
#include "run/backend.h"

#include <errno.h>
#include <stdlib.h>

enum option_id {
	OPTION_SEED,
	OPTION_SEEDS,
	OPTION_SET,
	OPTION_VARY,
	OPTION_ONLY,
	OPTION_SHARD,
	OPTION_BACKEND,
	OPTION_PROGRAM,
	OPTION_MEMORY,
	OPTION_JOBS,
	OPTION_TIMEOUT,
	OPTION_FAIL_FAST,
	OPTION_KEEP_GOING,
	OPTION_DURING,
	OPTION_PRINT,
	OPTION_AT,
	OPTION_OUTPUT,
	OPTION_JUNIT,
	OPTION_PLOT,
	OPTION_FORMAT,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTIONS_N,
};

const struct option_spec wgsim_options[OPTIONS_N + 1] = {
	[OPTION_SEED] = { "seed", 0, "N", FOR_CASES | FOR_EXPLORE,
			  "instead of the scenario's own" },
	[OPTION_SEEDS] = { "seeds", 0, "A..B", FOR_CASES | FOR_EXPLORE,
			   "each case with each of these seeds" },
	[OPTION_SET] = { "set", 0, "NAME=VALUE", FOR_CASES | FOR_VALIDATE,
			 "a variable of the scenario; may be given again" },
	[OPTION_VARY] = { "vary", 0, "NAME=VALUE,...", FOR_TUNE,
			  "each of these values of a variable; may be given again" },
	[OPTION_ONLY] = { "only", 0, "TEXT", FOR_CASES,
			  "cases whose name has it: a part or a regular expression" },
	[OPTION_SHARD] = { "shard", 0, "K/N", FOR_RUN | FOR_LIST | FOR_EXPLORE | FOR_TUNE,
			   "the Kth of N parts of the cases, the same on every machine" },
	[OPTION_BACKEND] = { "backend", 0, "WHERE", FOR_PLAYING,
			     "auto, time-travel, guest, kernel or userspace" },
	[OPTION_PROGRAM] = { "program", 0, "WGRECONCILE", FOR_PLAYING,
			     "what runs in the nodes (default: beside wgsim, else in PATH)" },
	[OPTION_MEMORY] = { "memory", 0, "SIZE", FOR_PLAYING,
			    "of each simulated machine, such as 2G (default: 512M)" },
	[OPTION_JOBS] = { "jobs", 'j', "N", FOR_RUN | FOR_EXPLORE | FOR_TUNE,
			  "cases at the same time (default: cores)" },
	[OPTION_TIMEOUT] = { "timeout", 0, "DURATION",
			     FOR_RUN | FOR_REPLAY | FOR_EXPLORE | FOR_TUNE,
			     "real time a case may take (default: 10m and its duration)" },
	[OPTION_FAIL_FAST] = { "fail-fast", 'x', NULL, FOR_RUN | FOR_EXPLORE,
			       "end with the first failure" },
	[OPTION_KEEP_GOING] = { "keep-going", 'k', NULL, FOR_RUN,
				"play all cases whatever fails (default)" },
	[OPTION_DURING] = { "for", 0, "DURATION", FOR_EXPLORE,
			    "seeds from the first on, until so much real time has passed" },
	[OPTION_PRINT] = { "print", 0, NULL, FOR_EXPLORE, "print the scenarios, play nothing" },
	[OPTION_AT] = { "at", 0, "TIME", FOR_SHELL,
			"where to stop, counted from the start (default: the end)" },
	[OPTION_OUTPUT] = { "output", 'o', "PATH", FOR_RUN | FOR_REPORT | FOR_EXPLORE | FOR_TUNE,
			    "directory for what is to be kept; report: the page's file" },
	[OPTION_JUNIT] = { "junit", 0, "FILE", FOR_RUN, "write the results as JUnit XML" },
	[OPTION_PLOT] = { "plot", 0, "NAME", FOR_REPORT,
			  "only this plot, not a page; 'list' says which there are" },
	[OPTION_FORMAT] = { "format", 0, "FORMAT", FOR_REPORT, "of a plot: svg (default) or png" },
	[OPTION_QUIET] = { "quiet", 'q', NULL,
			   FOR_RUN | FOR_VALIDATE | FOR_REPLAY | FOR_EXPLORE | FOR_TUNE,
			   "only what failed, and the sum" },
	[OPTION_VERBOSE] = { "verbose", 'v', NULL, FOR_RUN | FOR_LIST | FOR_EXPLORE, "say more" },
	[OPTION_COLOR] = { "color", 0, "WHEN", FOR_PEOPLE, "auto, always or never" },
	[OPTION_HELP] = { "help", 'h', NULL, FOR_PEOPLE, "the same as the command help" },
	[OPTION_VERSION] = { "version", 'V', NULL, FOR_PEOPLE, "the same as the command version" },
};

/* ---- Single values ---- */

/* Only decimal digits, up to end. */
static bool parse_number(const char *text, const char *end, uint64_t max, uint64_t *number)
{
	char *stopped;

	if (text == end || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &stopped, 10);
	return !errno && stopped == end && *number <= max;
}

static bool set_number(struct sim_options *options, enum option_id id, const char *text,
		       uint64_t min, uint64_t max, uint64_t *number)
{
	if (parse_number(text, text + strlen(text), max, number) && *number >= min)
		return true;
	return option_wrong(&options->error, "--%s '%s' is not a number from %llu to %llu",
			    wgsim_options[id].name, text, (unsigned long long)min,
			    (unsigned long long)max);
}

static bool set_seed(struct sim_options *options, const char *text)
{
	options->choice.has_seed = true;
	if (!set_number(options, OPTION_SEED, text, 0, UINT64_MAX, &options->choice.seed))
		return false;
	options->choice.seed_last = options->choice.seed;
	return true;
}

static bool set_seeds(struct sim_options *options, const char *text)
{
	const char *dots = strstr(text, "..");

	options->choice.has_seed = true;
	if (!dots || !parse_number(text, dots, UINT64_MAX, &options->choice.seed) ||
	    !parse_number(dots + 2, text + strlen(text), UINT64_MAX, &options->choice.seed_last) ||
	    options->choice.seed_last < options->choice.seed)
		return option_wrong(&options->error,
				    "--seeds '%s' is not a range of numbers, such as 1..100", text);
	if (options->choice.seed_last - options->choice.seed >= SEEDS_MAX)
		return option_wrong(&options->error, "--seeds '%s' are more than %d", text,
				    SEEDS_MAX);
	return true;
}

static bool set_shard(struct sim_options *options, const char *text)
{
	const char *slash = strchr(text, '/');
	uint64_t part, of;

	if (!slash || !parse_number(text, slash, SHARDS_MAX, &part) ||
	    !parse_number(slash + 1, text + strlen(text), SHARDS_MAX, &of) || part < 1 || part > of)
		return option_wrong(&options->error,
				    "--shard '%s' is not a part of several, such as 1/4", text);
	options->choice.shard = (unsigned)part;
	options->choice.shards = (unsigned)of;
	return true;
}

static bool set_jobs(struct sim_options *options, const char *text)
{
	uint64_t number;

	if (!set_number(options, OPTION_JOBS, text, 1, JOBS_MAX, &number))
		return false;
	options->batch.jobs = (unsigned)number;
	return true;
}

static bool add_setting(struct sim_options *options, const char *text)
{
	const char *equals = strchr(text, '=');
	struct variable *setting;

	if (!equals || equals == text)
		return option_wrong(&options->error, "--set '%s' is not of the form NAME=VALUE",
				    text);
	setting = vec_push(options->arena, &options->choice.settings);
	setting->name = arena_strndup(options->arena, text, (size_t)(equals - text));
	setting->value = equals + 1;
	vec_each (other, &options->choice.settings)
		if (other != setting && strcmp(other->name, setting->name) == 0)
			return option_wrong(&options->error, "--set gives '%s' twice",
					    setting->name);
	return true;
}

static bool add_values(struct sim_options *options, struct variation *variation, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, ",");
		const char *value = arena_strndup(options->arena, text, length);

		vec_each (other, &variation->values)
			if (strcmp(*other, value) == 0)
				return option_wrong(&options->error, "--vary %s has '%s' twice",
						    variation->name, value);
		if (!length)
			return option_wrong(&options->error, "--vary %s has an empty value",
					    variation->name);
		*vec_push(options->arena, &variation->values) = value;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

static bool add_variation(struct sim_options *options, const char *text)
{
	const char *equals = strchr(text, '=');
	struct variation *variation;
	const char *name;

	if (!equals || equals == text)
		return option_wrong(&options->error,
				    "--vary '%s' is not of the form NAME=VALUE,VALUE", text);
	name = arena_strndup(options->arena, text, (size_t)(equals - text));
	vec_each (other, &options->variations.list)
		if (strcmp(other->name, name) == 0)
			return option_wrong(&options->error, "--vary gives '%s' twice", name);
	variation = vec_push(options->arena, &options->variations.list);
	variation->name = name;
	return add_values(options, variation, equals + 1);
}

static bool set_backend(struct sim_options *options, const char *word)
{
	options->batch.has_backend = backend_parse(word, &options->batch.backend);
	return options->batch.has_backend || strcmp(word, "auto") == 0 ||
	       option_wrong_word(&options->error, word, "none of the places that --backend takes",
				 backend_names(options->arena));
}

/* The format of the kernel's mem=. */
static bool set_memory(struct sim_options *options, const char *text)
{
	size_t digits = strspn(text, "0123456789");

	options->batch.memory = text;
	return (digits > 0 && text[digits] && strchr("KkMmGg", text[digits]) &&
		!text[digits + 1]) ||
	       option_wrong(&options->error, "--memory '%s' is not a size, such as 512M or 2G",
			    text);
}

/* 0s is a time, too. */
static bool set_at(struct sim_options *options, const char *text)
{
	return duration_parse(text, &options->at) ||
	       option_wrong(&options->error,
			    "--at '%s' is not a time since the start, such as 90s or 10m", text);
}

static bool set_plot(struct sim_options *options, const char *word)
{
	VEC(const char *) names = { 0 };

	options->list_plots = !strcmp(word, "list");
	options->plot = options->list_plots ? NULL : plot_find(word);
	if (options->list_plots || options->plot)
		return true;
	for (const struct plot *plot = plots; plot->name; plot++)
		*vec_push(options->arena, &names) = plot->name;
	*vec_push(options->arena, &names) = NULL;
	return option_wrong_word(&options->error, word,
				 "no plot; '--plot list' says which there are", names.at);
}

static bool set_format(struct sim_options *options, const char *word)
{
	options->png = !strcmp(word, "png");
	return options->png || !strcmp(word, "svg") ||
	       option_wrong(&options->error, "--format '%s' is neither svg nor png", word);
}

static bool set_flag(struct sim_options *options, enum option_id id)
{
	if (id == OPTION_FAIL_FAST || id == OPTION_KEEP_GOING)
		options->batch.fail_fast = id == OPTION_FAIL_FAST;
	else if (id == OPTION_QUIET)
		options->quiet = true;
	else if (id == OPTION_PRINT)
		options->print = true;
	else if (id == OPTION_VERBOSE)
		options->verbose = true;
	return true;
}

static bool set_option(struct sim_options *options, enum option_id id, const char *value)
{
	switch (id) {
	case OPTION_SEED:
		return set_seed(options, value);
	case OPTION_SEEDS:
		return set_seeds(options, value);
	case OPTION_SET:
		return add_setting(options, value);
	case OPTION_VARY:
		return add_variation(options, value);
	case OPTION_ONLY:
		return option_path(&options->error, id, value, &options->choice.only);
	case OPTION_SHARD:
		return set_shard(options, value);
	case OPTION_BACKEND:
		return set_backend(options, value);
	case OPTION_PROGRAM:
		return option_path(&options->error, id, value, &options->batch.program);
	case OPTION_MEMORY:
		return set_memory(options, value);
	case OPTION_JOBS:
		return set_jobs(options, value);
	case OPTION_TIMEOUT:
		return option_duration(&options->error, id, value, &options->batch.timeout);
	case OPTION_DURING:
		return option_duration(&options->error, id, value, &options->during);
	case OPTION_AT:
		return set_at(options, value);
	case OPTION_OUTPUT:
		return option_path(&options->error, id, value, &options->output);
	case OPTION_JUNIT:
		return option_path(&options->error, id, value, &options->junit);
	case OPTION_PLOT:
		return set_plot(options, value);
	case OPTION_FORMAT:
		return set_format(options, value);
	case OPTION_COLOR:
		return option_color(&options->error, value, &options->color);
	default:
		return set_flag(options, id);
	}
}

bool wgsim_options_parse(struct sim_options *options, struct arena *arena, int argc,
			 char *const argv[])
{
	struct command_line line;

	*options = (struct sim_options){ .arena = arena,
					 .error = { .arena = arena, .specs = wgsim_options },
					 .choice = { .shard = 1, .shards = 1 },
					 .at = -1 };
	if (!command_line_parse(&line, &wgsim_grammar, arena, argc, argv)) {
		options->error.text = line.error;
		return false;
	}
	options->command = line.command;
	vec_each (word, &line.arguments)
		*vec_push(arena, &options->arguments) = *word;
	vec_each (given, &line.given)
		if (!set_option(options, (enum option_id)given->option, given->value))
			return false;
	if (command_line_has(&line, OPTION_SEED) && command_line_has(&line, OPTION_SEEDS))
		return option_wrong(&options->error, "--seed and --seeds exclude each other");
	vec_each (variation, &options->variations.list)
		vec_each (setting, &options->choice.settings)
			if (strcmp(setting->name, variation->name) == 0)
				return option_wrong(&options->error,
						    "'%s' cannot both be set and vary",
						    setting->name);
	return true;
}
