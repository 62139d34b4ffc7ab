/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include "scenario_files.h"
#include "test/unit.h"

static const char two_variables[] = "version: 1\n"
				    "description: a test\n"
				    "variables: {loss: 1%, more: 1}\n"
				    "matrix: {warm: [0, 1], how: [a b, c]}\n"
				    "seed: 5\n"
				    "duration: 1m\n"
				    "nodes: {one: {}}\n";

/* As if read from a file. */
static struct scenario_file file_of(const char *path, const char *text, struct diags *diags)
{
	struct scenario_file file = { .path = path };

	file.tree = scenario_tree(path, text, strlen(text), &file_loader, diags);
	vec_each (diag, &diags->list)
		ck_assert_msg(false, "%s", diag_text(diags, diag));
	ck_assert_ptr_nonnull(file.tree);
	return file;
}

static bool choose(struct play_cases *cases, const struct case_choice *choice, struct diags *diags)
{
	struct scenario_files files = { 0 };

	*cases = (struct play_cases){ 0 };
	*vec_push(diags->arena, &files.list) = file_of("here/alpha.yaml", two_variables, diags);
	*vec_push(diags->arena, &files.list) = file_of("there/alpha.yaml", two_variables, diags);
	return cases_choose(cases, &files, choice, diags);
}

START_TEST(rows_and_seeds)
{
	struct diags diags = { .arena = arena_new() };
	struct case_choice choice = { .shard = 1, .shards = 1 };
	struct play_cases cases;

	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 8);
	ck_assert_uint_eq(cases.n_all, 8);
	ck_assert_uint_eq(cases.list.at[0].which.seed, 5);
	ck_assert(cases_check(&cases, &diags));
	/* Names of files are all different. */
	vec_each (a, &cases.list)
		vec_each (b, &cases.list)
			ck_assert(a == b || strcmp(a->file_name, b->file_name) != 0);
	choice.has_seed = true;
	choice.seed = 7;
	choice.seed_last = 9;
	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 24);
	choice.only = "warm=1";
	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 12);
	ck_assert_uint_eq(cases.n_all, 24);
	choice.only = "^alpha.*=c";
	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 12);
	/* Not a regular expression, but a part of names. */
	choice.only = "alpha[warm";
	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 24);
	choice.only = "beta";
	ck_assert(choose(&cases, &choice, &diags));
	ck_assert_uint_eq(cases.list.n, 0);
	arena_free(diags.arena);
}
END_TEST

/* Each case is in one part, regardless of the other cases. */
START_TEST(shards)
{
	unsigned counts[3] = { 0 };

	for (uint64_t seed = 0; seed < 3000; seed++) {
		unsigned part = case_shard("alpha[warm=0]", seed, 3);

		ck_assert_uint_ge(part, 1);
		ck_assert_uint_le(part, 3);
		ck_assert_uint_eq(part, case_shard("alpha[warm=0]", seed, 3));
		ck_assert_uint_eq(case_shard("alpha[warm=0]", seed, 1), 1);
		counts[part - 1]++;
	}
	/* Machines get equal shares, even of few cases. */
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(counts[i], 1000);
	for (unsigned part = 1; part <= 4; part++) {
		unsigned mine = 0;

		for (uint64_t seed = 1; seed <= 8; seed++)
			mine += case_shard("gateway-dies", seed, 4) == part;
		ck_assert_uint_eq(mine, 2);
	}
	/* Other releases must give the same parts: several machines may have several. */
	ck_assert_uint_eq(case_shard("gateway-dies", 1, 1000), 551);
}
END_TEST

START_TEST(file_names)
{
	static const struct {
		const char *name, *file;
	} rows[] = {
		{ "standby", "standby.7" },
		{ "standby[warm=1]", "standby.warm=1.7" },
		{ "a[b=1,c=x y]", "a.b=1,c=x_y.7" },
		{ "a[b=/etc/x]", "a.b=_etc_x.7" },
		{ "../up", "_._up.7" },
		{ "-o", "_o.7" },
		{ "a[b=[c]]", "a.b=.c_.7" },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(case_file_name(arena, rows[i].name, 7), rows[i].file);
	arena_free(arena);
}
END_TEST

START_TEST(unknown_variable)
{
	struct diags diags = { .arena = arena_new() };
	struct case_choice choice = { .shard = 1, .shards = 1 };
	struct play_cases cases;

	*vec_push(diags.arena, &choice.settings) = (struct variable){ "los", "2%", false };
	ck_assert(!choose(&cases, &choice, &diags));
	ck_assert_uint_ge(diags.list.n, 1);
	ck_assert_ptr_nonnull(strstr(diag_text(&diags, &diags.list.at[0]), "los"));
	arena_free(diags.arena);
}
END_TEST

SUITE("cases", rows_and_seeds, shards, file_names, unknown_variable)
