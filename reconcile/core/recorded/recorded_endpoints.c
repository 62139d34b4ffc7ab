/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

/* Names and keys come first in the structures that are told apart by them. */
_Static_assert(!offsetof(struct recorded_rotation, peer) &&
		       !offsetof(struct recorded_endpoint, public_key),
	       "text_order() and key_order() look there");

/* ---- Addresses that are left to try, of members ---- */

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

bool rotations_decode(struct decoder *decoder, json_t *list, struct recorded_selector *selector)
{
	return list_take(decoder, list, "rotations", selector, rotation_take) &&
	       unique(decoder, &selector->rotations, text_order, "rotations");
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

json_t *rotations_encode(const struct recorded_selector *selector, struct arena *scratch)
{
	json_t *list = NULL;

	for (size_t i = 0; i < selector->rotations.n; i++)
		list_add(&list, rotation_encode(scratch, &selector->rotations.at[i]));
	return list;
}

void rotations_copy(struct recorded_selector *selector, struct arena *arena)
{
	vec_own(arena, &selector->rotations);
	vec_each (rotation, &selector->rotations) {
		rotation->peer = arena_strdup(arena, rotation->peer);
		rotation->endpoint = arena_strdup(arena, rotation->endpoint);
		vec_own(arena, &rotation->untried);
	}
}

static bool rotation_equal(const struct recorded_rotation *a, const struct recorded_rotation *b)
{
	return strcmp(a->peer, b->peer) == 0 && strcmp(a->endpoint, b->endpoint) == 0 &&
	       all_equal(a->untried, b->untried, endpoint_equal);
}

bool rotations_equal(const struct recorded_selector *a, const struct recorded_selector *b)
{
	return all_equal(a->rotations, b->rotations, rotation_equal);
}

/* ---- Declared endpoints of plain peers ---- */

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

bool endpoints_decode(struct decoder *decoder, json_t *list, struct recorded_interface *interface)
{
	return list_take(decoder, list, "endpoints", interface, declared_take) &&
	       ascending(decoder, &interface->endpoints, key_order, "endpoints");
}

static json_t *declared_encode(struct arena *arena, const struct recorded_endpoint *endpoint)
{
	return json_made(json_pack(
		"{s:o, s:o, s:o*}", "public_key", json_key(&endpoint->public_key), "endpoint",
		json_text(endpoint->endpoint, arena), "at", nonzero_encode(endpoint->at)));
}

json_t *endpoints_encode(const struct recorded_interface *interface, struct arena *scratch)
{
	json_t *list = NULL;

	for (size_t i = 0; i < interface->endpoints.n; i++)
		list_add(&list, declared_encode(scratch, &interface->endpoints.at[i]));
	return list;
}

void endpoints_copy(struct recorded_interface *interface, struct arena *arena)
{
	vec_own(arena, &interface->endpoints);
	vec_each (endpoint, &interface->endpoints)
		endpoint->endpoint = arena_strdup(arena, endpoint->endpoint);
}

static bool declared_equal(const struct recorded_endpoint *a, const struct recorded_endpoint *b)
{
	return key_compare(&a->public_key, &b->public_key) == 0 &&
	       strcmp(a->endpoint, b->endpoint) == 0 && a->at == b->at;
}

bool endpoints_equal(const struct recorded_interface *a, const struct recorded_interface *b)
{
	return all_equal(a->endpoints, b->endpoints, declared_equal);
}

msec_t endpoints_latest(const struct recorded_interface *interface)
{
	msec_t latest = 0;

	vec_each (endpoint, &interface->endpoints)
		latest = later(latest, endpoint->at);
	return latest;
}

void endpoints_rebase(struct recorded_interface *interface)
{
	vec_each (endpoint, &interface->endpoints)
		endpoint->at = 0;
}
