/* SPDX-License-Identifier: MIT */
#include "json.h"

#include "memory.h"

#include <stdlib.h>

/* All significant digits of milliseconds in a double. */
#define DIGITS JSON_REAL_PRECISION(15)

json_t *json_made(json_t *value)
{
	if (value)
		return value;
	memory_out();
}

json_t *json_text(const char *text, struct arena *scratch)
{
	json_t *value = text ? json_string(text) : json_null();

	/* Also NULL for text that is not UTF-8. */
	return value ? value : json_made(json_string(text_printable(scratch, text)));
}

json_t *json_seconds(msec_t duration)
{
	if (duration == AGE_NONE)
		return json_null();
	if (duration % MSEC_PER_SEC == 0)
		return json_made(json_integer(duration / MSEC_PER_SEC));
	return json_made(json_real((double)duration / MSEC_PER_SEC));
}

json_t *json_key(const struct wg_key *key)
{
	char text[KEY_TEXT_MAX];

	return json_made(json_string(key_text(key, text)));
}

json_t *json_prefix(const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	return json_made(json_string(prefix_text(prefix, text)));
}

json_t *json_endpoint(const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT_MAX];

	return json_made(json_string(endpoint_text(endpoint, text)));
}

json_t *json_texts(const char *const *texts, size_t n, struct arena *scratch)
{
	json_t *array = json_made(json_array());

	for (size_t i = 0; i < n; i++)
		json_add(array, json_text(texts[i], scratch));
	return array;
}

void json_put(json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value))
		json_made(NULL);
}

void json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		json_made(NULL);
}

void json_put_text(json_t *object, const char *name, const char *text, struct arena *scratch)
{
	if (text)
		json_put(object, name, json_text(text, scratch));
}

const char *json_member_text(const json_t *object, const char *name, struct arena *arena)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? arena_strdup(arena, text) : NULL;
}

void json_print(FILE *out, json_t *value)
{
	/* A failure to write is found when the file is closed. */
	json_dumpf(json_made(value), out, JSON_ENCODE_ANY | DIGITS);
	json_decref(value);
}

void json_print_open(FILE *out, json_t *object)
{
	fputc('{', out);
	json_dumpf(json_made(object), out, JSON_EMBED | DIGITS);
	json_decref(object);
}

void json_print_prefixes(FILE *out, const char *name, const struct prefix *prefixes, size_t n)
{
	fprintf(out, ", \"%s\": [", name);
	for (size_t i = 0; i < n; i++) {
		if (i)
			fputs(", ", out);
		json_print(out, json_prefix(&prefixes[i]));
	}
	fputc(']', out);
}
