/* SPDX-License-Identifier: MIT */
/*
 * unplayed: the trace of a case that was not played, because the back end lacks what it
 * needs or because the play did not even begin: its beginning and its end. A report of
 * all traces then has all cases.
 */
#pragma once

#include "trace/trace.h"

struct unplayed {
	struct record_begin begin;
	const char *error, *skipped; /* one of them */
};

/* Whether a trace has a beginning that can be read. */
bool trace_has_begun(const char *path, struct arena *arena);

/* Writes path; false with errno set. */
bool unplayed_write(const struct unplayed *unplayed, const char *path, struct arena *arena);
