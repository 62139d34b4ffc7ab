/* SPDX-License-Identifier: MIT */
/*
 * OpenWrt's UCI, as wgpeerselector's users have it: an interface that netifd
 * makes (/etc/config/network), and the peers to choose from
 * (/etc/config/wgpeerselector). libuci's file.c says what the syntax is; of what
 * it would guess or repair, this reports an error.
 */
#include "import_parts.h"

#include "desired_default.h"

#include <stdlib.h>

/*
 * Text to sections
 */

struct uci_lines {
	struct diags *diags;
	struct import_sections *sections;
	struct where where; /* of the word that is read */
	const char *line;
	const char *at;
	bool failed;
};

static void line_error(struct uci_lines *lines, const char *message)
{
	if (!lines->failed)
		diag_error(lines->diags, lines->where, NULL, "%s", message);
	lines->failed = true;
}

/* A part of a word that is in quotes; at is behind the first of them. */
static void take_quoted(struct uci_lines *lines, char quote, char **to)
{
	while (*lines->at && *lines->at != quote) {
		/* Single quotes keep backslashes. */
		if (quote == '"' && *lines->at == '\\' && lines->at[1])
			lines->at++;
		*(*to)++ = *lines->at++;
	}
	if (!*lines->at)
		line_error(lines, "the quote is not closed on this line");
	else
		lines->at++;
}

static bool word_ends(char c)
{
	return !c || c == ' ' || c == '\t' || c == '\r' || c == '#';
}

/* The next word of the line, NULL at its end. Parts in quotes and parts without
 * make one word when nothing is between them. */
static const char *take_word(struct uci_lines *lines)
{
	char *word, *to;

	lines->at += strspn(lines->at, " \t\r");
	lines->where.column = (uint32_t)(lines->at - lines->line) + 1;
	if (word_ends(*lines->at))
		return NULL;
	word = to = arena_alloc(lines->diags->arena, strlen(lines->at) + 1);
	while (!word_ends(*lines->at) && !lines->failed) {
		char c = *lines->at++;

		if (c == '\'' || c == '"')
			take_quoted(lines, c, &to);
		else if (c == ';')
			line_error(lines, "a ; must stand in quotes");
		else if (c == '\\' && !*lines->at)
			line_error(lines, "nothing follows the backslash");
		else
			*to++ = c == '\\' ? *lines->at++ : c;
	}
	return word;
}

static void take_nothing_more(struct uci_lines *lines)
{
	if (take_word(lines) && !lines->failed)
		line_error(lines, "too much on this line: put values with blanks in quotes");
}

/* UCI joins sections of one name. */
static struct import_section *section_of(struct uci_lines *lines, const char *type,
					 const char *name)
{
	struct import_section *section;

	vec_each (there, &lines->sections->list) {
		if (!name || !there->name || strcmp(there->name, name) != 0)
			continue;
		if (strcmp(there->type, type) != 0)
			line_error(lines, "a section of this name and of another type stands above");
		return there;
	}
	section = vec_push(lines->diags->arena, &lines->sections->list);
	section->type = type;
	section->name = name;
	section->where = lines->where;
	return section;
}
