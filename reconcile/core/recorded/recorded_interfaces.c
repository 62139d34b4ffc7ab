/* SPDX-License-Identifier: MIT */
#include "recorded_parts.h"

_Static_assert(!offsetof(struct recorded_interface, name), "text_order() looks there");

/* ---- A single interface ---- */

struct recorded_interface *recorded_interface_find(const struct recorded *recorded,
						   const char *name)
{
	size_t place = vec_place(&recorded->interfaces, &name, text_order);

	if (place == recorded->interfaces.n ||
	    strcmp(recorded->interfaces.at[place].name, name) != 0)
		return NULL;
	return &recorded->interfaces.at[place];
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

/* ---- Decoding ---- */

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
	       endpoints_decode(decoder, endpoints, interface) &&
	       list_take(decoder, peers, "peers", interface, peer_take) &&
	       list_take(decoder, addresses, "addresses", interface, address_take) &&
	       rules_take(decoder, rules, interface) &&
	       ascending(decoder, &interface->peers, key_order, "peers") &&
	       unique(decoder, &interface->addresses, prefix_order, "addresses");
}

static bool interfaces_decode(struct decoder *decoder, json_t *value, struct recorded *recorded)
{
	return list_take(decoder, value, "interfaces", recorded, interface_take) &&
	       ascending(decoder, &recorded->interfaces, text_order, "interfaces");
}

/* ---- Encoding ---- */

static json_t *rules_encode(const struct recorded_interface *interface)
{
	if (!interface->has_rules)
		return NULL;
	return json_made(json_pack("{s:I, s:I}", "priority", (json_int_t)interface->rule_priority,
				   "table", (json_int_t)interface->rule_table));
}

static json_t *interface_encode(struct arena *arena, const struct recorded_interface *interface)
{
	json_t *peers = NULL;
	json_t *addresses = NULL;

	for (size_t i = 0; i < interface->peers.n; i++)
		list_add(&peers, json_key(&interface->peers.at[i]));
	for (size_t i = 0; i < interface->addresses.n; i++)
		list_add(&addresses, json_prefix(&interface->addresses.at[i]));
	return json_made(json_pack("{s:o, s:o*, s:o*, s:o*, s:o*, s:o*}", "name",
				   json_text(interface->name, arena), "endpoints_digest",
				   nonzero_encode(interface->endpoints_digest), "endpoints",
				   endpoints_encode(interface, arena), "peers", peers, "addresses",
				   addresses, "rules", rules_encode(interface)));
}

static json_t *interfaces_encode(const struct recorded *recorded, struct arena *scratch)
{
	json_t *list = NULL;

	for (size_t i = 0; i < recorded->interfaces.n; i++)
		list_add(&list, interface_encode(scratch, &recorded->interfaces.at[i]));
	return list;
}

/* ---- Copying and comparing ---- */

static void interface_own(struct recorded_interface *interface, struct arena *arena)
{
	interface->name = arena_strdup(arena, interface->name);
	endpoints_copy(interface, arena);
	vec_own(arena, &interface->peers);
	vec_own(arena, &interface->addresses);
}

void recorded_interface_copy(struct recorded *to, const struct recorded_interface *from)
{
	struct recorded_interface *copy = recorded_interface_get(to, from->name);

	*copy = *from;
	interface_own(copy, to->arena);
}

static void interfaces_copy(struct recorded *to, const struct recorded *from)
{
	to->interfaces = from->interfaces;
	vec_own(to->arena, &to->interfaces);
	vec_each (interface, &to->interfaces)
		interface_own(interface, to->arena);
}

static bool key_equal(const struct wg_key *a, const struct wg_key *b)
{
	return key_compare(a, b) == 0;
}

static bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return prefix_compare(a, b) == 0;
}

static bool rules_equal(const struct recorded_interface *a, const struct recorded_interface *b)
{
	return a->has_rules == b->has_rules &&
	       (!a->has_rules ||
		(a->rule_priority == b->rule_priority && a->rule_table == b->rule_table));
}

static bool interface_equal(const struct recorded_interface *a, const struct recorded_interface *b)
{
	return strcmp(a->name, b->name) == 0 && a->endpoints_digest == b->endpoints_digest &&
	       endpoints_equal(a, b) && all_equal(a->peers, b->peers, key_equal) &&
	       all_equal(a->addresses, b->addresses, prefix_equal) && rules_equal(a, b);
}

static bool interfaces_equal(const struct recorded *a, const struct recorded *b)
{
	return all_equal(a->interfaces, b->interfaces, interface_equal);
}

/* ---- Another boot ---- */

static msec_t interfaces_latest(const struct recorded *recorded)
{
	msec_t latest = 0;

	vec_each (interface, &recorded->interfaces)
		latest = later(latest, endpoints_latest(interface));
	return latest;
}

static void interfaces_rebase(struct recorded *recorded)
{
	vec_each (interface, &recorded->interfaces)
		endpoints_rebase(interface);
}

const struct recorded_section recorded_section_interfaces = {
	.name = "interfaces",
	.decode = interfaces_decode,
	.encode = interfaces_encode,
	.copy = interfaces_copy,
	.equal = interfaces_equal,
	.latest = interfaces_latest,
	.rebase = interfaces_rebase,
};
