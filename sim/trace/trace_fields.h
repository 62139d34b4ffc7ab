/* SPDX-License-Identifier: MIT */
/*
 * trace_fields: the fields of each kind of record, as tables shared by writing and reading a
 * trace. Private to trace.
 */
#pragma once

#include "record.h"

#include <stddef.h>

enum field_type {
	FIELD_TEXT, /* const char *; NULL is omitted */
	FIELD_PRINTED, /* const char *; NULL and "" are omitted, and read as "" */
	FIELD_FLAG, /* bool; false is omitted */
	FIELD_COUNT, /* unsigned */
	FIELD_STATUS, /* int */
	FIELD_U64, /* as text above INT64_MAX, the limit of JSON integers */
	FIELD_TIME, /* msec_t, in seconds */
	FIELD_AGE, /* msec_t, in seconds; negative is omitted, and read as -1 */
	FIELD_RTT, /* double, rounded to microseconds; negative is omitted, and read as -1 */
	FIELD_NUMBER, /* double; NAN is omitted */
	FIELD_TEXTS, /* VEC(const char *) */
	FIELD_LIST, /* VEC of items */
};

/* One key. A table of them ends with a NULL name. */
struct trace_field {
	const char *name;
	enum field_type type;
	size_t offset; /* in the record, or in the list's item */
	bool always; /* otherwise omitted if zero or empty, and optional */
	const struct trace_field *items; /* FIELD_LIST */
	size_t item_size;
};

/* The layout that all VECs share. Copied as bytes. */
struct any_vec {
	void *at;
	size_t n;
	size_t capacity;
};

/* "begin", "fault", ...; NULL for an unknown kind. */
const char *record_kind_word(enum record_kind kind);
const struct trace_field *record_fields(enum record_kind kind);
