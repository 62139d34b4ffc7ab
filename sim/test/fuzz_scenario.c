/* SPDX-License-Identifier: MIT */
/*
 * fuzz_scenario: a libFuzzer target. Reading any bytes ends with errors that have a location
 * and a line of text each, or with cases whose expanded text is a scenario: one case,
 * unchanged when expanded again. A record separator (0x1e), which is in no YAML, divides the
 * bytes into several files: the first one may include the others as "1", "2" and "3".
 */
#include "scenario/scenario_read.h"

#include <stdio.h>
#include <stdlib.h>

#define FILES_MAX 4
#define SEPARATOR 0x1e
/* The cases of one file differ little. */
#define CASES_TRIED 2

struct part {
	const char *text;
	size_t length;
};

struct parts {
	struct part at[FILES_MAX];
	size_t n;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_scenario: %s\n", what);
	abort();
}

static void divide(const char *text, size_t size, struct parts *parts)
{
	for (;;) {
		const char *end = parts->n + 1 < FILES_MAX ? memchr(text, SEPARATOR, size) : NULL;
		size_t length = end ? (size_t)(end - text) : size;

		parts->at[parts->n++] = (struct part){ text, length };
		if (!end)
			return;
		text = end + 1;
		size -= length + 1;
	}
}

static bool load(void *context, const char *from, const char *file, struct diags *diags,
		 const struct tree_node *at, const char **name, const char **text, size_t *length)
{
	const struct parts *parts = context;
	size_t i = (size_t)(file[0] - '0');

	if (i < 1 || i >= parts->n || file[1]) {
		tree_error(diags, at, "%s includes %s, which is not there", from, file);
		return false;
	}
	*name = file;
	*text = parts->at[i].text;
	*length = parts->at[i].length;
	return true;
}

static void check_errors(struct diags *diags)
{
	must(diags->errors > 0, "refused without an error");
	vec_each (diag, &diags->list) {
		must(diag->where.file && diag->where.line && diag->where.column,
		     "an error has no place");
		must(*diag->message && !strchr(diag_text(diags, diag), '\n'),
		     "an error is not one line");
	}
}

/* Could it be a number, a boolean or nothing? */
static bool is_typed(const char *text)
{
	bool number = strpbrk(text, "0123456789") &&
		      !text[strspn(text, "0123456789abcdefxABCDEF-.")];

	return number || !strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null") ||
	       !strcmp(text, "~");
}

/* Text may have been quoted if necessary. */
static bool is_same(const struct tree_node *a, const struct tree_node *b)
{
	const struct tree_node *x = a->first, *y = b->first;

	if (a->kind != b->kind || a->n != b->n || strcmp(a->text, b->text) != 0 ||
	    !a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0))
		return false;
	if (a->plain != b->plain && (!a->plain || is_typed(a->text)))
		return false;
	for (; x; x = x->next, y = y->next) {
		if (!is_same(x, y))
			return false;
	}
	return true;
}

static void check_again(const struct tree_node *expanded, const struct scenario_loader *loader,
			struct diags *diags)
{
	const char *text = scenario_write(diags->arena, expanded);
	struct scenario_cases cases = { 0 };
	const struct tree_node *tree, *again;

	must(text != NULL, "an expanded scenario cannot be written");
	/* Indentation may make it too long to be read. */
	if (strlen(text) > SCENARIO_SIZE_MAX)
		return;
	tree = scenario_tree("again.yaml", text, strlen(text), loader, diags);
	again = tree && scenario_cases(tree, NULL, 0, false, 0, &cases, diags)
			? scenario_expand(tree, cases.list.at, diags)
			: NULL;
	vec_each (diag, &diags->list)
		fprintf(stderr, "%s\n", diag_text(diags, diag));
	must(again != NULL, "an expanded scenario is refused");
	must(cases.list.n == 1, "an expanded scenario is several");
	must(is_same(expanded, again), "a scenario changes by being written and read");
}

static void check_case(const struct tree_node *tree, const struct scenario_case *which,
		       const struct scenario_loader *loader, struct arena *arena)
{
	struct diags diags = { .arena = arena };
	const struct tree_node *expanded = scenario_expand(tree, which, &diags);

	if (!expanded) {
		check_errors(&diags);
		return;
	}
	must(diags.errors == 0, "expanded with an error");
	check_again(expanded, loader, &diags);
	if (scenario_read(expanded, &diags))
		must(diags.errors == 0, "accepted with an error");
	else
		check_errors(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags diags = { .arena = arena_new() };
	struct parts parts = { 0 };
	const struct scenario_loader loader = { load, &parts };
	struct scenario_cases cases = { 0 };
	/* Of exact size, so that reading past the end is detected. */
	char *text = malloc(size ? size : 1);
	const struct tree_node *tree;

	must(text != NULL, "out of memory");
	if (size)
		memcpy(text, data, size);
	divide(text, size, &parts);
	tree = scenario_tree("fuzz.yaml", parts.at[0].text, parts.at[0].length, &loader, &diags);
	if (tree && scenario_cases(tree, NULL, 0, false, 0, &cases, &diags)) {
		must(diags.errors == 0, "accepted with an error");
		must(cases.list.n > 0, "a scenario without a case");
		for (size_t i = 0; i < cases.list.n && i < CASES_TRIED; i++)
			check_case(tree, &cases.list.at[i], &loader, diags.arena);
	} else {
		check_errors(&diags);
	}
	free(text);
	arena_free(diags.arena);
	return 0;
}
