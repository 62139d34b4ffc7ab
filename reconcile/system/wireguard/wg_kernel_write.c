/* SPDX-License-Identifier: MIT */
#include "wg_kernel.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>

/* Since Linux 6.16 (ba3d7b93dbe3, include/uapi/linux/wireguard.h); older headers
 * lack them. */
#define ALLOWEDIP_A_FLAGS (WGALLOWEDIP_A_CIDR_MASK + 1)
#define ALLOWEDIP_F_REMOVE_ME (1U << 0)

/* Maximum bytes of one peer without its allowed IPs, and of one allowed IP. */
#define PEER_ROOM 256
#define ALLOWED_IP_ROOM 64

struct encoder {
	const struct wg_encoding *encoding;
	const struct wg_update *update;
	struct nlmsghdr *message; /* NULL: none begun */
	struct nlattr *peers; /* open nests, or NULL */
	struct nlattr *peer;
	struct nlattr *allowed_ips;
	bool throwaway; /* the open peer is the dummy peer */
	bool sent_any;
};

static void message_begin(struct encoder *encoder)
{
	struct genlmsghdr header = { .cmd = WG_CMD_SET_DEVICE, .version = WG_GENL_VERSION };

	netlink_batch_clear(encoder->encoding->batch);
	encoder->message = netlink_batch_begin(encoder->encoding->batch, encoder->encoding->family,
					       0, &header, sizeof(header));
	netlink_put_string(encoder->message, WGDEVICE_A_IFNAME, encoder->update->interface);
}

static void peer_begin(struct encoder *encoder, const struct wg_key *key, uint32_t flags)
{
	if (!encoder->message)
		message_begin(encoder);
	if (!encoder->peers)
		encoder->peers = mnl_attr_nest_start(encoder->message, WGDEVICE_A_PEERS);
	/* The type of a list's elements is ignored. */
	encoder->peer = mnl_attr_nest_start(encoder->message, 0);
	netlink_put(encoder->message, WGPEER_A_PUBLIC_KEY, key->b, KEY_LENGTH);
	if (flags)
		netlink_put_u32(encoder->message, WGPEER_A_FLAGS, flags);
}

static void peer_end(struct encoder *encoder)
{
	if (encoder->allowed_ips)
		mnl_attr_nest_end(encoder->message, encoder->allowed_ips);
	if (encoder->peer)
		mnl_attr_nest_end(encoder->message, encoder->peer);
	encoder->allowed_ips = NULL;
	encoder->peer = NULL;
}

/* The dummy peer is removed in the message that added it. */
static void throwaway_end(struct encoder *encoder)
{
	peer_end(encoder);
	peer_begin(encoder, &wg_throwaway_key, WGPEER_F_REMOVE_ME);
	peer_end(encoder);
	encoder->throwaway = false;
}

static bool message_end(struct encoder *encoder)
{
	if (!encoder->message)
		return true;
	if (encoder->throwaway)
		throwaway_end(encoder);
	peer_end(encoder);
	if (encoder->peers)
		mnl_attr_nest_end(encoder->message, encoder->peers);
	encoder->peers = NULL;
	encoder->message = NULL;
	return encoder->encoding->message(encoder->encoding->batch, encoder->encoding->data);
}

static bool is_full(const struct encoder *encoder, size_t room)
{
	return encoder->message && encoder->message->nlmsg_len + room > encoder->encoding->limit;
}

static void put_allowed_ip(struct encoder *encoder, const struct prefix *prefix, uint32_t flags)
{
	struct nlmsghdr *message = encoder->message;
	uint16_t family = prefix->ip.family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	struct nlattr *nest;

	if (!encoder->allowed_ips)
		encoder->allowed_ips = mnl_attr_nest_start(message, WGPEER_A_ALLOWEDIPS);
	nest = mnl_attr_nest_start(message, 0);
	netlink_put(message, WGALLOWEDIP_A_FAMILY, &family, sizeof(family));
	netlink_put(message, WGALLOWEDIP_A_IPADDR, prefix->ip.b, family_bytes(prefix->ip.family));
	netlink_put_u8(message, WGALLOWEDIP_A_CIDR_MASK, prefix->length);
	if (flags)
		netlink_put_u32(message, ALLOWEDIP_A_FLAGS, flags);
	mnl_attr_nest_end(message, nest);
}

/* Data added to the open peer, which continues in further messages. */
struct allowed_ips {
	const struct prefix_span *spans;
	size_t spans_n;
	const struct wg_key *key; /* of that peer, and its flags there */
	uint32_t peer_flags;
	uint32_t flags; /* of each allowed IP */
};

static bool put_span(struct encoder *encoder, const struct allowed_ips *what,
		     const struct prefix_span *span)
{
	bool throwaway = encoder->throwaway;

	for (size_t i = 0; i < span->n; i++) {
		if (is_full(encoder, ALLOWED_IP_ROOM)) {
			if (!message_end(encoder))
				return false;
			peer_begin(encoder, what->key, what->peer_flags);
			encoder->throwaway = throwaway;
		}
		put_allowed_ip(encoder, &span->at[i], what->flags);
	}
	return true;
}

static bool put_allowed_ips(struct encoder *encoder, const struct allowed_ips *what)
{
	for (size_t i = 0; i < what->spans_n; i++)
		if (!put_span(encoder, what, &what->spans[i]))
			return false;
	return true;
}

static bool put_peer_allowed_ips(struct encoder *encoder, const struct wg_peer_update *peer)
{
	struct allowed_ips what = {
		.spans = peer->add.at,
		.spans_n = peer->add.n,
		.key = &peer->public_key,
		.peer_flags = WGPEER_F_UPDATE_ONLY,
	};

	if (!put_allowed_ips(encoder, &what))
		return false;
	if (!encoder->encoding->remove_flag)
		return true;
	what.spans = peer->drop.at;
	what.spans_n = peer->drop.n;
	what.flags = ALLOWEDIP_F_REMOVE_ME;
	return put_allowed_ips(encoder, &what);
}

static void put_endpoint(struct nlmsghdr *message, const struct endpoint *endpoint)
{
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(endpoint->port) };
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(endpoint->port),
				     .sin6_scope_id = endpoint->scope };

	memcpy(&ipv4.sin_addr, endpoint->ip.b, 4);
	memcpy(&ipv6.sin6_addr, endpoint->ip.b, 16);
	if (endpoint->ip.family == FAMILY_IPV4)
		netlink_put(message, WGPEER_A_ENDPOINT, &ipv4, sizeof(ipv4));
	else
		netlink_put(message, WGPEER_A_ENDPOINT, &ipv6, sizeof(ipv6));
}

static void put_keepalive(struct nlmsghdr *message, uint16_t seconds)
{
	netlink_put(message, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, &seconds, sizeof(seconds));
}

static uint32_t peer_flags(const struct wg_peer_update *peer)
{
	switch (peer->action) {
	case WG_PEER_CREATE:
		return 0;
	case WG_PEER_REMOVE:
		return WGPEER_F_REMOVE_ME;
	default:
		return WGPEER_F_UPDATE_ONLY;
	}
}

static void put_provocation(struct encoder *encoder, const struct wg_peer_update *peer)
{
	peer_begin(encoder, &peer->public_key, peer_flags(peer));
	put_keepalive(encoder->message, 0);
	peer_end(encoder);
}

static bool put_peer(struct encoder *encoder, const struct wg_peer_update *peer)
{
	if (!encoder->encoding->remove_flag && wg_peer_only_drops(peer))
		return true;
	if (is_full(encoder, PEER_ROOM) && !message_end(encoder))
		return false;
	if (peer->trigger)
		put_provocation(encoder, peer);
	peer_begin(encoder, &peer->public_key, peer_flags(peer));
	if (peer->preshared_key)
		netlink_put(encoder->message, WGPEER_A_PRESHARED_KEY, peer->preshared_key->b,
			    KEY_LENGTH);
	if (peer->endpoint)
		put_endpoint(encoder->message, peer->endpoint);
	if (peer->keepalive >= 0)
		put_keepalive(encoder->message, (uint16_t)peer->keepalive);
	if (!put_peer_allowed_ips(encoder, peer))
		return false;
	peer_end(encoder);
	return true;
}

/* Drops for kernels without WGALLOWEDIP_F_REMOVE_ME, see wg_throwaway_key. */
static bool put_drops(struct encoder *encoder, struct arena *arena)
{
	struct allowed_ips what = { .key = &wg_throwaway_key };
	struct wg_drops drops;

	wg_update_drops(encoder->update, &drops, arena);
	if (!drops.list.n)
		return true;
	what.spans = drops.list.at;
	what.spans_n = drops.list.n;
	if (is_full(encoder, PEER_ROOM) && !message_end(encoder))
		return false;
	peer_begin(encoder, &wg_throwaway_key, 0);
	encoder->throwaway = true;
	if (!put_allowed_ips(encoder, &what))
		return false;
	throwaway_end(encoder);
	return true;
}

static void put_device(struct encoder *encoder)
{
	const struct wg_update *update = encoder->update;
	uint16_t port = (uint16_t)update->listen_port;

	if (!update->private_key && update->listen_port < 0 && update->fwmark < 0)
		return;
	message_begin(encoder);
	if (update->private_key)
		netlink_put(encoder->message, WGDEVICE_A_PRIVATE_KEY, update->private_key->b,
			    KEY_LENGTH);
	if (update->listen_port >= 0)
		netlink_put(encoder->message, WGDEVICE_A_LISTEN_PORT, &port, sizeof(port));
	if (update->fwmark >= 0)
		netlink_put_u32(encoder->message, WGDEVICE_A_FWMARK, (uint32_t)update->fwmark);
}

bool wg_kernel_encode(const struct wg_update *update, const struct wg_encoding *encoding,
		      struct arena *arena)
{
	struct encoder encoder = { .encoding = encoding, .update = update };
	size_t i = 0;

	put_device(&encoder);
	for (; i < update->peers.n && update->peers.at[i].action != WG_PEER_REMOVE; i++) {
		if (!put_peer(&encoder, &update->peers.at[i]))
			return false;
	}
	if (!encoding->remove_flag && !put_drops(&encoder, arena))
		return false;
	for (; i < update->peers.n; i++) {
		if (!put_peer(&encoder, &update->peers.at[i]))
			return false;
	}
	return message_end(&encoder);
}
