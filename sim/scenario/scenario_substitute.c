/* SPDX-License-Identifier: MIT */
#include "scenario_substitute.h"

#include "base/buffer.h"
#include "base/yaml/yaml_value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* ${ within each other. Two are useful. */
#define NESTED_MAX 8
/* Digits of a number in a sum: no overflow anywhere. */
#define DIGITS_MAX 15
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define DIGITS "0123456789"

/* Longest part of a text quoted in an error. */
#define SHOWN_MAX 60

struct substitution {
	const struct scope *scope;
	const struct tree_node *node; /* for errors */
	bool in_key;
	const char *at; /* unread rest */
	unsigned depth;
	bool plain; /* the last substituted value */
};

static bool copy(struct substitution *substitution, struct buffer *output);

static bool fail(const struct substitution *substitution, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(const struct substitution *substitution, const char *format, ...)
{
	struct diags *diags = substitution->scope->diags;
	const char *message;
	va_list args;

	va_start(args, format);
	message = arena_vprintf(diags->arena, format, args);
	va_end(args);
	if (substitution->in_key)
		tree_key_error(diags, substitution->node, "%s", message);
	else
		tree_error(diags, substitution->node, "%s", message);
	return false;
}

static const char *shown(const struct substitution *substitution, const char *text)
{
	struct tree_node node = { .text = text };

	return tree_shown(substitution->scope->diags->arena, &node);
}

static bool put(struct substitution *substitution, struct buffer *output, const char *text,
		size_t n)
{
	if (n > *substitution->scope->left)
		return fail(substitution,
			    "becomes too long: all that variables are put into may be %u MiB",
			    SUBSTITUTED_MAX >> 20);
	*substitution->scope->left -= n;
	buffer_add_bytes(output, text, n);
	return true;
}

/*
 * The value of a name.
 */

static const struct variable *variable_find(const struct scope *scope, const char *name, size_t n)
{
	for (size_t i = 0; i < scope->variables_n; i++) {
		const struct variable *variable = &scope->variables[i];

		if (!strncmp(variable->name, name, n) && !variable->name[n])
			return variable;
	}
	return NULL;
}

const char *const *variable_names(struct arena *arena, const struct variable *variables, size_t n)
{
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = variables[i].name;
	return names;
}

static bool unknown(const struct substitution *substitution, const char *name)
{
	const struct scope *scope = substitution->scope;
	struct arena *arena = scope->diags->arena;
	const char *const *names = variable_names(arena, scope->variables, scope->variables_n);
	const char *near = nearest_word(name, names);

	if (!strcmp(name, "n"))
		return fail(substitution,
			    "${n} is a number only inside of what is repeated: NAME[1..3] or "
			    "for[1..3]");
	if (near)
		return fail(substitution, "there is no variable %s: did you mean %s?",
			    shown(substitution, name), near);
	if (!*names)
		return fail(substitution,
			    "there is no variable %s: declare it in variables, or write $${ for ${",
			    shown(substitution, name));
	return fail(substitution, "there is no variable %s: known here: %s",
		    shown(substitution, name), words_listed(arena, names, " and "));
}

static bool is_number(const char *text)
{
	size_t digits = strspn(text + (*text == '-'), DIGITS);

	return digits && digits <= DIGITS_MAX && !text[(*text == '-') + digits];
}

/* What follows a name: [+-]digits, any number of them. */
static bool sum_add(const char *terms, int64_t *sum)
{
	while (*terms) {
		size_t digits = strspn(terms + 1, DIGITS);

		if (!strchr("+-", *terms) || !digits || digits > DIGITS_MAX)
			return false;
		*sum += strtoll(terms, NULL, 10);
		terms += 1 + digits;
		if (llabs(*sum) > INT64_MAX / 2)
			return false;
	}
	return true;
}

static bool put_sum(struct substitution *substitution, struct buffer *output, const char *name,
		    const char *value, const char *terms)
{
	int64_t sum;
	const char *text;

	if (!is_number(value))
		return fail(substitution,
			    "${%.60s}: there is no sum with %s, which is not a number", name,
			    shown(substitution, value));
	sum = strtoll(value, NULL, 10);
	if (!sum_add(terms, &sum))
		return fail(substitution,
			    "${%.60s} is not a sum: write a name and whole numbers, such as ${n+1}",
			    name);
	text = arena_printf(output->arena, "%" PRId64, sum);
	substitution->plain = true;
	return put(substitution, output, text, strlen(text));
}

/* Of a variable, the seed or the number; NULL for other names. */
static const char *value_find(struct substitution *substitution, const char *name, size_t n)
{
	const struct scope *scope = substitution->scope;
	struct arena *arena = scope->diags->arena;
	const struct variable *variable;

	substitution->plain = true;
	if (n == 1 && *name == 'n' && scope->number)
		return arena_printf(arena, "%" PRId64, *scope->number);
	if (n == strlen("seed") && !strncmp(name, "seed", n))
		return arena_printf(arena, "%" PRIu64, scope->seed);
	variable = variable_find(scope, name, n);
	if (!variable)
		return NULL;
	substitution->plain = !variable->quoted;
	return variable->value;
}

static bool put_key(struct substitution *substitution, struct buffer *output, const char *name)
{
	const struct scope *scope = substitution->scope;
	const char *text;

	if (!scope->key)
		return fail(substitution, "${%.60s}: keys are not known here, only in the network",
			    name);
	text = scope->key(scope->context, name, substitution->node);
	substitution->plain = true;
	return text && put(substitution, output, text, strlen(text));
}

static bool put_named(struct substitution *substitution, struct buffer *output, const char *name)
{
	size_t n = strspn(name, NAME_CHARACTERS);
	const char *value;

	if (!*name)
		return fail(substitution, "${} has no name in it: write $${ for ${");
	if (strchr(name, '.'))
		return put_key(substitution, output, name);
	value = value_find(substitution, name, n);
	if (!value)
		return unknown(substitution, sum_add(name + n, &(int64_t){ 0 })
						     ? arena_strndup(output->arena, name, n)
						     : name);
	if (name[n])
		return put_sum(substitution, output, name, value, name + n);
	return put(substitution, output, value, strlen(value));
}

/*
 * The text around them
 */

static const char *shortened(const struct substitution *substitution, const char *text)
{
	size_t n = strnlen(text, SHOWN_MAX);

	while (n && n == SHOWN_MAX && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return arena_strndup(substitution->scope->diags->arena, text, n);
}

/* After "${". */
static bool put_reference(struct substitution *substitution, struct buffer *output)
{
	struct buffer name = buffer_new(output->arena);
	const char *begin = substitution->at - 2;

	if (substitution->depth == NESTED_MAX)
		return fail(substitution, "more than %u ${ within each other", NESTED_MAX);
	substitution->depth++;
	if (!copy(substitution, &name))
		return false;
	substitution->depth--;
	if (*substitution->at != '}')
		return fail(substitution, "\"%s\" has no } at its end: write $${ for ${",
			    shortened(substitution, begin));
	substitution->at++;
	return put_named(substitution, output, name.text);
}

/* Up to the end, or within ${ up to the }. */
static bool copy(struct substitution *substitution, struct buffer *output)
{
	while (*substitution->at && !(substitution->depth && *substitution->at == '}')) {
		const char *at = substitution->at;
		size_t n = strcspn(at, "$}");

		if (at[0] == '$' && at[1] == '{') {
			substitution->at += 2;
			if (!put_reference(substitution, output))
				return false;
			continue;
		}
		/* "$$" is one; any other $ or } is itself. */
		substitution->at += at[0] == '$' && at[1] == '$' ? 2 : n ? n : 1;
		if (!put(substitution, output, at, n ? n : 1))
			return false;
	}
	return true;
}

/* Whether the text, with valid ${ }, is a single one and nothing else. */
static bool is_one_reference(const char *text)
{
	unsigned depth = 0;

	if (text[0] != '$' || text[1] != '{')
		return false;
	for (const char *at = text; *at; at++) {
		if (at[0] == '$' && at[1] == '{')
			depth++;
		else if (*at == '}' && --depth == 0)
			return !at[1];
	}
	return false;
}

/* Text that YAML would read differently or reject without quotes. */
static bool needs_quotes(struct arena *arena, const char *text)
{
	size_t n = strlen(text);

	if (text_printable(arena, text) != text)
		return true;
	return n && (strchr("-?:,[]{}#&*!|>'\"%@` \t", text[0]) || strchr(": \t", text[n - 1]) ||
		     strstr(text, ": ") || strstr(text, " #") || strstr(text, ":\t") ||
		     strstr(text, "\t#") || !strncmp(text, "...", 3));
}

static bool is_negative(const char *text)
{
	return *text == '-' && is_number(text);
}

const char *substitute_value(const struct scope *scope, const struct tree_node *node, bool *plain)
{
	struct substitution substitution = { scope, node, false, node->text, 0, false };
	struct buffer output = buffer_new(scope->diags->arena);

	*plain = node->plain;
	if (!strchr(node->text, '$'))
		return node->text;
	if (!copy(&substitution, &output))
		return NULL;
	if (is_one_reference(node->text))
		*plain = substitution.plain;
	if (*plain && needs_quotes(scope->diags->arena, output.text) && !is_negative(output.text))
		*plain = false;
	return output.text;
}

const char *substitute_key(const struct scope *scope, const struct tree_node *node)
{
	struct substitution substitution = { scope, node, true, node->key, 0, false };
	struct buffer output = buffer_new(scope->diags->arena);

	if (!strchr(node->key, '$'))
		return node->key;
	if (!copy(&substitution, &output))
		return NULL;
	return output.text;
}

const char *substitution_escaped(struct arena *arena, const char *text)
{
	char *escaped, *to;

	if (!strchr(text, '$'))
		return text;
	escaped = to = arena_alloc(arena, strlen(text) * 2 + 1);
	for (; *text; text++) {
		if (text[0] == '$' && (text[1] == '$' || text[1] == '{'))
			*to++ = '$';
		*to++ = *text;
	}
	return escaped;
}

bool variable_name_check(struct diags *diags, const struct tree_node *node)
{
	const char *name = node->key;

	if (!strcmp(name, "n") || !strcmp(name, "seed")) {
		tree_key_error(diags, node, "has a meaning of its own: give another name");
		return false;
	}
	if (*name && !strchr(DIGITS, *name) && !name[strspn(name, NAME_CHARACTERS)])
		return true;
	tree_key_error(diags, node,
		       "is no name of a variable: use letters, digits and _, no digit in front");
	return false;
}

bool text_is_utf8(const char *text, size_t length)
{
	json_t *string = json_stringn(text, length);

	json_decref(string);
	return string != NULL;
}
