/* SPDX-License-Identifier: MIT */
#include "violation.h"

#include "explore/generate.h"
#include "explore/reduce.h"
#include "scenario/tree_write.h"
#include "trace/trace.h"
#include "workplace.h"

#include <inttypes.h>

/* Maximum number of simulations for one reduction: one or two seconds each. */
#define TRIES_MAX 400

static const char *const file_name = WORLD_NAME ".yaml";

bool world_task(struct task *task, const char *text, uint64_t seed, struct diags *diags)
{
	struct scenario_file file = { .path = file_name };
	struct scenario_cases cases = { 0 };

	file.tree = scenario_tree(file_name, text, strlen(text), &file_loader, diags);
	if (!file.tree || !scenario_cases(file.tree, NULL, 0, true, seed, &cases, diags))
		return false;
	*task = (struct task){ .name = WORLD_NAME, .seed = seed, .arena = diags->arena };
	task->scenario = scenario_of_case(&file, &cases.list.at[0], &task->text, diags);
	return task->scenario != NULL;
}

const char *first_failure(const char *directory, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/" JOB_TRACE, directory);
	struct trace trace = { .arena = arena };
	size_t length = 0;
	const char *text = text_read(path, &length, arena);

	if (!text || trace_read(text, length, &trace, arena))
		return NULL;
	vec_each (record, &trace.records) {
		if (record->kind == RECORD_EXPECTATION && !record->expectation.passed)
			return record->expectation.text;
	}
	return NULL;
}

/* A simulation in progress. */
struct attempt {
	const struct violation *violation;
	const struct runner *runner;
	const char *text;
	bool begun, same;
};

static bool next_attempt(void *context, struct task *task)
{
	struct attempt *attempt = context;
	struct diags diags = { 0 };

	if (attempt->begun)
		return false;
	attempt->begun = true;
	diags.arena = arena_new();
	if (world_task(task, attempt->text, attempt->violation->seed, &diags))
		return true;
	arena_free(diags.arena);
	return false;
}

static bool attempt_ended(void *context, const struct task *task, const struct task_end *end)
{
	struct attempt *attempt = context;
	struct arena *arena = arena_new();
	const char *failure = first_failure(end->directory, arena);

	(void)task;
	attempt->same = failure && !strcmp(failure, attempt->violation->text);
	arena_free(arena);
	return true;
}

static bool fails_the_same(void *context, const struct tree_node *tree)
{
	struct attempt *attempt = context;
	struct arena *arena = arena_new();

	attempt->begun = attempt->same = false;
	attempt->text = tree_write(arena, tree);
	runner_run(attempt->runner);
	arena_free(arena);
	return attempt->same;
}

const char *violation_reduce(const struct violation *violation, const struct runner *like,
			     struct arena *arena)
{
	struct attempt attempt = { .violation = violation };
	struct runner runner = *like;
	struct reduction reduction = {
		.fails = fails_the_same,
		.context = &attempt,
		.tries_max = TRIES_MAX,
	};
	struct diags diags = { .arena = arena };
	const char *text = scenario_generate(violation->seed, arena);
	struct tree_node *tree = scenario_tree(file_name, text, strlen(text), &file_loader, &diags);

	attempt.runner = &runner;
	runner.next = next_attempt;
	runner.ended = attempt_ended;
	runner.watch = NULL;
	runner.context = &attempt;
	if (!tree)
		return text;
	scenario_reduce(&reduction, tree, arena);
	return arena_printf(arena,
			    "# Random world %" PRIu64 ", reduced in %u plays. What did not hold:\n"
			    "# %s\n%s",
			    violation->seed, reduction.tries, violation->text,
			    tree_write(arena, tree));
}
