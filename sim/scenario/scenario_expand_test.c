/* SPDX-License-Identifier: MIT */
#include "scenario_read.h"

#include "test/scenario_support.h"
#include "test/unit.h"
#include "wireguard_key.h"

#define CLIENT_KEY "MwX+pUCUu/ri6+mlqIyhmkiO0HwrizcQWdsWUoXoAgs="
#define CLIENT_NEXT_KEY "6dJKBl6iB6PN0VdKBkBplNy+KshXR7dMBEcT9ZkaJHM="
#define GW1_KEY "8AxYMtyFg2xldwmAD1iAzUD2DsGli0mXSWlf4IHnsWY="

#define VARIABLES                                                                                  \
	"variables: {one: 1, word: w, text: \"1\", none: , minus: -3, colon: \"a: b\", two: 2s}\n"

static const struct {
	const char *text;
	const char *tree; /* without "{" and ", seed: 1}" */
} good[] = {
	/* Keys used to make the cases are removed. */
	{ "variables: {a: 1}\nmatrix: {b: [1]}\nseed: 1\nx: y\n", "x: y" },
	{ "x: {variables: {}, seed: 2, matrix: 3}\n", "x: {variables: {}, seed: 2, matrix: 3}" },

	/* A value keeps its written form. */
	{ VARIABLES "a: ${one}\nb: ${text}\nc: \"${one}\"\nd: '${text}'\ne: ${none}\n",
	  "a: 1, b: '1', c: 1, d: '1', e: " },
	{ VARIABLES "a: ${one}${one}\nb: x${text}\nc: \"x${one}\"\nd: ${text}s\n",
	  "a: 11, b: x1, c: 'x1', d: 1s" },
	{ VARIABLES "a: ${minus}\nb: x${colon}\nc: ${colon}\n", "a: -3, b: 'xa: b', c: 'a: b'" },
	{ "variables: {a: \"\\x01\", b: \"1\\n\", c: \"- 1\", d: \" \", e: \"true\"}\n"
	  "w: x${a}\nx: ${e}${b}\ny: ${c}1\nz: ${d}1\n",
	  "w: 'x\x01', x: 'true1\n', y: '- 11', z: ' 1'" },
	{ VARIABLES "${word}1: [\"${word}\", {\"x${one}\": \"${two}\"}]\n", "w1: [w, {x1: 2s}]" },
	{ VARIABLES "a: ${seed}\nb: \"${seed+41}\"\nc: x${seed}\n", "a: 1, b: 42, c: x1" },
	{ VARIABLES "a: ${one+1}\nb: ${one-3}\nc: ${minus-1+10}\nd: x${text+1}\n",
	  "a: 2, b: -2, c: 6, d: x2" },
	{ "variables: {a1: x, n1: 1, b: a}\nc: ${${b}${n1}}\nd: ${a${n1}}-\n", "c: x, d: x-" },
	/* A key that becomes empty is removed with its content. */
	{ VARIABLES "a: {\"${none}\": {b: \"${unknown}\", \"c[1..\": x}, b: 1}\n", "a: {b: 1}" },
	{ VARIABLES "k_w: x\n${none}: 1\nl: [{\"${none}\": 2}]\n\"\": 3\n",
	  "k_w: x, l: [{}], : 3" },
	/* Substituted text is not substituted again. */
	{ "variables: {a: $$, b: \"{c}\", c: 1}\nx: ${a}${b}\n", "x: ${c}" },
	{ "a: $$\nb: $${x}\nc: $\nd: $x $1 }\ne: $$$$\nf: $$$${x}\ng: \"$\"\n",
	  "a: $, b: ${x}, c: $, d: $x $1 }, e: $$, f: $${x}, g: '$'" },

	/* Ranges */
	{ "g[1..3]: ${n}\n", "g1: 1, g2: 2, g3: 3" },
	{ "g[2..1]: x\na: {\"h[1..0]\": {}}\nb: [{\"for[1..0]\": x}]\n", "a: {}, b: []" },
	{ "g[-1..1].x: {a: \"${n-1}\"}\n", "g-1.x: {a: -2}, g0.x: {a: -1}, g1.x: {a: 0}" },
	{ "variables: {k: 2}\n\"g[${k}..${k+1}]\": x\n", "g2: x, g3: x" },
	{ "a[1..2]: {\"b[${n}..2]\": \"${n}\", c: \"${n}\"}\n",
	  "a1: {b1: 1, b2: 2, c: 1}, a2: {b2: 2, c: 2}" },
	{ "a[1..2]:\n  b${n}[1..2]: x${n}\n", "a1: {b11: x1, b12: x2}, a2: {b21: x1, b22: x2}" },
	{ "l: [0, {\"for[1..2]\": \"${n}\"}, {\"for[3..3]\": {a: \"${n}\"}}, {\"for[4..4]\": [x, \"${n}\"]}, "
	  "5]\n",
	  "l: [0, 1, 2, {a: 3}, [x, 4], 5]" },
	{ "l: [{\"for[1..2]\": [{\"for[1..2]\": \"${n}\"}]}]\n", "l: [[1, 2], [1, 2]]" },
	{ "l: [{\"form[1..2]\": x}, {\"for[a]\": 1}]\n", "l: [{form1: x, form2: x}, {for[a]: 1}]" },
	/* Brackets that are not a range. */
	{ "\"[2001:db8::1]\": 1\n\"a[1]\": 2\n\"a..b\": 3\n\"a[b]..\": 4\n\"[\": 5\n",
	  "[2001:db8::1]: 1, a[1]: 2, a..b: 3, a[b]..: 4, [: 5" },
	/* One of the copies has additional or different values. */
	{ "g[1..3]: {a: 1, b: [1], c: {d: \"${n}\"}}\ng2: {b: [2, 3], c: {e: 5}}\ng4: {}\n",
	  "g1: {a: 1, b: [1], c: {d: 1}}, g2: {a: 1, b: [2, 3], c: {d: 2, e: 5}}, "
	  "g3: {a: 1, b: [1], c: {d: 3}}, g4: {}" },
	{ "g2: off\ng[1..2]: {a: 1}\n", "g2: off, g1: {a: 1}" },

	/* The file itself overrides its includes, with the repetition in either. */
	{ "include: [b]\ng[1..2]: {a: 2, b: 2}\ng3: {c: 2}\n"
	  "--- b\ng[1..3]: {a: 1, b: [1], c: 1, d: 1}\ng2: {b: 3, d: 3}\n",
	  "g1: {a: 2, b: 2, c: 1, d: 1}, g2: {a: 2, b: 2, c: 1, d: 3}, g3: {a: 1, b: [1], c: 2, d: "
	  "1}" },
	{ "include: [b]\ng[1..2]: {a: 2}\n--- b\ng[1..2]: {a: 1, b: 1, c: 1}\ng2: {a: 3, b: 3}\n",
	  "g1: {a: 2, b: 1, c: 1}, g2: {a: 2, b: 3, c: 1}" },

	/* Keys */
	{ "variables: {k: client}\nnodes: {client: {desired: {interfaces: {wg0: {}}}}}\n"
	  "a: ${client.wg0.public_key}\nb: \"${${k}.wg0.next_public_key}\"\n",
	  "nodes: {client: {desired: {interfaces: {wg0: {}}}}}, a: " CLIENT_KEY
	  ", b: " CLIENT_NEXT_KEY },
	{ "a[1..1]: {\"${gw${n}.wg0.public_key}\": \"x ${gw1.wg0.public_key}\"}\n"
	  "nodes: {\"gw[1..2]\": {desired: {interfaces: {\"wg[0..1]\": {}}}}}\n",
	  "nodes: {gw1: {desired: {interfaces: {wg0: {}, wg1: {}}}}, gw2: {desired: {interfaces: "
	  "{wg0: {}, wg1: {}}}}}, a1: {" GW1_KEY ": 'x " GW1_KEY "'}" },
	/* The content of a text is unknown, later additions are known. */
	{ "nodes: {client: {desired: \"interfaces: [\"}, gw1: {}}\n"
	  "timeline: [x, {crash: gw1}, {desired: {node: gw2, set: x}}, {desired: {node: gw1, set: {interfaces: {wg0: {}}}}}]\n"
	  "a: [\"${client.wg0.public_key}\", \"${gw1.wg0.public_key}\"]\n",
	  "nodes: {client: {desired: 'interfaces: ['}, gw1: {}}, timeline: [x, {crash: gw1}, "
	  "{desired: {node: gw2, set: x}}, {desired: {node: gw1, "
	  "set: {interfaces: {wg0: {}}}}}], a: [" CLIENT_KEY ", " GW1_KEY "]" },
	/* In the usual order. */
	{ "x: 1\nexpect: []\nnodes: {}\ny: 2\nlinks: {}\nversion: 1\ndescription: d\n",
	  "version: 1, description: d, links: {}, nodes: {}, expect: [], x: 1, y: 2" },
};

/* The order of the root's keys does not matter here. */
static const char *without_seed(struct arena *arena, const struct tree_node *tree)
{
	struct tree_node copy = *tree;
	const char *text;

	copy.first = copy.last = NULL;
	for (struct tree_node *child = tree->first; child; child = child->next) {
		struct tree_node *shallow = arena_alloc(arena, sizeof(*shallow));

		*shallow = *child;
		if (strcmp(child->key, "seed") != 0)
			tree_append(&copy, shallow);
		else
			ck_assert_str_eq(child->text, "1");
	}
	text = memory_drawn(arena, &copy);
	return arena_strndup(arena, text + 1, strlen(text) - 2);
}

START_TEST(test_good)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		struct tree_node *tree = memory_expand("a", good[i].text, &diags), *again;
		const char *written;

		ck_assert_msg(tree != NULL, "%s\n%s", good[i].text, memory_said(&diags));
		ck_assert_str_eq(without_seed(diags.arena, tree), good[i].tree);
		/* The written text is an equivalent scenario. */
		written = scenario_write(diags.arena, tree);
		ck_assert_ptr_nonnull(written);
		again = memory_expand("b", written, &diags);
		ck_assert_msg(again != NULL, "%s\n%s", written, memory_said(&diags));
		ck_assert_str_eq(memory_drawn(diags.arena, again), memory_drawn(diags.arena, tree));
		arena_free(diags.arena);
	}
}
END_TEST

#define NETWORK                                                                                    \
	"nodes: {client: {desired: {interfaces: {wg0: {}, wg1: {}}}}, gw1: {}, gw2: {desired: "    \
	"{interfaces: {}}}, gw3: {desired: }}\n"

static const struct {
	const char *text;
	const char *said;
} bad[] = {
	{ "variables: {gateways: 1, word: w}\na: ${gatways}\nb: [\"x${wodr}\"]\nc: ${blue}\n",
	  "a:2:4: a: there is no variable \"gatways\": did you mean gateways?\n"
	  "a:3:5: b[0]: there is no variable \"wodr\": did you mean word?\n"
	  "a:4:4: c: there is no variable \"blue\": known here: gateways and word\n" },
	{ "a: ${x}\n",
	  "a:1:4: a: there is no variable \"x\": declare it in variables, or write $${ for ${\n" },
	{ "${x}: 1\n", "a:1:1: ${x}: there is no variable \"x\": declare it in variables, or write "
		       "$${ for ${\n" },
	{ "a: ${n}\n", "a:1:4: a: ${n} is a number only inside of what is repeated: NAME[1..3] or "
		       "for[1..3]\n" },
	{ "a: ${}\nb: ${\nc: x${y\nd: ${a${b}\n",
	  "a:1:4: a: ${} has no name in it: write $${ for ${\n"
	  "a:2:4: b: \"${\" has no } at its end: write $${ for ${\n"
	  "a:3:4: c: \"${y\" has no } at its end: write $${ for ${\n"
	  "a:4:4: d: there is no variable \"b\": declare it in variables, or write $${ for ${\n" },
	{ "a: \"${0123456789012345678901234567890123456789012345678901234567890123456789\"\n",
	  "a:1:4: a: \"${0123456789012345678901234567890123456789012345678901234567\" has no } at "
	  "its end: write $${ for ${\n" },
	{ "a: ${012345678901234567890123456789012345678901234567890123456\xc3\xa4\n",
	  "a:1:4: a: \"${012345678901234567890123456789012345678901234567890123456\" has no } at "
	  "its end: write $${ for ${\n" },
	{ "a: ${${${${${${${${${x}}}}}}}}}\n", "a:1:4: a: more than 8 ${ within each other\n" },
	{ "variables: {w: x, m: 1}\na: ${w+1}\nb: ${m*2}\nc: ${m+}\nd: ${m+w}\ne: ${m+1234567890123456}\n"
	  "f: ${m }\ng: ${x-y}\n",
	  "a:2:4: a: ${w+1}: there is no sum with \"x\", which is not a number\n"
	  "a:3:4: b: ${m*2} is not a sum: write a name and whole numbers, such as ${n+1}\n"
	  "a:4:4: c: ${m+} is not a sum: write a name and whole numbers, such as ${n+1}\n"
	  "a:5:4: d: ${m+w} is not a sum: write a name and whole numbers, such as ${n+1}\n"
	  "a:6:4: e: ${m+1234567890123456} is not a sum: write a name and whole numbers, such as "
	  "${n+1}\n"
	  "a:7:4: f: ${m } is not a sum: write a name and whole numbers, such as ${n+1}\n"
	  "a:8:4: g: there is no variable \"x-y\": known here: w and m\n" },

	/* Ranges: the location is in the source, the path identifies the copy. */
	{ "g[1..3]:\n  b:\n    c: ${x}\n",
	  "a:3:8: g1.b.c: there is no variable \"x\": declare it in "
	  "variables, or write $${ for ${\n" },
	{ "l: [1, {\"for[5..7]\": {a: \"${x}\"}}]\n",
	  "a:1:26: l[1].a: there is no variable \"x\": declare it in variables, or write $${ for "
	  "${\n" },
	{ "variables: {v1: 1, v2: 1}\ng[1..3]: ${v${n}}\n",
	  "a:2:10: g3: there is no variable \"v3\": did you mean v1?\n" },
	{ "g[1..x]: 1\n", "a:1:1: g[1..x]: is no range: write whole numbers, such as g[1..3]\n" },
	{ "a: {\"g[..]\": 1}\n",
	  "a:1:5: a.g[..]: is no range: write whole numbers, such as g[1..3]\n" },
	{ "g[1..2.5]: 1\n",
	  "a:1:1: g[1..2.5]: is no range: write whole numbers, such as g[1..3]\n" },
	{ "g[1..10000000000]: 1\n",
	  "a:1:1: g[1..10000000000]: is no range: write whole numbers, such as g[1..3]\n" },
	{ "variables: {k: w}\n\"g[1..${k}]\": 1\n",
	  "a:2:1: g[1..w]: is no range: write whole numbers, such as g[1..3]\n" },
	{ "l: [{\"for[a..b]\": 1}]\n",
	  "a:1:6: l.for[a..b]: is no range: write whole numbers, such as for[1..3]\n" },
	{ "l: [{\"for[1..${x}]\": 1}]\n",
	  "a:1:6: l.for[1..${x}]: there is no variable \"x\": declare it in variables, or write $${ "
	  "for ${\n" },
	{ "l: [{at: 1, \"for[1..2]\": 1}]\nm: {\"for[1..2]\": x}\n",
	  "a:1:13: l[0].for[1..2]: repeats items of lists, as an item's only key: write NAME[1..3] here\n"
	  "a:2:5: m.for[1..2]: repeats items of lists, as an item's only key: write NAME[1..3] here\n" },
	{ "a: {\"g[1..2]\": 1, \"g[2..3]\": 1}\nvariables: {x: h}\n${x}: 1\nh: 2\n",
	  "a:1:19: a.g2: given twice: it already stands at a:1:5\n"
	  "a:4:1: h: given twice: it already stands at a:3:1\n" },

	{ "include: [b, c]\n--- b\ng[1..2]: 1\n--- c\n\"g[2..3]\": 1\n",
	  "c:1:1: g2: given twice: it already stands at b:1:1\n" },

	/* Keys */
	{ NETWORK "a: ${clint.wg0.public_key}\nb: ${client.wg2.public_key}\nc: "
		  "${gw1.wg0.public_key}\nd: ${gw2.wg0.public_key}\ne: ${gw3.wg0.public_key}\nf: "
		  "${client.vpn.public_key}\ng: ${x.y.next_public_key}\n",
	  "a:2:4: a: ${clint.wg0.public_key}: there is no node clint: did you mean client?\n"
	  "a:3:4: b: ${client.wg2.public_key}: wg2 is no WireGuard interface of client: did you "
	  "mean wg0?\n"
	  "a:4:4: c: ${gw1.wg0.public_key}: wg0 is no WireGuard interface of gw1, there is none\n"
	  "a:5:4: d: ${gw2.wg0.public_key}: wg0 is no WireGuard interface of gw2, there is none\n"
	  "a:6:4: e: ${gw3.wg0.public_key}: wg0 is no WireGuard interface of gw3, there is none\n"
	  "a:7:4: f: ${client.vpn.public_key}: vpn is no WireGuard interface of client: there is "
	  "wg0 and wg1\n"
	  "a:8:4: g: ${x.y.next_public_key}: there is no node x: there is client, gw1, gw2 and "
	  "gw3\n" },
	{ "g[1..2]: ${a.b.public_key}\n",
	  "a:1:10: g1: ${a.b.public_key}: there is no node a, there is none\n" },
	{ "a: ${a.b}\nb: ${.b.c}\nc: ${a..c}\nd: ${a.b.pubic_key}\ne: ${a.b.c}\n",
	  "a:1:4: a: ${a.b} is not a key: write ${NODE.INTERFACE.public_key}\n"
	  "a:2:4: b: ${.b.c} is not a key: write ${NODE.INTERFACE.public_key}\n"
	  "a:3:4: c: ${a..c} is not a key: write ${NODE.INTERFACE.public_key}\n"
	  "a:4:4: d: ${a.b.pubic_key}: pubic_key is not known here: did you mean public_key?\n"
	  "a:5:4: e: ${a.b.c}: c is not known here: did you mean public_key?\n" },

	/* Bombs */
	{ "a[1..1000]: {\"b[1..1000]\": {\"c[1..1000]\": x}}\n",
	  "a:1:29: a1.b200.c799: the scenario becomes too large here: more than 200000 values in "
	  "all\n" },
	{ "a[1..1000000000]: x\n", "a:1:1: a200000: the scenario becomes too large here: more than "
				   "200000 values in all\n" },
	{ "a[1..11000]: ${x${n}.wg0.public_key}\n", "a:1:14: a10001: more than 10000 different "
						    "keys\n" },
};

START_TEST(test_bad)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diags diags = { .arena = arena_new() };

		ck_assert_ptr_null(memory_expand("a", bad[i].text, &diags));
		ck_assert_str_eq(memory_said(&diags), bad[i].said);
		arena_free(diags.arena);
	}
}
END_TEST

/* Sums do not overflow. */
START_TEST(test_long_sum)
{
	struct diags diags = { .arena = arena_new() };
	const unsigned terms = 10000;
	char *sum = arena_alloc(diags.arena, terms * 16 + 1);

	for (unsigned i = 0; i < terms; i++)
		memcpy(sum + (size_t)i * 16, "+999999999999999", 16);
	ck_assert_ptr_null(memory_expand(
		"a", arena_printf(diags.arena, "variables: {v: 1}\na: ${v%s}\n", sum), &diags));
	ck_assert_str_eq(
		memory_said(&diags),
		"a:2:4: a: ${v+999999999999999+999999999999999+999999999999999+9999999999} "
		"is not a sum: write a name and whole numbers, such as ${n+1}\n");
	arena_free(diags.arena);
}
END_TEST

/* A long text many times. */
START_TEST(test_long)
{
	struct diags diags = { .arena = arena_new() };
	char text[1001];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_ptr_null(memory_expand(
		"a", arena_printf(diags.arena, "variables: {v: %s}\na[1..100000]: ${v}\n", text),
		&diags));
	ck_assert_str_eq(memory_said(&diags), "a:2:15: a8381: becomes too long: all that variables "
					      "are put into may be 8 MiB\n");
	arena_free(diags.arena);
}
END_TEST

/* Not all of a hundred thousand errors are reported. */
START_TEST(test_many_errors)
{
	struct diags diags = { .arena = arena_new() };
	const size_t n = 20000;
	char *text = arena_alloc(diags.arena, n * 8 + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * 8, "- ${x} \n", 8);
	ck_assert_ptr_null(memory_expand("a", arena_printf(diags.arena, "a:\n%s", text), &diags));
	ck_assert_uint_eq(diags.errors, 100);
	arena_free(diags.arena);
}
END_TEST

/* Another seed, other keys; repetitions keep their source location. */
START_TEST(test_seed_and_places)
{
	static const char text[] = "nodes:\n  gw[1..2]:\n    desired: {interfaces: {wg0: {k: "
				   "\"${gw2.wg0.public_key}\"}}}\n--- b\n";
	struct diags diags = { .arena = arena_new() };
	struct tree_node *tree = memory_tree("a", text, &diags), *expanded;
	struct scenario_cases cases = { 0 };
	const struct tree_node *node;
	struct wg_key key;
	char shown[KEY_TEXT_MAX];

	ck_assert(scenario_cases(tree, NULL, 0, true, 77, &cases, &diags));
	expanded = scenario_expand(tree, cases.list.at, &diags);
	ck_assert_ptr_nonnull(expanded);
	node = tree_get(tree_get(expanded, "nodes"), "gw1");
	ck_assert_str_eq(tree_place(diags.arena, node), "a:2:3");
	node = tree_get(tree_get(tree_get(tree_get(node, "desired"), "interfaces"), "wg0"), "k");
	ck_assert(wireguard_key(77, "gw2", "wg0", 0, NULL, &key));
	ck_assert_str_eq(node->text, key_text(&key, shown));
	ck_assert_str_eq(tree_get(expanded, "seed")->text, "77");
	ck_assert_str_eq(tree_path(diags.arena, node), "nodes.gw1.desired.interfaces.wg0.k");
	ck_assert_str_eq(tree_place(diags.arena, node), "a:3:34");
	arena_free(diags.arena);
}
END_TEST

SUITE("scenario_expand", test_good, test_bad, test_long_sum, test_long, test_many_errors,
      test_seed_and_places)
