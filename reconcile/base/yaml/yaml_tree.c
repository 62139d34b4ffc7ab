/* SPDX-License-Identifier: MIT */
#include "yaml_tree.h"

#include "base/masked.h"
#include "base/memory.h"

#include <yaml.h>

/* Longest part of a scalar quoted in an error. */
#define SHOWN_MAX 60

struct builder {
	struct arena *nodes;
	struct diags *diags;
	const char *file;
	const char *text;
	size_t length;
	unsigned depth_max;

	yaml_parser_t parser;
	struct tree_node *root;
	struct tree_node *open; /* the innermost list or mapping that is still open */
	unsigned depth;
	unsigned documents;
	bool failed;
	bool stopped;

	const char *key; /* its value is not read yet */
	uint32_t key_line, key_column;
};

struct where tree_where(const struct tree_node *node)
{
	return (struct where){ node->file, node->line, node->column };
}

struct where tree_key_where(const struct tree_node *node)
{
	if (!node->key)
		return tree_where(node);
	return (struct where){ node->file, node->key_line, node->key_column };
}

const char *tree_place(struct arena *arena, const struct tree_node *node)
{
	struct where where = tree_key_where(node);

	return arena_printf(arena, "%s:%u:%u", where.file, where.line, where.column);
}

const char *tree_path(struct arena *arena, const struct tree_node *node)
{
	const char *above;

	if (!node->parent)
		return "";
	above = tree_path(arena, node->parent);
	if (!node->key)
		return arena_printf(arena, "%s[%zu]", above, node->index);
	return *above ? arena_printf(arena, "%s.%s", above, node->key) : node->key;
}

const char *tree_shown(struct arena *arena, const struct tree_node *node)
{
	const char *text = node->text;
	size_t length;

	if (node->kind != TREE_SCALAR)
		return node->kind == TREE_LIST ? "a list" : "a mapping";
	/* Before it is shortened: a part of a key may be too short to be recognised. */
	text = text_masked(arena, text);
	if (!strcmp(text, "(key not shown)"))
		return "a key (not shown)";
	length = strlen(text);
	if (length <= SHOWN_MAX)
		return arena_printf(arena, "\"%s\"", text);
	length = SHOWN_MAX;
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return arena_printf(arena, "\"%.*s...\"", (int)length, text);
}

void tree_error(struct diags *diags, const struct tree_node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_error(diags, tree_where(node), tree_path(diags->arena, node), "%s",
		   arena_vprintf(diags->arena, format, args));
	va_end(args);
}

void tree_key_error(struct diags *diags, const struct tree_node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_error(diags, tree_key_where(node), tree_path(diags->arena, node), "%s",
		   arena_vprintf(diags->arena, format, args));
	va_end(args);
}

const struct tree_node *tree_get(const struct tree_node *node, const char *key)
{
	if (!node || node->kind != TREE_MAPPING)
		return NULL;
	for (const struct tree_node *child = node->first; child; child = child->next) {
		if (!strcmp(child->key, key))
			return child;
	}
	return NULL;
}

void tree_append(struct tree_node *parent, struct tree_node *child)
{
	child->parent = parent;
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	child->index = parent->n++;
}

bool tree_is_empty(const struct tree_node *node)
{
	return node->kind == TREE_SCALAR && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

bool tree_is_word(const struct tree_node *node, const char *word)
{
	return node->kind == TREE_SCALAR && !strcmp(node->text, word);
}

/*
 * Errors of the syntax. libyaml reports what its scanner expected; the actual mistake is
 * usually one of a few, recognisable from the text around it.
 */

/* From the mark to the end of its line, with the text before it on the line. */
struct line {
	const char *start;
	size_t column; /* bytes before the mark */
	size_t length;
};

static struct line line_at(const struct builder *builder, yaml_mark_t mark)
{
	const char *end = builder->text + builder->length;
	struct line line = { .start = builder->text };
	const char *newline;

	for (size_t i = 0; i < mark.line; i++) {
		newline = memchr(line.start, '\n', (size_t)(end - line.start));
		if (!newline)
			return (struct line){ .start = "" };
		line.start = newline + 1;
	}
	newline = memchr(line.start, '\n', (size_t)(end - line.start));
	line.length = (size_t)((newline ? newline : end) - line.start);
	for (size_t i = 0; i < mark.column && line.column < line.length; i++) {
		line.column++;
		while (line.column < line.length &&
		       ((unsigned char)line.start[line.column] & 0xc0) == 0x80)
			line.column++;
	}
	return line;
}

static char character_at(const struct line *line, size_t i)
{
	return i < line->length ? line->start[i] : '\0';
}

static const char *colon_hint(struct arena *arena, const struct line *line)
{
	const char *token = line->start + line->column;
	size_t rest = line->length - line->column;
	size_t n = 0;

	while (n < rest && !strchr(",[]{} \t\r", token[n]))
		n++;
	token = text_masked(arena, arena_strndup(arena, token, n));
	return arena_printf(arena,
			    "a value that begins with a colon needs quotes within [ ] and { }: "
			    "write \"%.*s\"",
			    SHOWN_MAX, token);
}

static const char *token_hint(const struct line *line)
{
	if (character_at(line, line->column) == '\t')
		return "indent with spaces, a tab is not allowed here";
	return "put the value in quotes";
}

static const char *nested_value_hint(const struct line *line)
{
	for (size_t i = 0; i + 1 < line->column; i++) {
		if (line->start[i] == ':' && line->start[i + 1] == ' ')
			return "put the value in quotes, or write {key: value} for a mapping";
	}
	return "check the indentation of this line and of the one before";
}

static const char *flow_hint(const struct line *line)
{
	char at = character_at(line, line->column);

	if ((at == '{' || at == '[') && line->column &&
	    !strchr(" \t", line->start[line->column - 1]))
		return "a text with { or [ in it needs quotes within [ ] and { }";
	return "a list in [ ] or a mapping in { } is not closed";
}

static const char *syntax_hint(struct arena *arena, const char *problem, const struct line *line)
{
	if (line->column && character_at(line, line->column) == ':' &&
	    line->start[line->column - 1] == ']')
		return "an endpoint in brackets needs quotes: write \"[2001:db8::1]:51820\"";
	if (strstr(problem, "cannot start any token"))
		return token_hint(line);
	if (strstr(problem, "expected node content") && character_at(line, line->column) == ':')
		return colon_hint(arena, line);
	if (strstr(problem, "unexpected ':'"))
		return "put the value in quotes";
	if (strstr(problem, "mapping values are not allowed"))
		return nested_value_hint(line);
	if (strstr(problem, "could not find expected ':'"))
		return "write key: value, with a space after the colon";
	if (strstr(problem, "end of stream"))
		return "the quotes are not closed";
	if (strstr(problem, "or ']'") || strstr(problem, "or '}'"))
		return flow_hint(line);
	if (strstr(problem, "expected key") || strstr(problem, "'-' indicator"))
		return "check the indentation: what belongs together begins in the same column";
	if (strstr(problem, "a tab character"))
		return "indent with spaces, a tab is not allowed here";
	if (strstr(problem, "escape character"))
		return "write two backslashes for one, or use single quotes";
	if (strstr(problem, "alphabetic or numeric") || strstr(problem, "tag handle"))
		return "put the value in quotes";
	return NULL;
}

/* Whether the start location is more helpful than the location of the failure. */
static bool began_tells_more(const yaml_parser_t *parser)
{
	return parser->context &&
	       (strstr(parser->context, "simple key") || strstr(parser->context, "quoted scalar"));
}

static void scan_error(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	const char *problem = parser->problem ? parser->problem : "cannot be read";
	bool began = began_tells_more(parser);
	yaml_mark_t mark = began ? parser->context_mark : parser->problem_mark;
	struct where where = { builder->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
	struct line line = line_at(builder, mark);
	const char *hint = syntax_hint(builder->diags->arena, problem, &line);

	diag_error(builder->diags, where, NULL, "this is not YAML: %s%s%s%s%s", problem,
		   parser->context ? " " : "", parser->context ? parser->context : "",
		   hint ? ": " : "", hint ? hint : "");
}

/* For an invalid byte libyaml reports only an offset. */
static void read_error(struct builder *builder)
{
	const yaml_parser_t *parser = &builder->parser;
	struct where where = { builder->file, 1, 1 };

	for (size_t i = 0; i < parser->problem_offset && i < builder->length; i++) {
		if (builder->text[i] == '\n') {
			where.line++;
			where.column = 1;
		} else if (((unsigned char)builder->text[i] & 0xc0) != 0x80) {
			where.column++;
		}
	}
	diag_error(builder->diags, where, NULL,
		   "this is not text: %s (0x%02x): files are UTF-8 without control characters",
		   parser->problem ? parser->problem : "cannot be read", parser->problem_value);
}

static void syntax_error(struct builder *builder)
{
	builder->failed = true;
	builder->stopped = true;
	if (builder->parser.error == YAML_MEMORY_ERROR)
		memory_out();
	if (builder->parser.error == YAML_READER_ERROR)
		read_error(builder);
	else
		scan_error(builder);
}

/* An error for YAML that is not allowed here. */
static void refuse(struct builder *builder, const yaml_event_t *event, const char *message)
{
	yaml_mark_t mark = event->start_mark;
	struct where where = { builder->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1 };
	const char *path = NULL;

	builder->failed = true;
	if (builder->open) {
		struct tree_node here = { .parent = builder->open, .key = builder->key };

		path = builder->key ? tree_path(builder->diags->arena, &here)
				    : tree_path(builder->diags->arena, builder->open);
	}
	diag_error(builder->diags, where, path, "%s", message);
}

static struct tree_node *add_node(struct builder *builder, const yaml_event_t *event,
				  enum tree_kind kind)
{
	struct tree_node *node = arena_alloc(builder->nodes, sizeof(*node));

	node->kind = kind;
	node->text = "";
	node->file = builder->file;
	node->line = (uint32_t)event->start_mark.line + 1;
	node->column = (uint32_t)event->start_mark.column + 1;
	if (!builder->open) {
		builder->root = node;
		return node;
	}
	node->key = builder->key;
	node->key_line = builder->key_line;
	node->key_column = builder->key_column;
	builder->key = NULL;
	tree_append(builder->open, node);
	return node;
}

static bool key_is_due(const struct builder *builder)
{
	return builder->open && builder->open->kind == TREE_MAPPING && !builder->key;
}

static void on_scalar(struct builder *builder, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	struct tree_node *node;
	char *text;

	if (memchr(value, '\0', length))
		refuse(builder, event, "a zero byte is not allowed");
	text = arena_strndup(builder->diags->arena, value, length);
	if (key_is_due(builder)) {
		builder->key = text;
		builder->key_line = (uint32_t)event->start_mark.line + 1;
		builder->key_column = (uint32_t)event->start_mark.column + 1;
		return;
	}
	node = add_node(builder, event, TREE_SCALAR);
	node->text = text;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void on_start(struct builder *builder, const yaml_event_t *event, enum tree_kind kind)
{
	if (key_is_due(builder)) {
		refuse(builder, event, "a key must be a text, not a list or a mapping");
		builder->stopped = true;
		return;
	}
	if (++builder->depth > builder->depth_max) {
		refuse(builder, event,
		       arena_printf(builder->diags->arena,
				    "nested too deeply: at most %u lists and mappings within "
				    "each other",
				    builder->depth_max));
		builder->stopped = true;
		return;
	}
	builder->open = add_node(builder, event, kind);
}

static void on_end(struct builder *builder)
{
	builder->depth--;
	builder->open = builder->open->parent;
}

static void on_alias(struct builder *builder, const yaml_event_t *event)
{
	refuse(builder, event, "an alias (*name) is not allowed: write the value out");
	if (key_is_due(builder))
		builder->stopped = true;
	else
		add_node(builder, event, TREE_SCALAR);
}

static void on_document(struct builder *builder, const yaml_event_t *event)
{
	if (++builder->documents == 1)
		return;
	refuse(builder, event, "a second document in one file is not allowed: use a second file");
	builder->stopped = true;
}

static void refuse_properties(struct builder *builder, const yaml_event_t *event,
			      const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		refuse(builder, event, "an anchor (&name) is not allowed: write the value out");
	if (tag)
		refuse(builder, event, "a tag (!name) is not allowed: leave it out");
}

static void on_event(struct builder *builder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		on_document(builder, event);
		break;
	case YAML_SCALAR_EVENT:
		refuse_properties(builder, event, event->data.scalar.anchor,
				  event->data.scalar.tag);
		on_scalar(builder, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		refuse_properties(builder, event, event->data.sequence_start.anchor,
				  event->data.sequence_start.tag);
		on_start(builder, event, TREE_LIST);
		break;
	case YAML_MAPPING_START_EVENT:
		refuse_properties(builder, event, event->data.mapping_start.anchor,
				  event->data.mapping_start.tag);
		on_start(builder, event, TREE_MAPPING);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_end(builder);
		break;
	case YAML_ALIAS_EVENT:
		on_alias(builder, event);
		break;
	default:
		break;
	}
}

static void read_events(struct builder *builder)
{
	bool ended = false;

	while (!ended && !builder->stopped) {
		yaml_event_t event;

		if (!yaml_parser_parse(&builder->parser, &event)) {
			syntax_error(builder);
			return;
		}
		ended = event.type == YAML_STREAM_END_EVENT;
		on_event(builder, &event);
		yaml_event_delete(&event);
	}
}

static struct tree_node *empty_node(struct builder *builder)
{
	struct tree_node *node = arena_alloc(builder->nodes, sizeof(*node));

	node->file = builder->file;
	node->line = node->column = 1;
	node->text = "";
	node->plain = true;
	return node;
}

static void skip_byte_order_mark(struct builder *builder)
{
	if (builder->length < 3 || memcmp(builder->text, "\xef\xbb\xbf", 3) != 0)
		return;
	builder->text += 3;
	builder->length -= 3;
}

struct tree_node *tree_parse(const char *file, const char *text, size_t length, unsigned depth_max,
			     struct arena *nodes, struct diags *diags)
{
	struct builder builder = {
		.nodes = nodes,
		.diags = diags,
		.file = arena_strdup(diags->arena, file),
		.text = text,
		.length = length,
		.depth_max = depth_max,
	};

	skip_byte_order_mark(&builder);
	if (!yaml_parser_initialize(&builder.parser))
		memory_out();
	/* Without this, a text that begins with the bytes ff fe is read as UTF-16. */
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)builder.text,
				     builder.length);
	read_events(&builder);
	yaml_parser_delete(&builder.parser);
	if (builder.failed)
		return NULL;
	return builder.root ? builder.root : empty_node(&builder);
}
