/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "test/unit.h"

#include <signal.h>
#include <unistd.h>

#define HEAD "version: 1\ndescription: a test\n"
#define NODES "duration: 1m\nnodes: {one: {}}\n"

struct seen {
	struct diags diags; /* and the arena of all */
	struct batch_options options;
	struct batch batch;
	struct play_cases cases;
	unsigned ended, unplayed, given;
	enum verdict verdict; /* the last one's */
	bool has_text; /* the unplayed one */
};

static void case_unplayed(void *context, const struct play_case *which, const char *text,
			  const struct result *result, struct diags *diags)
{
	struct seen *seen = context;

	ck_assert_str_eq(which->which.name, result->name);
	ck_assert_ptr_nonnull(result->why);
	ck_assert(!text == (diags->errors > 0));
	seen->has_text = text != NULL;
	seen->verdict = result->verdict;
	seen->unplayed++;
}

static void case_ended(void *context, const struct task *task, const struct task_end *end,
		       const struct result *result)
{
	struct seen *seen = context;
	const struct play_case *which = task->mine;

	ck_assert_str_eq(which->which.name, result->name);
	ck_assert_int_eq(access(end->directory, F_OK), 0);
	seen->verdict = result->verdict;
	seen->ended++;
}

/* The file's cases, with a program that fails in place of wgsim. */
static struct seen *prepared(const char *text)
{
	struct arena *arena = arena_new();
	struct seen *seen = arena_alloc(arena, sizeof(*seen));
	const struct case_choice choice = { .shard = 1, .shards = 1 };
	struct scenario_files files = { 0 };
	struct scenario_file file = { .path = "test.yaml" };
	struct failure failure = { 0 };

	*seen = (struct seen){ .diags = { .arena = arena }, .options = { .jobs = 1 } };
	file.tree = scenario_tree(file.path, text, strlen(text), &file_loader, &seen->diags);
	ck_assert_ptr_nonnull(file.tree);
	*vec_push(arena, &files.list) = file;
	ck_assert(cases_choose(&seen->cases, &files, &choice, &seen->diags));
	seen->batch = (struct batch){
		.options = &seen->options,
		.arena = arena,
		.cases = &seen->cases,
		.unplayed = case_unplayed,
		.ended = case_ended,
		.context = seen,
		.tools = { .self = "/bin/false", .program = "/bin/false" },
		.runner = { .backend = BACKEND_KERNEL },
	};
	ck_assert(workplace_make(&seen->batch.workplace, NULL, arena, &failure));
	return seen;
}

static void done(struct seen *seen)
{
	batch_close(&seen->batch);
	ck_assert(access(seen->batch.workplace.path, F_OK) < 0);
	arena_free(seen->diags.arena);
}

START_TEST(all_fail)
{
	struct seen *seen = prepared(HEAD "matrix: {a: [1, 2, 3]}\n" NODES);

	batch_run(&seen->batch);
	ck_assert_uint_eq(seen->ended, 3);
	ck_assert_int_eq(seen->verdict, VERDICT_FAILED);
	ck_assert_uint_eq(seen->batch.failed, 3);
	ck_assert_uint_eq(seen->batch.passed + seen->batch.skipped + seen->unplayed, 0);
	ck_assert_int_eq(batch_exit_code(&seen->batch), EXIT_ERROR);
	done(seen);
}
END_TEST

START_TEST(first_failure_stops)
{
	struct seen *seen = prepared(HEAD "matrix: {a: [1, 2, 3]}\n" NODES);

	seen->options.fail_fast = true;
	batch_run(&seen->batch);
	ck_assert_uint_eq(seen->ended, 1);
	ck_assert_uint_eq(seen->batch.failed, 1);
	done(seen);
}
END_TEST

START_TEST(lacking_is_skipped)
{
	struct seen *seen = prepared(HEAD NODES "timeline: [{at: 10s, clock: 1h}]\n");

	batch_run(&seen->batch);
	ck_assert_uint_eq(seen->unplayed, 1);
	ck_assert_int_eq(seen->verdict, VERDICT_SKIPPED);
	ck_assert(seen->has_text);
	ck_assert_uint_eq(seen->batch.skipped, 1);
	ck_assert_uint_eq(seen->batch.failed + seen->ended, 0);
	ck_assert_int_eq(batch_exit_code(&seen->batch), EXIT_DONE);
	done(seen);
}
END_TEST

START_TEST(wrong_is_failed)
{
	struct seen *seen = prepared(HEAD NODES "timeline: [{at: 10s, no-such: 1}]\n");

	batch_run(&seen->batch);
	ck_assert_uint_eq(seen->unplayed, 1);
	ck_assert_int_eq(seen->verdict, VERDICT_BROKEN);
	ck_assert(!seen->has_text);
	ck_assert_uint_eq(seen->batch.failed, 1);
	ck_assert_uint_eq(seen->batch.skipped + seen->ended, 0);
	done(seen);
}
END_TEST

/* Tasks that are not cases; a signal ends the batch. */
static bool next_given(void *context, struct task *task)
{
	struct seen *seen = context;

	*task = (struct task){
		.name = "given", .text = "", .arena = arena_new(), .mine = &seen->cases.list.at[0]
	};
	return seen->given++ < 2;
}

static void given_ended(void *context, const struct task *task, const struct task_end *end,
			const struct result *result)
{
	struct seen *seen = context;

	(void)end;
	ck_assert_str_eq(task->name, "given");
	ck_assert(result->verdict == VERDICT_FAILED || seen->ended);
	seen->ended++;
	raise(SIGINT);
}

START_TEST(signal_ends_it)
{
	struct seen *seen = prepared(HEAD NODES);

	seen->options.timeout = MSEC_PER_SEC;
	seen->batch.cases = NULL;
	seen->batch.next = next_given;
	seen->batch.ended = given_ended;
	batch_run(&seen->batch);
	ck_assert_int_eq(seen->batch.signal, SIGINT);
	ck_assert_uint_ge(seen->ended, 1);
	ck_assert_int_eq(batch_exit_code(&seen->batch), EXIT_INTERRUPTED);
	done(seen);
}
END_TEST

SUITE("batch", all_fail, first_failure_stops, lacking_is_skipped, wrong_is_failed, signal_ends_it)
