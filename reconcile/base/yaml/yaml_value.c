/* SPDX-License-Identifier: MIT */
#include "yaml_value.h"

#include <inttypes.h>

/* Shorter parts of a key are in too many keys by chance. */
#define PART_MIN 4

const char *words_listed(struct arena *arena, const char *const *words, const char *last)
{
	const char *list = "";

	for (size_t i = 0; words[i]; i++) {
		const char *separator = i == 0 ? "" : words[i + 1] ? ", " : last;

		list = arena_printf(arena, "%s%s%s", list, separator, words[i]);
	}
	return list;
}

static const char *const *field_names(struct arena *arena, const struct field *fields)
{
	size_t n = 0;
	const char **names;

	while (fields[n].name)
		n++;
	names = arena_alloc(arena, (n + 1) * sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = fields[i].name;
	return names;
}

/* "private_key" and "keepalive" differ more than by a misspelling. */
static const char *containing(const char *word, const char *const *names)
{
	if (strlen(word) < PART_MIN)
		return NULL;
	for (; *names; names++) {
		if (strcasestr(*names, word))
			return *names;
	}
	return NULL;
}

void value_unknown_key(struct diags *diags, const struct tree_node *value, const char *const *names)
{
	const char *near = nearest_word(value->key, names);

	if (!near)
		near = containing(value->key, names);
	if (near)
		tree_key_error(diags, value, "unknown key: did you mean %s?", near);
	else
		tree_key_error(diags, value, "unknown key: known here: %s",
			       words_listed(diags->arena, names, ", "));
}

static const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++) {
		if (!strcmp(fields->name, name))
			return fields;
	}
	return NULL;
}

void value_fields(struct diags *diags, const struct tree_node *node, const struct field *fields,
		  void *object)
{
	for (const struct tree_node *value = node->first; value; value = value->next) {
		const struct field *field = field_find(fields, value->key);

		if (field)
			field->read(diags, value, object);
		else
			value_unknown_key(diags, value, field_names(diags->arena, fields));
	}
}

bool value_mapping(struct diags *diags, const struct tree_node *node)
{
	if (node->kind == TREE_MAPPING || tree_is_empty(node))
		return true;
	tree_error(diags, node, "is %s: give a mapping (key: value)",
		   tree_shown(diags->arena, node));
	return false;
}

bool value_list(struct diags *diags, const struct tree_node *node)
{
	if (node->kind == TREE_LIST || tree_is_empty(node))
		return true;
	if (node->kind == TREE_SCALAR)
		tree_error(diags, node, "is not a list: write [%s]",
			   tree_shown(diags->arena, node));
	else
		tree_error(diags, node, "is a mapping: give a list, such as [a, b]");
	return false;
}

static const char *key_or_item(const struct tree_node *node)
{
	return node->key ? "key" : "item";
}

bool value_scalar(struct diags *diags, const struct tree_node *node)
{
	if (tree_is_empty(node)) {
		tree_error(diags, node, "has no value: give one, or leave the %s out",
			   key_or_item(node));
		return false;
	}
	if (node->kind == TREE_SCALAR)
		return true;
	/* "fe80::" at the end of a line is a key in YAML. */
	if (node->kind == TREE_MAPPING && node->n == 1 && strchr(node->first->key, ':'))
		tree_error(diags, node,
			   "is a mapping: put the value in quotes if it ends in a "
			   "colon");
	else
		tree_error(diags, node, "is %s: give a single value",
			   tree_shown(diags->arena, node));
	return false;
}

static bool is_boolean(const struct tree_node *node)
{
	return node->plain && (tree_is_word(node, "true") || tree_is_word(node, "false"));
}

static bool all_in(const char *text, const char *characters)
{
	return *text && !text[strspn(text, characters)];
}

/* By syntax only, so an out-of-range number is still a number. */
static bool is_number(const struct tree_node *node)
{
	const char *digits = node->text;

	if (!node->plain || node->kind != TREE_SCALAR)
		return false;
	if (!strncmp(digits, "0x", 2))
		return all_in(digits + 2, "0123456789abcdefABCDEF");
	if (*digits == '-')
		digits++;
	/* 010 is eight in YAML 1.1 and ten in YAML 1.2. */
	return all_in(digits, "0123456789") && (digits[0] != '0' || !digits[1]);
}

bool value_argument(struct diags *diags, const struct tree_node *node, const char **text)
{
	if (!value_scalar(diags, node))
		return false;
	if (!*node->text) {
		tree_error(diags, node, "is an empty text: give one, or leave the %s out",
			   key_or_item(node));
		return false;
	}
	if (text_printable(diags->arena, node->text) != node->text) {
		tree_error(diags, node, "%s holds a control character: take it out",
			   tree_shown(diags->arena, node));
		return false;
	}
	*text = node->text;
	return true;
}

bool value_text(struct diags *diags, const struct tree_node *node, const char **text)
{
	if (is_number(node) || is_boolean(node)) {
		tree_error(diags, node, "%s is a %s: if the text is meant, put it in quotes",
			   node->text, is_boolean(node) ? "boolean" : "number");
		return false;
	}
	return value_argument(diags, node, text);
}

static const char *boolean_meant(const char *text)
{
	static const char *const yes[] = { "true", "yes", "on", "y", "1" };
	static const char *const no[] = { "false", "no", "off", "n", "0" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcasecmp(text, yes[i]))
			return "true";
		if (!strcasecmp(text, no[i]))
			return "false";
	}
	return NULL;
}

bool value_boolean(struct diags *diags, const struct tree_node *node, bool *value)
{
	const char *meant;

	if (!value_scalar(diags, node))
		return false;
	if (is_boolean(node)) {
		*value = tree_is_word(node, "true");
		return true;
	}
	meant = boolean_meant(node->text);
	if (meant)
		tree_error(diags, node, "%s is not a boolean here: write %s, without quotes",
			   tree_shown(diags->arena, node), meant);
	else
		tree_error(diags, node, "%s is not a boolean: give true or false",
			   tree_shown(diags->arena, node));
	return false;
}

/* For a text accepted by is_number(). false if it is negative or does not fit. */
static bool number_parse(const char *text, uint64_t *number)
{
	uint64_t base = strncmp(text, "0x", 2) ? 10 : 16;
	uint64_t value = 0;

	if (*text == '-')
		return false;
	for (text += base == 16 ? 2 : 0; *text; text++) {
		uint64_t digit = *text <= '9' ? (uint64_t)(*text - '0')
					      : (uint64_t)((*text | 0x20) - 'a' + 10);

		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*number = value;
	return true;
}

static void not_a_number(struct diags *diags, const struct tree_node *node, const char *remedy)
{
	struct tree_node unquoted = *node;

	unquoted.plain = true;
	if (!node->plain && is_number(&unquoted))
		remedy = "write it without quotes";
	else if (all_in(node->text, "0123456789"))
		remedy = "write it without a zero in front";
	tree_error(diags, node, "%s is not a number: %s", tree_shown(diags->arena, node), remedy);
}

bool value_number(struct diags *diags, const struct tree_node *node, uint64_t min, uint64_t max,
		  const char *alternative, uint64_t *number)
{
	uint64_t value;
	const char *remedy;

	if (!value_scalar(diags, node))
		return false;
	if (is_number(node) && number_parse(node->text, &value) && value >= min && value <= max) {
		*number = value;
		return true;
	}
	remedy = arena_printf(diags->arena, "give a number from %" PRIu64 " to %" PRIu64 "%s", min,
			      max, alternative ? alternative : "");
	if (is_number(node))
		tree_error(diags, node, "%s is out of range: %s", tree_shown(diags->arena, node),
			   remedy);
	else
		not_a_number(diags, node, remedy);
	return false;
}

/* duration_parse() refuses more than a year. */
static bool is_too_long(const char *text)
{
	static const char *const units[] = { "d", "h", "m", "s", "ms" };
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
		size_t length = strcspn(text + digits, "0123456789");

		if (strlen(units[i]) != length || strncmp(text + digits, units[i], length) != 0)
			continue;
		text += digits + length;
		digits = strspn(text, "0123456789");
		if (!*text)
			return true;
	}
	return false;
}

static void not_a_duration(struct diags *diags, const struct tree_node *node, const char *more)
{
	const char *shown = tree_shown(diags->arena, node);

	if (is_too_long(node->text))
		tree_error(diags, node, "%s is too long: give at most 365d%s", shown, more);
	else
		tree_error(diags, node,
			   "%s is not a duration: give a number with a unit, such as 5s or "
			   "500ms%s",
			   shown, more);
}

bool value_duration(struct diags *diags, const struct tree_node *node, const char *alternative,
		    msec_t *duration)
{
	const char *more = alternative ? alternative : "";
	msec_t value;

	if (!value_scalar(diags, node))
		return false;
	if (!duration_parse(node->text, &value)) {
		not_a_duration(diags, node, more);
		return false;
	}
	if (value == 0) {
		tree_error(diags, node, "%s is too short: give more than zero%s",
			   tree_shown(diags->arena, node), more);
		return false;
	}
	*duration = value;
	return true;
}

bool value_choice(struct diags *diags, const struct tree_node *node, const char *const *words,
		  unsigned *index)
{
	const char *near;

	if (!value_scalar(diags, node))
		return false;
	for (unsigned i = 0; words[i]; i++) {
		if (tree_is_word(node, words[i])) {
			*index = i;
			return true;
		}
	}
	near = nearest_word(node->text, words);
	tree_error(diags, node, "%s is not known here: give %s%s%s%s",
		   tree_shown(diags->arena, node), words_listed(diags->arena, words, " or "),
		   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	return false;
}
