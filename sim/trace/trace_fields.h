/* SPDX-License-Identifier: MIT */
/*
 * trace_fields: what each kind of record is made of, as tables that writing and
 * reading a trace share. Not for use outside of trace.
 */
#pragma once

#include "record.h"

#include <stddef.h>

enum field_type {
	FIELD_TEXT, /* const char *; NULL is left out */
	FIELD_PRINTED, /* const char *; NULL and "" are left out, and read as "" */
	FIELD_FLAG, /* bool; false is left out */
	FIELD_COUNT, /* unsigned */
	FIELD_STATUS, /* int */
	FIELD_U64, /* above INT64_MAX, which JSON's integers do not reach, as text */
	FIELD_TIME, /* msec_t, in seconds */
	FIELD_AGE, /* msec_t, in seconds; negative is left out, and read as -1 */
	FIELD_RTT, /* double, rounded to microseconds; negative is left out, and read as -1 */
	FIELD_NUMBER, /* double; NAN is left out */
	FIELD_TEXTS, /* VEC(const char *) */
	FIELD_LIST, /* VEC of items */
};

/* One key. A table of them ends with a NULL name. */
struct trace_field {
	const char *name;
	enum field_type type;
	size_t offset; /* in the record, or in the list's item */
	bool always; /* else it is left out when it is zero or empty, and may be missing */
	const struct trace_field *items; /* FIELD_LIST */
	size_t item_size;
};

/* The layout that all VECs share. They are copied in and out as bytes. */
struct any_vec {
	void *at;
	size_t n;
	size_t capacity;
};

/* "begin", "fault", ...; NULL for an unknown kind. */
const char *record_kind_word(enum record_kind kind);
const struct trace_field *record_fields(enum record_kind kind);
