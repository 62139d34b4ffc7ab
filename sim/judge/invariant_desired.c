/* SPDX-License-Identifier: MIT */
#include "core/desired/desired_yaml.h"
#include "invariant_parts.h"
#include "scenario/wireguard_key.h"

#include <stdlib.h>

/* The engine names an unknown key by its first letters. */
#define KEY_LETTERS 8

/* ---- Keys ---- */

static void add_keys(const struct scenario *scenario, const struct node *node,
		     const char *interface, struct known_keys *keys, struct arena *arena)
{
	const char *name = node->wireguard.n == 1
				   ? node->name
				   : arena_printf(arena, "%s.%s", node->name, interface);

	for (unsigned generation = 0; generation < WIREGUARD_KEY_GENERATIONS; generation++) {
		struct known_key key = { .name = name };

		if (wireguard_key(scenario->seed, node->name, interface, generation, NULL,
				  &key.key))
			*vec_push(arena, &keys->list) = key;
	}
}

struct known_keys *known_keys_make(const struct scenario *scenario, struct arena *arena)
{
	struct known_keys *keys = arena_alloc(arena, sizeof(*keys));

	vec_each (node, &scenario->nodes) {
		vec_each (interface, &node->wireguard)
			add_keys(scenario, node, *interface, keys, arena);
	}
	if (keys->list.n)
		qsort(keys->list.at, keys->list.n, sizeof(*keys->list.at), key_order);
	return keys;
}

static const char *key_name(const struct known_keys *keys, const struct wg_key *key,
			    struct arena *arena)
{
	const struct known_key *found = NULL;
	char text[KEY_TEXT_MAX];

	if (keys->list.n)
		found = bsearch(key, keys->list.at, keys->list.n, sizeof(*found), key_order);
	if (found)
		return found->name;
	return arena_strndup(arena, key_text(key, text), KEY_LETTERS);
}

/* ---- Sets of names ---- */

bool name_set_has(const struct name_set *set, const char *name)
{
	return set->list.n && bsearch(&name, set->list.at, set->list.n, sizeof(name), text_order);
}

static void add_peer(struct name_set *set, const struct known_keys *keys,
		     const struct desired_peer *peer, struct arena *arena)
{
	if (peer->enabled)
		*vec_push(arena, &set->list) = key_name(keys, &peer->public_key, arena);
}

static void sort_names(struct name_set *set)
{
	if (set->list.n)
		qsort(set->list.at, set->list.n, sizeof(*set->list.at), text_order);
}

/* ---- Desired states ---- */

static void add_selector(struct basis *basis, const struct known_keys *keys,
			 const struct desired_selector *selector, struct arena *arena)
{
	struct declared *declared = vec_push(arena, &basis->selectors);

	declared->selector = selector;
	declared->interface = selector->interface;
	vec_each (peer, &selector->peers)
		add_peer(&declared->peers, keys, peer, arena);
	sort_names(&declared->peers);
}

static void add_interface(struct basis *basis, const struct known_keys *keys,
			  const struct desired_interface *interface, struct arena *arena)
{
	struct declared *declared = vec_push(arena, &basis->interfaces);

	declared->interface = interface;
	vec_each (peer, &interface->peers)
		add_peer(&declared->peers, keys, peer, arena);
	vec_each (selector, &basis->desired->selectors) {
		if (selector->interface != interface)
			continue;
		vec_each (peer, &selector->peers)
			add_peer(&declared->peers, keys, peer, arena);
	}
	sort_names(&declared->peers);
}

const struct basis *basis_make(const struct known_keys *keys, const char *text, struct arena *arena)
{
	struct diags diags = { .arena = arena };
	struct source source = { "default.yaml", text, strlen(text) };
	struct desired *desired = desired_parse(&source, 1, "default", &diags);
	struct basis *basis;

	if (!desired)
		return NULL;
	basis = arena_alloc(arena, sizeof(*basis));
	basis->desired = desired;
	vec_each (selector, &desired->selectors)
		add_selector(basis, keys, selector, arena);
	vec_each (interface, &desired->interfaces)
		add_interface(basis, keys, interface, arena);
	return basis;
}
