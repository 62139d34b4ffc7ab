/* SPDX-License-Identifier: MIT */
/*
 * failure: why the kernel or a program refused: the errno for code to decide
 * on, and words for people.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

struct failure {
	int code; /* an errno; 0: nothing failed */
	char text[200]; /* what was tried, or the kernel's extended message; may be "" */
};

/* Fills it and returns false, so that a caller can return what this returns. */
bool failure_set(struct failure *failure, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Said when something was left undone because the run's time is over. */
bool failure_set_deadline(struct failure *failure);

/* "text: strerror", or whichever of the two there is. Control characters in
 * the text are escaped. */
const char *failure_text(const struct failure *failure, struct arena *arena);
