/* SPDX-License-Identifier: MIT */
#include "wg_kernel.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

static bool read_endpoint(const struct nlattr *attribute, struct observed_peer *peer)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (netlink_bytes(attribute, &ipv4, sizeof(ipv4)) && ipv4.sin_family == AF_INET) {
		peer->endpoint.ip.family = FAMILY_IPV4;
		memcpy(peer->endpoint.ip.b, &ipv4.sin_addr, 4);
		peer->endpoint.port = ntohs(ipv4.sin_port);
	} else if (netlink_bytes(attribute, &ipv6, sizeof(ipv6)) && ipv6.sin6_family == AF_INET6) {
		peer->endpoint.ip.family = FAMILY_IPV6;
		memcpy(peer->endpoint.ip.b, &ipv6.sin6_addr, 16);
		peer->endpoint.port = ntohs(ipv6.sin6_port);
		peer->endpoint.scope = ipv6.sin6_scope_id;
	} else {
		return false;
	}
	peer->has_endpoint = true;
	return true;
}

/* struct __kernel_timespec: two 64-bit numbers on every architecture. */
static bool read_handshake(const struct nlattr *attribute, struct handshake *handshake)
{
	int64_t time[2];

	if (!netlink_bytes(attribute, time, sizeof(time)) || time[1] < 0 || time[1] > 999999999)
		return false;
	handshake->sec = time[0];
	handshake->nsec = (int32_t)time[1];
	return true;
}

static bool read_allowed_ip(const struct nlattr *nest, struct prefix *prefix)
{
	const struct nlattr *address = NULL;
	const struct nlattr *attribute;
	uint16_t family = 0;
	bool has_length = false;

	mnl_attr_for_each_nested(attribute, nest)
	{
		switch (mnl_attr_get_type(attribute)) {
		case WGALLOWEDIP_A_FAMILY:
			if (!netlink_u16(attribute, &family))
				return false;
			break;
		case WGALLOWEDIP_A_IPADDR:
			address = attribute;
			break;
		case WGALLOWEDIP_A_CIDR_MASK:
			has_length = netlink_u8(attribute, &prefix->length);
			break;
		}
	}
	if (!address || !has_length || (family != AF_INET && family != AF_INET6))
		return false;
	prefix->ip.family = family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6;
	return prefix->length <= family_bits(prefix->ip.family) &&
	       netlink_bytes(address, prefix->ip.b, family_bytes(prefix->ip.family));
}

static bool read_allowed_ips(const struct nlattr *nest, struct observed_peer *peer,
			     struct arena *prefixes)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_allowed_ip(attribute, vec_push(prefixes, &peer->allowed_ips)))
			return false;
	}
	return true;
}

static bool read_peer_attribute(const struct nlattr *attribute, struct observed_peer *peer,
				struct arena *prefixes)
{
	switch (mnl_attr_get_type(attribute)) {
	case WGPEER_A_PRESHARED_KEY:
		return netlink_bytes(attribute, peer->preshared_key.b, KEY_LENGTH);
	case WGPEER_A_ENDPOINT:
		return read_endpoint(attribute, peer);
	case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
		return netlink_u16(attribute, &peer->persistent_keepalive);
	case WGPEER_A_LAST_HANDSHAKE_TIME:
		return read_handshake(attribute, &peer->handshake);
	case WGPEER_A_RX_BYTES:
		return netlink_u64(attribute, &peer->rx_bytes);
	case WGPEER_A_TX_BYTES:
		return netlink_u64(attribute, &peer->tx_bytes);
	case WGPEER_A_ALLOWEDIPS:
		return read_allowed_ips(attribute, peer, prefixes);
	default:
		return true;
	}
}

/* The peer's entry: the latest one when this is its continuation. */
static struct observed_peer *peer_entry(struct observed_interface *interface,
					const struct wg_key *key, struct arena *arena,
					struct arena *prefixes)
{
	struct observed_peer before = { .allowed_ips.at = NULL };
	struct observed_peer *peer;

	if (interface->peers.n) {
		peer = &interface->peers.at[interface->peers.n - 1];
		if (!key_compare(&peer->public_key, key))
			return peer;
		/* It is complete. */
		vec_trim(prefixes, &peer->allowed_ips);
	}
	/* A repeated dump reuses the first attempt's memory. */
	if (interface->peers.n < interface->peers.capacity)
		before = interface->peers.at[interface->peers.n];
	peer = vec_push(arena, &interface->peers);
	peer->public_key = *key;
	peer->allowed_ips = before.allowed_ips;
	peer->allowed_ips.n = 0;
	return peer;
}

static bool read_peer(const struct nlattr *nest, struct observed_interface *interface,
		      struct arena *arena, struct arena *prefixes)
{
	const struct nlattr *attribute;
	struct observed_peer *peer;
	struct wg_key key;
	bool has_key = false;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == WGPEER_A_PUBLIC_KEY)
			has_key = netlink_bytes(attribute, key.b, KEY_LENGTH);
	}
	if (!has_key)
		return false;
	peer = peer_entry(interface, &key, arena, prefixes);
	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_peer_attribute(attribute, peer, prefixes))
			return false;
	}
	return true;
}

static bool read_peers(const struct nlattr *nest, struct observed_interface *interface,
		       struct arena *arena, struct arena *prefixes)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_peer(attribute, interface, arena, prefixes))
			return false;
	}
	return true;
}

static bool read_private_key(const struct nlattr *attribute, struct observed_interface *interface)
{
	if (!netlink_bytes(attribute, interface->private_key.b, KEY_LENGTH))
		return false;
	interface->has_private_key = !key_is_zero(&interface->private_key);
	return true;
}

static bool read_device_attribute(const struct nlattr *attribute,
				  struct observed_interface *interface, struct arena *arena,
				  struct arena *prefixes)
{
	switch (mnl_attr_get_type(attribute)) {
	case WGDEVICE_A_PRIVATE_KEY:
		return read_private_key(attribute, interface);
	case WGDEVICE_A_PUBLIC_KEY:
		return netlink_bytes(attribute, interface->public_key.b, KEY_LENGTH);
	case WGDEVICE_A_LISTEN_PORT:
		return netlink_u16(attribute, &interface->listen_port);
	case WGDEVICE_A_FWMARK:
		return netlink_u32(attribute, &interface->fwmark);
	case WGDEVICE_A_PEERS:
		return read_peers(attribute, interface, arena, prefixes);
	default:
		return true;
	}
}

bool wg_kernel_read(const struct nlmsghdr *message, struct observed_interface *interface,
		    struct arena *arena, struct arena *prefixes)
{
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return false;
	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (!read_device_attribute(attribute, interface, arena, prefixes))
			return false;
	}
	return true;
}
