/* SPDX-License-Identifier: MIT */
/*
 * scenario_substitute: ${NAME} in texts of a scenario, innermost first:
 *
 *	${loss}			a variable
 *	${n}			the number of the copy, inside of what is repeated
 *	${n+10}, ${loss-1}	a sum
 *	${seed}			the case's
 *	${gw${n}.wg0.public_key}	a WireGuard interface's key
 *	$${			no variable, but ${
 */
#pragma once

#include "scenario_read.h"

/* Maximum length of the texts made for one scenario. */
#define SUBSTITUTED_MAX SCENARIO_SIZE_MAX

struct scope {
	struct diags *diags;
	const struct variable *variables;
	size_t variables_n;
	uint64_t seed;
	const int64_t *number; /* of the copy; NULL: this is not repeated */
	size_t *left; /* bytes left to the maximum */
	/* The text of a key; NULL after a reported error. NULL: no keys here. */
	const char *(*key)(void *context, const char *reference, const struct tree_node *at);
	void *context;
};

/* Of a scalar; plain: whether the result is unquoted. NULL after an error. */
const char *substitute_value(const struct scope *scope, const struct tree_node *node, bool *plain);

/* Of the key of a node. */
const char *substitute_key(const struct scope *scope, const struct tree_node *node);

/* The text that is read back as this one. */
const char *substitution_escaped(struct arena *arena, const char *text);

/* Letters, digits and _, not starting with a digit; not n or seed, which are reserved. */
bool variable_name_check(struct diags *diags, const struct tree_node *node);

/* NULL-terminated, for nearest_word(). */
const char *const *variable_names(struct arena *arena, const struct variable *variables, size_t n);

/* Whether it is representable in YAML. */
bool text_is_utf8(const char *text, size_t length);
