/* SPDX-License-Identifier: MIT */
/*
 * workplace: a temporary directory that is gone afterwards, whatever happens. A
 * janitor, which is a process in a session of its own, waits for our end, and
 * removes it even when we were killed with SIGKILL.
 */
#pragma once

#include "base/os/failure.h"

#include <sys/types.h>

struct workplace {
	const char *path;
	pid_t janitor;
	int pipe; /* whose end tells the janitor of ours */
};

/* Makes ".wgsim.XXXXXX" in that directory, or with NULL "wgsim.XXXXXX" in TMPDIR or
 * /tmp. path is allocated in arena. */
bool workplace_make(struct workplace *workplace, const char *directory, struct arena *arena,
		    struct failure *failure);

/* Its end; false when something of it is left. */
bool workplace_remove(struct workplace *workplace);

/* Makes a directory unless it is there; false with errno set. */
bool directory_make(const char *path);

/* Removes a directory and all in it; nothing that is mounted there. Who ends just
 * now may still write into it: it is tried again for a while. */
bool directory_remove(const char *path);

/* The whole text of a small file, with a zero byte behind it; NULL when it cannot
 * be read, with errno set. */
char *text_read(const char *path, size_t *length, struct arena *arena);

/* Writes it; false with errno set. */
bool text_write(const char *path, const char *text);

/* Copies a program, which can be run afterwards. */
bool program_copy(const char *from, const char *to, struct failure *failure);
