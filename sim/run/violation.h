/* SPDX-License-Identifier: MIT */
/*
 * violation: a world in which something did not hold, and the smallest scenario
 * that shows the same.
 */
#pragma once

#include "cases.h"
#include "result.h"

/* The name of all random worlds' cases. */
#define WORLD_NAME "world"

struct violation {
	uint64_t seed;
	const char *text; /* the first expectation that failed; NULL: it could not be played */
};

/* A task of the runner from a scenario's text; all in diags->arena, which becomes
 * the task's. False when the text is no scenario, with the errors in diags. */
bool world_task(struct task *task, const char *text, uint64_t seed, struct diags *diags);

/* The text of the first expectation that failed, as the trace in the directory has
 * it; NULL: there is none. */
const char *first_failure(const char *directory, struct arena *arena);

/* Plays ever smaller ones, by a runner like this one with tasks of its own. The text
 * of the result has the story in a comment. */
const char *violation_reduce(const struct violation *violation, const struct runner *like,
			     struct arena *arena);
