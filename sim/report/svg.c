/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include "html.h"
#include "palette.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RGB "rgb("
#define GROUP_END "</g>"
#define XML_BLANKS " \t\r\n"

/* A piece of the text. */
struct piece {
	const char *at;
	size_t length;
};

static bool piece_is(struct piece piece, const char *text)
{
	return strlen(text) == piece.length && !memcmp(text, piece.at, piece.length);
}

struct attribute {
	struct piece name, value;
};

/* The next NAME = 'VALUE' between *at and end; false when there is none. */
static bool next_attribute(const char **at, const char *end, struct attribute *attribute)
{
	const char *from = *at + strspn(*at, XML_BLANKS);
	const char *quote;

	attribute->name = (struct piece){ from, strcspn(from, XML_BLANKS "=/>") };
	if (!attribute->name.length)
		return false;
	from += attribute->name.length;
	from += strspn(from, XML_BLANKS "=");
	if (from >= end || (*from != '"' && *from != '\''))
		return false;
	quote = memchr(from + 1, *from, (size_t)(end - from - 1));
	if (!quote)
		return false;
	attribute->value = (struct piece){ from + 1, (size_t)(quote - from - 1) };
	*at = quote + 1;
	return true;
}

/* "rgb(213,  94,   0)", or gnuplot's word for no colour. */
static bool color_of(struct piece value, uint32_t *rgb)
{
	const char *at = value.at + strlen(RGB);

	*rgb = palette[PALETTE_INK].light;
	if (piece_is(value, "black"))
		return true;
	if (value.length < strlen(RGB) || memcmp(value.at, RGB, strlen(RGB)) != 0)
		return false;
	*rgb = 0;
	for (int i = 0; i < 3; i++) {
		at += strspn(at, " ,");
		*rgb = *rgb << 8 | ((uint32_t)strtoul(at, NULL, 10) & 0xff);
		at += strspn(at, "0123456789");
	}
	return true;
}

/* Every element's name, colours and identifiers of its own are defined by gnuplot. */
static bool is_dropped(const struct attribute *attribute)
{
	static const char *const names[] = { "id",	   "color", "font-family",
					     "xlink:href", "class", "style" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (piece_is(attribute->name, names[i]))
			return true;
	}
	return false;
}

/* One attribute; its colour's index in the palette, PALETTE_N if none. */
static size_t write_attribute(FILE *out, const struct attribute *attribute)
{
	uint32_t rgb;

	fprintf(out, " %.*s='", (int)attribute->name.length, attribute->name.at);
	if (!color_of(attribute->value, &rgb)) {
		fprintf(out, "%.*s'", (int)attribute->value.length, attribute->value.at);
		return PALETTE_N;
	}
	fprintf(out, "#%06" PRIx32 "'", rgb);
	return palette_find(rgb);
}

/* A start tag (from after its name to before its >), with classes for its colours. */
static void write_tag(FILE *out, struct piece name, const char *at, const char *end)
{
	struct attribute attribute;
	size_t fill = PALETTE_N, stroke = PALETTE_N;

	fprintf(out, "<%.*s", (int)name.length, name.at);
	while (next_attribute(&at, end, &attribute)) {
		size_t color;

		if (is_dropped(&attribute))
			continue;
		color = write_attribute(out, &attribute);
		if (piece_is(attribute.name, "fill"))
			fill = color;
		else if (piece_is(attribute.name, "stroke"))
			stroke = color;
	}
	if (fill < PALETTE_N && stroke < PALETTE_N)
		fprintf(out, " class='f-%s s-%s'", palette[fill].name, palette[stroke].name);
	else if (fill < PALETTE_N)
		fprintf(out, " class='f-%s'", palette[fill].name);
	else if (stroke < PALETTE_N)
		fprintf(out, " class='s-%s'", palette[stroke].name);
	fputs(end[-1] == '/' ? "/>" : ">", out);
}

/* Elements omitted with their content, and empty groups: the position after one, otherwise NULL. */
static const char *skipped(struct piece name, const char *tag, const char *end)
{
	static const char *const ends[][2] = {
		{ "defs", "</defs>" },
		{ "title", "</title>" },
		{ "desc", "</desc>" },
	};
	const char *next = end + 1 + strspn(end + 1, XML_BLANKS);

	if (piece_is(name, "g") && !strncmp(next, GROUP_END, strlen(GROUP_END)))
		return next + strlen(GROUP_END);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		next = piece_is(name, ends[i][0]) ? strstr(tag, ends[i][1]) : NULL;
		if (next)
			return next + strlen(ends[i][1]);
	}
	return NULL;
}

/* The > of a tag, which does not occur in gnuplot's attributes. */
static const char *write_element(FILE *out, const char *tag)
{
	const char *end = strchr(tag, '>');
	struct piece name = { tag + 1, strcspn(tag + 1, XML_BLANKS "/>") };
	const char *after;

	if (!end)
		return tag + strlen(tag);
	after = skipped(name, tag, end);
	if (after)
		return after;
	if (tag[1] == '/')
		fprintf(out, "%.*s", (int)(end - tag + 1), tag);
	else if (tag[1] != '?' && tag[1] != '!')
		write_tag(out, name, name.at + name.length, end);
	return end + 1;
}

/* What is between tags: texts, and insignificant line breaks. gnuplot reads "&#x" in a text
 * as a character reference, but names are literal. */
static const char *write_between(FILE *out, const char *at)
{
	const char *end = at + strcspn(at, "<");

	if (at + strspn(at, XML_BLANKS) >= end)
		return end;
	for (; at < end; at++) {
		fputc(*at, out);
		if (at[0] == '&' && at[1] == '#')
			fputs("amp;", out);
	}
	return end;
}

/* The contents of the outermost element. */
static struct piece contents(const struct picture *picture)
{
	const char *tag = strstr(picture->data, "<svg");
	const char *begin = tag ? strchr(tag, '>') : NULL;
	const char *end = picture->data, *next;

	if (!begin)
		return (struct piece){ "", 0 };
	while ((next = strstr(end + 1, "</svg>")))
		end = next;
	return end > begin ? (struct piece){ begin + 1, (size_t)(end - begin - 1) }
			   : (struct piece){ "", 0 };
}

static void write_begin(FILE *out, const struct svg_options *options, struct arena *arena)
{
	fputs("<svg", out);
	if (options->alone)
		fprintf(out,
			" xmlns='http://www.w3.org/2000/svg' width='%u' height='%u'"
			" font-family='sans-serif'",
			options->width, options->height);
	if (options->class)
		fprintf(out, " class='%s'", options->class);
	fprintf(out, " viewBox='0 0 %u %u' role='img' aria-label=\"", options->width,
		options->height);
	html_text(out, options->label, arena);
	fputs("\">\n", out);
	if (!options->alone)
		return;
	fputs("<style>\n", out);
	svg_style(out, false);
	fputs("@media (prefers-color-scheme: dark) {\nsvg { background: #14181e }\n", out);
	svg_style(out, true);
	fputs("}\n</style>\n", out);
}

void svg_write(FILE *out, const struct picture *picture, const struct svg_options *options,
	       struct arena *arena)
{
	struct piece inside = contents(picture);
	const char *copy = arena_strndup(arena, inside.at, inside.length);

	write_begin(out, options, arena);
	while (*copy)
		copy = *copy == '<' ? write_element(out, copy) : write_between(out, copy);
	fputs("</svg>\n", out);
}

void svg_style(FILE *out, bool dark)
{
	for (size_t i = 0; i < PALETTE_N; i++) {
		const struct palette_color *color = &palette[i];
		uint32_t area = dark ? color->dark : color->light;
		uint32_t line = dark ? color->dark_line : color->light_line;

		if (area != color->light)
			fprintf(out, ".f-%s{fill:#%06" PRIx32 "}\n", color->name, area);
		if (line != color->light)
			fprintf(out, ".s-%s{stroke:#%06" PRIx32 "}\n", color->name, line);
	}
}
