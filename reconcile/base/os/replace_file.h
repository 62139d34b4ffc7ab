/* SPDX-License-Identifier: MIT */
/*
 * replace_file: a file that readers see either as it was or complete.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>

struct replacement {
	FILE *stream; /* write here */
	const char *path;
	char *temporary;
	struct arena *arena;
	unsigned mode; /* 0644 (node_exporter and web servers are other users) until it is set */
	bool durable; /* replace_finish() waits until all of it is on the disk */
};

/* Opens a temporary file beside path. NULL, or the error (allocated in arena). */
const char *replace_open(struct replacement *replacement, const char *path, struct arena *arena);

/* Puts it in path's place, with the mode. NULL, or the error; then path is as it was and
 * the temporary file is gone (path is new where only its directory could not be made
 * durable). */
const char *replace_finish(struct replacement *replacement);

/* Gives it up instead: path is as it was, and the temporary file is gone. */
void replace_drop(struct replacement *replacement);
