/* SPDX-License-Identifier: MIT */
#include "tree_write.h"

#include "base/buffer.h"
#include "base/text.h"

#include <yaml.h>

#define INDENT 2

struct writing {
	yaml_emitter_t emitter;
	struct buffer text;
};

static int put(void *text, unsigned char *bytes, size_t n)
{
	buffer_add_bytes(text, (const char *)bytes, n);
	return 1;
}

/* The emitter takes the event, or frees it on failure. */
static bool emit(struct writing *writing, yaml_event_t *event, int initialized)
{
	return initialized && yaml_emitter_emit(&writing->emitter, event);
}

/* Lines that can be written in a block. A line break other than \n would be read as \n, and
 * trailing spaces are invisible. */
static bool is_block(struct arena *arena, const char *text)
{
	if (!strchr(text, '\n') || strchr(" \t\n", *text))
		return false;
	while (*text) {
		size_t n = strcspn(text, "\n");
		const char *line = arena_strndup(arena, text, n);

		if (text_printable(arena, line) != line || (n && strchr(" \t", line[n - 1])))
			return false;
		text += n + (text[n] == '\n');
	}
	return true;
}

static bool write_scalar(struct writing *writing, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	/* Without a tag in any style. */
	return emit(writing, &event,
		    yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
						 (int)strlen(text), 1, 1, style));
}

static yaml_scalar_style_t style_of(struct arena *arena, const struct tree_node *node)
{
	/* If plain is not possible, the emitter uses quotes. */
	if (node->plain && !strchr(node->text, '\n'))
		return YAML_PLAIN_SCALAR_STYLE;
	return is_block(arena, node->text) ? YAML_LITERAL_SCALAR_STYLE
					   : YAML_DOUBLE_QUOTED_SCALAR_STYLE;
}

static bool write_start(struct writing *writing, const struct tree_node *node)
{
	yaml_event_t event;

	if (node->kind == TREE_LIST)
		return emit(writing, &event,
			    yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
								 YAML_BLOCK_SEQUENCE_STYLE));
	return emit(writing, &event,
		    yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
							YAML_BLOCK_MAPPING_STYLE));
}

static bool write_end(struct writing *writing, const struct tree_node *node)
{
	yaml_event_t event;

	return emit(writing, &event,
		    node->kind == TREE_LIST ? yaml_sequence_end_event_initialize(&event)
					    : yaml_mapping_end_event_initialize(&event));
}

static bool write_node(struct writing *writing, const struct tree_node *node)
{
	if (node->kind == TREE_SCALAR)
		return write_scalar(writing, node->text, style_of(writing->text.arena, node));
	if (!write_start(writing, node))
		return false;
	for (const struct tree_node *child = node->first; child; child = child->next) {
		if (child->key && !write_scalar(writing, child->key, YAML_ANY_SCALAR_STYLE))
			return false;
		if (!write_node(writing, child))
			return false;
	}
	return write_end(writing, node);
}

static bool write_document(struct writing *writing, const struct tree_node *node)
{
	yaml_event_t event;

	return emit(writing, &event,
		    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
	       emit(writing, &event,
		    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
	       write_node(writing, node) &&
	       emit(writing, &event, yaml_document_end_event_initialize(&event, 1)) &&
	       emit(writing, &event, yaml_stream_end_event_initialize(&event)) &&
	       yaml_emitter_flush(&writing->emitter);
}

char *tree_write(struct arena *arena, const struct tree_node *node)
{
	struct writing writing = { .text = buffer_new(arena) };
	bool done;

	if (!yaml_emitter_initialize(&writing.emitter))
		return NULL;
	yaml_emitter_set_output(&writing.emitter, put, &writing.text);
	yaml_emitter_set_unicode(&writing.emitter, 1);
	yaml_emitter_set_indent(&writing.emitter, INDENT);
	yaml_emitter_set_width(&writing.emitter, -1);
	done = write_document(&writing, node);
	yaml_emitter_delete(&writing.emitter);
	return done ? writing.text.text : NULL;
}
