/* SPDX-License-Identifier: MIT */
/*
 * recorded_encode: the recorded state and the samples as JSON. What is empty or has
 * its default is left out. jansson fails for want of memory alone here, and the
 * arena says how that ends.
 */
#include <jansson.h>
#include <stdlib.h>

#include "recorded.h"

static json_t *made(struct arena *arena, json_t *json)
{
	if (!json)
		arena_alloc(arena, SIZE_MAX);
	return json;
}

static json_t *string_encode(struct arena *arena, const char *text)
{
	json_t *json = json_string(text);

	/* Not UTF-8, which no file of ours can have declared. */
	if (!json)
		json = json_string(text_printable(arena, text));
	return made(arena, json);
}

static void list_add(struct arena *arena, json_t **list, json_t *item)
{
	if (!*list)
		*list = made(arena, json_array());
	if (json_array_append_new(*list, item))
		made(arena, NULL);
}

static json_t *nonzero_encode(struct arena *arena, int64_t number)
{
	return number ? made(arena, json_integer(number)) : NULL;
}

static json_t *handshake_encode(struct arena *arena, struct handshake handshake)
{
	if (handshake_is_none(handshake))
		return NULL;
	return made(arena,
		    json_pack("[I,I]", (json_int_t)handshake.sec, (json_int_t)handshake.nsec));
}

static json_t *endpoint_encode(struct arena *arena, const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT_MAX];

	return string_encode(arena, endpoint_text(endpoint, text));
}

static json_t *key_encode(struct arena *arena, const struct wg_key *key)
{
	char text[KEY_TEXT_MAX];

	return string_encode(arena, key_text(key, text));
}

static json_t *slot_encode(struct arena *arena, const struct recorded_slot *slot)
{
	return made(arena,
		    json_pack("{s:o, s:s, s:s, s:I, s:o*, s:o*, s:o*, s:o*}", "peer",
			      string_encode(arena, slot->peer), "role", slot_role_word(slot->role),
			      "state", slot_state_word(slot->state), "since",
			      (json_int_t)slot->since, "baseline",
			      handshake_encode(arena, slot->baseline), "endpoint",
			      slot->has_endpoint ? endpoint_encode(arena, &slot->endpoint) : NULL,
			      "probe_failures", nonzero_encode(arena, slot->probe_failures),
			      "refused", slot->refused ? json_true() : NULL));
}

static json_t *left_encode(struct arena *arena, const struct recorded_left *left)
{
	return made(arena,
		    json_pack("{s:o, s:s, s:o*, s:o*, s:o*, s:o*, s:o*}", "peer",
			      string_encode(arena, left->peer), "reason",
			      left_reason_word(left->reason), "at", nonzero_encode(arena, left->at),
			      "strikes", nonzero_encode(arena, left->strikes), "active_failures",
			      nonzero_encode(arena, left->active_failures), "active_failed_at",
			      nonzero_encode(arena, left->active_failed_at), "candidate_failures",
			      nonzero_encode(arena, left->candidate_failures)));
}

static json_t *selector_encode(struct arena *arena, const struct recorded_selector *selector)
{
	json_t *slots = NULL;
	json_t *tried = NULL;
	json_t *left = NULL;

	for (size_t i = 0; i < selector->slots.n; i++)
		list_add(arena, &slots, slot_encode(arena, &selector->slots.at[i]));
	for (size_t i = 0; i < selector->tried.n; i++)
		list_add(arena, &tried, string_encode(arena, selector->tried.at[i]));
	for (size_t i = 0; i < selector->left.n; i++)
		list_add(arena, &left, left_encode(arena, &selector->left.at[i]));
	return made(arena, json_pack("{s:o, s:o*, s:o*, s:o*}", "name",
				     string_encode(arena, selector->name), "slots", slots, "tried",
				     tried, "left", left));
}

static json_t *declared_encode(struct arena *arena, const struct recorded_endpoint *endpoint)
{
	json_t *untried = NULL;

	for (size_t i = 0; i < endpoint->untried.n; i++)
		list_add(arena, &untried, endpoint_encode(arena, &endpoint->untried.at[i]));
	return made(arena, json_pack("{s:o, s:o, s:o*, s:o*}", "public_key",
				     key_encode(arena, &endpoint->public_key), "endpoint",
				     string_encode(arena, endpoint->endpoint), "at",
				     nonzero_encode(arena, endpoint->at), "untried", untried));
}

static json_t *rules_encode(struct arena *arena, const struct recorded_interface *interface)
{
	if (!interface->has_rules)
		return NULL;
	return made(arena, json_pack("{s:I, s:I}", "priority", (json_int_t)interface->rule_priority,
				     "table", (json_int_t)interface->rule_table));
}

static json_t *interface_encode(struct arena *arena, const struct recorded_interface *interface)
{
	json_t *endpoints = NULL;
	json_t *peers = NULL;
	json_t *addresses = NULL;
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < interface->endpoints.n; i++)
		list_add(arena, &endpoints, declared_encode(arena, &interface->endpoints.at[i]));
	for (size_t i = 0; i < interface->peers.n; i++)
		list_add(arena, &peers, key_encode(arena, &interface->peers.at[i]));
	for (size_t i = 0; i < interface->addresses.n; i++)
		list_add(arena, &addresses,
			 string_encode(arena, prefix_text(&interface->addresses.at[i], text)));
	return made(arena, json_pack("{s:o, s:o*, s:o*, s:o*, s:o*, s:o*}", "name",
				     string_encode(arena, interface->name), "endpoints_digest",
				     nonzero_encode(arena, interface->endpoints_digest),
				     "endpoints", endpoints, "peers", peers, "addresses", addresses,
				     "rules", rules_encode(arena, interface)));
}

/* The text of json, which is freed. */
static char *json_text(struct arena *arena, json_t *json)
{
	char *dumped = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	char *text;

	json_decref(json);
	if (!dumped)
		arena_alloc(arena, SIZE_MAX);
	text = arena_printf(arena, "%s\n", dumped);
	free(dumped);
	return text;
}

char *recorded_encode(const struct recorded *recorded, struct arena *arena)
{
	json_t *selectors = NULL;
	json_t *interfaces = NULL;

	for (size_t i = 0; i < recorded->selectors.n; i++)
		list_add(arena, &selectors, selector_encode(arena, &recorded->selectors.at[i]));
	for (size_t i = 0; i < recorded->interfaces.n; i++)
		list_add(arena, &interfaces, interface_encode(arena, &recorded->interfaces.at[i]));
	return json_text(
		arena,
		made(arena,
		     json_pack("{s:i, s:o, s:o*, s:o*, s:o*, s:o*}", "version", RECORDED_VERSION,
			       "boot_id", string_encode(arena, recorded->boot_id), "time_attempt",
			       nonzero_encode(arena, recorded->time_attempt), "time_done",
			       recorded->time_done ? json_true() : NULL, "selectors", selectors,
			       "interfaces", interfaces)));
}

/* JSON's integers end at 2^63 - 1; no counter of bytes has come near. */
static json_int_t counter(uint64_t bytes)
{
	return bytes > INT64_MAX ? INT64_MAX : (json_int_t)bytes;
}

static json_t *sample_encode(struct arena *arena, const struct sample *sample)
{
	return made(arena,
		    json_pack("{s:o, s:o, s:o*, s:o*, s:I, s:I, s:I, s:o*}", "interface",
			      string_encode(arena, sample->interface), "public_key",
			      key_encode(arena, &sample->public_key), "handshake",
			      handshake_encode(arena, sample->handshake), "handshake_at",
			      nonzero_encode(arena, sample->handshake_at), "rx_bytes",
			      counter(sample->rx_bytes), "tx_bytes", counter(sample->tx_bytes),
			      "received_at", (json_int_t)sample->received_at, "unanswered_at",
			      nonzero_encode(arena, sample->unanswered_at)));
}

char *samples_encode(const struct samples *samples, struct arena *arena)
{
	json_t *list = NULL;

	for (size_t i = 0; i < samples->list.n; i++)
		list_add(arena, &list, sample_encode(arena, &samples->list.at[i]));
	return json_text(arena, made(arena, json_pack("{s:i, s:o, s:I, s:I, s:o*, s:o*}", "version",
						      RECORDED_VERSION, "boot_id",
						      string_encode(arena, samples->boot_id), "at",
						      (json_int_t)samples->at, "wall_offset",
						      (json_int_t)samples->wall_offset, "names_at",
						      nonzero_encode(arena, samples->names_at),
						      "marks", list)));
}
