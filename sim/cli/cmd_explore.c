/* SPDX-License-Identifier: MIT */
/*
 * Random worlds (generate.h), up to a number or a time limit. Failed worlds are then reduced
 * until nothing can be left out, and written as scenarios.
 */
#include "base/cli/color.h"
#include "base/cli/color_choice.h"
#include "base/cli/message.h"
#include "options.h"
#include "run/violation.h"
#include "screen.h"

#include "base/os/deadline.h"
#include "explore/generate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* The default number. */
#define WORLDS 100

struct exploration {
	const struct sim_options *options;
	struct arena *arena;
	struct batch batch;
	struct screen screen;
	uint64_t next;
	bool last_begun;
	msec_t until; /* clock_boot(); 0: all seeds */
	VEC(struct violation) violations;
};

/* ---- One world ---- */

static bool take_seed(struct exploration *exploration, uint64_t *seed)
{
	const struct sim_options *options = exploration->options;

	if (exploration->last_begun || (exploration->until && clock_boot() >= exploration->until))
		return false;
	*seed = exploration->next++;
	exploration->last_begun = !exploration->until && *seed == options->choice.seed_last;
	return true;
}

static bool next_world(void *context, struct task *task)
{
	struct exploration *exploration = context;
	const struct sim_options *options = exploration->options;
	struct diags diags = { 0 };
	uint64_t seed;

	do {
		if (!take_seed(exploration, &seed))
			return false;
	} while (case_shard(WORLD_NAME, seed, options->choice.shards) != options->choice.shard);
	diags.arena = arena_new();
	if (world_task(task, scenario_generate(seed, diags.arena), seed, &diags))
		return true;
	/* A defect of the generator. */
	scenario_diags_print(&diags);
	arena_free(diags.arena);
	return false;
}

static void world_ended(void *context, const struct task *task, const struct task_end *end,
			const struct result *result)
{
	struct exploration *exploration = context;
	struct arena *arena = exploration->arena;

	if (result->verdict == VERDICT_FAILED || result->verdict == VERDICT_BROKEN) {
		*vec_push(arena, &exploration->violations) = (struct violation){
			task->seed, first_failure(end->directory, arena)
		};
		screen_print(&exploration->screen, BOLD RED, verdict_word(result->verdict),
			     arena_printf(arena,
					  "%s\n%s    again:    wgsim explore --seed %" PRIu64 "\n",
					  result_line(result, arena), result->details, task->seed));
	} else if (exploration->options->verbose) {
		screen_print(&exploration->screen, GREEN, verdict_word(result->verdict),
			     arena_printf(arena, "%s\n", result_line(result, arena)));
	}
}

static void watch(void *context, const struct task *const *running, size_t n)
{
	struct exploration *exploration = context;
	const struct batch *batch = &exploration->batch;
	struct arena *arena = arena_new();
	const msec_t took = clock_boot() - batch->began;
	const char *line = arena_printf(
		arena, "%u worlds held, %u did not; %s simulated in %s (%s); now seed",
		batch->passed, batch->failed, duration_human(arena, batch->simulated),
		duration_human(arena, took), speed_text(batch->simulated, took, arena));

	for (size_t i = 0; i < n; i++)
		line = arena_printf(arena, "%s %" PRIu64, line, running[i]->seed);
	screen_draw(&exploration->screen, &line, 1, arena);
	arena_free(arena);
}

/* ---- Failed worlds ---- */

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
		const char *text = violation->text
					   ? violation_reduce(violation, &exploration->batch.runner,
							      arena)
					   : scenario_generate(violation->seed, arena);

		keep_reduced(exploration, violation, text);
		arena_free(arena);
	}
}

/* ---- Entry point ---- */

static enum exit_code end_of(struct exploration *exploration)
{
	struct batch *batch = &exploration->batch;
	const msec_t took = clock_boot() - batch->began;

	screen_clear(&exploration->screen);
	if (exploration->options->output && !batch->signal)
		reduce_all(exploration);
	batch_close(batch);
	printf("seeds %" PRIu64 " to %" PRIu64 ", %s simulated in %s (%s)\n",
	       exploration->options->choice.seed, exploration->next - 1,
	       duration_human(exploration->arena, batch->simulated),
	       duration_human(exploration->arena, took),
	       speed_text(batch->simulated, took, exploration->arena));
	printf("%u passed, %u failed\n", batch->passed, batch->failed);
	return batch_exit_code(batch);
}

static enum exit_code print_worlds(const struct sim_options *options)
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

enum exit_code wgsim_explore(void *given)
{
	struct sim_options *options = given;
	struct exploration exploration = {
		.options = options,
		.arena = options->arena,
		.batch = {
			.options = &options->batch,
			.arena = options->arena,
			.output = options->output,
			.next = next_world,
			.ended = world_ended,
			.context = &exploration,
		},
	};
	const msec_t began = clock_boot();

	if (!options->choice.has_seed) {
		options->choice.seed = 1;
		options->choice.seed_last = WORLDS;
	}
	if (options->print)
		return print_worlds(options);
	exploration.next = options->choice.seed;
	if (options->during)
		exploration.until = began + options->during;
	screen_open(&exploration.screen, options->color, options->quiet);
	exploration.batch.watch = exploration.screen.live ? watch : NULL;
	if (!batch_open(&exploration.batch))
		return EXIT_ERROR;
	batch_run(&exploration.batch);
	return end_of(&exploration);
}
