/* SPDX-License-Identifier: MIT */
/*
 * The text of wg(8)'s and wg-quick(8)'s files: "[SECTION]" and below it "KEY =
 * VALUE". All behind a # is a comment; those next to a section's head are kept,
 * because people write names there.
 */
#include "import_parts.h"

struct quick_lines {
	struct diags *diags;
	struct import_sections *sections;
	struct where where;
	const char *comment; /* the line before was nothing else */
};

static uint32_t column_of(const char *line, const char *to)
{
	return (uint32_t)(to - line) + 1 + (uint32_t)strspn(to, " \t");
}

static void take_head(struct quick_lines *lines, const char *content)
{
	size_t length = strlen(content);
	struct import_section *section;

	if (content[length - 1] != ']') {
		diag_error(lines->diags, lines->where, NULL,
			   "the section's name has no end: write [Interface] or [Peer]");
		return;
	}
	section = vec_push(lines->diags->arena, &lines->sections->list);
	section->type = import_trimmed(lines->diags->arena, content + 1, content + length - 1);
	section->where = lines->where;
	section->above = lines->comment;
}

static void take_entry(struct quick_lines *lines, const char *line, const char *end)
{
	struct arena *arena = lines->diags->arena;
	const char *equals = memchr(line, '=', (size_t)(end - line));
	struct import_section *section;
	struct import_entry *entry;

	if (!equals) {
		diag_error(lines->diags, lines->where, NULL,
			   "neither [SECTION] nor KEY = VALUE: put # before it if it is a remark");
		return;
	}
	if (!lines->sections->list.n) {
		diag_error(lines->diags, lines->where, NULL,
			   "stands before any section: write [Interface] above");
		return;
	}
	section = &lines->sections->list.at[lines->sections->list.n - 1];
	entry = vec_push(arena, &section->entries);
	entry->key = import_trimmed(arena, line, equals);
	entry->value = import_trimmed(arena, equals + 1, end);
	entry->path = arena_printf(arena, "%s.%s", section->type, entry->key);
	entry->where = lines->where;
	entry->value_where = lines->where;
	entry->value_where.column = column_of(line, equals + 1);
}

static void take_comment(struct quick_lines *lines, const char *text)
{
	struct import_section *section;

	lines->comment = text;
	if (!lines->sections->list.n)
		return;
	section = &lines->sections->list.at[lines->sections->list.n - 1];
	if (!section->below && lines->where.line == section->where.line + 1)
		section->below = text;
}

static void take_line(struct quick_lines *lines, const char *line, const char *end)
{
	const char *hash = memchr(line, '#', (size_t)(end - line));
	const char *content = import_trimmed(lines->diags->arena, line, hash ? hash : end);
	const char *comment = NULL;

	lines->where.column = column_of(line, line);
	if (*content == '[')
		take_head(lines, content);
	else if (*content)
		take_entry(lines, line, hash ? hash : end);
	else if (hash)
		comment = import_trimmed(lines->diags->arena, hash + 1, end);
	lines->comment = NULL;
	if (comment)
		take_comment(lines, comment);
}

void import_wg_quick_sections(const struct source *source, struct import_sections *sections,
			      struct diags *diags)
{
	/* A copy, as the text need not end with a zero. */
	const char *text = arena_strndup(diags->arena, source->text, source->length);
	struct quick_lines lines = {
		.diags = diags,
		.sections = sections,
		.where = { .file = source->file },
	};

	if (strlen(text) < source->length) {
		diag_error(diags, lines.where, NULL, "is not a text: there is a zero byte in it");
		return;
	}
	while (*text) {
		const char *end = strchrnul(text, '\n');

		lines.where.line++;
		take_line(&lines, text, end);
		text = *end ? end + 1 : end;
	}
}
