/* SPDX-License-Identifier: MIT */
#include "scenario_read.h"

#include "test/scenario_support.h"
#include "test/unit.h"

static const struct {
	const char *text;
	const char *tree;
} good[] = {
	{ "version: 1\n", "{version: 1}" },
	{ "version: 1\ninclude: []\na: [x]\n", "{version: 1, a: [x]}" },
	/* Joined at every depth; the including file overrides it. */
	{ "include: [b]\nversion: 1\nnodes: {x: {mtu: 2, timer: off, l: [3]}, z: {}}\n"
	  "--- b\nversion: 1\nnodes: {x: {mtu: 1, gateway: g, timer: {every: 5s}, l: [1, 2]}, y: "
	  "{}}\n",
	  "{version: 1, nodes: {x: {mtu: 2, gateway: g, timer: off, l: [3]}, y: {}, z: {}}}" },
	{ "include: [b]\na: {b: 1}\n--- b\na: 1\n", "{a: {b: 1}}" },
	{ "include: [b]\na: [1]\n--- b\na: {b: 1}\n", "{a: [1]}" },
	{ "include: [b]\na: {c: }\n--- b\na: {c: 1}\n", "{a: {c: }}" },
	/* An empty mapping removes nothing. */
	{ "include: [b]\na:\n--- b\na: {b: 1}\n", "{a: {b: 1}}" },
	/* Lists of the timeline are concatenated, others are not. */
	{ "include: [b, c]\ntimeline: [3]\nexpect: [e3]\nx: {timeline: [3]}\nother: [3]\n"
	  "--- b\ntimeline: [1]\nmeasure: [m1]\nx: {timeline: [1]}\nother: [1]\n"
	  "--- c\ntimeline: [2]\nexpect: [e2]\nmeasure:\n",
	  "{timeline: [1, 2, 3], measure: [m1], x: {timeline: [3]}, other: [3], "
	  "expect: [e2, e3]}" },
	{ "include: [b]\ntimeline:\n--- b\ntimeline: [1]\n", "{timeline: [1]}" },
	{ "include: [b]\ntimeline: [1]\n--- b\ntimeline:\n", "{timeline: [1]}" },
	/* The file that includes both resolves a conflict of two included files. */
	{ "include: [b, c]\na: 3\n--- b\na: 1\n--- c\na: 2\n", "{a: 3}" },
	{ "include: [b]\na: 1\n--- b\ninclude: [c]\na: 2\n--- c\na: 3\nb: 4\n", "{a: 1, b: 4}" },
	/* b declares a as a non-mapping, so c's content of it is dropped. */
	{ "include: [b]\na: {x: 1}\n--- b\ninclude: [c]\na: 2\n--- c\na: {y: 3}\n", "{a: {x: 1}}" },
	/* A file that is included twice is read once. */
	{ "include: [b, c]\n--- b\ninclude: [d]\nx: 2\n--- c\ninclude: [d]\ny: 2\n"
	  "--- d\nx: 1\ny: 1\ntimeline: [1]\n",
	  "{x: 2, y: 2, timeline: [1]}" },
	/* Texts from files, joined as their content. */
	{ "nodes: {a: {desired_file: d}}\ntimeline: [{desired: {node: a, set_file: d}}]\n"
	  "--- d\nany\ntext\n",
	  "{nodes: {a: {desired: 'any\ntext\n'}}, timeline: [{desired: {node: a, set: "
	  "'any\ntext\n'}}]}" },
	{ "include: [b]\nnodes: {a: {desired_file: d}}\n--- b\nnodes: {a: {desired: {x: 1}}}\n"
	  "--- d\nt",
	  "{nodes: {a: {desired: 't'}}}" },
	/* Nothing is replaced yet. */
	{ "a: ${b}\nc[1..2]: $$\n", "{a: ${b}, c[1..2]: $$}" },
};

START_TEST(test_good)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct tree_node *tree = memory_tree("a", good[i].text, &diags);

		ck_assert_msg(tree != NULL, "%s\n%s", good[i].text, memory_said(&diags));
		ck_assert_str_eq(memory_drawn(diags.arena, tree), good[i].tree);
		ck_assert_str_eq(tree->file, "a");
		ck_assert_uint_eq(diags.list.n, 0);
		arena_free(diags.arena);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *said;
} bad[] = {
	{ "", "a:1:1: is empty: a scenario is a mapping (key: value)\n" },
	{ "- x\n", "a:1:1: is a list: a scenario is a mapping (key: value)\n" },
	{ "include: [b]\n--- b\ntext\n",
	  "b:1:1: is \"text\": a scenario is a mapping (key: value)\n" },
	{ "include: [b]\n--- b\na: [\n",
	  "b:2:1: this is not YAML: did not find expected node content while parsing a flow "
	  "node\n" },
	{ "a: &x 1\n", "a:1:4: a: an anchor (&name) is not allowed: write the value out\n" },
	{ "include: b\n", "a:1:10: include: is not a list: write [\"b\"]\n" },
	{ "include: {b: c}\n", "a:1:10: include: is a mapping: give a list, such as [a, b]\n" },
	{ "include: [[b]]\n", "a:1:11: include[0]: is a list: give a single value\n" },
	{ "include: [b, c]\n--- b\nx: 1\n", "a:1:14: include[1]: a: there is no c\n" },
	{ "include: [\"${b}\"]\n", "a:1:11: include[0]: \"${b}\": a file's name cannot hold "
				   "variables, as files are read first\n" },
	{ "include: [b]\ninclude: [c]\n--- b\nx: 1\n--- c\nx: 1\n",
	  "a:2:1: include: given twice: it already stands at a:1:1\n" },
	/* Circles */
	{ "include: [a]\n--- a\nx: 1\n", "a:1:11: include[0]: a circle: a includes a\n" },
	{ "include: [b]\n--- b\ninclude: [c]\n--- c\ninclude: [d, b]\n--- d\nx: 1\n",
	  "c:1:14: include[1]: a circle: b includes c includes b\n" },
	{ "include: [b]\n--- b\ninclude: [c]\n--- c\ninclude: [d]\n--- d\ninclude: [e]\n--- e\n"
	  "include: [f]\n--- f\ninclude: [g]\n--- g\ninclude: [h]\n--- h\ninclude: [i]\n--- i\n"
	  "x: 1\n",
	  "h:1:11: include[0]: more than 8 files include each other in a row\n" },
	/* Twice */
	{ "a: 1\nb: {c: 1, d: [{e: 1, e: 2}], c: 3}\na: 1\n",
	  "a:2:22: b.d[0].e: given twice: it already stands at a:2:16\n"
	  "a:2:30: b.c: given twice: it already stands at a:2:5\n"
	  "a:3:1: a: given twice: it already stands at a:1:1\n" },
	{ "a: {b: 1}\na: {c: 1}\n", "a:2:1: a: given twice: it already stands at a:1:1\n" },
	{ "timeline: [1]\ntimeline: [2]\n",
	  "a:2:1: timeline: given twice: it already stands at a:1:1\n" },
	{ "timeline: [{at: 1, at: 2}]\n",
	  "a:1:20: timeline[0].at: given twice: it already stands at a:1:13\n" },
	{ "include: [b]\ntimeline: [{at: 1, at: 2}]\n--- b\ntimeline: [{x: 1, x: 2}]\n",
	  "a:2:20: timeline[0].at: given twice: it already stands at a:2:13\n"
	  "b:1:19: timeline[0].x: given twice: it already stands at b:1:13\n" },
	{ "include: [b, c]\n--- b\nn: {a: 1, l: [1]}\n--- c\nn: {a: 1, l: [2]}\n",
	  "c:1:5: n.a: given twice: it already stands at b:1:5\n"
	  "c:1:11: n.l: given twice: it already stands at b:1:11\n" },
	{ "include: [b, c]\n--- b\nn: {a: 1}\n--- c\nn: 1\n",
	  "c:1:1: n: given twice: it already stands at b:1:1\n" },
	/* c does not include b. */
	{ "include: [b, c]\n--- b\ninclude: [d]\nx: 2\n--- c\ninclude: [d]\nx: 3\n--- d\nx: 1\n",
	  "c:2:1: x: given twice: it already stands at b:2:1\n" },
	{ "nodes: {a: {desired: 1, desired_file: d}}\n--- d\nx\n",
	  "a:1:25: nodes.a.desired: given twice: it already stands at a:1:13\n" },
	{ "nodes: {a: {desired_file: [d]}}\n",
	  "a:1:27: nodes.a.desired_file: is a list: give a single value\n" },
	{ "nodes: {a: {desired_file: d}}\n--- d\n\xff\n",
	  "a:1:27: nodes.a.desired_file: d is not a text in UTF-8\n" },
	{ "include: [b]\nversion: 1\n--- b\nversion: 2\n",
	  "a:2:1: version: is \"1\" here, and \"2\" at b:1:1: it must be the same\n" },
};

START_TEST(test_bad)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diags diags = { .arena = arena_new() };

		ck_assert_ptr_null(memory_tree("a", bad[i].text, &diags));
		ck_assert_str_eq(memory_said(&diags), bad[i].said);
		arena_free(diags.arena);
	}
}
END_TEST

/* A scenario's files are bits of a word. */
START_TEST(test_many_files)
{
	for (unsigned n = 63; n <= 64; n++) {
		struct diags diags = { .arena = arena_new() };
		const char *list = "", *files = "";
		struct tree_node *tree;

		for (unsigned i = 0; i < n; i++) {
			list = arena_printf(diags.arena, "%sf%u, ", list, i);
			files = arena_printf(diags.arena, "%s--- f%u\nk%u: 1\nx: 1\n", files, i, i);
		}
		tree = memory_tree(
			"a", arena_printf(diags.arena, "include: [%s]\nx: 2\n%s", list, files),
			&diags);
		if (n == 63) {
			ck_assert_msg(tree != NULL, "%s", memory_said(&diags));
			ck_assert_uint_eq(tree->n, 64);
			ck_assert_str_eq(tree_get(tree, "x")->text, "2");
		} else {
			ck_assert_ptr_null(tree);
			ck_assert_str_eq(memory_said(&diags),
					 "a:1:1: more than 63 files are included\n");
		}
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_too_large)
{
	struct diags diags = { .arena = arena_new() };
	char *text = arena_alloc(diags.arena, SCENARIO_SIZE_MAX + 2);

	memset(text, '#', SCENARIO_SIZE_MAX + 1);
	ck_assert_ptr_null(memory_tree("a", text, &diags));
	ck_assert_str_eq(memory_said(&diags), "a:1:1: is too large: a file has at most 8 MiB\n");
	arena_free(diags.arena);
}
END_TEST

/* Each node has its file. */
START_TEST(test_places)
{
	struct diags diags = { .arena = arena_new() };
	const struct tree_node *tree = memory_tree(
		"a", "include: [b]\ntimeline: [{x: 1}]\n--- b\n\ntimeline:\n  - {x: 1}\ny: 2\n",
		&diags);
	const struct tree_node *timeline = tree_get(tree, "timeline");

	ck_assert_str_eq(tree_place(diags.arena, tree_get(tree, "y")), "b:4:1");
	ck_assert_str_eq(tree_place(diags.arena, tree_get(timeline->first, "x")), "b:3:6");
	ck_assert_str_eq(tree_place(diags.arena, tree_get(timeline->last, "x")), "a:2:13");
	ck_assert_str_eq(tree_path(diags.arena, tree_get(timeline->last, "x")), "timeline[1].x");
	arena_free(diags.arena);
}
END_TEST

SUITE("scenario_tree", test_good, test_bad, test_many_files, test_too_large, test_places)
