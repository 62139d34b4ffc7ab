/* SPDX-License-Identifier: MIT */
/*
 * recorded_encode: the recorded state as JSON. What is empty or has its default is left
 * out.
 */
#include "recorded.h"
#include "strict_json.h"

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

static json_t *rotation_encode(struct arena *arena, const struct recorded_rotation *rotation)
{
	json_t *untried = NULL;

	for (size_t i = 0; i < rotation->untried.n; i++)
		list_add(&untried, json_endpoint(&rotation->untried.at[i]));
	return json_made(json_pack("{s:o, s:o, s:o*}", "peer", json_text(rotation->peer, arena),
				   "endpoint", json_text(rotation->endpoint, arena), "untried",
				   untried));
}

static json_t *selector_encode(struct arena *arena, const struct recorded_selector *selector)
{
	json_t *slots = NULL;
	json_t *tried = NULL;
	json_t *left = NULL;
	json_t *rotations = NULL;

	for (size_t i = 0; i < selector->slots.n; i++)
		list_add(&slots, slot_encode(arena, &selector->slots.at[i]));
	for (size_t i = 0; i < selector->tried.n; i++)
		list_add(&tried, json_text(selector->tried.at[i], arena));
	for (size_t i = 0; i < selector->left.n; i++)
		list_add(&left, left_encode(arena, &selector->left.at[i]));
	for (size_t i = 0; i < selector->rotations.n; i++)
		list_add(&rotations, rotation_encode(arena, &selector->rotations.at[i]));
	return json_made(json_pack("{s:o, s:o*, s:o*, s:o*, s:o*}", "name",
				   json_text(selector->name, arena), "slots", slots, "tried", tried,
				   "left", left, "rotations", rotations));
}

static json_t *declared_encode(struct arena *arena, const struct recorded_endpoint *endpoint)
{
	return json_made(json_pack(
		"{s:o, s:o, s:o*}", "public_key", json_key(&endpoint->public_key), "endpoint",
		json_text(endpoint->endpoint, arena), "at", nonzero_encode(endpoint->at)));
}

static json_t *rules_encode(const struct recorded_interface *interface)
{
	if (!interface->has_rules)
		return NULL;
	return json_made(json_pack("{s:I, s:I}", "priority", (json_int_t)interface->rule_priority,
				   "table", (json_int_t)interface->rule_table));
}

static json_t *interface_encode(struct arena *arena, const struct recorded_interface *interface)
{
	json_t *endpoints = NULL;
	json_t *peers = NULL;
	json_t *addresses = NULL;

	for (size_t i = 0; i < interface->endpoints.n; i++)
		list_add(&endpoints, declared_encode(arena, &interface->endpoints.at[i]));
	for (size_t i = 0; i < interface->peers.n; i++)
		list_add(&peers, json_key(&interface->peers.at[i]));
	for (size_t i = 0; i < interface->addresses.n; i++)
		list_add(&addresses, json_prefix(&interface->addresses.at[i]));
	return json_made(json_pack("{s:o, s:o*, s:o*, s:o*, s:o*, s:o*}", "name",
				   json_text(interface->name, arena), "endpoints_digest",
				   nonzero_encode(interface->endpoints_digest), "endpoints",
				   endpoints, "peers", peers, "addresses", addresses, "rules",
				   rules_encode(interface)));
}

char *recorded_encode(const struct recorded *recorded, struct arena *arena)
{
	json_t *selectors = NULL;
	json_t *interfaces = NULL;

	for (size_t i = 0; i < recorded->selectors.n; i++)
		list_add(&selectors, selector_encode(arena, &recorded->selectors.at[i]));
	for (size_t i = 0; i < recorded->interfaces.n; i++)
		list_add(&interfaces, interface_encode(arena, &recorded->interfaces.at[i]));
	return strict_json_text(json_pack("{s:i, s:o, s:o*, s:o*, s:o*, s:o*}", "version",
					  RECORDED_VERSION, "boot_id",
					  json_text(recorded->boot_id, arena), "time_attempt",
					  nonzero_encode(recorded->time_attempt), "time_done",
					  recorded->time_done ? json_true() : NULL, "selectors",
					  selectors, "interfaces", interfaces),
				arena);
}
