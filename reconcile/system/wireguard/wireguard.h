/* SPDX-License-Identifier: MIT */
/*
 * wireguard: one update of a WireGuard device, made from changes, as the
 * implementations (wg_backend) carry it out: the kernel's (wg_kernel) and the programs
 * that are configured over a socket (wg_user).
 *
 * Nothing in it replaces: peers and allowed IPs are added, moved and dropped one
 * by one, so that a live device never stands without what it keeps.
 */
#pragma once

#include "base/arena.h"
#include "base/os/deadline.h"
#include "base/os/failure.h"
#include "core/decision/change.h"
#include "core/observed/observed.h"

enum wg_peer_action {
	WG_PEER_CREATE,
	WG_PEER_UPDATE, /* only when it is still there */
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
	const struct wg_key *preshared_key; /* NULL: leave; zero key: none */
	const struct endpoint *endpoint; /* NULL: leave */
	int32_t keepalive; /* -1: leave */
	/* Keepalive off before it is set: going from 0 to n makes WireGuard send at
	 * once (set_peer(), drivers/net/wireguard/netlink.c). */
	bool trigger;
	VEC(struct prefix_span) add; /* taken from whichever peer has them */
	VEC(struct prefix_span) drop;
};

struct wg_update {
	const char *interface;
	const struct wg_key *private_key; /* NULL: leave */
	int32_t listen_port; /* -1: leave */
	int64_t fwmark; /* -1: leave */
	/* In this order: what makes, then what drops, then what removes. A peer that
	 * gets some prefixes and loses others stands here twice. */
	VEC(struct wg_peer_update) peers;
};

/* Whether changes of this kind are a WireGuard device's. */
bool wg_change_is(enum change_kind kind);

/* The update that n changes of one interface make together. The changes must
 * outlive it. */
void wg_update_make(struct wg_update *update, const struct change *const *changes, size_t n,
		    struct arena *arena);

/* Whether nothing is left to say of the peer once its drops go another way, as by
 * the throw-away peer. */
bool wg_peer_only_drops(const struct wg_peer_update *peer);

/* The key of a peer that exists only for the moment in which it takes prefixes
 * away from another. No private key belongs to it: it is a point of low order
 * (RFC 7748, section 6.1), with which no handshake can succeed. Zero is one, too,
 * but is the public key of a device without private key, and peers with the
 * device's own key are passed over. */
extern const struct wg_key wg_throwaway_key;

/* All the prefixes that update drops, whoever has them. */
struct wg_drops {
	VEC(struct prefix_span) list;
};
void wg_update_drops(const struct wg_update *update, struct wg_drops *drops, struct arena *arena);
