/* SPDX-License-Identifier: MIT */
#include "tree_write.h"

#include "base/random.h"
#include "test/scenario_support.h"
#include "test/unit.h"

#define TREES 3000
#define DEPTH 5

static const struct {
	const char *text;
	const char *written;
} cases[] = {
	{ "a: 1", "a: 1\n" },
	{ "{a: {b: [c, 'd', {}, []]}, e: }", "a:\n  b:\n  - c\n  - \"d\"\n  - {}\n  - []\ne:\n" },
	{ "a: '1'\nb: \"true\"\nc: true\nd: ''\n", "a: \"1\"\nb: \"true\"\nc: true\nd: \"\"\n" },
	{ "- - - 1\n    - 2\n- {a: 1, b: 2}\n", "- - - 1\n    - 2\n- a: 1\n  b: 2\n" },
	{ "a: |\n  one\n    two\n\n  three\nb: 2\n", "a: |\n  one\n    two\n\n  three\nb: 2\n" },
	{ "a: |-\n  one\n  two\nb: |+\n  one\n\n", "a: |-\n  one\n  two\nb: |+\n  one\n\n...\n" },
	/* A trailing space and a tab are invisible. */
	{ "a: \"one \\ntwo\"\nb: \"x\\ty\\n\"\nc: \"\\n\"\nd: \" a\\n\"\n",
	  "a: \"one \\ntwo\"\nb: \"x\\ty\\n\"\nc: \"\\n\"\nd: \" a\\n\"\n" },
	{ "a: \"\\r\\n\\x01\\e\\N\\L\"\n", "a: \"\\r\\n\\x01\\e\\N\\L\"\n" },
	{ "a: \xc3\xa4\nb: '\xe2\x82\xac'\n", "a: \xc3\xa4\nb: \"\xe2\x82\xac\"\n" },
	{ "'a: b': 1\n'': 2\n'#': 3\n'- ': 4\n? |\n  two\n  lines\n: 5\n",
	  "'a: b': 1\n'': 2\n'#': 3\n'- ': 4\n? 'two\n\n  lines\n\n  '\n: 5\n" },
	{ "a: [2001:db8::1/64, \"::/0\", 10.0.0.0/8, 1%, -5]\n",
	  "a:\n- 2001:db8::1/64\n- \"::/0\"\n- 10.0.0.0/8\n- 1%\n- -5\n" },
	{ "a: word", "a: word\n" },
	{ "", "\n" },
	{ "text", "text\n" },
	{ "[]", "[]\n" },
};

static struct tree_node *parse(struct diags *diags, const char *text)
{
	return tree_parse("f", text, strlen(text), SCENARIO_DEPTH_MAX, diags->arena, diags);
}

START_TEST(test_written)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct tree_node *tree = parse(&diags, cases[i].text), *again;
		const char *written;

		ck_assert_msg(tree != NULL, "%s", memory_said(&diags));
		written = tree_write(diags.arena, tree);
		ck_assert_str_eq(written, cases[i].written);
		again = parse(&diags, written);
		ck_assert_msg(again != NULL, "%s", memory_said(&diags));
		ck_assert_str_eq(memory_drawn(diags.arena, again), memory_drawn(diags.arena, tree));
		arena_free(diags.arena);
	}
}
END_TEST

/* A text of several lines needs quotes in one line. */
START_TEST(test_not_plain)
{
	struct diags diags = { .arena = arena_new() };
	struct tree_node *tree = parse(&diags, "a: one\n  two\n\n  three\n");

	ck_assert_str_eq(memory_drawn(diags.arena, tree), "{a: one two\nthree}");
	ck_assert_str_eq(tree_write(diags.arena, tree), "a: |-\n  one two\n  three\n");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_not_text)
{
	struct arena *arena = arena_new();
	struct tree_node node = { .text = "\xff" };

	ck_assert_ptr_null(tree_write(arena, &node));
	arena_free(arena);
}
END_TEST

/* Special characters of YAML, in random combinations. */
static const char *random_text(struct arena *arena, struct random *random)
{
	static const char *const parts[] = {
		"a",
		"b",
		"word",
		"1",
		"0",
		"true",
		"null",
		"~",
		" ",
		"  ",
		"\n",
		"\r",
		"\t",
		":",
		"-",
		"#",
		"?",
		",",
		"[",
		"]",
		"{",
		"}",
		"&",
		"*",
		"!",
		"|",
		">",
		"'",
		"\"",
		"%",
		"@",
		"`",
		"...",
		"---",
		"$",
		"${n}",
		"<<",
		"\\",
		"\x01",
		"\x7f",
		": ",
		" #",
		"- ",
		"\xc2\x85",
		"\n",
		"\xc3\xa4",
		"\n ",
		"=",
		"\xef\xbb\xbf",
		"\xe2\x80\xa8",
	};
	const char *text = "";

	for (uint64_t n = random_below(random, 6); n; n--)
		text = arena_printf(arena, "%s%s", text,
				    parts[random_below(random, sizeof(parts) / sizeof(parts[0]))]);
	return text;
}

static struct tree_node *random_tree(struct arena *arena, struct random *random, unsigned depth)
{
	struct tree_node *node = arena_alloc(arena, sizeof(*node));

	node->text = "";
	node->file = "random";
	node->kind = depth ? (enum tree_kind)random_below(random, 3) : TREE_SCALAR;
	if (node->kind == TREE_SCALAR)
		node->text = random_text(arena, random);
	for (uint64_t n = node->kind == TREE_SCALAR ? 0 : random_below(random, 4); n; n--) {
		struct tree_node *child = random_tree(arena, random, depth - 1);

		if (node->kind == TREE_MAPPING)
			child->key = random_text(arena, random);
		tree_append(node, child);
	}
	return node;
}

START_TEST(test_read_back)
{
	struct random random;

	random_seed(&random, 1);
	for (unsigned i = 0; i < TREES; i++) {
		struct diags diags = { .arena = arena_new() };
		struct tree_node *tree = random_tree(diags.arena, &random, DEPTH), *again;
		const char *written = tree_write(diags.arena, tree);

		ck_assert_ptr_nonnull(written);
		again = parse(&diags, written);
		ck_assert_msg(again != NULL, "%u: %s%s", i, memory_said(&diags), written);
		ck_assert_str_eq(memory_drawn(diags.arena, again), memory_drawn(diags.arena, tree));
		ck_assert_str_eq(tree_write(diags.arena, again), written);
		arena_free(diags.arena);
	}
}
END_TEST

SUITE("tree_write", test_written, test_not_plain, test_not_text, test_read_back)
