/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(RECORDED_SIZE_MAX == STRICT_JSON_SIZE_MAX &&
		       RECORDED_NAME_MAX == STRICT_JSON_NAME_MAX,
	       "strict_json has these limits");

static const struct recorded_section *const sections[] = {
	&recorded_section_interfaces,
	&recorded_section_selectors,
	&recorded_section_time_attempt,
	&recorded_section_time_done,
};

void recorded_init(struct recorded *recorded, struct arena *arena)
{
	memset(recorded, 0, sizeof(*recorded));
	recorded->arena = arena;
}

void *memory_copy(struct arena *arena, const void *from, size_t size)
{
	void *copy;

	if (!size)
		return NULL;
	copy = arena_alloc(arena, size);
	memcpy(copy, from, size);
	return copy;
}

void recorded_copy(struct recorded *to, const struct recorded *from, struct arena *arena)
{
	recorded_init(to, arena);
	memcpy(to->boot_id, from->boot_id, sizeof(to->boot_id));
	for (size_t i = 0; i < COUNT(sections); i++)
		sections[i]->copy(to, from);
	recorded_unknown_copy(to, from);
}

bool recorded_equal(const struct recorded *a, const struct recorded *b)
{
	if (strcmp(a->boot_id, b->boot_id) != 0)
		return false;
	for (size_t i = 0; i < COUNT(sections); i++)
		if (!sections[i]->equal(a, b))
			return false;
	return recorded_unknown_equal(a, b);
}

/* ---- Another boot ---- */

/* An unreadable boot id does not mean another boot, unless the times prove it. */
static bool is_of_this_boot(const struct recorded *recorded, const struct now *now)
{
	if (!now_in_boot(now, recorded->boot_id))
		return false;
	for (size_t i = 0; i < COUNT(sections); i++)
		if (sections[i]->latest && sections[i]->latest(recorded) > now->boot)
			return false;
	return true;
}

bool recorded_rebase(struct recorded *recorded, const struct now *now)
{
	bool same = is_of_this_boot(recorded, now);

	if (!same || now->boot_id[0])
		memcpy(recorded->boot_id, now->boot_id, sizeof(recorded->boot_id));
	if (same)
		return false;
	for (size_t i = 0; i < COUNT(sections); i++)
		sections[i]->rebase(recorded);
	return true;
}

/* ---- The text ---- */

static const struct recorded_section *section_find(const char *name)
{
	for (size_t i = 0; i < COUNT(sections); i++)
		if (!strcmp(sections[i]->name, name))
			return sections[i];
	return NULL;
}

static bool is_head(const char *key)
{
	return !strcmp(key, "version") || !strcmp(key, "boot_id");
}

static bool recorded_take(struct decoder *decoder, json_t *json, struct recorded *recorded)
{
	const struct recorded_section *section;
	const char *boot_id, *key;
	json_error_t error;
	json_t *value;

	if (json_unpack_ex(json, &error, 0, "{s:s}", "boot_id", &boot_id))
		return fail(decoder, "%s", error.text);
	if (!boot_id_take(decoder, boot_id, recorded->boot_id))
		return false;
	json_object_foreach(json, key, value)
	{
		if (is_head(key))
			continue;
		section = section_find(key);
		if (section ? !section->decode(decoder, value, recorded)
			    : !recorded_unknown_decode(decoder, key, value, recorded))
			return false;
	}
	return true;
}

const char *recorded_decode(const char *text, size_t length, struct recorded *recorded,
			    struct arena *arena)
{
	struct decoder decoder = { .arena = arena };
	json_t *json = strict_json_read(&decoder, text, length, RECORDED_VERSION);

	recorded_init(recorded, arena);
	if (json && !recorded_take(&decoder, json, recorded))
		recorded_init(recorded, arena);
	json_decref(json);
	return decoder.reason;
}

char *recorded_encode(const struct recorded *recorded, struct arena *arena)
{
	json_t *json = json_made(json_pack("{s:i, s:o}", "version", RECORDED_VERSION, "boot_id",
					   json_text(recorded->boot_id, arena)));

	for (size_t i = 0; i < COUNT(sections); i++) {
		json_t *value = sections[i]->encode(recorded, arena);

		if (value)
			json_put(json, sections[i]->name, value);
	}
	vec_each (unknown, &recorded->unknown)
		json_put(json, unknown->name, recorded_unknown_encode(unknown));
	return strict_json_text(json, arena);
}
