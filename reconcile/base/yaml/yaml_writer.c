/* SPDX-License-Identifier: MIT */
#include "yaml_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define INDENT 2
/* Lists that would make a line longer are written one item to a line. */
#define LINE_MAX_COLUMNS 80

/* A comment, and whether its object has been written. */
struct placed_remark {
	const struct remark *remark;
	size_t order;
	bool written;
};

static void put_indent(struct buffer *text, unsigned depth)
{
	for (unsigned i = 0; i < depth * INDENT; i++)
		buffer_add(text, " ");
}

/*
 * Scalars. Quoted if YAML 1.1 or 1.2 would not read it as text, so that other programs read
 * the same.
 */

static bool is_reserved(const char *text)
{
	static const char *const words[] = {
		"y",	 "n",	 "yes", "no",	"on",	"off",	 "true",
		"false", "null", "~",	".inf", ".nan", "+.inf",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(text, words[i]))
			return true;
	}
	return false;
}

/* Numbers, dates, and the sexagesimal numbers of YAML 1.1, but no IPv4 address. */
static bool resembles_number(const char *text)
{
	const char *dot = strchr(text, '.');

	if (!strchr("0123456789+.", text[0]) || (dot && strchr(dot + 1, '.')))
		return false;
	return !text[strspn(text, "0123456789abcdefABCDEFxXoO_+-.:")];
}

static bool is_safe(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("_./:@%+=-", c));
}

static bool is_plain(const char *text)
{
	size_t length = strlen(text);

	if (!length || strchr(":@%=-", text[0]) || text[length - 1] == ':')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_safe(text[i]))
			return false;
	}
	return !is_reserved(text) && !resembles_number(text);
}

const char *scalar_text(struct arena *arena, const char *text)
{
	char *quoted, *to;

	if (is_plain(text))
		return text;
	quoted = to = arena_alloc(arena, strlen(text) * 4 + 3);
	*to++ = '"';
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			to += snprintf(to, 5, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '"';
	return quoted;
}

/*
 * Comments
 */

static int remark_compare(const void *a_, const void *b_)
{
	const struct placed_remark *a = a_, *b = b_;
	int order = strcmp(a->remark->path, b->remark->path);

	if (order)
		return order;
	return a->order < b->order ? -1 : a->order > b->order;
}

struct writer writer_begin(struct arena *arena, const struct remark *remarks, size_t n)
{
	struct writer writer = { .arena = arena, .text = buffer_new(arena), .remarks_n = n };

	writer.remarks = arena_alloc(arena, n * sizeof(*writer.remarks));
	for (size_t i = 0; i < n; i++)
		writer.remarks[i] = (struct placed_remark){ &remarks[i], i, false };
	qsort(writer.remarks, n, sizeof(*writer.remarks), remark_compare);
	return writer;
}

/* A comment for each line of the text. */
static void put_comment(struct buffer *to, unsigned depth, const char *prefix, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\r\n");
		const char *line = arena_strndup(to->arena, text, length);

		put_indent(to, depth);
		buffer_add(to, *line || *prefix ? "# " : "#");
		buffer_add(to, prefix);
		buffer_add(to, text_printable(to->arena, line));
		buffer_add(to, "\n");
		text += length;
		text += *text == '\r' && text[1] == '\n' ? 2 : *text != '\0';
	}
}

static const char *path_of(struct arena *arena, const struct level *level, const char *name)
{
	if (!level->up)
		return name;
	return arena_printf(arena, "%s.%s", path_of(arena, level->up, level->name), name);
}

static size_t first_remark(const struct writer *writer, const char *path)
{
	const struct remark remark = { .path = path };
	const struct placed_remark wanted = { .remark = &remark };

	return array_place(writer->remarks, writer->remarks_n, sizeof(wanted), &wanted,
			   remark_compare);
}

static void put_remarks(struct writer *writer, const struct level *level, const char *name)
{
	const char *path;

	if (!writer->remarks_n)
		return;
	path = path_of(writer->arena, level, name);
	for (size_t i = first_remark(writer, path); i < writer->remarks_n; i++) {
		struct placed_remark *remark = &writer->remarks[i];

		if (strcmp(remark->remark->path, path) != 0)
			return;
		put_comment(&writer->text, level->depth, "", remark->remark->text);
		remark->written = true;
	}
}

/* At the top are the comments on the whole, and those on objects not in the text, known only
 * at its end. */
char *writer_end(const struct writer *writer)
{
	struct buffer whole = buffer_new(writer->arena);

	for (size_t i = 0; i < writer->remarks_n; i++) {
		const struct remark *remark = writer->remarks[i].remark;
		const char *prefix = "";

		if (writer->remarks[i].written)
			continue;
		if (*remark->path)
			prefix = arena_printf(writer->arena, "%s: ", remark->path);
		put_comment(&whole, 0, prefix, remark->text);
	}
	buffer_add_bytes(&whole, writer->text.text, writer->text.n);
	return whole.text;
}

/*
 * Entries of mappings
 */

static void put_key(struct writer *writer, const struct level *level, const char *name)
{
	put_remarks(writer, level, name);
	put_indent(&writer->text, level->depth);
	buffer_add(&writer->text, scalar_text(writer->arena, name));
	buffer_add(&writer->text, ":");
}

void put_entry(struct writer *writer, const struct level *level, const char *name,
	       const char *value)
{
	put_key(writer, level, name);
	buffer_add(&writer->text, " ");
	buffer_add(&writer->text, value);
	buffer_add(&writer->text, "\n");
}

void put_text(struct writer *writer, const struct level *level, const char *name, const char *text)
{
	if (text)
		put_entry(writer, level, name, scalar_text(writer->arena, text));
}

void put_number(struct writer *writer, const struct level *level, const char *name, uint64_t number)
{
	put_entry(writer, level, name, arena_printf(writer->arena, "%" PRIu64, number));
}

void put_duration(struct writer *writer, const struct level *level, const char *name,
		  msec_t duration)
{
	put_entry(writer, level, name, duration_text(writer->arena, duration));
}

size_t open_mapping(struct writer *writer, const struct level *level, const char *name)
{
	put_key(writer, level, name);
	buffer_add(&writer->text, "\n");
	return writer->text.n;
}

void close_mapping(struct writer *writer, size_t opened)
{
	if (writer->text.n != opened)
		return;
	buffer_cut(&writer->text, opened - 1);
	buffer_add(&writer->text, " {}\n");
}

static bool fits_line(const struct level *level, const char *name, const char *const *items,
		      size_t n)
{
	size_t columns = level->depth * INDENT + strlen(name) + strlen(": []");

	for (size_t i = 0; i < n; i++)
		columns += strlen(items[i]) + strlen(", ");
	return columns <= LINE_MAX_COLUMNS;
}

void put_list(struct writer *writer, const struct level *level, const char *name,
	      const char *const *items, size_t n)
{
	bool one_line = fits_line(level, name, items, n);

	if (!n)
		return;
	put_key(writer, level, name);
	buffer_add(&writer->text, one_line ? " [" : "\n");
	for (size_t i = 0; i < n; i++) {
		if (one_line) {
			buffer_add(&writer->text, i ? ", " : "");
			buffer_add(&writer->text, items[i]);
			continue;
		}
		put_indent(&writer->text, level->depth + 1);
		buffer_add(&writer->text, "- ");
		buffer_add(&writer->text, items[i]);
		buffer_add(&writer->text, "\n");
	}
	if (one_line)
		buffer_add(&writer->text, "]\n");
}

void put_texts(struct writer *writer, const struct level *level, const char *name,
	       const char *const *texts, size_t n)
{
	const char **items = arena_alloc(writer->arena, n * sizeof(*items));

	for (size_t i = 0; i < n; i++)
		items[i] = scalar_text(writer->arena, texts[i]);
	put_list(writer, level, name, items, n);
}
