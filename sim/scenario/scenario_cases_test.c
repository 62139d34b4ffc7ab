/* SPDX-License-Identifier: MIT */
#include "scenario_read.h"

#include "test/scenario_support.h"
#include "test/unit.h"

#include <inttypes.h>

/* "NAME seed=1 a=1 b='2'", one to a line. */
static const char *drawn(struct arena *arena, const struct scenario_cases *cases)
{
	const char *text = "";

	vec_each (one, &cases->list) {
		text = arena_printf(arena, "%s%s seed=%" PRIu64, text, one->name, one->seed);
		vec_each (variable, &one->variables)
			text = arena_printf(arena, variable->quoted ? "%s %s='%s'" : "%s %s=%s",
					    text, variable->name, variable->value);
		text = arena_printf(arena, "%s\n", text);
	}
	return text;
}

/* "a=1 b=2" */
static size_t settings_of(struct arena *arena, const char *text, struct variable *settings)
{
	char *rest = arena_strdup(arena, text), *word;
	size_t n = 0;

	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value = '\0';
		settings[n++] = (struct variable){ .name = word, .value = value + 1 };
	}
	return n;
}

static const struct {
	const char *text;
	const char *settings;
	int seed; /* -1: none given */
	const char *cases; /* NULL: refused */
	const char *said;
} table[] = {
	{ "version: 1\n", "", -1, "story seed=1\n", "" },
	{ "seed: 7\n", "", -1, "story seed=7\n", "" },
	{ "seed: 7\n", "", 0, "story seed=0\n", "" },
	{ "variables: {a: 1, b: \"2\", c: 1%, d: }\n", "", -1, "story seed=1 a=1 b='2' c=1% d=\n",
	  "" },
	{ "variables: {a: 1, b: \"2\"}\n", "b=3 a=x", 5, "story seed=5 a=x b=3\n", "" },
	/* The last setting of one name counts, as in a shell. */
	{ "variables: {a: 1}\n", "a=2 a=3", -1, "story seed=1 a=3\n", "" },
	/* The last row varies fastest; variables stay in their order. */
	{ "variables: {a: 1, b: 0, c: 2}\nmatrix: {x: [p, \"q\"], b: [0, 1]}\n", "", -1,
	  "story[b=0,x=p] seed=1 a=1 b=0 c=2 x=p\n"
	  "story[b=0,x=q] seed=1 a=1 b=0 c=2 x='q'\n"
	  "story[b=1,x=p] seed=1 a=1 b=1 c=2 x=p\n"
	  "story[b=1,x=q] seed=1 a=1 b=1 c=2 x='q'\n",
	  "" },
	{ "matrix: {x: [p, q], y: [1, 2]}\n", "x=z", -1,
	  "story[x=z,y=1] seed=1 x=z y=1\nstory[x=z,y=2] seed=1 x=z y=2\n", "" },
	/* Defaults may use variables above, the matrix and the seed. */
	{ "variables: {a: 2, b: \"${a}0s\", c: \"${b} ${x}\", d: \"${seed}\", e: \"${a+1}\"}\n"
	  "matrix: {x: [1]}\n",
	  "a=3", 9, "story[x=1] seed=9 a=3 b='30s' c='30s 1' d=9 e=4 x=1\n", "" },
	{ "variables: {a: \"${x}\", x: 5}\nmatrix: {x: [$$1]}\n", "", -1,
	  "story[x=$1] seed=1 a=$1 x=$1\n", "" },
	/* Of the command line, nothing is replaced. */
	{ "variables: {a: 1, b: 2}\n", "a=${b}", -1, "story seed=1 a=${b} b=2\n", "" },

	{ "seed: x\n", "", -1, NULL,
	  "story.yaml:1:7: seed: \"x\" is not a number: give a number from 0 to "
	  "18446744073709551615\n" },
	{ "variables: 1\n", "", -1, NULL,
	  "story.yaml:1:12: variables: is \"1\": give a mapping (key: value)\n" },
	{ "variables: {a: [1], b: {c: 1}}\n", "", -1, NULL,
	  "story.yaml:1:16: variables.a: is a list: a variable is a single value\n"
	  "story.yaml:1:24: variables.b: is a mapping: a variable is a single value\n" },
	{ "variables: {n: 1, seed: 1, 2a: 1, a-b: 1, a.b: 1, _a1: 1}\n", "", -1, NULL,
	  "story.yaml:1:13: variables.n: has a meaning of its own: give another name\n"
	  "story.yaml:1:19: variables.seed: has a meaning of its own: give another name\n"
	  "story.yaml:1:28: variables.2a: is no name of a variable: use letters, digits and _, no "
	  "digit in front\n"
	  "story.yaml:1:35: variables.a-b: is no name of a variable: use letters, digits and _, "
	  "no digit in front\n"
	  "story.yaml:1:43: variables.a.b: is no name of a variable: use letters, digits and _, "
	  "no digit in front\n" },
	{ "variables: {a: \"${b}\", b: 1}\n", "", -1, NULL,
	  "story.yaml:1:16: variables.a: there is no variable \"b\": declare it in variables, or "
	  "write $${ for ${\n" },
	{ "variables: {a: \"${x.wg0.public_key}\"}\n", "", -1, NULL,
	  "story.yaml:1:16: variables.a: ${x.wg0.public_key}: keys are not known here, only in "
	  "the network\n" },
	{ "variables: {a: \"${n}\"}\n", "", -1, NULL,
	  "story.yaml:1:16: variables.a: ${n} is a number only inside of what is repeated: "
	  "NAME[1..3] or for[1..3]\n" },
	{ "matrix: {a: 1, b: [], c: [1, [2]], n: [1], d: [1, 2, 1]}\n", "", -1, NULL,
	  "story.yaml:1:13: matrix.a: is not a list: write [\"1\"]\n"
	  "story.yaml:1:19: matrix.b: has 0 values: give from 1 to 1000\n"
	  "story.yaml:1:30: matrix.c[1]: is a list: a variable is a single value\n"
	  "story.yaml:1:36: matrix.n: has a meaning of its own: give another name\n"
	  "story.yaml:1:54: matrix.d[2]: \"1\" stands here twice\n" },
	{ "matrix: {a: [\"${b}\"]}\n", "", -1, NULL,
	  "story.yaml:1:14: matrix.a[0]: there is no variable \"b\": declare it in variables, or "
	  "write $${ for ${\n" },
	{ "matrix: {a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], b: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],\n"
	  "  c: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], d: [1, 2]}\n",
	  "", -1, NULL,
	  "story.yaml:1:1: matrix: gives more than 1000 cases: leave some values out\n" },
	{ "variables: {gateways: 1}\nmatrix: {warm: [0]}\n", "gateway=2 worm=1 x=1 gateways=3", -1,
	  NULL,
	  "gateway=2: there is no such variable: did you mean gateways?\n"
	  "worm=1: there is no such variable: did you mean warm?\n"
	  "x=1: there is no such variable: known here: gateways and warm\n" },
	{ "version: 1\n", "x=1", -1, NULL,
	  "x=1: there is no such variable: the scenario has none\n" },
	{ "variables: {a: 1}\n", "a=\xff", -1, NULL, "a=\\xff: is not UTF-8\n" },
};

START_TEST(test_table)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct scenario_cases cases = { 0 };
		struct variable settings[8];
		size_t n = settings_of(diags.arena, table[i].settings, settings);
		const struct tree_node *tree = memory_tree("story.yaml", table[i].text, &diags);
		bool made;

		ck_assert_ptr_nonnull(tree);
		made = scenario_cases(tree, settings, n, table[i].seed >= 0,
				      (uint64_t)table[i].seed, &cases, &diags);
		ck_assert_str_eq(memory_said(&diags), table[i].said);
		ck_assert_msg(made == (table[i].cases != NULL), "%s", table[i].text);
		if (made)
			ck_assert_str_eq(drawn(diags.arena, &cases), table[i].cases);
		arena_free(diags.arena);
	}
}
END_TEST

/* The base name without .yaml, as far as it has one. */
START_TEST(test_names)
{
	static const struct {
		const char *file, *name;
	} names[] = {
		{ "a/b.c/story.yaml", "story" }, { "story", "story" }, { "story.yml", "story.yml" },
		{ "./x.yaml.yaml", "x.yaml" },	 { ".yaml", ".yaml" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct scenario_cases cases = { 0 };
		const struct tree_node *tree = memory_tree(names[i].file, "version: 1\n", &diags);

		ck_assert(scenario_cases(tree, NULL, 0, false, 0, &cases, &diags));
		ck_assert_str_eq(cases.list.at[0].name, names[i].name);
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_many_names)
{
	for (unsigned n = 256; n <= 257; n++) {
		struct diags diags = { .arena = arena_new() };
		struct scenario_cases cases = { 0 };
		const char *text = "variables:\n";

		for (unsigned i = 0; i < n; i++)
			text = arena_printf(diags.arena, "%s  v%u: 1\n", text, i);
		ck_assert(scenario_cases(memory_tree("f", text, &diags), NULL, 0, false, 0, &cases,
					 &diags) == (n == 256));
		ck_assert_str_eq(memory_said(&diags),
				 n == 256 ? "" : "f:1:1: variables: has 257 names: at most 256\n");
		arena_free(diags.arena);
	}
}
END_TEST

/* Each is the one before it, twice. */
START_TEST(test_bomb)
{
	struct diags diags = { .arena = arena_new() };
	struct scenario_cases cases = { 0 };
	const char *text = "variables:\n  v0: 0123456789\n";
	const struct tree_node *tree;

	for (unsigned i = 1; i < 60; i++)
		text = arena_printf(diags.arena, "%s  v%u: ${v%u}${v%u}\n", text, i, i - 1, i - 1);
	tree = memory_tree("f", text, &diags);
	ck_assert(!scenario_cases(tree, NULL, 0, false, 0, &cases, &diags));
	ck_assert_str_eq(memory_said(&diags),
			 "f:21:8: variables.v19: becomes too long: all that variables are put into "
			 "may be 8 MiB\n");
	arena_free(diags.arena);
}
END_TEST

SUITE("scenario_cases", test_table, test_names, test_many_names, test_bomb)
