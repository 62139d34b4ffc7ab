/* SPDX-License-Identifier: MIT */
#include "failure.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

bool failure_set(struct failure *failure, int code, const char *format, ...)
{
	va_list args;

	failure->code = code;
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	return false;
}

bool failure_set_deadline(struct failure *failure)
{
	return failure_set(failure, ETIMEDOUT, "the deadline passed");
}

const char *failure_text(const struct failure *failure, struct arena *arena)
{
	const char *text = text_printable(arena, arena_strdup(arena, failure->text));

	if (failure->code == 0)
		return text;
	/* "the deadline passed: Connection timed out" is redundant. */
	if (failure->code == ETIMEDOUT && *text)
		return text;
	if (!*text)
		return arena_strdup(arena, strerror(failure->code));
	return arena_printf(arena, "%s: %s", text, strerror(failure->code));
}
