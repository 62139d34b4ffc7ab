/* SPDX-License-Identifier: MIT */
#include "unplayed.h"

#include "workplace.h"

bool trace_has_begun(const char *path, struct arena *arena)
{
	size_t length;
	const char *text = text_read(path, &length, arena);
	const char *newline = text ? memchr(text, '\n', length) : NULL;
	struct record first;

	return newline && !trace_parse(text, (size_t)(newline - text), &first, arena) &&
	       first.kind == RECORD_BEGIN;
}

bool unplayed_write(const struct unplayed *unplayed, const char *path, struct arena *arena)
{
	const struct record begin = { .kind = RECORD_BEGIN, .begin = unplayed->begin };
	const struct record end = {
		.kind = RECORD_END,
		.end = { .error = unplayed->error, .skipped = unplayed->skipped },
	};

	return text_write(path, arena_printf(arena, "%s\n%s\n", trace_line(&begin, arena),
					     trace_line(&end, arena)));
}
