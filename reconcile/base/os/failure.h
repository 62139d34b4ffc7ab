/* SPDX-License-Identifier: MIT */
/*
 * failure: why a call to the kernel or a program failed: an errno for code and a text for
 * messages.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

struct failure {
	int code; /* an errno; 0: nothing failed */
	char text[200]; /* the failed operation, or the kernel's extended message; may be "" */
};

/* Fills failure and returns false, so that a caller can return the result. */
bool failure_set(struct failure *failure, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reported when the run's deadline has passed. */
bool failure_set_deadline(struct failure *failure);

/* "text: strerror", or the one of the two that is set. Control characters in the text are
 * escaped. */
const char *failure_text(const struct failure *failure, struct arena *arena);
