/* SPDX-License-Identifier: MIT */
/*
 * trace: records as JSON lines, and back (schema/trace.schema.json). The same
 * record always gives the same bytes.
 */
#pragma once

#include "record.h"

/* One line without newline, allocated in arena. */
char *trace_line(const struct record *record, struct arena *arena);

/* Reads one line; NULL on success, otherwise a one-line reason, allocated in arena. */
const char *trace_parse(const char *line, size_t length, struct record *record,
			struct arena *arena);

struct trace {
	struct arena *arena;
	VEC(struct record) records;
};

/* Reads a whole trace's text. As above. An incomplete last line is ignored. */
const char *trace_read(const char *text, size_t length, struct trace *trace, struct arena *arena);
