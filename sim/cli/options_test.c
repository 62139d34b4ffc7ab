/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "run/runner.h"
#include "test/unit.h"

#define WORDS_MAX 24

/* One command line, without the program's name; NULL ends it. */
struct line {
	const char *words[WORDS_MAX];
};

static bool parse(struct sim_options *options, struct arena *arena, const struct line *line)
{
	char *argv[WORDS_MAX + 2] = { arena_strdup(arena, "wgsim") };
	int argc = 1;

	for (; line->words[argc - 1]; argc++)
		argv[argc] = arena_strdup(arena, line->words[argc - 1]);
	return wgsim_options_parse(options, arena, argc, argv);
}

START_TEST(defaults)
{
	struct arena *arena = arena_new();
	struct sim_options options;

	ck_assert(parse(&options, arena, &(struct line){ { "run", "a.yaml", "dir" } }));
	ck_assert_str_eq(options.command->name, "run");
	ck_assert_uint_eq(options.arguments.n, 2);
	ck_assert(!options.choice.has_seed && !options.batch.has_backend &&
		  !options.batch.fail_fast);
	ck_assert_uint_eq(options.choice.shard, 1);
	ck_assert_uint_eq(options.choice.shards, 1);
	ck_assert_uint_eq(options.batch.jobs, 0);
	ck_assert_int_eq(options.batch.timeout, 0);
	ck_assert_int_eq(options.at, -1);
	ck_assert_ptr_null(options.output);
	ck_assert_ptr_null(options.choice.only);
	arena_free(arena);
}
END_TEST

START_TEST(values)
{
	struct arena *arena = arena_new();
	struct sim_options options;

	ck_assert_msg(
		parse(&options, arena,
		      &(struct line){ { "run", "a.yaml", "--seeds", "3..17", "--set", "loss=1%",
					"--set", "empty=", "--backend", "userspace", "-j", "4",
					"--shard=2/3", "-x", "--memory", "2G" } }),
		"%s", options.error.text);
	ck_assert(options.choice.has_seed);
	ck_assert_uint_eq(options.choice.seed, 3);
	ck_assert_uint_eq(options.choice.seed_last, 17);
	ck_assert_uint_eq(options.choice.settings.n, 2);
	ck_assert_str_eq(options.choice.settings.at[0].name, "loss");
	ck_assert_str_eq(options.choice.settings.at[0].value, "1%");
	ck_assert_str_eq(options.choice.settings.at[1].value, "");
	ck_assert(options.batch.has_backend && options.batch.backend == BACKEND_USERSPACE);
	ck_assert_uint_eq(options.batch.jobs, 4);
	ck_assert_uint_eq(options.choice.shard, 2);
	ck_assert_uint_eq(options.choice.shards, 3);
	ck_assert(options.batch.fail_fast);
	ck_assert_str_eq(options.batch.memory, "2G");
	ck_assert(parse(&options, arena,
			&(struct line){ { "run", "a.yaml", "--seed", "18446744073709551615",
					  "--backend", "auto", "-x", "-k" } }));
	ck_assert_uint_eq(options.choice.seed, UINT64_MAX);
	ck_assert_uint_eq(options.choice.seed_last, UINT64_MAX);
	ck_assert(!options.batch.has_backend && !options.batch.fail_fast);
	ck_assert(parse(&options, arena, &(struct line){ { "shell", "--at", "0s", "a", "b" } }));
	ck_assert_int_eq(options.at, 0);
	/* Options of a shell's command are not ours. */
	ck_assert(parse(&options, arena,
			&(struct line){ { "pass", "--", "10s", "ping", "-c", "3" } }));
	ck_assert_uint_eq(options.arguments.n, 4);
	ck_assert_str_eq(options.arguments.at[2], "-c");
	arena_free(arena);
}
END_TEST

START_TEST(refused)
{
	static const struct {
		struct line line;
		const char *error;
	} rows[] = {
		{ { { "-q" } }, "a command is missing" },
		{ { { "rnu" } }, "'rnu' is not a command (did you mean 'run'?)" },
		/* An internal command of wgsim, not in help. */
		{ { { "pla" } }, "'pla' is not a command" },
		{ { { "run" } }, "run needs more arguments: FILE|DIR..." },
		{ { { "shell", "a.yaml" } }, "shell needs more arguments: FILE NODE" },
		{ { { "replay", "a", "b" } },
		  "'b' is one argument too many for replay, which takes TRACE" },
		{ { { "explore", "a" } },
		  "'a' is one argument too many for explore, which takes none" },
		{ { { "run", "a", "--sed", "1" } }, "no option '--sed' (did you mean '--seed'?)" },
		{ { { "run", "a", "--seed" } }, "option '--seed' needs N" },
		{ { { "run", "a", "--seed", "-1" } },
		  "--seed '-1' is not a number from 0 to 18446744073709551615" },
		{ { { "run", "a", "--seed", "18446744073709551616" } },
		  "--seed '18446744073709551616' is not a number from 0 to 18446744073709551615" },
		{ { { "run", "a", "--seeds", "5" } },
		  "--seeds '5' is not a range of numbers, such as 1..100" },
		{ { { "run", "a", "--seeds", "5..4" } },
		  "--seeds '5..4' is not a range of numbers, such as 1..100" },
		{ { { "run", "a", "--seeds", "1..9x" } },
		  "--seeds '1..9x' is not a range of numbers, such as 1..100" },
		{ { { "run", "a", "--seeds", "0..1000000" } },
		  "--seeds '0..1000000' are more than 1000000" },
		{ { { "run", "a", "--seed", "1", "--seeds", "1..2" } },
		  "--seed and --seeds exclude each other" },
		{ { { "run", "a", "--set", "loss" } },
		  "--set 'loss' is not of the form NAME=VALUE" },
		{ { { "run", "a", "--set", "=1" } }, "--set '=1' is not of the form NAME=VALUE" },
		{ { { "run", "a", "--set", "b=1", "--set", "b=2" } }, "--set gives 'b' twice" },
		{ { { "run", "a", "--shard", "0/2" } },
		  "--shard '0/2' is not a part of several, such as 1/4" },
		{ { { "run", "a", "--shard", "3/2" } },
		  "--shard '3/2' is not a part of several, such as 1/4" },
		{ { { "run", "a", "--shard", "1" } },
		  "--shard '1' is not a part of several, such as 1/4" },
		{ { { "run", "a", "--backend", "userspce" } },
		  "'userspce' is none of the places that --backend takes (did you mean "
		  "'userspace'?)" },
		{ { { "run", "a", "-j", "0" } }, "--jobs '0' is not a number from 1 to 1024" },
		{ { { "run", "a", "--memory", "lots" } },
		  "--memory 'lots' is not a size, such as 512M or 2G" },
		{ { { "run", "a", "--timeout", "5" } },
		  "--timeout '5' is not a duration, such as 500ms, 5s or 10m" },
		{ { { "shell", "a", "b", "--at", "noon" } },
		  "--at 'noon' is not a time since the start, such as 90s or 10m" },
		{ { { "run", "a", "--output", "" } }, "--output must not be empty" },
		{ { { "validate", "a", "--seed", "1" } }, "validate has no option '--seed'" },
		{ { { "list", "a", "--junit", "x" } }, "list has no option '--junit'" },
		{ { { "run", "a", "--at", "1s" } }, "run has no option '--at'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct sim_options options;

		ck_assert_msg(!parse(&options, arena, &rows[i].line), "accepted: %s",
			      rows[i].error);
		ck_assert_str_eq(options.error.text, rows[i].error);
		arena_free(arena);
	}
}
END_TEST

/* The source of help and completion. */
START_TEST(everything_is_told)
{
	struct arena *arena = arena_new();
	const char *all = wgsim_usage(NULL, arena);
	unsigned options_n = 0;

	for (const struct option_spec *option = wgsim_options; option->name; option++) {
		unsigned letters = 0;

		options_n++;
		ck_assert_ptr_nonnull(strstr(all, arena_printf(arena, "--%s", option->name)));
		for (const struct option_spec *other = wgsim_options; other->name; other++)
			letters += option->letter && other->letter == option->letter;
		ck_assert_uint_le(letters, 1);
	}
	ck_assert_uint_lt(options_n, GRAMMAR_OPTIONS_MAX);
	for (const struct command *command = wgsim_commands; command->name; command++) {
		const char *line = arena_printf(arena, "\n  %s ", command->name);
		const char *text = wgsim_usage(command, arena);

		ck_assert_int_eq(strstr(all, line) != NULL, command->summary != NULL);
		ck_assert_ptr_nonnull(strstr(text, command->arguments));
		for (const struct command *other = wgsim_commands; other->name; other++)
			ck_assert(other == command || !(other->bit & command->bit));
	}
	ck_assert_int_eq(JOBS_MAX, JOB_SLOTS_MAX);
	arena_free(arena);
}
END_TEST

SUITE("wgsim options", defaults, values, refused, everything_is_told)
