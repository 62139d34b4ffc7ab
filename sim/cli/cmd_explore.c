/* SPDX-License-Identifier: MIT */
/*
 * Random worlds (generate.h), as many as were asked for or as fit into the time. Those
 * in which something did not hold are then made smaller, until nothing can be left
 * out, and written as scenarios.
 */
#include "base/cli/color.h"
#include "base/cli/color_choice.h"
#include "base/cli/message.h"
#include "options.h"
#include "run/violation.h"
#include "run/workplace.h"
#include "screen.h"

#include "base/os/deadline.h"
#include "explore/generate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Where nobody says how many. */
#define WORLDS 100

struct exploration {
	const struct options *options;
	struct arena *arena;
	struct tools tools;
	struct runner runner;
	struct workplace workplace;
	struct screen screen;
	uint64_t next;
	bool last_begun;
	msec_t until; /* clock_boot(); 0: all seeds */
	msec_t simulated, began;
	unsigned passed;
	VEC(struct violation) violations;
};

/* ---- One world ---- */

static bool take_seed(struct exploration *exploration, uint64_t *seed)
{
	const struct options *options = exploration->options;

	if (exploration->last_begun || (exploration->until && clock_boot() >= exploration->until))
		return false;
	*seed = exploration->next++;
	exploration->last_begun = !exploration->until && *seed == options->choice.seed_last;
	return true;
}

static bool next_world(void *context, struct task *task)
{
	struct exploration *exploration = context;
	const struct options *options = exploration->options;
	struct diags diags = { 0 };
	uint64_t seed;

	do {
		if (!take_seed(exploration, &seed))
			return false;
	} while (case_shard(WORLD_NAME, seed, options->choice.shards) != options->choice.shard);
	diags.arena = arena_new();
	if (world_task(task, scenario_generate(seed, diags.arena), seed, &diags))
		return true;
	/* The generator's fault. */
	scenario_diags_print(&diags);
	arena_free(diags.arena);
	return false;
}

static bool world_ended(void *context, const struct task *task, const struct task_end *end)
{
	struct exploration *exploration = context;
	struct arena *arena = exploration->arena;
	struct result result = result_of(task, end, false, arena);
	const bool failed = result.verdict == VERDICT_FAILED || result.verdict == VERDICT_BROKEN;

	exploration->simulated += result.simulated;
	exploration->passed += result.verdict == VERDICT_PASSED;
	if (failed) {
		*vec_push(arena, &exploration->violations) = (struct violation){
			task->seed, first_failure(end->directory, arena)
		};
		screen_print(&exploration->screen, BOLD RED, verdict_word(result.verdict),
			     arena_printf(arena,
					  "%s\n%s    again:    wgsim explore --seed %" PRIu64 "\n",
					  result_line(&result, arena), result.details, task->seed));
	} else if (exploration->options->verbose) {
		screen_print(&exploration->screen, GREEN, verdict_word(result.verdict),
			     arena_printf(arena, "%s\n", result_line(&result, arena)));
	}
	return !(exploration->options->fail_fast && failed);
}

static void watch(void *context, const struct task *const *running, size_t n)
{
	struct exploration *exploration = context;
	struct arena *arena = arena_new();
	const msec_t took = clock_boot() - exploration->began;
	const char *line = arena_printf(
		arena, "%u worlds held, %zu did not; %s simulated in %s (%s); now seed",
		exploration->passed, exploration->violations.n,
		duration_human(arena, exploration->simulated), duration_human(arena, took),
		speed_text(exploration->simulated, took, arena));

	for (size_t i = 0; i < n; i++)
		line = arena_printf(arena, "%s %" PRIu64, line, running[i]->seed);
	screen_draw(&exploration->screen, &line, 1, arena);
	arena_free(arena);
}

/* ---- Those that failed ---- */

static void keep_reduced(const struct exploration *exploration, const struct violation *violation,
			 const char *text)
{
	struct arena *arena = arena_new();
	const char *path = arena_printf(arena, "%s/violation-%" PRIu64 ".yaml",
					exploration->options->output, violation->seed);

	if (!text_write(path, text))
		message_error("%s: %s", path, strerror(errno));
	else
		printf("reduced: %s\n", path);
	fflush(stdout);
	arena_free(arena);
}

static void reduce_all(struct exploration *exploration)
{
	vec_each (violation, &exploration->violations) {
		struct arena *arena = arena_new();
		const char *text = violation->text ? violation_reduce(violation,
								      &exploration->runner, arena)
						   : scenario_generate(violation->seed, arena);

		keep_reduced(exploration, violation, text);
		arena_free(arena);
	}
}

/* ---- All of it ---- */

static bool open_places(struct exploration *exploration)
{
	const struct options *options = exploration->options;
	struct failure failure = { 0 };
	const char *error = tools_find(&exploration->tools, options->program, exploration->arena);

	exploration->runner.backend = options->backend;
	if (!error && options->has_backend)
		error = backend_prepare(options->backend, &exploration->tools, exploration->arena);
	else if (!error)
		error = backend_choose(&exploration->runner.backend, &exploration->tools,
				       exploration->arena);
	if (!error && options->output && mkdir(options->output, 0755) < 0 && errno != EEXIST)
		error = arena_printf(exploration->arena, "%s: %s", options->output,
				     strerror(errno));
	if (!error && !workplace_make(&exploration->workplace, NULL, exploration->arena, &failure))
		error = failure_text(&failure, exploration->arena);
	if (error)
		message_error("%s", error);
	return !error;
}

static enum exit_code end_of(struct exploration *exploration, int signal_number)
{
	const msec_t took = clock_boot() - exploration->began;

	screen_clear(&exploration->screen);
	if (exploration->options->output && !signal_number)
		reduce_all(exploration);
	if (!workplace_remove(&exploration->workplace))
		message_error("%s cannot be removed", exploration->workplace.path);
	printf("seeds %" PRIu64 " to %" PRIu64 ", %s simulated in %s (%s)\n",
	       exploration->options->choice.seed, exploration->next - 1,
	       duration_human(exploration->arena, exploration->simulated),
	       duration_human(exploration->arena, took),
	       speed_text(exploration->simulated, took, exploration->arena));
	printf("%u passed, %zu failed\n", exploration->passed, exploration->violations.n);
	if (!message_written(stdout))
		return EXIT_ERROR;
	if (signal_number)
		return EXIT_INTERRUPTED;
	return exploration->violations.n ? EXIT_ERROR : EXIT_DONE;
}

static enum exit_code print_worlds(const struct options *options)
{
	for (uint64_t seed = options->choice.seed;; seed++) {
		struct arena *arena = arena_new();

		fputs(scenario_generate(seed, arena), stdout);
		arena_free(arena);
		if (seed == options->choice.seed_last)
			break;
	}
	return message_written(stdout) ? EXIT_DONE : EXIT_ERROR;
}

enum exit_code wgsim_explore(struct options *options)
{
	struct exploration exploration = {
		.options = options,
		.arena = options->arena,
		.began = clock_boot(),
	};

	if (!options->choice.has_seed) {
		options->choice.seed = 1;
		options->choice.seed_last = WORLDS;
	}
	if (options->print)
		return print_worlds(options);
	exploration.next = options->choice.seed;
	if (options->during)
		exploration.until = exploration.began + options->during;
	if (!open_places(&exploration))
		return EXIT_ERROR;
	screen_open(&exploration.screen, options->color, options->quiet);
	exploration.runner.tools = &exploration.tools;
	exploration.runner.memory = options->memory;
	exploration.runner.directory = exploration.workplace.path;
	exploration.runner.jobs = options->jobs;
	exploration.runner.timeout = options->timeout;
	exploration.runner.next = next_world;
	exploration.runner.ended = world_ended;
	exploration.runner.watch = exploration.screen.live ? watch : NULL;
	exploration.runner.context = &exploration;
	return end_of(&exploration, runner_run(&exploration.runner));
}
