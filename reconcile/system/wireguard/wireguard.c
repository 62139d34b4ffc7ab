/* SPDX-License-Identifier: MIT */
#include "wireguard.h"

#include <stdlib.h>

static const struct wg_key zero_key;
const struct wg_key wg_throwaway_key = { { 1 } };

bool wg_change_is(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_DEVICE_PORT_RELEASE:
	case CHANGE_DEVICE_PRIVATE_KEY:
	case CHANGE_DEVICE_LISTEN_PORT:
	case CHANGE_DEVICE_FWMARK:
	case CHANGE_PEER_ADD:
	case CHANGE_PEER_PRESHARED_KEY:
	case CHANGE_PEER_ENDPOINT:
	case CHANGE_PEER_KEEPALIVE:
	case CHANGE_PEER_TRIGGER:
	case CHANGE_ALLOWED_IP_ADD:
	case CHANGE_ALLOWED_IP_REMOVE:
	case CHANGE_PEER_REMOVE:
		return true;
	default:
		return false;
	}
}

static bool is_device(enum change_kind kind)
{
	return kind == CHANGE_DEVICE_PORT_RELEASE || kind == CHANGE_DEVICE_PRIVATE_KEY ||
	       kind == CHANGE_DEVICE_LISTEN_PORT || kind == CHANGE_DEVICE_FWMARK;
}

/* Additions come before removals of prefixes, and these before removals of peers, so that a
 * prefix always has a peer in between. */
static int stage(enum change_kind kind)
{
	if (kind == CHANGE_PEER_REMOVE)
		return 2;
	return kind == CHANGE_ALLOWED_IP_REMOVE ? 1 : 0;
}

struct item {
	const struct change *change;
	size_t order;
};

/* Groups changes of one stage of one peer, otherwise in the original order. */
static int item_compare(const void *a_, const void *b_)
{
	const struct item *a = a_;
	const struct item *b = b_;
	int by_stage = stage(a->change->kind) - stage(b->change->kind);
	int by_key;

	if (by_stage)
		return by_stage;
	by_key = key_compare(&a->change->public_key, &b->change->public_key);
	if (by_key)
		return by_key;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void device_change(struct wg_update *update, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DEVICE_PRIVATE_KEY:
		update->private_key = &change->desired->private_key;
		break;
	case CHANGE_DEVICE_PORT_RELEASE:
		update->listen_port = 0; /* the kernel chooses one */
		break;
	case CHANGE_DEVICE_LISTEN_PORT:
		update->listen_port = (int32_t)change->value;
		break;
	case CHANGE_DEVICE_FWMARK:
		update->fwmark = change->value;
		break;
	default:
		break;
	}
}

static struct prefix_span span_of(const struct change *change)
{
	return (struct prefix_span){ .at = change->allowed_ips, .n = change->allowed_ips_n };
}

static void peer_add(struct wg_peer_update *peer, const struct change *change, struct arena *arena)
{
	peer->action = WG_PEER_CREATE;
	peer->preshared_key = change->preshared_key;
	peer->endpoint = change->has_endpoint ? &change->endpoint : NULL;
	peer->keepalive = (int32_t)change->value;
	if (change->allowed_ips_n)
		*vec_push(arena, &peer->add) = span_of(change);
}

static void peer_change(struct wg_peer_update *peer, const struct change *change,
			struct arena *arena)
{
	switch (change->kind) {
	case CHANGE_PEER_ADD:
		peer_add(peer, change, arena);
		break;
	case CHANGE_PEER_PRESHARED_KEY:
		peer->preshared_key = change->preshared_key ? change->preshared_key : &zero_key;
		break;
	case CHANGE_PEER_ENDPOINT:
		peer->endpoint = &change->endpoint;
		break;
	case CHANGE_PEER_KEEPALIVE:
		peer->keepalive = (int32_t)change->value;
		break;
	case CHANGE_PEER_TRIGGER:
		peer->keepalive = (int32_t)change->value;
		peer->trigger = true;
		break;
	case CHANGE_ALLOWED_IP_ADD:
		*vec_push(arena, &peer->add) = span_of(change);
		break;
	case CHANGE_ALLOWED_IP_REMOVE:
		*vec_push(arena, &peer->drop) = span_of(change);
		break;
	case CHANGE_PEER_REMOVE:
		peer->action = WG_PEER_REMOVE;
		break;
	default:
		break;
	}
}

static struct wg_peer_update *peer_begin(struct wg_update *update, const struct change *change,
					 struct arena *arena)
{
	struct wg_peer_update *peer = vec_push(arena, &update->peers);

	peer->public_key = change->public_key;
	peer->action = WG_PEER_UPDATE;
	peer->keepalive = -1;
	return peer;
}

void wg_update_make(struct wg_update *update, const struct change *const *changes, size_t n,
		    struct arena *arena)
{
	struct item *items = arena_alloc(arena, n * sizeof(*items));
	struct wg_peer_update *peer = NULL;
	size_t items_n = 0;

	*update = (struct wg_update){ .listen_port = -1, .fwmark = -1 };
	update->interface = n ? changes[0]->interface : NULL;
	for (size_t i = 0; i < n; i++) {
		if (is_device(changes[i]->kind))
			device_change(update, changes[i]);
		else
			items[items_n++] = (struct item){ changes[i], i };
	}
	if (items_n)
		qsort(items, items_n, sizeof(*items), item_compare);
	for (size_t i = 0; i < items_n; i++) {
		const struct change *change = items[i].change;

		if (i == 0 || stage(items[i - 1].change->kind) != stage(change->kind) ||
		    key_compare(&peer->public_key, &change->public_key))
			peer = peer_begin(update, change, arena);
		peer_change(peer, change, arena);
	}
}

bool wg_peer_only_drops(const struct wg_peer_update *peer)
{
	return peer->action == WG_PEER_UPDATE && !peer->preshared_key && !peer->endpoint &&
	       peer->keepalive < 0 && !peer->add.n;
}

void wg_update_drops(const struct wg_update *update, struct wg_drops *drops, struct arena *arena)
{
	*drops = (struct wg_drops){ 0 };
	vec_each (peer, &update->peers) {
		vec_each (span, &peer->drop)
			*vec_push(arena, &drops->list) = *span;
	}
}
