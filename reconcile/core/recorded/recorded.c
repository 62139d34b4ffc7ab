/* SPDX-License-Identifier: MIT */
#include "recorded.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const role_words[] = {
	[SLOT_ACTIVE] = "carrier",
	[SLOT_STANDBY] = "standby",
	[SLOT_CANDIDATE] = "scout",
};

static const char *const state_words[] = {
	[SLOT_TRYING] = "trying",
	[SLOT_ESTABLISHED] = "established",
};

static const char *const reason_words[] = {
	[LEFT_NO_HANDSHAKE] = "no_handshake",
	[LEFT_HANDSHAKE_OLD] = "handshake_old",
	[LEFT_SILENT] = "silent",
	[LEFT_PROBE_FAILED] = "probe_failed",
	[LEFT_NAME_UNRESOLVED] = "name_unresolved",
	[LEFT_NO_ROUTE] = "no_route",
	[LEFT_FOR_BETTER] = "for_better",
	[LEFT_NOT_DESIRED] = "not_desired",
	[LEFT_REFUSED] = "refused",
};

static const char *const reason_texts[] = {
	[LEFT_NO_HANDSHAKE] = "no handshake",	      [LEFT_HANDSHAKE_OLD] = "handshake too old",
	[LEFT_SILENT] = "nothing received",	      [LEFT_PROBE_FAILED] = "probe failed",
	[LEFT_NAME_UNRESOLVED] = "name not resolved", [LEFT_NO_ROUTE] = "no route to its address",
	[LEFT_FOR_BETTER] = "a better one is there",  [LEFT_NOT_DESIRED] = "no longer desired",
	[LEFT_REFUSED] = "refused by WireGuard",
};

const char *left_reason_text(enum left_reason reason)
{
	return (size_t)reason < COUNT(reason_texts) ? reason_texts[reason] : NULL;
}

const char *left_reason_word(enum left_reason reason)
{
	return (size_t)reason < COUNT(reason_words) ? reason_words[reason] : NULL;
}

const char *slot_role_word(enum slot_role role)
{
	return (size_t)role < COUNT(role_words) ? role_words[role] : NULL;
}

const char *slot_state_word(enum slot_state state)
{
	return (size_t)state < COUNT(state_words) ? state_words[state] : NULL;
}

void recorded_init(struct recorded *recorded, struct arena *arena)
{
	memset(recorded, 0, sizeof(*recorded));
	recorded->arena = arena;
}

struct recorded_selector *recorded_selector_find(const struct recorded *recorded, const char *name)
{
	size_t place = vec_place(&recorded->selectors, &name, text_order);

	if (place == recorded->selectors.n || strcmp(recorded->selectors.at[place].name, name) != 0)
		return NULL;
	return &recorded->selectors.at[place];
}

struct recorded_interface *recorded_interface_find(const struct recorded *recorded,
						   const char *name)
{
	size_t place = vec_place(&recorded->interfaces, &name, text_order);

	if (place == recorded->interfaces.n ||
	    strcmp(recorded->interfaces.at[place].name, name) != 0)
		return NULL;
	return &recorded->interfaces.at[place];
}

struct recorded_selector *recorded_selector_get(struct recorded *recorded, const char *name)
{
	struct recorded_selector *selector = recorded_selector_find(recorded, name);

	if (selector)
		return selector;
	selector = vec_push(recorded->arena, &recorded->selectors);
	for (; selector > recorded->selectors.at && strcmp(selector[-1].name, name) > 0; selector--)
		selector[0] = selector[-1];
	*selector = (struct recorded_selector){ .name = arena_strdup(recorded->arena, name) };
	return selector;
}

struct recorded_interface *recorded_interface_get(struct recorded *recorded, const char *name)
{
	struct recorded_interface *interface = recorded_interface_find(recorded, name);

	if (interface)
		return interface;
	interface = vec_push(recorded->arena, &recorded->interfaces);
	for (; interface > recorded->interfaces.at && strcmp(interface[-1].name, name) > 0;
	     interface--)
		interface[0] = interface[-1];
	*interface = (struct recorded_interface){ .name = arena_strdup(recorded->arena, name) };
	return interface;
}

/* Gives the copied vector memory of its own. */
#define vec_own(arena, vec)                                                                        \
	((vec)->at = memory_copy((arena), (vec)->at, (vec)->n * sizeof(*(vec)->at)),               \
	 (vec)->capacity = (vec)->n)

static void *memory_copy(struct arena *arena, const void *from, size_t size)
{
	void *copy;

	if (!size)
		return NULL;
	copy = arena_alloc(arena, size);
	memcpy(copy, from, size);
	return copy;
}

static void selector_own(struct recorded_selector *selector, struct arena *arena)
{
	selector->name = arena_strdup(arena, selector->name);
	vec_own(arena, &selector->slots);
	vec_each (slot, &selector->slots)
		slot->peer = arena_strdup(arena, slot->peer);
	vec_own(arena, &selector->tried);
	vec_each (peer, &selector->tried)
		*peer = arena_strdup(arena, *peer);
	vec_own(arena, &selector->left);
	vec_each (left, &selector->left)
		left->peer = arena_strdup(arena, left->peer);
	vec_own(arena, &selector->rotations);
	vec_each (rotation, &selector->rotations) {
		rotation->peer = arena_strdup(arena, rotation->peer);
		rotation->endpoint = arena_strdup(arena, rotation->endpoint);
		vec_own(arena, &rotation->untried);
	}
}

static void interface_own(struct recorded_interface *interface, struct arena *arena)
{
	interface->name = arena_strdup(arena, interface->name);
	vec_own(arena, &interface->endpoints);
	vec_each (endpoint, &interface->endpoints)
		endpoint->endpoint = arena_strdup(arena, endpoint->endpoint);
	vec_own(arena, &interface->peers);
	vec_own(arena, &interface->addresses);
}

void recorded_interface_copy(struct recorded *to, const struct recorded_interface *from)
{
	struct recorded_interface *copy = recorded_interface_get(to, from->name);

	*copy = *from;
	interface_own(copy, to->arena);
}

void recorded_copy(struct recorded *to, const struct recorded *from, struct arena *arena)
{
	*to = *from;
	to->arena = arena;
	vec_own(arena, &to->selectors);
	vec_each (selector, &to->selectors)
		selector_own(selector, arena);
	vec_own(arena, &to->interfaces);
	vec_each (interface, &to->interfaces)
		interface_own(interface, arena);
}
