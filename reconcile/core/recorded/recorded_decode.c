/* SPDX-License-Identifier: MIT */
/*
 * recorded_decode: takes only what recorded_encode can have written, spelled and
 * ordered as it does, so that there is one text for one content.
 */
#include "recorded.h"
#include "strict_json.h"

_Static_assert(RECORDED_SIZE_MAX == STRICT_JSON_SIZE_MAX &&
		       RECORDED_NAME_MAX == STRICT_JSON_NAME_MAX,
	       "strict_json has these limits");

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

/* Names and keys come first in the structures that are told apart by them. */
_Static_assert(!offsetof(struct recorded_slot, peer) && !offsetof(struct recorded_left, peer) &&
		       !offsetof(struct recorded_rotation, peer) &&
		       !offsetof(struct recorded_selector, name) &&
		       !offsetof(struct recorded_interface, name) &&
		       !offsetof(struct recorded_endpoint, public_key),
	       "text_order() and key_order() look there");

static int endpoint_compare(const void *a_, const void *b_)
{
	const struct endpoint *a = a_;
	const struct endpoint *b = b_;
	int order = ip_compare(&a->ip, &b->ip);

	if (order)
		return order;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->scope > b->scope) - (a->scope < b->scope);
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

static bool untried_take(struct decoder *decoder, json_t *json, void *rotation)
{
	if (!json_is_string(json))
		return fail(decoder, "not an endpoint");
	return endpoint_take(
		decoder, json_string_value(json),
		vec_push(decoder->arena, &((struct recorded_rotation *)rotation)->untried));
}

static bool rotation_take(struct decoder *decoder, json_t *json, void *selector)
{
	struct recorded_rotation *rotation = vec_push(
		decoder->arena, &((struct recorded_selector *)selector)->rotations);
	const char *peer, *endpoint;
	json_t *untried = NULL;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?o}", "peer", &peer, "endpoint",
			   &endpoint, "untried", &untried))
		return fail(decoder, "%s", error.text);
	return name_take(decoder, peer, "peer", &rotation->peer) &&
	       name_take(decoder, endpoint, "endpoint", &rotation->endpoint) &&
	       list_take(decoder, untried, "untried", rotation, untried_take) &&
	       unique(decoder, &rotation->untried, endpoint_compare, "untried");
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
	       list_take(decoder, rotations, "rotations", selector, rotation_take) &&
	       unique(decoder, &selector->slots, text_order, "slots") &&
	       unique(decoder, &selector->tried, text_order, "tried") &&
	       unique(decoder, &selector->left, text_order, "left") &&
	       unique(decoder, &selector->rotations, text_order, "rotations");
}

static bool declared_take(struct decoder *decoder, json_t *json, void *interface)
{
	struct recorded_endpoint *endpoint = vec_push(
		decoder->arena, &((struct recorded_interface *)interface)->endpoints);
	const char *key, *text;
	json_int_t at = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?I}", "public_key", &key,
			   "endpoint", &text, "at", &at))
		return fail(decoder, "%s", error.text);
	return key_take(decoder, key, &endpoint->public_key) &&
	       name_take(decoder, text, "endpoint", &endpoint->endpoint) &&
	       time_take(decoder, at, "at", &endpoint->at);
}

static bool peer_take(struct decoder *decoder, json_t *json, void *interface)
{
	if (!json_is_string(json))
		return fail(decoder, "not a key");
	return key_take(decoder, json_string_value(json),
			vec_push(decoder->arena, &((struct recorded_interface *)interface)->peers));
}

static bool address_take(struct decoder *decoder, json_t *json, void *interface)
{
	if (!json_is_string(json))
		return fail(decoder, "not an address");
	return prefix_take(
		decoder, json_string_value(json),
		vec_push(decoder->arena, &((struct recorded_interface *)interface)->addresses));
}

static bool rules_take(struct decoder *decoder, json_t *json, struct recorded_interface *interface)
{
	json_int_t priority, table;
	json_error_t error;

	if (!json)
		return true;
	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:I, s:I}", "priority", &priority, "table",
			   &table))
		return fail(decoder, "rules: %s", error.text);
	interface->has_rules = true;
	return u32_take(decoder, priority, "rules: priority", &interface->rule_priority) &&
	       u32_take(decoder, table, "rules: table", &interface->rule_table);
}

static bool interface_take(struct decoder *decoder, json_t *json, void *recorded)
{
	struct recorded_interface *interface = vec_push(decoder->arena,
							&((struct recorded *)recorded)->interfaces);
	json_t *endpoints = NULL, *peers = NULL, *addresses = NULL, *rules = NULL;
	json_int_t digest = 0;
	const char *name;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s?I, s?o, s?o, s?o, s?o}", "name",
			   &name, "endpoints_digest", &digest, "endpoints", &endpoints, "peers",
			   &peers, "addresses", &addresses, "rules", &rules))
		return fail(decoder, "%s", error.text);
	interface->endpoints_digest = digest;
	return interface_name_take(decoder, name, "name", &interface->name) &&
	       integer_take(decoder, digest, 0, INT64_MAX, "endpoints_digest") &&
	       list_take(decoder, endpoints, "endpoints", interface, declared_take) &&
	       list_take(decoder, peers, "peers", interface, peer_take) &&
	       list_take(decoder, addresses, "addresses", interface, address_take) &&
	       rules_take(decoder, rules, interface) &&
	       ascending(decoder, &interface->endpoints, key_order, "endpoints") &&
	       ascending(decoder, &interface->peers, key_order, "peers") &&
	       unique(decoder, &interface->addresses, prefix_order, "addresses");
}

static bool recorded_take(struct decoder *decoder, json_t *json, struct recorded *recorded)
{
	json_t *selectors = NULL, *interfaces = NULL;
	const char *boot_id;
	json_int_t attempt = 0;
	int version, done = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:i, s:s, s?I, s?b, s?o, s?o}", "version",
			   &version, "boot_id", &boot_id, "time_attempt", &attempt, "time_done",
			   &done, "selectors", &selectors, "interfaces", &interfaces))
		return fail(decoder, "%s", error.text);
	recorded->time_done = done;
	return boot_id_take(decoder, boot_id, recorded->boot_id) &&
	       time_take(decoder, attempt, "time_attempt", &recorded->time_attempt) &&
	       list_take(decoder, selectors, "selectors", recorded, selector_take) &&
	       list_take(decoder, interfaces, "interfaces", recorded, interface_take) &&
	       ascending(decoder, &recorded->selectors, text_order, "selectors") &&
	       ascending(decoder, &recorded->interfaces, text_order, "interfaces");
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
