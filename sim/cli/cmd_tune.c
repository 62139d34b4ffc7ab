/* SPDX-License-Identifier: MIT */
/*
 * One scenario with many settings and seeds. Only measures are kept of each simulation;
 * tuning.h makes a table, JSON and pictures of them. JSON of other runs is joined instead of
 * simulating.
 */
#include "base/cli/color.h"
#include "base/cli/color_choice.h"
#include "base/cli/message.h"
#include "case_command.h"
#include "options.h"
#include "screen.h"

#include "base/os/deadline.h"
#include "base/os/replace_file.h"
#include "trace/trace.h"
#include "tune/tuning.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define ONE_SCENARIO "tune takes one scenario"

struct tune {
	const struct sim_options *options;
	struct arena *arena;
	struct play_cases cases;
	struct batch batch;
	struct screen screen;
	struct tuning tuning;
};

/* ---- The result of one simulation ---- */

static const char *variable_of(const struct scenario_case *which, const char *name)
{
	vec_each (variable, &which->variables) {
		if (!strcmp(variable->name, name))
			return variable->value;
	}
	return "";
}

static struct combination *combination_of(struct tune *tune, const struct scenario_case *which)
{
	struct tuning *tuning = &tune->tuning;
	const char **settings = arena_alloc(tune->arena, tuning->variables.n * sizeof(*settings));

	for (size_t i = 0; i < tuning->variables.n; i++)
		settings[i] = variable_of(which, tuning->variables.at[i].name);
	return tuning_combination(tuning, settings);
}

/* False if it did not finish: then there are no measures. */
static bool read_measures(const struct trace *trace, const struct tuning *tuning, double *values)
{
	size_t found = 0;

	for (size_t i = 0; i < tuning->measures.n; i++)
		values[i] = NAN;
	vec_each (record, &trace->records) {
		for (size_t i = 0; record->kind == RECORD_MEASURE && i < tuning->measures.n; i++) {
			if (strcmp(record->measure.name, tuning->measures.at[i].name) != 0)
				continue;
			values[i] = record->measure.value;
			found++;
		}
	}
	return found == tuning->measures.n;
}

static void take_program(struct tuning *tuning, const struct trace *trace)
{
	if (!tuning->program && trace->records.n && trace->records.at[0].kind == RECORD_BEGIN)
		tuning->program = arena_strdup(tuning->arena, trace->records.at[0].begin.program);
}

static void take_sample(struct tune *tune, const struct task *task, const char *directory)
{
	const struct play_case *which = task->mine;
	struct tuning *tuning = &tune->tuning;
	struct trace trace = { .arena = arena_new() };
	const char *path = arena_printf(trace.arena, "%s/" JOB_TRACE, directory);
	double *values = arena_alloc(trace.arena, tuning->measures.n * sizeof(*values));
	size_t length = 0;
	const char *text = text_read(path, &length, trace.arena);

	if (text && !trace_read(text, length, &trace, trace.arena) &&
	    read_measures(&trace, tuning, values)) {
		take_program(tuning, &trace);
		tuning_add(tuning, combination_of(tune, &which->which), task->seed, values);
	}
	arena_free(trace.arena);
}

static void play_ended(void *context, const struct task *task, const struct task_end *end,
		       const struct result *result)
{
	struct tune *tune = context;

	if (result->verdict == VERDICT_PASSED || result->verdict == VERDICT_FAILED)
		take_sample(tune, task, end->directory);
	if (result->verdict == VERDICT_FAILED || result->verdict == VERDICT_BROKEN)
		screen_print(&tune->screen, BOLD RED, verdict_word(result->verdict),
			     arena_printf(tune->arena, "%s\n%s    again:    %s\n",
					  result_line(result, tune->arena), result->details,
					  case_command(task->mine, tune->options, tune->arena)));
}

static void play_unplayed(void *context, const struct play_case *which, const char *text,
			  const struct result *result, struct diags *diags)
{
	struct tune *tune = context;

	(void)text;
	scenario_diags_print(diags);
	if (result->verdict == VERDICT_SKIPPED)
		message_error("%s: %s", text_printable(tune->arena, which->which.name),
			      result->why);
}

static void watch(void *context, const struct task *const *running, size_t n)
{
	struct tune *tune = context;
	struct arena *arena = arena_new();
	const struct batch *batch = &tune->batch;
	const msec_t took = clock_boot() - batch->began;
	const char *line = arena_printf(
		arena, "%u of %zu played, %s simulated in %s (%s)", batch->passed + batch->failed,
		tune->cases.list.n, duration_human(arena, batch->simulated),
		duration_human(arena, took), speed_text(batch->simulated, took, arena));

	for (size_t i = 0; i < n; i++)
		line = arena_printf(arena, "%s%s %s seed %" PRIu64, line, i ? "," : "; now",
				    text_printable(arena, running[i]->name), running[i]->seed);
	screen_draw(&tune->screen, &line, 1, arena);
	arena_free(arena);
}

/* False: simulation is not possible here. */
static bool play_all(struct tune *tune)
{
	const struct sim_options *options = tune->options;

	tune->batch = (struct batch){
		.options = &options->batch,
		.arena = tune->arena,
		.output = options->output,
		.cases = &tune->cases,
		.unplayed = play_unplayed,
		.ended = play_ended,
		.watch = tune->screen.live ? watch : NULL,
		.context = tune,
	};
	if (!batch_open(&tune->batch))
		return false;
	tune->tuning.backend = backend_word(tune->batch.runner.backend);
	batch_run(&tune->batch);
	screen_clear(&tune->screen);
	batch_close(&tune->batch);
	return true;
}

/* ---- Output ---- */

struct output {
	const char *name;
	void (*write)(struct tune *tune, FILE *out, struct failure *failure);
};

static void write_json(struct tune *tune, FILE *out, struct failure *failure)
{
	(void)failure;
	tuning_write(&tune->tuning, out);
}

static void write_plot(struct tune *tune, enum canvas_format format, FILE *out,
		       struct failure *failure)
{
	if (!tuning_plot(&tune->tuning, format, out, tune->arena, failure) && !failure->code &&
	    !*failure->text)
		failure_set(failure, 0, "one measure alone is nothing to draw");
}

static void write_svg(struct tune *tune, FILE *out, struct failure *failure)
{
	write_plot(tune, CANVAS_SVG_FILE, out, failure);
}

static void write_png(struct tune *tune, FILE *out, struct failure *failure)
{
	write_plot(tune, CANVAS_PNG, out, failure);
}

static bool write_file(struct tune *tune, const struct output *output)
{
	const char *path = arena_printf(tune->arena, "%s/%s", tune->options->output, output->name);
	struct failure failure = { 0 };
	struct replacement replacement;
	const char *error = replace_open(&replacement, path, tune->arena);

	if (!error) {
		output->write(tune, replacement.stream, &failure);
		if (failure.code || *failure.text) {
			replace_drop(&replacement);
			error = arena_printf(tune->arena, "%s: %s", path,
					     failure_text(&failure, tune->arena));
		} else {
			error = replace_finish(&replacement);
		}
	}
	if (error)
		message_error("%s", error);
	return !error;
}

static bool write_files(struct tune *tune)
{
	static const struct output outputs[] = {
		{ "tuning.json", write_json },
		{ "tuning.svg", write_svg },
		{ "tuning.png", write_png },
	};
	bool written = true;

	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		written &= write_file(tune, &outputs[i]);
	return written;
}

static enum exit_code show(struct tune *tune)
{
	bool written;

	tuning_end(&tune->tuning);
	tuning_table(&tune->tuning, stdout, tune->screen.color ? GREEN : "",
		     tune->screen.color ? PLAIN : "");
	written = !tune->options->output || write_files(tune);
	return message_written(stdout) && written ? EXIT_DONE : EXIT_ERROR;
}

/* ---- From a scenario ---- */

static bool is_in(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (!strcmp(*names, name))
			return true;
	}
	return false;
}

/* A default derived from other variables may vary with them. */
static bool is_made_of_others(const struct tree_node *tree, const char *name)
{
	const struct tree_node *value = tree_get(tree_get(tree, "variables"), name);

	return value && strstr(value->text, "${");
}

static void add_variables(struct tune *tune, const struct play_case *which)
{
	const struct variations *variations = &tune->options->variations;
	struct tuning *tuning = &tune->tuning;
	const struct tree_node *tree = which->file->tree;
	const char *const *names = varied_names(tree, variations, tune->arena);

	for (const char *const *name = names; *name; name++)
		vec_push(tune->arena, &tuning->variables)->name = *name;
	/* The varied ones are first, in the same order. */
	for (size_t i = 0; i < variations->list.n; i++)
		vec_each (value, &variations->list.at[i].values)
			*vec_push(tune->arena, &tuning->variables.at[i].values) = *value;
	vec_each (variable, &which->which.variables) {
		if (!is_in(names, variable->name) && !is_made_of_others(tree, variable->name))
			*vec_push(tune->arena, &tuning->fixed) = *variable;
	}
}

/* False if there are no measures. */
static bool add_measures(struct tune *tune, const struct play_case *which, struct diags *diags)
{
	const struct scenario *scenario = scenario_of_case(which->file, &which->which, NULL, diags);

	vec_each (measure, &scenario->measures)
		*vec_push(tune->arena,
			  &tune->tuning.measures) = (struct tuning_measure){ measure->name,
									     measure->kind };
	return tune->tuning.measures.n > 0;
}

static const char *base_name(struct arena *arena, const char *case_name)
{
	return arena_strndup(arena, case_name, strcspn(case_name, "["));
}

/* EXIT_DONE: it can be simulated. */
static enum exit_code choose(struct tune *tune, struct diags *diags)
{
	const struct sim_options *options = tune->options;
	struct scenario_files *files = arena_alloc(tune->arena, sizeof(*files));
	const struct play_case *first;

	if (!scenario_files_read(files, options->arguments.at, options->arguments.n, diags)) {
		scenario_diags_print(diags);
		return EXIT_INPUT;
	}
	if (files->list.n != 1) {
		message_usage(ONE_SCENARIO);
		return EXIT_USAGE;
	}
	if (!scenario_vary(files->list.at[0].tree, &options->variations, diags) ||
	    !cases_choose(&tune->cases, files, &options->choice, diags) ||
	    !cases_check(&tune->cases, diags)) {
		scenario_diags_print(diags);
		return EXIT_INPUT;
	}
	if (!tune->cases.list.n && options->choice.shards == 1) {
		message_error("no case has '%s' in its name",
			      text_printable(tune->arena, options->choice.only));
		return EXIT_USAGE;
	}
	if (!tune->cases.list.n)
		return EXIT_DONE;
	first = &tune->cases.list.at[0];
	tune->tuning.scenario = base_name(tune->arena, first->which.name);
	add_variables(tune, first);
	if (add_measures(tune, first, diags))
		return EXIT_DONE;
	message_error("%s has no measures", text_printable(tune->arena, first->file->path));
	return EXIT_INPUT;
}

static enum exit_code tune_scenario(struct tune *tune)
{
	struct diags diags = { .arena = tune->arena };
	enum exit_code code = choose(tune, &diags), shown;
	const struct batch *batch = &tune->batch;

	if (code != EXIT_DONE)
		return code;
	if (!tune->cases.list.n) {
		puts("no case is in this part");
		return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
	}
	if (!play_all(tune))
		return EXIT_ERROR;
	if (batch->signal)
		return EXIT_INTERRUPTED;
	shown = show(tune);
	if (!batch->failed && !batch->skipped)
		return shown;
	printf("%u passed, %u failed, %u skipped\n", batch->passed, batch->failed, batch->skipped);
	return EXIT_ERROR;
}

/* ---- From files ---- */

static bool is_tuning(const char *path)
{
	const size_t length = strlen(path), suffix = strlen(".json");

	return length > suffix && !strcmp(path + length - suffix, ".json");
}

static enum exit_code join_files(struct tune *tune)
{
	const struct sim_options *options = tune->options;

	vec_each (path, &options->arguments) {
		size_t length = 0;
		const char *text = text_read(*path, &length, tune->arena);
		const char *error = text ? tuning_read(&tune->tuning, text, length)
					 : strerror(errno);

		if (!error)
			continue;
		message_error("%s: %s", text_printable(tune->arena, *path),
			      text_printable(tune->arena, error));
		return EXIT_INPUT;
	}
	if (!options->output || directory_make(options->output))
		return show(tune);
	message_error("%s: %s", options->output, strerror(errno));
	return EXIT_ERROR;
}

static const char *wrong_usage(const struct sim_options *options)
{
	size_t tunings = 0;

	vec_each (path, &options->arguments)
		tunings += is_tuning(*path);
	if (tunings && tunings < options->arguments.n)
		return ONE_SCENARIO ", or any number of tuning.json";
	if (!tunings && options->arguments.n > 1)
		return ONE_SCENARIO;
	if (tunings && options->variations.list.n)
		return "what tuning.json has was played already: --vary cannot change it";
	return NULL;
}

enum exit_code wgsim_tune(void *given)
{
	struct sim_options *options = given;
	struct tune tune = { .options = options, .arena = options->arena };
	const char *wrong = wrong_usage(options);

	if (wrong) {
		message_usage(wrong);
		return EXIT_USAGE;
	}
	tune.tuning.arena = options->arena;
	screen_open(&tune.screen, options->color, options->quiet);
	return is_tuning(options->arguments.at[0]) ? join_files(&tune) : tune_scenario(&tune);
}
