/* SPDX-License-Identifier: MIT */
/*
 * violation: a world with a failed expectation, and the smallest scenario with the same
 * failure.
 */
#pragma once

#include "cases.h"
#include "result.h"

/* The common name of all random worlds' cases. */
#define WORLD_NAME "world"

struct violation {
	uint64_t seed;
	const char *text; /* the first expectation that failed; NULL: simulation failed */
};

/* A task of the runner from a scenario's text; all in diags->arena, which the task then
 * owns. False if the text is not a scenario, with the errors in diags. */
bool world_task(struct task *task, const char *text, uint64_t seed, struct diags *diags);

/* The text of the first expectation that failed, from the trace in the directory; NULL: none. */
const char *first_failure(const char *directory, struct arena *arena);

/* Simulates smaller and smaller ones, by a runner like this one with its own tasks. The text
 * of the result has a description in a comment. */
const char *violation_reduce(const struct violation *violation, const struct runner *like,
			     struct arena *arena);
