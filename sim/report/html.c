/* SPDX-License-Identifier: MIT */
#include "html.h"

struct entity {
	char character;
	const char *written;
};

static const struct entity entities[] = {
	{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
};

static void put_character(FILE *out, char character)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (entities[i].character == character) {
			fputs(entities[i].written, out);
			return;
		}
	}
	fputc(character, out);
}

void html_text(FILE *out, const char *text, struct arena *arena)
{
	for (text = text_printable(arena, text ? text : ""); *text; text++)
		put_character(out, *text);
}

void html_name(FILE *out, const char *text, struct arena *arena)
{
	for (text = text_printable(arena, text ? text : ""); *text; text++) {
		put_character(out, *text);
		if (strchr(",/[", *text))
			fputs("<wbr>", out);
	}
}

void html_lines(FILE *out, const char *text, struct arena *arena)
{
	while (*text) {
		size_t length = strcspn(text, "\n\t");

		html_text(out, arena_strndup(arena, text, length), arena);
		text += length;
		if (*text)
			fputc(*text++, out);
	}
}
