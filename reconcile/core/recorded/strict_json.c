/* SPDX-License-Identifier: MIT */
#include "strict_json.h"

#include "base/memory.h"

#include <stdlib.h>

/* Our own texts nest six deep. */
#define DEPTH_MAX 16
/* jansson takes up to 300 bytes for each list or object and 50 for each value: a
 * hostile text within STRICT_JSON_SIZE_MAX must not cost gigabytes. */
#define CONTAINERS_MAX (1u << 20)
#define VALUES_MAX (8u << 20)
#define TIME_MAX_MS (HANDSHAKE_SEC_MAX * MSEC_PER_SEC)

bool fail(struct decoder *decoder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	decoder->reason = text_printable(decoder->arena,
					 arena_vprintf(decoder->arena, format, args));
	va_end(args);
	return false;
}

bool integer_take(struct decoder *decoder, json_int_t number, int64_t min, int64_t max,
		  const char *what)
{
	if (number < min || number > max)
		return fail(decoder, "%s is out of range", what);
	return true;
}

bool time_take(struct decoder *decoder, json_int_t number, const char *what, msec_t *time)
{
	*time = number;
	return integer_take(decoder, number, -TIME_MAX_MS, TIME_MAX_MS, what);
}

bool u32_take(struct decoder *decoder, json_int_t number, const char *what, uint32_t *to)
{
	*to = (uint32_t)number;
	return integer_take(decoder, number, 0, UINT32_MAX, what);
}

bool handshake_take(struct decoder *decoder, json_int_t sec, json_int_t nsec,
		    struct handshake *handshake)
{
	handshake->sec = sec;
	handshake->nsec = (int32_t)nsec;
	return integer_take(decoder, sec, 0, HANDSHAKE_SEC_MAX, "handshake") &&
	       integer_take(decoder, nsec, 0, 999999999, "handshake");
}

bool name_take(struct decoder *decoder, const char *text, const char *what, const char **to)
{
	size_t length = strlen(text);

	if (length == 0 || length > STRICT_JSON_NAME_MAX)
		return fail(decoder, "%s is empty or too long", what);
	*to = arena_strndup(decoder->arena, text, length);
	return true;
}

bool interface_name_take(struct decoder *decoder, const char *text, const char *what,
			 const char **to)
{
	if (!interface_name_valid(text))
		return fail(decoder, "'%.20s' is no name of an interface", text);
	return name_take(decoder, text, what, to);
}

bool boot_id_take(struct decoder *decoder, const char *text, char boot_id[37])
{
	size_t length = strlen(text);

	if (length > 36 || strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz-") != length)
		return fail(decoder, "boot_id is none");
	memcpy(boot_id, text, length + 1);
	return true;
}

bool word_take(struct decoder *decoder, const char *word, const char *(*word_at)(unsigned index),
	       unsigned *index)
{
	for (*index = 0; word_at(*index); (*index)++) {
		if (!strcmp(word, word_at(*index)))
			return true;
	}
	return fail(decoder, "unknown word '%.40s'", word);
}

bool key_take(struct decoder *decoder, const char *text, struct wg_key *key)
{
	return key_parse(text, key) || fail(decoder, "'%.44s' is no key", text);
}

bool prefix_take(struct decoder *decoder, const char *text, struct prefix *prefix)
{
	char again[PREFIX_TEXT_MAX];

	if (prefix_parse(text, prefix) && !strcmp(prefix_text(prefix, again), text))
		return true;
	return fail(decoder, "'%.49s' is no prefix as written here", text);
}

/* Reads endpoint_text()'s form, which endpoint_parse() does not accept with a scope. */
bool endpoint_take(struct decoder *decoder, const char *text, struct endpoint *endpoint)
{
	char host[ENDPOINT_TEXT_MAX];
	char again[ENDPOINT_TEXT_MAX];
	char *zone;

	memset(endpoint, 0, sizeof(*endpoint));
	if (!endpoint_split(text, host, sizeof(host), &endpoint->port))
		return fail(decoder, "'%.67s' is no endpoint", text);
	zone = strchr(host, '%');
	if (zone) {
		*zone = '\0';
		endpoint->scope = (uint32_t)strtoul(zone + 1, NULL, 10);
	}
	/* The comparison rejects spellings that strtoul() accepts. */
	if (!ip_parse(host, &endpoint->ip) || strcmp(endpoint_text(endpoint, again), text) != 0)
		return fail(decoder, "'%.67s' is no endpoint as written here", text);
	return true;
}

bool list_take(struct decoder *decoder, json_t *list, const char *what, void *to,
	       bool (*take)(struct decoder *decoder, json_t *item, void *to))
{
	if (!list)
		return true;
	if (!json_is_array(list))
		return fail(decoder, "%s is no list", what);
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!take(decoder, json_array_get(list, i), to))
			return fail(decoder, "%s[%zu]: %s", what, i, decoder->reason);
	}
	return true;
}

/* The items are not moved. */
bool has_equals(struct arena *arena, const void *items, size_t n, size_t size,
		int (*compare)(const void *, const void *))
{
	char *sorted;

	if (n < 2)
		return false;
	sorted = arena_alloc(arena, n * size);
	memcpy(sorted, items, n * size);
	qsort(sorted, n, size, compare);
	for (size_t i = 1; i < n; i++) {
		if (!compare(sorted + (i - 1) * size, sorted + i * size))
			return true;
	}
	return false;
}

bool is_ascending(const void *items, size_t n, size_t size,
		  int (*compare)(const void *, const void *))
{
	const char *at = items;

	for (size_t i = 1; i < n; i++) {
		if (compare(at + (i - 1) * size, at + i * size) >= 0)
			return false;
	}
	return true;
}

/* The size of a text's content, determined before jansson builds it. */
struct extent {
	unsigned depth;
	size_t containers;
	size_t values;
};

static bool extent_add(struct extent *extent, char character)
{
	switch (character) {
	case '[':
	case '{':
		return ++extent->depth <= DEPTH_MAX && ++extent->containers <= CONTAINERS_MAX;
	case ']':
	case '}':
		if (extent->depth)
			extent->depth--;
		return true;
	case ',':
		return ++extent->values <= VALUES_MAX;
	default:
		return true;
	}
}

static bool extent_bounded(const char *text, size_t length)
{
	struct extent extent = { 0 };
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string && !extent_add(&extent, text[i]))
			return false;
	}
	return true;
}

static bool version_take(struct decoder *decoder, const json_t *json, int newest)
{
	const json_t *version = json_object_get(json, "version");
	json_int_t number = json_integer_value(version);

	if (!json_is_integer(version) || number < 1)
		return fail(decoder, "not a state of this program: it has no version");
	if (number > newest)
		return fail(decoder,
			    "version %" JSON_INTEGER_FORMAT " is newer than this program's %d",
			    number, newest);
	return true;
}

json_t *strict_json_read(struct decoder *decoder, const char *text, size_t length, int version)
{
	json_error_t error;
	json_t *json;

	if (length > STRICT_JSON_SIZE_MAX || !extent_bounded(text, length)) {
		fail(decoder, "too large, or nested too deeply");
		return NULL;
	}
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		fail(decoder, "line %d, column %d: %s", error.line, error.column, error.text);
		return NULL;
	}
	if (version_take(decoder, json, version))
		return json;
	json_decref(json);
	return NULL;
}

char *strict_json_text(json_t *json, struct arena *arena)
{
	char *dumped = json_dumps(json_made(json), JSON_COMPACT | JSON_SORT_KEYS);
	char *text;

	json_decref(json);
	if (!dumped)
		memory_out();
	text = arena_printf(arena, "%s\n", dumped);
	free(dumped);
	return text;
}

json_t *nonzero_encode(int64_t number)
{
	return number ? json_made(json_integer(number)) : NULL;
}

json_t *handshake_encode(struct handshake handshake)
{
	if (handshake_is_none(handshake))
		return NULL;
	return json_made(json_pack("[I,I]", (json_int_t)handshake.sec, (json_int_t)handshake.nsec));
}

void list_add(json_t **list, json_t *item)
{
	if (!*list)
		*list = json_made(json_array());
	json_add(*list, item);
}
