/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

/* Names and keys come first in the structures that are compared by them. */
_Static_assert(!offsetof(struct recorded_rotation, peer) &&
		       !offsetof(struct recorded_endpoint, public_key),
	       "text_order() and key_order() look there");

/* ---- Untried addresses ---- */

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

static bool untried_take(struct decoder *decoder, json_t *json, void *endpoint)
{
	if (!json_is_string(json))
		return fail(decoder, "not an endpoint");
	return endpoint_take(
		decoder, json_string_value(json),
		vec_push(decoder->arena, &((struct recorded_endpoint *)endpoint)->untried));
}

static bool untried_list_take(struct decoder *decoder, json_t *list,
			      struct recorded_endpoint *endpoint)
{
	return list_take(decoder, list, "untried", endpoint, untried_take) &&
	       unique(decoder, &endpoint->untried, endpoint_compare, "untried");
}

static void endpoint_own(struct recorded_endpoint *endpoint, struct arena *arena)
{
	endpoint->endpoint = arena_strdup(arena, endpoint->endpoint);
	vec_own(arena, &endpoint->untried);
}

/* ---- Rotations of members, which earlier versions wrote ---- */

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
	       name_take(decoder, endpoint, "endpoint", &rotation->endpoint.endpoint) &&
	       untried_list_take(decoder, untried, &rotation->endpoint);
}

bool rotations_decode(struct decoder *decoder, json_t *list, struct recorded_selector *selector)
{
	return list_take(decoder, list, "rotations", selector, rotation_take) &&
	       unique(decoder, &selector->rotations, text_order, "rotations");
}

void rotations_copy(struct recorded_selector *selector, struct arena *arena)
{
	vec_own(arena, &selector->rotations);
	vec_each (rotation, &selector->rotations) {
		rotation->peer = arena_strdup(arena, rotation->peer);
		endpoint_own(&rotation->endpoint, arena);
	}
}

/* ---- Endpoints ---- */

static bool declared_take(struct decoder *decoder, json_t *json, void *interface)
{
	struct recorded_endpoint *endpoint = vec_push(
		decoder->arena, &((struct recorded_interface *)interface)->endpoints);
	const char *key, *text;
	json_t *untried = NULL;
	json_int_t at = 0;
	json_error_t error;

	if (json_unpack_ex(json, &error, JSON_STRICT, "{s:s, s:s, s?I, s?o}", "public_key", &key,
			   "endpoint", &text, "at", &at, "untried", &untried))
		return fail(decoder, "%s", error.text);
	return key_take(decoder, key, &endpoint->public_key) &&
	       name_take(decoder, text, "endpoint", &endpoint->endpoint) &&
	       time_take(decoder, at, "at", &endpoint->at) &&
	       untried_list_take(decoder, untried, endpoint);
}

bool endpoints_decode(struct decoder *decoder, json_t *list, struct recorded_interface *interface)
{
	return list_take(decoder, list, "endpoints", interface, declared_take) &&
	       ascending(decoder, &interface->endpoints, key_order, "endpoints");
}

static json_t *declared_encode(struct arena *arena, const struct recorded_endpoint *endpoint)
{
	json_t *untried = NULL;

	for (size_t i = 0; i < endpoint->untried.n; i++)
		list_add(&untried, json_endpoint(&endpoint->untried.at[i]));
	return json_made(json_pack("{s:o, s:o, s:o*, s:o*}", "public_key",
				   json_key(&endpoint->public_key), "endpoint",
				   json_text(endpoint->endpoint, arena), "at",
				   nonzero_encode(endpoint->at), "untried", untried));
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
		endpoint_own(endpoint, arena);
}

static bool declared_equal(const struct recorded_endpoint *a, const struct recorded_endpoint *b)
{
	return key_compare(&a->public_key, &b->public_key) == 0 &&
	       strcmp(a->endpoint, b->endpoint) == 0 && a->at == b->at &&
	       all_equal(a->untried, b->untried, endpoint_equal);
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
