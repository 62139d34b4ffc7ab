/* SPDX-License-Identifier: MIT */
#include "yaml_join.h"

#include "test/unit.h"

#include <stdlib.h>

#define DEPTH_MAX 32

static struct diags new_diags(void)
{
	return (struct diags){ .arena = arena_new() };
}

static struct tree_node *parse(struct diags *diags, const char *text)
{
	return tree_parse("f", text, strlen(text), DEPTH_MAX, diags->arena, diags);
}

static const char *said(struct diags *diags)
{
	const char *all = "";

	vec_each (diag, &diags->list)
		all = arena_printf(diags->arena, "%s%s\n", all, diag_text(diags, diag));
	return all;
}

/* The tree as one line, with the location of each node: {key@1:1=text@1:6}. */
static const char *drawn(struct arena *arena, const struct tree_node *node)
{
	const char *inner = "";

	if (node->kind == TREE_SCALAR)
		return arena_printf(arena, node->plain ? "%s@%u:%u" : "'%s'@%u:%u", node->text,
				    node->line, node->column);
	for (const struct tree_node *child = node->first; child; child = child->next) {
		const char *value = drawn(arena, child);

		ck_assert_ptr_eq(child->parent, node);
		if (child->key)
			value = arena_printf(arena, "%s@%u:%u=%s", child->key, child->key_line,
					     child->key_column, value);
		inner = arena_printf(arena, "%s%s%s", inner, *inner ? " " : "", value);
	}
	return arena_printf(arena, node->kind == TREE_LIST ? "[%s]@%u:%u" : "{%s}@%u:%u", inner,
			    node->line, node->column);
}

static const struct {
	const char *text;
	const char *tree;
} shapes[] = {
	{ "a: 1", "{a@1:1=1@1:4}@1:1" },
	{ "a: '1'\nb: \"2\"\n", "{a@1:1='1'@1:4 b@2:1='2'@2:4}@1:1" },
	{ "a:\n  b:\n  - c\n  - d: e\n", "{a@1:1={b@2:3=[c@3:5 {d@4:5=e@4:8}@4:5]@3:3}@2:3}@1:1" },
	{ "{a: [b, c], d: {}}", "{a@1:2=[b@1:6 c@1:9]@1:5 d@1:13={}@1:16}@1:1" },
	/* Columns count characters, not bytes. */
	{ "\xc3\xa4\xe2\x82\xac: {\xf0\x9f\x98\x80: x}",
	  "{\xc3\xa4\xe2\x82\xac@1:1={\xf0\x9f\x98\x80@1:6=x@1:9}@1:5}@1:1" },
	{ "a: 1\r\nb: 2\r\n", "{a@1:1=1@1:4 b@2:1=2@2:4}@1:1" },
	{ "\xef\xbb\xbf"
	  "a: 1\n",
	  "{a@1:1=1@1:4}@1:1" },
	{ "# comment\n---\na: 1 # more\n...\n", "{a@3:1=1@3:4}@3:1" },
	{ "a:\nb:\n", "{a@1:1=@1:3 b@2:1=@2:3}@1:1" },
	{ "a: |\n  b\n  c\n", "{a@1:1='b\nc\n'@1:4}@1:1" },
	{ "? a\n: b\n", "{a@1:3=b@2:3}@1:1" },
	{ "[]", "[]@1:1" },
	{ "text", "text@1:1" },
	/* tree_join() reports duplicate keys. */
	{ "a: 1\na: 2\n", "{a@1:1=1@1:4 a@2:1=2@2:4}@1:1" },
	{ "", "@1:1" },
	{ "# nothing\n", "@1:1" },
	{ "---\n", "@2:1" },
};

START_TEST(test_shapes)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct diags diags = new_diags();
		struct tree_node *root = parse(&diags, shapes[i].text);

		ck_assert_msg(root != NULL, "%s: %s", shapes[i].text, said(&diags));
		ck_assert_str_eq(drawn(diags.arena, root), shapes[i].tree);
		ck_assert_uint_eq(diags.list.n, 0);
		arena_free(diags.arena);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *said;
} refused[] = {
	{ "a: &x 1\nb: *x\n", "f:1:4: a: an anchor (&name) is not allowed: write the value out\n"
			      "f:2:4: b: an alias (*name) is not allowed: write the value out\n" },
	{ "a: !!str 1\nb: !x [1]\nc: !y {}\n",
	  "f:1:4: a: a tag (!name) is not allowed: leave it out\n"
	  "f:2:4: b: a tag (!name) is not allowed: leave it out\n"
	  "f:3:4: c: a tag (!name) is not allowed: leave it out\n" },
	{ "- [&a b]\n", "f:1:4: [0]: an anchor (&name) is not allowed: write the value out\n" },
	{ "&a b: c\n", "f:1:1: an anchor (&name) is not allowed: write the value out\n" },
	{ "*a : c\n", "f:1:1: an alias (*name) is not allowed: write the value out\n" },
	{ "? {a: b}\n: c\n", "f:1:3: a key must be a text, not a list or a mapping\n" },
	{ "a: 1\n---\nb: 2\n",
	  "f:2:1: a second document in one file is not allowed: use a second file\n" },
	{ "a: \"x\\0y\"\nb: !t \"\\0\"\n", "f:1:4: a: a zero byte is not allowed\n"
					   "f:2:4: b: a tag (!name) is not allowed: leave it out\n"
					   "f:2:4: b: a zero byte is not allowed\n" },
	{ "\"x\\0y\": 1\n", "f:1:1: a zero byte is not allowed\n" },
	{ "a: \x01\n", "f:1:4: this is not text: control characters are not allowed (0x01): files "
		       "are UTF-8 without control characters\n" },
	{ "b: 1\n\xc3\xa4\xc3\xa4: \xff\n",
	  "f:2:5: this is not text: invalid leading UTF-8 octet (0xff): files are UTF-8 without "
	  "control characters\n" },
	{ "\xff\xfe"
	  "a",
	  "f:1:1: this is not text: invalid leading UTF-8 octet (0xff): files are UTF-8 without "
	  "control characters\n" },
	{ "a: 'b\n", "f:1:4: this is not YAML: found unexpected end of stream while scanning a "
		     "quoted scalar: the quotes are not closed\n" },
	{ "a: [b, c\n", "f:2:1: this is not YAML: did not find expected ',' or ']' while parsing a "
			"flow sequence: a list in [ ] or a mapping in { } is not closed\n" },
	{ "a: {b: ${c}}\n",
	  "f:1:9: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping: a "
	  "text with { or [ in it needs quotes within [ ] and { }\n" },
	{ "a:\n\tb: 2\n", "f:2:1: this is not YAML: found character that cannot start any token "
			  "while scanning for the next token: indent with spaces, a tab is not "
			  "allowed here\n" },
	{ "a: 1\n\tb: 2\n", "f:2:1: this is not YAML: found a tab character that violates "
			    "indentation while scanning a plain scalar: indent with spaces, a "
			    "tab is not allowed here\n" },
	{ "a: *.example\n", "f:1:5: this is not YAML: did not find expected alphabetic or numeric "
			    "character while scanning an alias: put the value in quotes\n" },
	{ "a: \"\\w\"\n", "f:1:4: this is not YAML: found unknown escape character while parsing a "
			  "quoted scalar: write two backslashes for one, or use single quotes\n" },
	{ "a: `b\n", "f:1:4: this is not YAML: found character that cannot start any token while "
		     "scanning for the next token: put the value in quotes\n" },
	{ "a: [\xc3\xa4, ::/0]\n",
	  "f:1:8: this is not YAML: did not find expected node content while parsing a flow node: "
	  "a value that begins with a colon needs quotes within [ ] and { }: write \"::/0\"\n" },
	{ "a: 1\nb: [fd00::1]:51820\n",
	  "f:2:13: this is not YAML: did not find expected key while parsing a block mapping: an "
	  "endpoint in brackets needs quotes: write \"[2001:db8::1]:51820\"\n" },
	{ "a: b: c\n", "f:1:5: this is not YAML: mapping values are not allowed in this context: "
		       "put the value in quotes, or write {key: value} for a mapping\n" },
	{ "a: b\n  c: d\n", "f:2:4: this is not YAML: mapping values are not allowed in this "
			    "context: check the indentation of this line and of the one before\n" },
	{ "a: 1\nb\nc: 2\n", "f:2:1: this is not YAML: could not find expected ':' while scanning "
			     "a simple key: write key: value, with a space after the colon\n" },
	{ "a:\n    b: 1\n  c: 2\n",
	  "f:3:3: this is not YAML: did not find expected key while parsing a block mapping: check "
	  "the indentation: what belongs together begins in the same column\n" },
	{ "%YAML 3.0\n---\na: 1\n", "f:1:1: this is not YAML: found incompatible YAML document\n" },
};

START_TEST(test_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct diags diags = new_diags();

		ck_assert_ptr_null(parse(&diags, refused[i].text));
		ck_assert_str_eq(said(&diags), refused[i].said);
		ck_assert_uint_eq(diags.errors, diags.list.n);
		arena_free(diags.arena);
	}
}
END_TEST

/* A text that ends at any byte is read without reading beyond its end. */
START_TEST(test_truncated)
{
	static const char text[] = "a: [b, \"c\\x41\", {d: 'e'}]\n\xc3\xa4: |\n  f\n...\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		struct diags diags = new_diags();
		char *exact = malloc(n ? n : 1);
		bool read;

		ck_assert_ptr_nonnull(exact);
		memcpy(exact, text, n);
		read = tree_parse("f", exact, n, DEPTH_MAX, diags.arena, &diags) != NULL;
		ck_assert(read == (diags.errors == 0));
		free(exact);
		arena_free(diags.arena);
	}
}
END_TEST

static char *nested(struct arena *arena, unsigned depth, const char *open, const char *close)
{
	const char *text = "";

	for (unsigned i = 0; i < depth; i++)
		text = arena_printf(arena, "%s%s%s", open, text, close);
	return arena_strdup(arena, text);
}

START_TEST(test_depth)
{
	struct diags diags = new_diags();

	ck_assert_ptr_nonnull(parse(&diags, nested(diags.arena, DEPTH_MAX, "[", "]")));
	ck_assert_ptr_nonnull(parse(&diags, nested(diags.arena, DEPTH_MAX, "{a: ", "}")));
	ck_assert_uint_eq(diags.errors, 0);
	ck_assert_ptr_null(parse(&diags, nested(diags.arena, DEPTH_MAX + 1, "[", "]")));
	ck_assert_uint_eq(diags.errors, 1);
	ck_assert_ptr_nonnull(strstr(diags.list.at[0].message, "nested too deeply: at most 32"));
	ck_assert_uint_eq(diags.list.at[0].where.column, DEPTH_MAX + 1);
	ck_assert_ptr_null(parse(&diags, nested(diags.arena, 2000, "{a: ", "}")));
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_paths)
{
	struct diags diags = new_diags();
	struct arena *arena = diags.arena;
	const struct tree_node *root = parse(&diags, "a: {b: [c, [d, {e: f}]]}\n");
	const struct tree_node *list = tree_get(tree_get(root, "a"), "b");
	const struct tree_node *f = list->last->last->first;

	ck_assert_str_eq(tree_path(arena, root), "");
	ck_assert_str_eq(tree_path(arena, list), "a.b");
	ck_assert_str_eq(tree_path(arena, f), "a.b[1][1].e");
	ck_assert_str_eq(tree_place(arena, f), "f:1:17");
	ck_assert_str_eq(tree_place(arena, list->first), "f:1:9");
	ck_assert_ptr_null(tree_get(root, "b"));
	ck_assert_ptr_null(tree_get(list, "b"));
	ck_assert_ptr_null(tree_get(NULL, "b"));
	tree_error(&diags, f, "%s", "wrong");
	tree_key_error(&diags, f, "wrong %d", 2);
	tree_key_error(&diags, list->first, "wrong");
	ck_assert_str_eq(said(&diags), "f:1:20: a.b[1][1].e: wrong\n"
				       "f:1:17: a.b[1][1].e: wrong 2\n"
				       "f:1:9: a.b[0]: wrong\n");
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_scalars)
{
	struct diags diags = new_diags();
	const struct tree_node *root = parse(&diags, "[ , '', ~, '~', null, 'null', x]");

	ck_assert_ptr_null(root);
	root = parse(&diags, "- \n- ''\n- ~\n- '~'\n- null\n- 'null'\n- Null\n- []\n");
	for (const struct tree_node *node = root->first; node; node = node->next)
		ck_assert_msg(tree_is_empty(node) ==
				      (node->line == 1 || node->line == 3 || node->line == 5),
			      "line %u", node->line);
	ck_assert(tree_is_word(root->first->next->next, "~"));
	ck_assert(tree_is_word(root->first->next->next->next, "~"));
	ck_assert(!tree_is_word(root->last, ""));
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_shown)
{
	struct diags diags = new_diags();
	const struct tree_node *root = parse(
		&diags, "- a b\n- [x]\n- {x: y}\n"
			"- 6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE=\n"
			"- 123456789012345678901234567890123456789012345678901234567890\n"
			"- 1234567890123456789012345678901234567890123456789012345678901\n"
			"- 12345678901234567890123456789012345678901234567890123456789\xc3\xa4z\n");
	static const char *const shown[] = {
		"\"a b\"",
		"a list",
		"a mapping",
		"a key (not shown)",
		"\"123456789012345678901234567890123456789012345678901234567890\"",
		"\"123456789012345678901234567890123456789012345678901234567890...\"",
		"\"12345678901234567890123456789012345678901234567890123456789...\"",
	};
	size_t i = 0;

	for (const struct tree_node *node = root->first; node; node = node->next)
		ck_assert_str_eq(tree_shown(diags.arena, node), shown[i++]);
	ck_assert_uint_eq(i, sizeof(shown) / sizeof(shown[0]));
	arena_free(diags.arena);
}
END_TEST

static const struct {
	const char *texts[4];
	const char *tree; /* NULL: none */
	const char *said;
} joins[] = {
	{ { "a: 1\nb: {c: 2}\n" }, "{a@1:1=1@1:4 b@2:1={c@2:5=2@2:8}@2:4}@1:1", "" },
	/* Mappings of several files become one, at every depth, in the order of the files. */
	{ { "a: {b: {c: 1}}", "a: {d: 2, b: {e: 3}}", "f: 4" },
	  "{a@1:1={b@1:5={c@1:9=1@1:12 e@1:15=3@1:18}@1:8 d@1:5=2@1:8}@1:4 f@1:1=4@1:4}@1:1",
	  "" },
	{ { "a: {}", "a: {b: 1}", "a: {}" }, "{a@1:1={b@1:5=1@1:8}@1:4}@1:1", "" },
	{ { "a:", "a: {b: 1}" }, "{a@1:1={b@1:5=1@1:8}@1:3}@1:1", "" },
	{ { "a: {b: 1}", "a:" }, "{a@1:1={b@1:5=1@1:8}@1:4}@1:1", "" },
	/* Within one file even mappings are duplicates. */
	{ { "a: {b: 1}\na: {c: 2}\n" },
	  "{a@1:1={b@1:5=1@1:8}@1:4}@1:1",
	  "0:2:1: a: given twice: it already stands at 0:1:1\n" },
	{ { "a: {b: 1}", "a: {c: 2}\na: {d: 3}\n" },
	  "{a@1:1={b@1:5=1@1:8 c@1:5=2@1:8}@1:4}@1:1",
	  "1:2:1: a: given twice: it already stands at 1:1:1\n" },
	{ { "a: 1", "b: 2", "a: 1" },
	  "{a@1:1=1@1:4 b@1:1=2@1:4}@1:1",
	  "2:1:1: a: given twice: it already stands at 0:1:1\n" },
	{ { "a: [1]", "a: [2]" },
	  "{a@1:1=[1@1:5]@1:4}@1:1",
	  "1:1:1: a: given twice: it already stands at 0:1:1\n" },
	{ { "a: {b: 1}", "a: 2" },
	  "{a@1:1={b@1:5=1@1:8}@1:4}@1:1",
	  "1:1:1: a: given twice: it already stands at 0:1:1\n" },
	{ { "a: {b: {c: [1]}}", "a: {b: {c: [1]}}" },
	  "{a@1:1={b@1:5={c@1:9=[1@1:13]@1:12}@1:8}@1:4}@1:1",
	  "1:1:9: a.b.c: given twice: it already stands at 0:1:9\n" },
	/* The repeatable key, at the root only, and with one value only. */
	{ { "r: 1", "r: 1\nb: 2\n" }, "{r@1:1=1@1:4 b@2:1=2@2:4}@1:1", "" },
	{ { "r: 1", "r: 2" },
	  "{r@1:1=1@1:4}@1:1",
	  "1:1:1: r: is \"2\" here, and \"1\" at 0:1:1: it must be the same\n" },
	{ { "r: 1", "r: '1'" },
	  "{r@1:1=1@1:4}@1:1",
	  "1:1:1: r: is \"1\" here, and \"1\" at 0:1:1: it must be the same\n" },
	{ { "r: {a: 1}", "r: {b: 1}" },
	  "{r@1:1={a@1:5=1@1:8}@1:4}@1:1",
	  "1:1:1: r: is a mapping here, and a mapping at 0:1:1: it must be the same\n" },
	{ { "r: 1\nr: 1\n" },
	  "{r@1:1=1@1:4}@1:1",
	  "0:2:1: r: given twice: it already stands at 0:1:1\n" },
	{ { "a: {r: 1}", "a: {r: 1}" },
	  "{a@1:1={r@1:5=1@1:8}@1:4}@1:1",
	  "1:1:5: a.r: given twice: it already stands at 0:1:5\n" },
	/* Roots. */
	{ { "", "a: 1", "# x\n" }, "{a@1:1=1@1:4}@1:1", "" },
	{ { "" }, NULL, "" },
	{ { "", "~" }, NULL, "" },
	{ { "a: 1", "[b]", "c" },
	  NULL,
	  "1:1:1: is a list: a file must be a mapping (key: value)\n"
	  "2:1:1: is \"c\": a file must be a mapping (key: value)\n" },
	/* Enough keys to be sorted: the file's order is kept. */
	{ { "i: 0\nh: 0\ng: 0\nf: 0\ne: 0\nd: 0\nc: 0\nb: 0\na: 0\nh: 1\nf: 2\nf: 3\n" },
	  "{i@1:1=0@1:4 h@2:1=0@2:4 g@3:1=0@3:4 f@4:1=0@4:4 e@5:1=0@5:4 d@6:1=0@6:4 "
	  "c@7:1=0@7:4 b@8:1=0@8:4 a@9:1=0@9:4}@1:1",
	  "0:11:1: f: given twice: it already stands at 0:4:1\n"
	  "0:12:1: f: given twice: it already stands at 0:11:1\n"
	  "0:10:1: h: given twice: it already stands at 0:2:1\n" },
	/* Duplicates deep in lists. */
	{ { "a: [{b: [{c: 1, c: 2}]}]" },
	  "{a@1:1=[{b@1:6=[{c@1:11=1@1:14}@1:10]@1:9}@1:5]@1:4}@1:1",
	  "0:1:17: a[0].b[0].c: given twice: it already stands at 0:1:11\n" },
};

START_TEST(test_joins)
{
	for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		struct diags diags = new_diags();
		struct tree_node *roots[4], *joined;
		size_t n = 0;

		for (; n < 4 && joins[i].texts[n]; n++) {
			char file[2] = { (char)('0' + n), '\0' };

			roots[n] = tree_parse(file, joins[i].texts[n], strlen(joins[i].texts[n]),
					      DEPTH_MAX, diags.arena, &diags);
			ck_assert_ptr_nonnull(roots[n]);
		}
		joined = tree_join(roots, n, "r", &diags);
		ck_assert_str_eq(said(&diags), joins[i].said);
		if (joins[i].tree)
			ck_assert_str_eq(drawn(diags.arena, joined), joins[i].tree);
		else
			ck_assert_ptr_null(joined);
		arena_free(diags.arena);
	}
}
END_TEST

/* Without a bound on the time: the tests' own limit would allow n * n, too, for a smaller n. */
START_TEST(test_join_many)
{
	enum { FILES = 20000 };
	struct diags diags = new_diags();
	struct tree_node **roots = arena_alloc(diags.arena, FILES * sizeof(*roots));
	const struct tree_node *joined, *all;
	size_t i = 0;

	for (; i < FILES; i++) {
		const char *text = arena_printf(diags.arena, "a: {b: {k%zu: %zu}}", i, i);

		roots[i] = parse(&diags, text);
		ck_assert_ptr_nonnull(roots[i]);
	}
	joined = tree_join(roots, FILES, NULL, &diags);
	ck_assert_uint_eq(diags.errors, 0);
	ck_assert_uint_eq(joined->n, 1);
	all = tree_get(joined->first, "b");
	ck_assert_uint_eq(all->n, FILES);
	i = 0;
	for (const struct tree_node *node = all->first; node; node = node->next, i++)
		ck_assert_str_eq(node->text, arena_printf(diags.arena, "%zu", i));
	arena_free(diags.arena);
}
END_TEST

/* Each text overrides those before it, except the second the first. */
static const struct {
	const char *texts[3];
	const char *tree;
	const char *said;
} layers[] = {
	{ { "", "a: 1\nb: {x: 1, y: 1}\n", "a: 2\nb: {y: 2}\n" },
	  "{a@1:1=2@1:4 b@2:1={x@2:5=1@2:8 y@2:5=2@2:8}@2:4}@1:1",
	  "" },
	{ { "a: {b: 1}", "", "a: 2" }, "{a@1:1=2@1:4}@1:1", "" },
	{ { "a: 1", "a: 2" },
	  "{a@1:1=1@1:4}@1:1",
	  "1:1:1: a: given twice: it already stands at 0:1:1\n" },
	{ { "a: 1", "a: 2", "a: 3" }, "{a@1:1=3@1:4}@1:1", "" },
	/* Lists of the root that are appended. */
	{ { "l: [1]", "l: [2]", "l: [3]\nm: {l: [4]}\n" },
	  "{l@1:1=[1@1:5 2@1:5 3@1:5]@1:4 m@2:1={l@2:5=[4@2:9]@2:8}@2:4}@1:1",
	  "" },
	{ { "m: {l: [1]}", "", "m: {l: [2]}" }, "{m@1:1={l@1:5=[2@1:9]@1:8}@1:4}@1:1", "" },
	{ { "l: [1]", "", "l: 2" }, "{l@1:1=2@1:4}@1:1", "" },
	/* Even an overriding one must not differ. */
	{ { "r: 1", "r: 1", "r: 2" },
	  "{r@1:1=1@1:4}@1:1",
	  "2:1:1: r: is \"2\" here, and \"1\" at 0:1:1: it must be the same\n" },
	/* No more than two errors. */
	{ { "a: 1\na: 2\na: 3\na: 4\n" },
	  "{a@1:1=1@1:4}@1:1",
	  "0:2:1: a: given twice: it already stands at 0:1:1\n"
	  "0:3:1: a: given twice: it already stands at 0:2:1\n" },
};

START_TEST(test_layers)
{
	static const uint64_t below[] = { 0, 0, 1 << 0 | 1 << 1 };
	static const char *const lists[] = { "l", NULL };
	const struct layering layering = {
		.below = below,
		.appended = lists,
		.same = "r",
		.errors_max = 2,
	};

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		struct diags diags = new_diags();
		struct tree_node *root = parse(&diags, "x: 1");
		VEC(struct layer) children = { 0 };

		for (unsigned n = 0; n < 3 && layers[i].texts[n]; n++) {
			char file[2] = { (char)('0' + n), '\0' };
			struct tree_node *tree = tree_parse(file, layers[i].texts[n],
							    strlen(layers[i].texts[n]), DEPTH_MAX,
							    diags.arena, &diags);

			for (struct tree_node *child = tree->first; child; child = child->next)
				*vec_push(diags.arena, &children) = (struct layer){ child, n };
		}
		layers_join(&layering, root, children.at, children.n, &diags);
		ck_assert_str_eq(said(&diags), layers[i].said);
		ck_assert_str_eq(drawn(diags.arena, root), layers[i].tree);
		arena_free(diags.arena);
	}
}
END_TEST

SUITE("yaml_tree", test_shapes, test_refused, test_truncated, test_depth, test_paths, test_scalars,
      test_shown, test_joins, test_join_many, test_layers)
