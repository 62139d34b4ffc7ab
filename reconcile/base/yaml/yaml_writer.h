/* SPDX-License-Identifier: MIT */
/*
 * yaml_writer: mappings, lists and scalars as YAML text, with comments.
 */
#pragma once

#include "base/buffer.h"
#include "base/text.h"

/* A comment above the object at path ("interfaces.wg0"), or at the top when path is "". */
struct remark {
	const char *path;
	const char *text;
};

struct writer {
	struct arena *arena;
	struct buffer text; /* without the comments at the top */
	struct placed_remark *remarks; /* sorted by path */
	size_t remarks_n;
};

/* The open mappings, innermost first. */
struct level {
	const struct level *up; /* NULL: the root */
	const char *name;
	unsigned depth; /* of its entries */
};

static inline struct level level_in(const struct level *up, const char *name)
{
	return (struct level){ up, name, up->depth + 1 };
}

struct writer writer_begin(struct arena *arena, const struct remark *remarks, size_t n);

/* The whole text. Comments whose path was not written are at the top. */
char *writer_end(const struct writer *writer);

/* The text as a scalar, quoted where YAML 1.1 or 1.2 would not read it as text, so that
 * other programs read the same. */
const char *scalar_text(struct arena *arena, const char *text);

/* One entry of the mapping at level. NULL texts and empty lists are omitted. value and items
 * are written as they are. */
void put_entry(struct writer *writer, const struct level *level, const char *name,
	       const char *value);
void put_text(struct writer *writer, const struct level *level, const char *name, const char *text);
void put_number(struct writer *writer, const struct level *level, const char *name,
		uint64_t number);
void put_duration(struct writer *writer, const struct level *level, const char *name,
		  msec_t duration);
void put_list(struct writer *writer, const struct level *level, const char *name,
	      const char *const *items, size_t n);
void put_texts(struct writer *writer, const struct level *level, const char *name,
	       const char *const *texts, size_t n);

/* Entries written until close_mapping() are in the mapping. Returns the level for these
 * entries. If at least one entry always follows, close_mapping() is not needed. */
size_t open_mapping(struct writer *writer, const struct level *level, const char *name);
void close_mapping(struct writer *writer, size_t opened);
