/* SPDX-License-Identifier: MIT */
/*
 * unplayed: the trace of a case that was not simulated, because the back end lacks a
 * requirement or the simulation did not start: beginning and end only. A report of all
 * traces then has all cases.
 */
#pragma once

#include "trace/trace.h"

struct unplayed {
	struct record_begin begin;
	const char *error, *skipped; /* one of them */
};

/* Whether a trace has a readable beginning. */
bool trace_has_begun(const char *path, struct arena *arena);

/* Writes path; false with errno set. */
bool unplayed_write(const struct unplayed *unplayed, const char *path, struct arena *arena);
