/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names come first in the structures that are compared by them. */
_Static_assert(!offsetof(struct recorded_slot, peer) && !offsetof(struct recorded_left, peer) &&
		       !offsetof(struct recorded_selector, name),
	       "text_order() looks there");

/* ---- Words ---- */

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

/* ---- A single selector ---- */

struct recorded_selector *recorded_selector_find(const struct recorded *recorded, const char *name)
{
	size_t place = vec_place(&recorded->selectors, &name, text_order);

	if (place == recorded->selectors.n || strcmp(recorded->selectors.at[place].name, name) != 0)
		return NULL;
	return &recorded->selectors.at[place];
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

/* ---- Decoding ---- */

static const char *role_word_at(unsigned index)
{
	return slot_role_word((enum slot_role)index);
}

static const char *state_word_at(unsigned index)
{
	return slot_state_word((enum slot_state)index);
}

static const char *reason_word_at(unsigned index)
{
	return left_reason_word((enum left_reason)index);
}

static bool slot_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_slot *slot = vec_push(decoder->arena,
					      &((struct recorded_selector *)selector)->slots);
	const char *peer, *role_word, *state_word, *endpoint = NULL;
	json_int_t since, sec = 0, nsec = 0, failures = 0;
	unsigned role, state;
	int refused = false;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT,
			   "{s:s, s:s, s:s, s:I, s?[I,I], s?s, s?I, s?b}", "peer", &peer, "role",
			   &role_word, "state", &state_word, "since", &since, "baseline", &sec,
			   &nsec, "endpoint", &endpoint, "probe_failures", &failures, "refused",
			   &refused))
		return fail(decoder, "%s", error.text);
	if (!word_take(decoder, role_word, role_word_at, &role) ||
	    !word_take(decoder, state_word, state_word_at, &state))
		return false;
	slot->role = (enum slot_role)role;
	slot->state = (enum slot_state)state;
	slot->has_endpoint = endpoint != NULL;
	slot->refused = refused;
	return name_take(decoder, peer, "peer", &slot->peer) &&
	       time_take(decoder, since, "since", &slot->since) &&
	       handshake_take(decoder, sec, nsec, &slot->baseline) &&
	       u32_take(decoder, failures, "probe_failures", &slot->probe_failures) &&
	       (!endpoint || endpoint_take(decoder, endpoint, &slot->endpoint));
}

static bool tried_take(struct decoder *decoder, json_t *json, void *selector)
{
	const char **peer = vec_push(decoder->arena,
				     &((struct recorded_selector *)selector)->tried);

	if (!json_is_string(json))
		return fail(decoder, "not a name");
	return name_take(decoder, json_string_value(json), "peer", peer);
}

static bool left_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_left *left = vec_push(decoder->arena,
					      &((struct recorded_selector *)selector)->left);
	const char *peer, *word;
	json_int_t at = 0, strikes = 0, active_at = 0, active = 0, candidate = 0;
	unsigned reason;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?I, s?I, s?I, s?I, s?I}", "peer",
			   &peer, "reason", &word, "at", &at, "strikes", &strikes,
			   "active_failures", &active, "active_failed_at", &active_at,
			   "candidate_failures", &candidate))
		return fail(decoder, "%s", error.text);
	if (!word_take(decoder, word, reason_word_at, &reason))
		return false;
	left->reason = (enum left_reason)reason;
	return name_take(decoder, peer, "peer", &left->peer) &&
	       time_take(decoder, at, "at", &left->at) &&
	       u32_take(decoder, strikes, "strikes", &left->strikes) &&
	       u32_take(decoder, active, "active_failures", &left->active_failures) &&
	       time_take(decoder, active_at, "active_failed_at", &left->active_failed_at) &&
	       u32_take(decoder, candidate, "candidate_failures", &left->candidate_failures);
}

static bool selector_take(struct decoder *decoder, json_t *json, void *recorded)
{
	struct recorded_selector *selector = vec_push(decoder->arena,
						      &((struct recorded *)recorded)->selectors);
	json_t *slots = NULL, *tried = NULL, *left = NULL, *rotations = NULL;
	const char *name;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s?o, s?o, s?o, s?o}", "name", &name,
			   "slots", &slots, "tried", &tried, "left", &left, "rotations",
			   &rotations))
		return fail(decoder, "%s", error.text);
	return name_take(decoder, name, "name", &selector->name) &&
	       list_take(decoder, slots, "slots", selector, slot_take) &&
	       list_take(decoder, tried, "tried", selector, tried_take) &&
	       list_take(decoder, left, "left", selector, left_take) &&
	       rotations_decode(decoder, rotations, selector) &&
	       unique(decoder, &selector->slots, text_order, "slots") &&
	       unique(decoder, &selector->tried, text_order, "tried") &&
	       unique(decoder, &selector->left, text_order, "left");
}

static bool selectors_decode(struct decoder *decoder, json_t *value, struct recorded *recorded)
{
	return list_take(decoder, value, "selectors", recorded, selector_take) &&
	       ascending(decoder, &recorded->selectors, text_order, "selectors");
}

/* ---- Encoding ---- */

static json_t *slot_encode(struct arena *arena, const struct recorded_slot *slot)
{
	return json_made(json_pack("{s:o, s:s, s:s, s:I, s:o*, s:o*, s:o*, s:o*}", "peer",
				   json_text(slot->peer, arena), "role", slot_role_word(slot->role),
				   "state", slot_state_word(slot->state), "since",
				   (json_int_t)slot->since, "baseline",
				   handshake_encode(slot->baseline), "endpoint",
				   slot->has_endpoint ? json_endpoint(&slot->endpoint) : NULL,
				   "probe_failures", nonzero_encode(slot->probe_failures),
				   "refused", slot->refused ? json_true() : NULL));
}

static json_t *left_encode(struct arena *arena, const struct recorded_left *left)
{
	return json_made(json_pack("{s:o, s:s, s:o*, s:o*, s:o*, s:o*, s:o*}", "peer",
				   json_text(left->peer, arena), "reason",
				   left_reason_word(left->reason), "at", nonzero_encode(left->at),
				   "strikes", nonzero_encode(left->strikes), "active_failures",
				   nonzero_encode(left->active_failures), "active_failed_at",
				   nonzero_encode(left->active_failed_at), "candidate_failures",
				   nonzero_encode(left->candidate_failures)));
}

static json_t *selector_encode(struct arena *arena, const struct recorded_selector *selector)
{
	json_t *slots = NULL;
	json_t *tried = NULL;
	json_t *left = NULL;

	for (size_t i = 0; i < selector->slots.n; i++)
		list_add(&slots, slot_encode(arena, &selector->slots.at[i]));
	for (size_t i = 0; i < selector->tried.n; i++)
		list_add(&tried, json_text(selector->tried.at[i], arena));
	for (size_t i = 0; i < selector->left.n; i++)
		list_add(&left, left_encode(arena, &selector->left.at[i]));
	return json_made(json_pack("{s:o, s:o*, s:o*, s:o*}", "name",
				   json_text(selector->name, arena), "slots", slots, "tried", tried,
				   "left", left));
}

static json_t *selectors_encode(const struct recorded *recorded, struct arena *scratch)
{
	json_t *list = NULL;

	for (size_t i = 0; i < recorded->selectors.n; i++)
		list_add(&list, selector_encode(scratch, &recorded->selectors.at[i]));
	return list;
}

/* ---- Copying and comparing ---- */

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
	rotations_copy(selector, arena);
}

static void selectors_copy(struct recorded *to, const struct recorded *from)
{
	to->selectors = from->selectors;
	vec_own(to->arena, &to->selectors);
	vec_each (selector, &to->selectors)
		selector_own(selector, to->arena);
}

static bool slot_equal(const struct recorded_slot *a, const struct recorded_slot *b)
{
	return strcmp(a->peer, b->peer) == 0 && a->role == b->role && a->state == b->state &&
	       a->since == b->since && handshake_equal(a->baseline, b->baseline) &&
	       a->has_endpoint == b->has_endpoint &&
	       (!a->has_endpoint || endpoint_equal(&a->endpoint, &b->endpoint)) &&
	       a->probe_failures == b->probe_failures && a->refused == b->refused;
}

static bool left_equal(const struct recorded_left *a, const struct recorded_left *b)
{
	return strcmp(a->peer, b->peer) == 0 && a->reason == b->reason && a->at == b->at &&
	       a->strikes == b->strikes && a->active_failures == b->active_failures &&
	       a->active_failed_at == b->active_failed_at &&
	       a->candidate_failures == b->candidate_failures;
}

static bool name_equal(const char *const *a, const char *const *b)
{
	return strcmp(*a, *b) == 0;
}

static bool selector_equal(const struct recorded_selector *a, const struct recorded_selector *b)
{
	return strcmp(a->name, b->name) == 0 && all_equal(a->slots, b->slots, slot_equal) &&
	       all_equal(a->tried, b->tried, name_equal) && all_equal(a->left, b->left, left_equal);
}

static bool selectors_equal(const struct recorded *a, const struct recorded *b)
{
	return all_equal(a->selectors, b->selectors, selector_equal);
}

/* ---- Another boot ---- */

static msec_t selectors_latest(const struct recorded *recorded)
{
	msec_t latest = 0;

	vec_each (selector, &recorded->selectors) {
		vec_each (slot, &selector->slots)
			latest = later(latest, slot->since);
		vec_each (left, &selector->left)
			latest = later(latest, later(left->at, left->active_failed_at));
	}
	return latest;
}

/* The members used and tried are kept. */
static void selectors_rebase(struct recorded *recorded)
{
	vec_each (selector, &recorded->selectors) {
		vec_each (slot, &selector->slots) {
			slot->state = SLOT_TRYING;
			slot->since = 0;
			slot->probe_failures = 0;
			slot->baseline = (struct handshake){ 0 };
		}
		vec_each (left, &selector->left) {
			left->at = 0;
			left->active_failed_at = 0;
		}
	}
}

const struct recorded_section recorded_section_selectors = {
	.name = "selectors",
	.decode = selectors_decode,
	.encode = selectors_encode,
	.copy = selectors_copy,
	.equal = selectors_equal,
	.latest = selectors_latest,
	.rebase = selectors_rebase,
};
