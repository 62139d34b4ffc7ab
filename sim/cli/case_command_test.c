/* SPDX-License-Identifier: MIT */
#include "case_command.h"

#include "test/unit.h"

static const char two_variables[] = "version: 1\n"
				    "description: a test\n"
				    "variables: {loss: 1%, more: 1}\n"
				    "matrix: {warm: [0, 1], how: [a b, c]}\n"
				    "seed: 5\n"
				    "duration: 1m\n"
				    "nodes: {one: {}}\n";

/* Of a file here/alpha.yaml, with the options' selection. */
static struct play_case first_case(const struct sim_options *options, struct diags *diags)
{
	struct scenario_files files = { 0 };
	struct play_cases cases = { 0 };
	struct scenario_file *file = vec_push(diags->arena, &files.list);

	file->path = "here/alpha.yaml";
	file->tree = scenario_tree(file->path, two_variables, strlen(two_variables), &file_loader,
				   diags);
	ck_assert(cases_choose(&cases, &files, &options->choice, diags));
	return cases.list.at[0];
}

START_TEST(words)
{
	static const struct {
		const char *word, *quoted;
	} rows[] = {
		{ "plain-1.yaml", "plain-1.yaml" }, { "", "''" },
		{ "two words", "'two words'" },	    { "it's", "'it'\\''s'" },
		{ "''", "''\\'''\\'''" },	    { "$HOME", "'$HOME'" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(shell_word(arena, rows[i].word), rows[i].quoted);
	arena_free(arena);
}
END_TEST

START_TEST(again)
{
	struct diags diags = { .arena = arena_new() };
	struct sim_options options = { .arena = diags.arena,
				       .choice = { .shard = 1, .shards = 1 } };
	struct play_case which;

	which = first_case(&options, &diags);
	ck_assert_str_eq(case_command(&which, &options, diags.arena),
			 "wgsim run --seed 5 --set warm=0 --set 'how=a b' here/alpha.yaml");
	*vec_push(diags.arena, &options.choice.settings) = (struct variable){ "loss", "2%", false };
	options.batch.has_backend = true;
	options.batch.backend = BACKEND_GUEST;
	options.batch.program = "build/x";
	which = first_case(&options, &diags);
	ck_assert_str_eq(case_command(&which, &options, diags.arena),
			 "wgsim run --seed 5 --set loss=2% --set warm=0 --set 'how=a b' "
			 "--backend guest --program build/x here/alpha.yaml");
	arena_free(diags.arena);
}
END_TEST

SUITE("case_command", words, again)
