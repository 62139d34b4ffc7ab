/* SPDX-License-Identifier: MIT */
/*
 * yaml_tree: YAML texts as a tree of nodes with their locations. The part of YAML that a
 * configuration needs: mappings with text keys, lists, scalars. Anchors, aliases, tags and
 * multiple documents are refused: they can expand a small text into a large tree, or change
 * its meaning.
 */
#pragma once

#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

/* A text to parse. */
struct source {
	const char *file; /* as shown in errors */
	const char *text;
	size_t length;
};

/* Larger input (all texts together) and deeper nesting are refused. */
#define SOURCE_SIZE_MAX (256u << 20)
#define SOURCE_DEPTH_MAX 32

enum tree_kind {
	TREE_SCALAR,
	TREE_LIST,
	TREE_MAPPING,
};

struct tree_node {
	enum tree_kind kind;
	bool plain; /* a scalar without quotes */
	const char *text; /* of a scalar, no zero byte in it; "" for others */

	const char *file;
	uint32_t line, column;
	uint32_t key_line, key_column;
	const char *key; /* in a mapping, otherwise NULL */

	struct tree_node *parent; /* NULL: the root */
	struct tree_node *first, *last; /* children in the order of the text */
	struct tree_node *next;
	size_t n; /* children */
	size_t index; /* among those of parent */
};

/*
 * Reads one text. NULL when it is not YAML or has refused constructs; diags then has all of
 * these, or the first syntax error. An empty text is an empty scalar. tree_join() handles
 * duplicate keys. The nodes, which are many and short-lived, are allocated in nodes; the
 * texts in diags->arena.
 */
struct tree_node *tree_parse(const char *file, const char *text, size_t length, unsigned depth_max,
			     struct arena *nodes, struct diags *diags);

/* Appends child to the children of parent. */
void tree_append(struct tree_node *parent, struct tree_node *child);

/* The value of a key, NULL when there is none or node is no mapping. */
const struct tree_node *tree_get(const struct tree_node *node, const char *key);

/* No value: no text at all, ~ or null. */
bool tree_is_empty(const struct tree_node *node);

/* Whether it is this scalar, in quotes or not. */
bool tree_is_word(const struct tree_node *node, const char *word);

struct where tree_where(const struct tree_node *node);
/* Location of the key; of the node itself if it has none. */
struct where tree_key_where(const struct tree_node *node);

/* interfaces.wg0.addresses[1] */
const char *tree_path(struct arena *arena, const struct tree_node *node);

/* "FILE:LINE:COLUMN" of the key, for errors that name a second location. */
const char *tree_place(struct arena *arena, const struct tree_node *node);

/* The scalar in double quotes, shortened, for errors; "a list", "a mapping". A possible
 * secret key in the wrong place is masked. */
const char *tree_shown(struct arena *arena, const struct tree_node *node);

/* An error at the node, or at its key, with its path. */
void tree_error(struct diags *diags, const struct tree_node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void tree_key_error(struct diags *diags, const struct tree_node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
