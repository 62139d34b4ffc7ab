/* SPDX-License-Identifier: MIT */
/*
 * corpus: the files in reconcile/test/corpus for the tests that read them. Each bad file
 * begins with all of its expected diagnostics, in order:
 *
 *	# expect: LINE:COLUMN: PATH: MESSAGE
 */
#pragma once

#include "core/desired/desired_yaml.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>

/* Tests are compiled and run in the root of the tree. */
#define CORPUS "reconcile/test/corpus/"

static inline char *corpus_read(struct arena *arena, const char *path, size_t *length)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;
	size_t got;

	ck_assert_msg(stream != NULL, "%s cannot be opened: run this in the root of the tree",
		      path);
	*length = 0;
	do {
		text = arena_grow(arena, text, *length, *length + 4096);
		got = fread(text + *length, 1, 4095, stream);
		*length += got;
		text[*length] = '\0';
	} while (got > 0);
	ck_assert(!ferror(stream));
	fclose(stream);
	return text;
}

/* The base name, which is what errors in the corpus name. */
static inline const char *corpus_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static inline struct desired *corpus_parse(struct diags *diags, const char *path)
{
	struct source source = { .file = corpus_name(path) };

	source.text = corpus_read(diags->arena, path, &source.length);
	return desired_parse(&source, 1, "test", diags);
}

/* The lines after "# expect: ", each with the file's name before it. */
static inline const char *corpus_expected(struct arena *arena, const char *name, const char *text)
{
	static const char mark[] = "# expect: ";
	const char *all = "";

	while (*text == '#') {
		size_t length = strcspn(text, "\n");

		if (!strncmp(text, mark, sizeof(mark) - 1))
			all = arena_printf(arena, "%s%s:%.*s\n", all, name,
					   (int)(length - (sizeof(mark) - 1)),
					   text + sizeof(mark) - 1);
		text += length + 1;
	}
	return all;
}

/* Calls check for each of the files, at least at_least_n files. */
static inline void corpus_each(const char *pattern, size_t at_least_n,
			       void (*check)(const char *path))
{
	glob_t found;

	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	ck_assert_uint_ge(found.gl_pathc, at_least_n);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check(found.gl_pathv[i]);
	globfree(&found);
}

/* The text of a string literal in a test. */
static inline struct desired *parse_text(struct diags *diags, const char *text)
{
	struct source source = { "test.yaml", text, strlen(text) };

	return desired_parse(&source, 1, "test", diags);
}

/* All errors, one to a line. */
static inline const char *errors_text(struct diags *diags)
{
	const char *all = "";

	vec_each (diag, &diags->list)
		all = arena_printf(diags->arena, "%s%s\n", all, diag_text(diags, diag));
	return all;
}
