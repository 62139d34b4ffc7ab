/* SPDX-License-Identifier: MIT */
/*
 * workplace: a temporary directory that is always removed. A janitor, a process in its own
 * session, waits for the end of this process, and removes it even after SIGKILL.
 */
#pragma once

#include "base/os/failure.h"

#include <sys/types.h>

struct workplace {
	const char *path;
	pid_t janitor;
	int pipe; /* pipe whose closing informs the janitor */
};

/* Makes ".wgsim.XXXXXX" in that directory, or with NULL "wgsim.XXXXXX" in TMPDIR or
 * /tmp. path is allocated in arena. */
bool workplace_make(struct workplace *workplace, const char *directory, struct arena *arena,
		    struct failure *failure);

/* Removes it; false if something is left. */
bool workplace_remove(struct workplace *workplace);

/* Creates a directory if missing; false with errno set. */
bool directory_make(const char *path);

/* Removes a directory and its content, except mounts. Ending processes may still write into
 * it: the removal is retried for a while. */
bool directory_remove(const char *path);

/* The whole text of a small file, with a zero byte at the end; NULL with errno set on failure. */
char *text_read(const char *path, size_t *length, struct arena *arena);

/* Writes it; false with errno set. */
bool text_write(const char *path, const char *text);

/* Copies a program as an executable. */
bool program_copy(const char *from, const char *to, struct failure *failure);
