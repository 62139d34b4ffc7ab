/* SPDX-License-Identifier: MIT */
/*
 * replace_file: a file that readers see either old or complete.
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
	bool durable; /* replace_finish() waits until the content is on disk */
};

/* Opens a temporary file beside path. NULL, or the error (allocated in arena). */
const char *replace_open(struct replacement *replacement, const char *path, struct arena *arena);

/* Replaces path with it, with the mode. NULL, or the error; then path is unchanged and the
 * temporary file is removed (path is new only if making its directory durable failed). */
const char *replace_finish(struct replacement *replacement);

/* Discards it: path is unchanged, and the temporary file is removed. */
void replace_drop(struct replacement *replacement);
