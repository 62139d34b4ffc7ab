/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace: a libFuzzer target. Reading any bytes ends with a reason of one line, or with
 * records that are written and read back unchanged.
 */
#include "trace/trace.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_trace: %s\n", what);
	abort();
}

static void check_record(const struct record *record, struct arena *arena)
{
	const char *once = trace_line(record, arena);
	struct record again;

	must(!strchr(once, '\n'), "a line is several");
	must(!trace_parse(once, strlen(once), &again, arena), "a written record is refused");
	must(!strcmp(once, trace_line(&again, arena)),
	     "a record changes by being written and read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct trace trace;
	const char *reason;
	/* Of exact size, so that reading past the end is detected. */
	char *text = malloc(size ? size : 1);

	must(text != NULL, "out of memory");
	if (size)
		memcpy(text, data, size);
	reason = trace_read(text, size, &trace, arena);
	if (reason)
		must(reason[0] && !strchr(reason, '\n'), "a reason is not one line");
	else
		vec_each (record, &trace.records)
			check_record(record, arena);
	free(text);
	arena_free(arena);
	return 0;
}
