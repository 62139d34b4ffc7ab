/* SPDX-License-Identifier: MIT */
#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>

#define LINE_LENGTH 120
/* Maximum total length of lines that are all shown. */
#define WHOLE_LENGTH 240

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

static size_t words_in(const char *line, const char *wanted, struct arena *arena)
{
	size_t found = 0;

	for (wanted += strspn(wanted, " "); *wanted; wanted += strspn(wanted, " ")) {
		size_t length = strcspn(wanted, " ");

		found += strstr(line, arena_strndup(arena, wanted, length)) != NULL;
		wanted += length;
	}
	return found;
}

struct lines {
	VEC(const char *) list;
};

/* Non-blank lines, without surrounding blanks. */
static struct lines split(struct arena *arena, const char *text)
{
	struct lines lines = { 0 };

	for (text += strspn(text, " \t\r\n"); *text; text += strspn(text, " \t\r\n")) {
		*vec_push(arena, &lines.list) = first_line(arena, text);
		text += strcspn(text, "\n");
	}
	return lines;
}

static const char *joined(struct arena *arena, const struct lines *lines)
{
	const char *text = "";

	vec_each (line, &lines->list) {
		text = arena_printf(arena, "%s%s%s", text, *text ? " | " : "", *line);
		if (strlen(text) > WHOLE_LENGTH)
			return NULL;
	}
	return text;
}

const char *lines_text(struct arena *arena, const char *text, const char *wanted)
{
	const struct lines lines = split(arena, text);
	const char *whole = joined(arena, &lines), *best = NULL;
	size_t most = 0;

	if (whole || lines.list.n == 1)
		return whole ? whole : lines.list.at[0];
	vec_each (line, &lines.list) {
		size_t words = words_in(*line, wanted ? wanted : "", arena);

		if (!best || words >= most)
			best = *line;
		most = words > most ? words : most;
	}
	return arena_printf(arena, "%s (and %s)", best,
			    count_text(arena, lines.list.n - 1, "more line"));
}
