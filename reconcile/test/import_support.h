/* SPDX-License-Identifier: MIT */
/*
 * import_support: shared by the tests of the importers.
 */
#pragma once

#include "core/import/import.h"
#include "unit.h"

#include <stdio.h>

#define KEY_A "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define KEY_B "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0="
#define KEY_C "gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA="
#define SECRET "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define SECRET_2 "6O2tFYdl8sTwDcZSoFeIwYYkxqZXBN8I6wmqZRfqGVo="
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena *arena;
static struct diags diags;

static inline void begin(void)
{
	arena = arena_new();
	diags = (struct diags){ .arena = arena };
}

static inline void end(void)
{
	arena_free(arena);
}

static inline struct source source_of(const char *file, const char *text)
{
	return (struct source){ .file = file, .text = text, .length = strlen(text) };
}

/* All diagnostics, one to a line. */
static inline const char *said(void)
{
	const char *all = "";

	diags_sort(&diags);
	vec_each (diag, &diags.list)
		all = arena_printf(arena, "%s%s\n", all, diag_text(&diags, diag));
	return all;
}

/* libcheck cannot show long texts. */
static inline void same_text(const char *is, const char *expected)
{
	if (!strcmp(is, expected))
		return;
	fprintf(stderr, "---- is\n%s---- expected\n%s----\n", is, expected);
	ck_abort_msg("the texts above differ");
}

/* The imported state must be accepted as written, with the same content. */
static inline struct desired *read_back(const struct import *import)
{
	struct diags own = { .arena = arena };
	struct source source = source_of(
		"written",
		desired_write(import->desired, import->remarks.at, import->remarks.n, arena));
	struct desired *desired = desired_parse(&source, 1, "test", &own);

	ck_assert_msg(desired != NULL, "%s\n%s", source.text,
		      own.list.n ? diag_text(&own, own.list.at) : "");
	same_text(desired_write(desired, NULL, 0, arena),
		  desired_write(import->desired, NULL, 0, arena));
	return desired;
}

/* As text, without the comments. */
static inline const char *written(const struct import *import)
{
	ck_assert_msg(import != NULL, "%s", said());
	read_back(import);
	return desired_write(import->desired, NULL, 0, arena);
}

static inline const char *written_with_remarks(const struct import *import)
{
	ck_assert_msg(import != NULL, "%s", said());
	read_back(import);
	return desired_write(import->desired, import->remarks.at, import->remarks.n, arena);
}

static inline void secret_is(const struct import *import, size_t i, const char *file,
			     const char *key)
{
	char text[KEY_TEXT_MAX];

	ck_assert_uint_lt(i, import->secrets.n);
	ck_assert_str_eq(import->secrets.at[i].file, file);
	ck_assert_str_eq(key_text(&import->secrets.at[i].key, text), key);
}
