/* SPDX-License-Identifier: MIT */
/*
 * recorded_unknown: sections of later versions. Their values are kept as texts, compact
 * and with sorted keys, as every version writes them.
 */
#include "recorded_parts.h"

#include "base/memory.h"

/* Characters of section names. Anything else is damage. */
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define SECTION_NAME_MAX 64
/* More of them, or of their texts together, are refused. */
#define SECTIONS_MAX 64
#define VALUES_SIZE_MAX (RECORDED_SIZE_MAX / 4)

/* A key of every file of samples, and so never a section: the two files cannot be confused. */
#define SAMPLES_KEY "wall_offset"

#define TEXT_FLAGS (JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY)

_Static_assert(!offsetof(struct recorded_unknown, name), "text_order() looks there");

static bool is_name(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= SECTION_NAME_MAX &&
	       strspn(text, NAME_CHARACTERS) == length && strcmp(text, SAMPLES_KEY) != 0;
}

static size_t values_size(const struct recorded *recorded)
{
	size_t size = 0;

	vec_each (unknown, &recorded->unknown)
		size += strlen(unknown->value);
	return size;
}

/* NULL if it has more than max bytes. */
static const char *value_text(json_t *value, size_t max, struct arena *arena)
{
	size_t length = json_dumpb(value, NULL, 0, TEXT_FLAGS);
	char *text;

	if (length > max)
		return NULL;
	text = arena_alloc(arena, length + 1);
	/* An empty text is a failure: the shortest one is a digit. */
	if (!length || json_dumpb(value, text, length, TEXT_FLAGS) != length)
		memory_out();
	return text;
}

bool recorded_unknown_decode(struct decoder *decoder, const char *name, json_t *value,
			     struct recorded *recorded)
{
	const char *text;
	size_t place;

	if (!is_name(name))
		return fail(decoder, "'%.40s' cannot name a section", name);
	text = value_text(value, VALUES_SIZE_MAX - values_size(recorded), decoder->arena);
	if (!text || recorded->unknown.n >= SECTIONS_MAX)
		return fail(decoder, "sections of a later version are too many or too large");
	name = arena_strdup(decoder->arena, name);
	place = vec_place(&recorded->unknown, &name, text_order);
	*vec_insert(decoder->arena, &recorded->unknown, place) = (struct recorded_unknown){
		.name = name,
		.value = text,
	};
	return true;
}

json_t *recorded_unknown_encode(const struct recorded_unknown *unknown)
{
	return json_made(json_loads(unknown->value, JSON_DECODE_ANY, NULL));
}

void recorded_unknown_copy(struct recorded *to, const struct recorded *from)
{
	to->unknown = from->unknown;
	vec_own(to->arena, &to->unknown);
	vec_each (unknown, &to->unknown) {
		unknown->name = arena_strdup(to->arena, unknown->name);
		unknown->value = arena_strdup(to->arena, unknown->value);
	}
}

static bool unknown_equal(const struct recorded_unknown *a, const struct recorded_unknown *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0;
}

bool recorded_unknown_equal(const struct recorded *a, const struct recorded *b)
{
	return all_equal(a->unknown, b->unknown, unknown_equal);
}
