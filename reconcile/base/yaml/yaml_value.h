/* SPDX-License-Identifier: MIT */
/*
 * yaml_value: typed values out of a tree's nodes. On an error each function reports it with
 * the correct form, returns false, and leaves the result unchanged. A quoted scalar is a
 * text, never a number or a boolean; yes, no, on and off are not booleans.
 */
#pragma once

#include "base/text.h"
#include "yaml_tree.h"

/* A key that a mapping may have. A table of them ends with a NULL name. */
struct field {
	const char *name;
	void (*read)(struct diags *diags, const struct tree_node *value, void *object);
};

/* Calls read for each key of the mapping; unknown keys are errors. */
void value_fields(struct diags *diags, const struct tree_node *node, const struct field *fields,
		  void *object);

/* The error for a key that is not among the names, which end with NULL. */
void value_unknown_key(struct diags *diags, const struct tree_node *value,
		       const char *const *names);

/* Whether it is a mapping (or a list); a missing value is an empty one. */
bool value_mapping(struct diags *diags, const struct tree_node *node);
bool value_list(struct diags *diags, const struct tree_node *node);

/* Whether it is a scalar that is not empty. */
bool value_scalar(struct diags *diags, const struct tree_node *node);

/* A text for people or the system: no control characters, and not an unquoted number or boolean. */
bool value_text(struct diags *diags, const struct tree_node *node, const char **text);

/* One word of a command: any scalar without control characters. */
bool value_argument(struct diags *diags, const struct tree_node *node, const char **text);

bool value_boolean(struct diags *diags, const struct tree_node *node, bool *value);

/* Decimal or 0x, from min to max. alternative continues the remedy (", or off"). */
bool value_number(struct diags *diags, const struct tree_node *node, uint64_t min, uint64_t max,
		  const char *alternative, uint64_t *number);

/* A duration that is not zero. */
bool value_duration(struct diags *diags, const struct tree_node *node, const char *alternative,
		    msec_t *duration);

/* The index in words, which end with NULL. */
bool value_choice(struct diags *diags, const struct tree_node *node, const char *const *words,
		  unsigned *index);

/* "a, b and c" */
const char *words_listed(struct arena *arena, const char *const *words, const char *last);
