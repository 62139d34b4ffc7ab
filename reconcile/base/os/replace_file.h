/* SPDX-License-Identifier: MIT */
/*
 * replace_file: a file that readers see either as it was or complete.
 */
#pragma once

#include "base/arena.h"

#include <stdio.h>

struct replacement {
	FILE *stream; /* write here */
	const char *path;
	char *temporary;
	struct arena *arena;
};

/* Opens a temporary file beside path. NULL, or the error (allocated in arena). */
const char *replace_open(struct replacement *replacement, const char *path, struct arena *arena);

/* Puts it in path's place, readable for everybody. NULL, or the error; then path
 * is as it was and the temporary file is gone. */
const char *replace_finish(struct replacement *replacement);

/* Gives it up instead: path is as it was, and the temporary file is gone. */
void replace_drop(struct replacement *replacement);
