/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kernel: a kernel state made from a fuzzer's bytes, for targets that need one.
 */
#pragma once

#include "core/observed/observed.h"

/* Bytes as a stream of small numbers; zeros when they are used up. */
struct bytes {
	const uint8_t *at;
	size_t left;
};

static uint8_t take(struct bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

static struct ip take_ip(struct bytes *bytes)
{
	struct ip ip = { .family = take(bytes) & 1 ? FAMILY_IPV6 : FAMILY_IPV4 };

	/* Few different values, so that they collide. */
	ip.b[0] = take(bytes) & 1 ? 10 : 0xfe;
	ip.b[1] = take(bytes) & 1 ? 0x80 : 0;
	ip.b[family_bytes(ip.family) - 1] = take(bytes) & 3;
	return ip;
}

static struct prefix take_prefix(struct bytes *bytes)
{
	struct prefix prefix = { .ip = take_ip(bytes) };

	prefix.length = (uint8_t)(take(bytes) % (family_bits(prefix.ip.family) + 1));
	return prefix;
}

static struct wg_key take_key(struct bytes *bytes, unsigned number)
{
	struct wg_key key = { 0 };

	/* Unique in the kernel. */
	key.b[KEY_LENGTH - 1] = (uint8_t)number;
	key.b[0] = take(bytes) & 0xf;
	key.b[1] = take(bytes) & 0xf;
	return key;
}

static bool is_allowed_already(const struct observed_interface *interface,
			       const struct prefix *prefix)
{
	vec_each (peer, &interface->peers) {
		vec_each (there, &peer->allowed_ips) {
			if (!prefix_compare(there, prefix))
				return true;
		}
	}
	return false;
}

static void make_peer(struct bytes *bytes, struct arena *arena, unsigned number,
		      struct observed_interface *interface)
{
	struct observed_peer *peer = vec_push(arena, &interface->peers);
	uint8_t flags = take(bytes);

	/* Otherwise all zeros, which the kernel accepts. */
	if (!(flags & 1))
		peer->public_key = take_key(bytes, number);
	if (flags & 2)
		peer->preshared_key = take_key(bytes, number);
	peer->has_endpoint = flags & 4;
	peer->endpoint.ip = take_ip(bytes);
	peer->endpoint.port = take(bytes);
	peer->endpoint.scope = ip_is_link_local(&peer->endpoint.ip) ? take(bytes) & 3 : 0;
	peer->persistent_keepalive = take(bytes);
	for (unsigned n = take(bytes) & 3; n; n--) {
		struct prefix prefix = prefix_mask(take_prefix(bytes));

		if (!is_allowed_already(interface, &prefix))
			*vec_push(arena, &peer->allowed_ips) = prefix;
	}
}

static void make_interface(struct bytes *bytes, struct observed *observed, unsigned number)
{
	static const char *const names[] = { "wg0", "wg1", "a b", "=.+-_" };
	struct observed_interface *interface = vec_push(observed->arena, &observed->interfaces);
	uint8_t flags = take(bytes);

	interface->name = names[number % 4];
	interface->index = number + 1;
	interface->kind = flags & 1 ? LINK_OTHER : LINK_WIREGUARD;
	interface->implementation = flags & 2 ? IMPLEMENTATION_USERSPACE : IMPLEMENTATION_KERNEL;
	interface->up = flags & 4;
	interface->alias = flags & 8 ? "x\n\x80" : "";
	interface->mtu = flags & 16 ? 1420 : take(bytes) * 10u;
	interface->has_private_key = flags & 32;
	interface->private_key = take_key(bytes, number);
	interface->listen_port = take(bytes);
	interface->fwmark = take(bytes) & 3;
	for (unsigned n = take(bytes) & 3; n; n--)
		make_peer(bytes, observed->arena, n, interface);
}

static inline void make_observed(struct bytes *bytes, struct observed *observed)
{
	for (unsigned n = take(bytes) & 3; n; n--)
		make_interface(bytes, observed, n - 1);
	for (unsigned n = take(bytes) & 7; n; n--) {
		struct observed_address *address = vec_push(observed->arena, &observed->addresses);

		address->index = take(bytes) & 3;
		address->prefix = take_prefix(bytes);
		address->protocol = take(bytes) & 7;
	}
	for (unsigned n = take(bytes) & 7; n; n--) {
		struct observed_route *route = vec_push(observed->arena, &observed->routes);

		route->index = take(bytes) & 3;
		route->destination = prefix_mask(take_prefix(bytes));
		route->table = take(bytes) & 1 ? TABLE_MAIN : take(bytes);
		route->metric = take(bytes) & 1;
	}
	for (unsigned n = take(bytes) & 7; n; n--) {
		struct observed_rule *rule = vec_push(observed->arena, &observed->rules);

		rule->family = take(bytes) & 1 ? FAMILY_IPV6 : FAMILY_IPV4;
		rule->priority = 30000u + (take(bytes) & 1);
		rule->not_fwmark = take(bytes) & 1;
		rule->table = take(bytes) & 1 ? TABLE_MAIN : take(bytes);
		rule->fwmark = take(bytes) & 3;
		rule->suppress_prefix_length = rule->not_fwmark ? -1 : 0;
	}
	observed_sort(observed);
}
