/* SPDX-License-Identifier: MIT */
#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINE_LENGTH 120

const char *seconds_text(struct arena *arena, msec_t time)
{
	const char *sign = time < 0 ? "-" : "";
	unsigned digits = (unsigned)llabs(time % MSEC_PER_SEC);
	int places = 3;

	if (!digits)
		return arena_printf(arena, "%s%lld s", sign, llabs(time / MSEC_PER_SEC));
	for (; digits % 10 == 0; digits /= 10)
		places--;
	return arena_printf(arena, "%s%lld.%0*u s", sign, llabs(time / MSEC_PER_SEC), places,
			    digits);
}

const char *names_text(struct arena *arena, const char *const *names, size_t n)
{
	const char *text = "";

	if (!n)
		return "none";
	for (size_t i = 0; i < n; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", names[i]);
	return text;
}

const char *count_text(struct arena *arena, uint64_t n, const char *what)
{
	return arena_printf(arena, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

const char *first_line(struct arena *arena, const char *text)
{
	size_t length = strcspn(text, "\r\n");
	bool cut = length > LINE_LENGTH;

	if (cut)
		length = LINE_LENGTH;
	while (length && text[length - 1] == ' ')
		length--;
	return arena_printf(arena, "%.*s%s", (int)length, text, cut ? "..." : "");
}

const char *lines_text(struct arena *arena, const char *text)
{
	const char *line = first_line(arena, text);
	unsigned more = 0;

	for (text += strcspn(text, "\n"); *text && text[1]; text += strcspn(text, "\n")) {
		more++;
		text++;
	}
	return more ? arena_printf(arena, "%s (and %s)", line, count_text(arena, more, "more line"))
		    : line;
}
