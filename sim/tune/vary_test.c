/* SPDX-License-Identifier: MIT */
#include "vary.h"

#include "test/unit.h"

#define HEAD "version: 1\nnodes: {one: {}}\n"

static const struct {
	const char *scenario, *variation, *values[4];
	const char *cases; /* their names, or the error */
	const char *names; /* what varies */
} rows[] = {
	{ HEAD "variables: {a: 1}\n", "a", { "x", "y" }, "t[a=x] t[a=y] ", "a " },
	{ HEAD "variables: {a: 1, b: 2}\nmatrix:\n", "b", { "7" }, "t[b=7] ", "b " },
	/* Replacing values of the matrix, and in addition to them. */
	{ HEAD "matrix: {a: [1, 2, 3]}\n", "a", { "4" }, "t[a=4] ", "a " },
	{ HEAD "variables: {b: 1}\nmatrix: {a: [1, 2]}\n",
	  "b",
	  { "5", "6" },
	  "t[b=5,a=1] t[b=5,a=2] t[b=6,a=1] t[b=6,a=2] ",
	  "b a " },
	{ HEAD "variables: {try_for: 1s}\n",
	  "tri_for",
	  { "1" },
	  "tri_for: there is no such variable in t.yaml: did you mean try_for?",
	  NULL },
	{ HEAD, "a", { "1" }, "a: there is no such variable in t.yaml", NULL },
};

static const char *case_names(const struct tree_node *tree, struct diags *diags)
{
	struct scenario_cases cases = { 0 };
	const char *names = "";

	ck_assert(scenario_cases(tree, NULL, 0, false, 0, &cases, diags));
	vec_each (made, &cases.list)
		names = arena_printf(diags->arena, "%s%s ", names, made->name);
	return names;
}

static void check_names(const struct tree_node *tree, const struct variations *variations,
			const char *expected, struct arena *arena)
{
	const char *found = "";

	for (const char *const *name = varied_names(tree, variations, arena); *name; name++)
		found = arena_printf(arena, "%s%s ", found, *name);
	ck_assert_str_eq(found, expected);
}

START_TEST(tables)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct variations variations = { 0 };
		struct variation *variation = vec_push(diags.arena, &variations.list);
		struct tree_node *tree = scenario_tree("t.yaml", rows[i].scenario,
						       strlen(rows[i].scenario), NULL, &diags);

		ck_assert_ptr_nonnull(tree);
		variation->name = rows[i].variation;
		for (const char *const *value = rows[i].values; *value; value++)
			*vec_push(diags.arena, &variation->values) = *value;
		if (scenario_vary(tree, &variations, &diags)) {
			ck_assert_str_eq(case_names(tree, &diags), rows[i].cases);
			check_names(tree, &variations, rows[i].names, diags.arena);
		} else {
			ck_assert_ptr_null(rows[i].names);
			ck_assert_str_eq(diag_text(&diags, &diags.list.at[0]), rows[i].cases);
		}
		arena_free(diags.arena);
	}
}
END_TEST

/* An invalid matrix is reported as usual, and not overwritten. */
START_TEST(wrong_matrix)
{
	static const char text[] = HEAD "variables: {a: 1}\nmatrix: [a]\n";
	struct diags diags = { .arena = arena_new() };
	struct scenario_cases cases = { 0 };
	struct variations variations = { 0 };
	struct tree_node *tree = scenario_tree("t.yaml", text, strlen(text), NULL, &diags);
	struct variation *variation = vec_push(diags.arena, &variations.list);

	variation->name = "a";
	*vec_push(diags.arena, &variation->values) = "2";
	ck_assert(scenario_vary(tree, &variations, &diags));
	ck_assert(!scenario_cases(tree, NULL, 0, false, 0, &cases, &diags));
	arena_free(diags.arena);
}
END_TEST

SUITE("vary", tables, wrong_matrix)
