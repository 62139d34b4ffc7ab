/* SPDX-License-Identifier: MIT */
/*
 * UCI's text: "config TYPE 'NAME'" and below it "option NAME 'VALUE'" and "list NAME
 * 'VALUE'". The syntax is that of libuci's file.c; where libuci would guess or repair, this
 * reports an error.
 */
#include "import_parts.h"

struct uci_lines {
	struct diags *diags;
	struct import_sections *sections;
	struct where where; /* of the current word */
	const char *line;
	const char *at;
	bool failed; /* this line has an error */
	struct import_names names; /* of sections */
	size_t package; /* index of the first section of this package */
	struct import_section *section; /* the current one */
};

static void line_error(struct uci_lines *lines, const char *message)
{
	if (!lines->failed)
		diag_error(lines->diags, lines->where, NULL, "%s", message);
	lines->failed = true;
}

/* A quoted part of a word; at is after the opening quote. */
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

/* The next word of the line, NULL at its end. Adjacent quoted and unquoted parts are one word. */
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

/* UCI joins sections of one name. */
static struct import_section *section_named(struct uci_lines *lines, const char *type,
					    const char *name)
{
	for (size_t i = lines->package; i < lines->sections->list.n; i++) {
		struct import_section *section = &lines->sections->list.at[i];

		if (!section->name || strcmp(section->name, name) != 0)
			continue;
		if (strcmp(section->type, type) != 0)
			line_error(lines,
				   "a section of this name and of another type stands above");
		return section;
	}
	return NULL;
}

static void take_config(struct uci_lines *lines)
{
	struct arena *arena = lines->diags->arena;
	struct where where = lines->where;
	const char *type = take_word(lines);
	const char *name = type ? take_word(lines) : NULL;

	if (!type || !*type) {
		line_error(lines, "config needs a type: write config TYPE 'NAME'");
		return;
	}
	if (name && *name && import_name_is_taken(&lines->names, name)) {
		lines->section = section_named(lines, type, name);
		return;
	}
	lines->section = vec_push(arena, &lines->sections->list);
	lines->section->type = type;
	lines->section->where = where;
	if (name && *name)
		lines->section->name = import_name_take(arena, &lines->names, name);
}

static void take_value(struct uci_lines *lines)
{
	struct import_entry entry = { .where = lines->where };
	const struct import_section *section = lines->section;

	entry.key = take_word(lines);
	entry.value = entry.key ? take_word(lines) : NULL;
	entry.value_where = lines->where;
	if (!entry.value) {
		line_error(lines, "a name and a value are needed: write option NAME 'VALUE'");
		return;
	}
	if (!section) {
		lines->where = entry.where;
		line_error(lines, "stands before any section: write config TYPE 'NAME' above");
		return;
	}
	entry.path = arena_printf(lines->diags->arena, "%s.%s",
				  section->name ? section->name : section->type, entry.key);
	*vec_push(lines->diags->arena, &lines->section->entries) = entry;
}

/* "uci export" prints several packages, whose sections may have the same names. */
static void take_package(struct uci_lines *lines)
{
	take_word(lines);
	lines->section = NULL;
	lines->names = (struct import_names){ 0 };
	lines->package = lines->sections->list.n;
}

static void take_line(struct uci_lines *lines)
{
	const char *word = take_word(lines);

	if (!word || lines->failed)
		return;
	if (strcmp(word, "config") == 0)
		take_config(lines);
	else if (strcmp(word, "option") == 0 || strcmp(word, "list") == 0)
		take_value(lines);
	else if (strcmp(word, "package") == 0)
		take_package(lines);
	else
		line_error(lines, "unknown word: a line begins with config, option or list");
	if (!lines->failed && take_word(lines))
		line_error(lines, "too much on this line: put a value with blanks in quotes");
}

void import_uci_sections(const struct source *source, struct import_sections *sections,
			 struct diags *diags)
{
	struct uci_lines lines = {
		.diags = diags,
		.sections = sections,
		.package = sections->list.n,
	};
	const char *text = import_text(source, diags);

	lines.where.file = source->file;
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		lines.where.line++;
		lines.line = lines.at = arena_strndup(diags->arena, text, length);
		lines.failed = false;
		take_line(&lines);
		text += length + (text[length] == '\n');
	}
}
