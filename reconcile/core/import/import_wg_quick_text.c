/* SPDX-License-Identifier: MIT */
/*
 * The text of wg(8)'s and wg-quick(8)'s files: "[SECTION]" and below it "KEY = VALUE". The
 * text after a # is a comment; those near a section's head are kept, because they may be
 * names.
 */
#include "import_parts.h"

#include <strings.h>

struct quick_comments {
	VEC(struct import_comment) list;
};

struct quick_lines {
	struct diags *diags;
	struct import_sections *sections;
	struct where where;
	struct import_section *section; /* the current one */
	struct quick_comments pending; /* on lines of their own, since the last other line */
};

static uint32_t column_of(const char *line, const char *to)
{
	return (uint32_t)(to - line) + 1 + (uint32_t)strspn(to, " \t");
}

/* Pending comments become the section's. */
static void comments_move(struct quick_lines *lines, enum import_place place)
{
	vec_each (comment, &lines->pending.list) {
		comment->place = place;
		*vec_push(lines->diags->arena, &lines->section->comments) = *comment;
	}
	lines->pending.list.n = 0;
}

static void comment_add(struct quick_lines *lines, const char *text, enum import_place place)
{
	if (text)
		*vec_push(lines->diags->arena,
			  &lines->section->comments) = (struct import_comment){ text, lines->where,
										place };
}

/* Those alone between the head and a blank line, or the end. */
static void comments_end(struct quick_lines *lines)
{
	if (lines->section && !lines->section->entries.n)
		comments_move(lines, COMMENT_BELOW);
	lines->pending.list.n = 0;
}

static void take_head(struct quick_lines *lines, const char *content, const char *comment)
{
	size_t length = strlen(content);

	if (content[length - 1] != ']') {
		diag_error(lines->diags, lines->where, NULL,
			   "the section's name has no end: write [Interface] or [Peer]");
		return;
	}
	lines->section = vec_push(lines->diags->arena, &lines->sections->list);
	lines->section->type = import_trimmed(lines->diags->arena, content + 1,
					      content + length - 1);
	lines->section->where = lines->where;
	comments_move(lines, COMMENT_ABOVE);
	comment_add(lines, comment, COMMENT_HEAD);
}

static void take_entry(struct quick_lines *lines, const char *line, const char *end,
		       const char *comment)
{
	struct arena *arena = lines->diags->arena;
	const char *equals = memchr(line, '=', (size_t)(end - line));
	struct import_entry *entry;

	if (!equals) {
		diag_error(lines->diags, lines->where, NULL,
			   "neither [SECTION] nor KEY = VALUE: put # before it if it is a remark");
		return;
	}
	if (!lines->section) {
		diag_error(lines->diags, lines->where, NULL,
			   "stands before any section: write [Interface] above");
		return;
	}
	comments_move(lines, lines->section->entries.n ? COMMENT_WITHIN : COMMENT_BELOW);
	entry = vec_push(arena, &lines->section->entries);
	entry->key = import_trimmed(arena, line, equals);
	entry->value = import_trimmed(arena, equals + 1, end);
	entry->path = arena_printf(arena, "%s.%s", lines->section->type, entry->key);
	entry->where = lines->where;
	entry->value_where = lines->where;
	entry->value_where.column = column_of(line, equals + 1);
	if (strcasecmp(entry->key, "PublicKey") == 0)
		comment_add(lines, comment, COMMENT_KEY);
}

static void take_line(struct quick_lines *lines, const char *line, const char *end)
{
	struct arena *arena = lines->diags->arena;
	const char *hash = memchr(line, '#', (size_t)(end - line));
	const char *content = import_trimmed(arena, line, hash ? hash : end);
	const char *comment = hash ? import_trimmed(arena, hash + 1, end) : NULL;

	lines->where.column = column_of(line, line);
	if (*content == '[')
		take_head(lines, content, comment);
	else if (*content)
		take_entry(lines, line, hash ? hash : end, comment);
	else if (comment)
		*vec_push(arena, &lines->pending.list) = (struct import_comment){ comment,
										  lines->where,
										  COMMENT_ABOVE };
	else
		comments_end(lines);
	if (*content)
		lines->pending.list.n = 0;
}

void import_wg_quick_sections(const struct source *source, struct import_sections *sections,
			      struct diags *diags)
{
	const char *text = import_text(source, diags);
	struct quick_lines lines = {
		.diags = diags,
		.sections = sections,
		.where = { .file = source->file },
	};

	while (text && *text) {
		const char *end = strchrnul(text, '\n');

		lines.where.line++;
		take_line(&lines, text, end);
		text = *end ? end + 1 : end;
	}
	comments_end(&lines);
}
