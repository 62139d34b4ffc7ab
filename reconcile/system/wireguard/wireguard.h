/* SPDX-License-Identifier: MIT */
/*
 * wireguard: one update of a WireGuard device, made from changes and applied by the
 * implementations (wg_backend): the kernel's (wg_kernel) and programs configured over a
 * socket (wg_user).
 *
 * It replaces nothing: peers and allowed IPs are added, moved and removed one by one, so
 * that a live device always has those that it keeps.
 */
#pragma once

#include "base/arena.h"
#include "base/os/deadline.h"
#include "base/os/failure.h"
#include "core/decision/change.h"
#include "core/observed/observed.h"

enum wg_peer_action {
	WG_PEER_CREATE,
	WG_PEER_UPDATE, /* only if it still exists */
	WG_PEER_REMOVE,
};

/* Prefixes of some change, which outlives the update. */
struct prefix_span {
	const struct prefix *at;
	size_t n;
};

struct wg_peer_update {
	struct wg_key public_key;
	enum wg_peer_action action;
	const struct wg_key *preshared_key; /* NULL: unchanged; zero key: none */
	const struct endpoint *endpoint; /* NULL: unchanged */
	int32_t keepalive; /* -1: unchanged */
	/* Keepalive off before it is set: going from 0 to n triggers a handshake
	 * (set_peer(), drivers/net/wireguard/netlink.c). */
	bool trigger;
	VEC(struct prefix_span) add; /* moved from their current peers */
	VEC(struct prefix_span) drop;
};

struct wg_update {
	const char *interface;
	const struct wg_key *private_key; /* NULL: unchanged */
	int32_t listen_port; /* -1: unchanged */
	int64_t fwmark; /* -1: unchanged */
	/* In this order: additions, then removals of prefixes, then removals of peers. A
	 * peer with both added and removed prefixes is here twice. */
	VEC(struct wg_peer_update) peers;
};

/* Whether changes of this kind apply to a WireGuard device. */
bool wg_change_is(enum change_kind kind);

/* The update from n changes of one interface. The changes must outlive it. */
void wg_update_make(struct wg_update *update, const struct change *const *changes, size_t n,
		    struct arena *arena);

/* Whether the update of the peer is empty when its removals are made otherwise, as by the
 * dummy peer. */
bool wg_peer_only_drops(const struct wg_peer_update *peer);

/* The key of the dummy peer, which exists only while it steals prefixes from another peer.
 * It has no private key: it is a point of low order (RFC 7748, section 6.1), with which no
 * handshake can succeed. Zero is such a point, too, but is also the public key of a device
 * without a private key, and peers with the device's own key are skipped. */
extern const struct wg_key wg_throwaway_key;

/* All prefixes that update removes, from any peer. */
struct wg_drops {
	VEC(struct prefix_span) list;
};
void wg_update_drops(const struct wg_update *update, struct wg_drops *drops, struct arena *arena);
