/* SPDX-License-Identifier: MIT */
#include "wg_kernel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <stdlib.h>

/* Since Linux 6.16 (ba3d7b93dbe3, include/uapi/linux/wireguard.h); older headers
 * lack them. */
#define ALLOWEDIP_A_FLAGS (WGALLOWEDIP_A_CIDR_MASK + 1)
#define ALLOWEDIP_F_REMOVE_ME (1U << 0)

/* Most bytes that one peer without its allowed IPs, and one allowed IP, add. */
#define PEER_ROOM 256
#define ALLOWED_IP_ROOM 64

enum support {
	SUPPORT_UNKNOWN,
	SUPPORT_YES,
	SUPPORT_NO,
};

struct wg_kernel {
	struct netlink *netlink;
	uint16_t family; /* 0: not asked yet */
	enum support remove_flag;
	struct netlink_batch batch;
};

struct wg_kernel *wg_kernel_open(void)
{
	struct wg_kernel *wg = calloc(1, sizeof(*wg));

	if (!wg)
		return NULL;
	wg->netlink = netlink_open(NETLINK_GENERIC);
	if (!wg->netlink) {
		free(wg);
		return NULL;
	}
	return wg;
}

void wg_kernel_close(struct wg_kernel *wg)
{
	if (!wg)
		return;
	netlink_close(wg->netlink);
	netlink_batch_clear(&wg->batch);
	free(wg);
}

/* The family's number. */

static bool read_family(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *attribute;
	uint16_t *family = data;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return false;
	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
		    !netlink_u16(attribute, family))
			return false;
	}
	return true;
}

/* Asking for it by name also makes the kernel load the module. */
static bool family_ready(struct wg_kernel *wg, const struct deadline *deadline,
			 struct failure *failure)
{
	struct genlmsghdr header = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct netlink_receiver receiver = { .message = read_family, .data = &wg->family };
	struct netlink_message message;
	struct nlmsghdr *request;

	if (wg->family)
		return true;
	request = netlink_message_begin(&message, GENL_ID_CTRL, NLM_F_ACK, &header, sizeof(header));
	netlink_put_string(request, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	if (!netlink_request(wg->netlink, request, &receiver, deadline, failure)) {
		if (failure->code == ENOENT)
			failure_set(failure, EOPNOTSUPP, "this kernel has no WireGuard");
		return false;
	}
	if (!wg->family)
		return failure_set(failure, EBADMSG, "the kernel's answer is malformed");
	return true;
}

/* Reading. */

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
			     struct arena *arena)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_allowed_ip(attribute, vec_push(arena, &peer->allowed_ips)))
			return false;
	}
	return true;
}

static bool read_peer_attribute(const struct nlattr *attribute, struct observed_peer *peer,
				struct arena *arena)
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
		return read_allowed_ips(attribute, peer, arena);
	default:
		return true;
	}
}

/* The peer's entry: the latest one when this is its continuation. */
static struct observed_peer *peer_entry(struct observed_interface *interface,
					const struct wg_key *key, struct arena *arena)
{
	struct observed_peer *peer;

	if (interface->peers.n) {
		peer = &interface->peers.at[interface->peers.n - 1];
		if (!key_compare(&peer->public_key, key))
			return peer;
	}
	peer = vec_push(arena, &interface->peers);
	peer->public_key = *key;
	return peer;
}

static bool read_peer(const struct nlattr *nest, struct observed_interface *interface,
		      struct arena *arena)
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
	peer = peer_entry(interface, &key, arena);
	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_peer_attribute(attribute, peer, arena))
			return false;
	}
	return true;
}

static bool read_peers(const struct nlattr *nest, struct observed_interface *interface,
		       struct arena *arena)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (!read_peer(attribute, interface, arena))
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
				  struct observed_interface *interface, struct arena *arena)
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
		return read_peers(attribute, interface, arena);
	default:
		return true;
	}
}

bool wg_kernel_read(const struct nlmsghdr *message, struct observed_interface *interface,
		    struct arena *arena)
{
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		return false;
	mnl_attr_for_each(attribute, message, sizeof(struct genlmsghdr))
	{
		if (!read_device_attribute(attribute, interface, arena))
			return false;
	}
	return true;
}

struct dump {
	struct observed_interface *interface;
	struct arena *arena;
};

static void dump_begin(void *data)
{
	struct dump *dump = data;
	struct observed_interface *interface = dump->interface;

	interface->has_private_key = false;
	interface->public_key = (struct wg_key){ 0 };
	interface->peers.n = 0;
}

static bool dump_message(const struct nlmsghdr *message, void *data)
{
	struct dump *dump = data;

	return wg_kernel_read(message, dump->interface, dump->arena);
}

bool wg_kernel_get(struct wg_kernel *wg, struct observed_interface *interface, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure)
{
	struct genlmsghdr header = { .cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION };
	struct dump dump = { interface, arena };
	struct netlink_receiver receiver = { dump_begin, dump_message, &dump };
	struct netlink_message message;
	struct nlmsghdr *request;

	if (!family_ready(wg, deadline, failure))
		return false;
	request = netlink_message_begin(&message, wg->family, NLM_F_DUMP, &header, sizeof(header));
	netlink_put_string(request, WGDEVICE_A_IFNAME, interface->name);
	if (!netlink_request(wg->netlink, request, &receiver, deadline, failure)) {
		/* The kernel's word for "exists, but is no WireGuard device". */
		if (failure->code == EOPNOTSUPP)
			failure->code = ENODEV;
		return false;
	}
	interface->is_wireguard = true;
	interface->implementation = IMPLEMENTATION_KERNEL;
	return true;
}

/* Writing. */

struct encoder {
	const struct wg_encoding *encoding;
	const struct wg_update *update;
	struct nlmsghdr *message; /* NULL: none begun */
	struct nlattr *peers; /* open nests, or NULL */
	struct nlattr *peer;
	struct nlattr *allowed_ips;
	bool throwaway; /* the open peer is the throw-away one */
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
	/* The type of a list's elements is not looked at. */
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

/* The throw-away peer goes in the message in which it came. */
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

/* Adds the prefixes to the open peer, which continues in further messages. */
static bool put_allowed_ips(struct encoder *encoder, const struct wg_key *key, uint32_t peer_flags,
			    const struct prefix *prefixes, size_t n, uint32_t flags)
{
	bool throwaway = encoder->throwaway;

	for (size_t i = 0; i < n; i++) {
		if (is_full(encoder, ALLOWED_IP_ROOM)) {
			if (!message_end(encoder))
				return false;
			peer_begin(encoder, key, peer_flags);
			encoder->throwaway = throwaway;
		}
		put_allowed_ip(encoder, &prefixes[i], flags);
	}
	return true;
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
	bool flagged = encoder->encoding->remove_flag;

	if (!flagged && wg_peer_only_drops(peer))
		return true;
	if (is_full(encoder, PEER_ROOM) && !message_end(encoder))
		return false;
	if (peer->provoke)
		put_provocation(encoder, peer);
	peer_begin(encoder, &peer->public_key, peer_flags(peer));
	if (peer->preshared_key)
		netlink_put(encoder->message, WGPEER_A_PRESHARED_KEY, peer->preshared_key->b,
			    KEY_LENGTH);
	if (peer->endpoint)
		put_endpoint(encoder->message, peer->endpoint);
	if (peer->keepalive >= 0)
		put_keepalive(encoder->message, (uint16_t)peer->keepalive);
	if (!put_allowed_ips(encoder, &peer->public_key, WGPEER_F_UPDATE_ONLY, peer->add.at,
			     peer->add.n, 0))
		return false;
	if (flagged && !put_allowed_ips(encoder, &peer->public_key, WGPEER_F_UPDATE_ONLY,
					peer->drop.at, peer->drop.n, ALLOWEDIP_F_REMOVE_ME))
		return false;
	peer_end(encoder);
	return true;
}

/* Drops for kernels without WGALLOWEDIP_F_REMOVE_ME, see wg_throwaway_key. */
static bool put_drops(struct encoder *encoder, struct arena *arena)
{
	struct wg_drops drops;

	wg_update_drops(encoder->update, &drops, arena);
	if (!drops.list.n)
		return true;
	if (is_full(encoder, PEER_ROOM) && !message_end(encoder))
		return false;
	peer_begin(encoder, &wg_throwaway_key, 0);
	encoder->throwaway = true;
	if (!put_allowed_ips(encoder, &wg_throwaway_key, 0, drops.list.at, drops.list.n, 0))
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

struct sending {
	struct wg_kernel *wg;
	const struct deadline *deadline;
	struct failure *failure;
};

static bool send_message(struct netlink_batch *batch, void *data)
{
	struct sending *sending = data;

	return netlink_batch_send(sending->wg->netlink, batch, sending->deadline, sending->failure);
}

static bool send_update(struct wg_kernel *wg, const struct wg_update *update, bool remove_flag,
			struct arena *arena, const struct deadline *deadline,
			struct failure *failure)
{
	struct sending sending = { wg, deadline, failure };
	struct wg_encoding encoding = { .family = wg->family,
					.limit = WG_MESSAGE_LIMIT,
					.remove_flag = remove_flag,
					.batch = &wg->batch,
					.message = send_message,
					.data = &sending };
	bool done = wg_kernel_encode(update, &encoding, arena);

	netlink_batch_clear(&wg->batch);
	return done;
}

/* Does the kernel know WGALLOWEDIP_F_REMOVE_ME? The version of generic netlink's
 * family does not tell. */

static bool owns(const struct observed_interface *observed, const struct prefix *wanted)
{
	vec_each (peer, &observed->peers) {
		vec_each (prefix, &peer->allowed_ips) {
			if (!prefix_compare(prefix, wanted))
				return true;
		}
	}
	return false;
}

/* A prefix for documentation (RFC 3849) that nobody on the device owns. */
static struct prefix unowned_prefix(const struct observed_interface *observed)
{
	struct prefix prefix = { .ip = { .family = FAMILY_IPV6, .b = { 0x20, 0x01, 0x0d, 0xb8 } },
				 .length = 128 };

	while (owns(observed, &prefix)) {
		prefix.ip.b[15]++;
		if (prefix.ip.b[15] == 0)
			prefix.ip.b[14]++;
	}
	return prefix;
}

/* An existing peer is asked to lose a prefix that it does not have. A kernel that
 * does not know the flag refuses the whole attribute (EINVAL, strict parsing)
 * and has changed nothing; one that knows it has nothing to do. */
static void probe_remove_flag(struct wg_kernel *wg, const struct wg_update *update,
			      const struct observed_interface *observed, struct arena *arena,
			      const struct deadline *deadline)
{
	struct wg_update probe = { .interface = update->interface,
				   .listen_port = -1,
				   .fwmark = -1 };
	struct wg_peer_update *peer = vec_push(arena, &probe.peers);
	struct failure failure;

	peer->public_key = observed->peers.at[0].public_key;
	peer->action = WG_PEER_UPDATE;
	peer->keepalive = -1;
	*vec_push(arena, &peer->drop) = unowned_prefix(observed);
	if (send_update(wg, &probe, true, arena, deadline, &failure))
		wg->remove_flag = SUPPORT_YES;
	else if (failure.code == EINVAL)
		wg->remove_flag = SUPPORT_NO;
}

static bool has_drops(const struct wg_update *update)
{
	vec_each (peer, &update->peers) {
		if (peer->drop.n)
			return true;
	}
	return false;
}

bool wg_kernel_set(struct wg_kernel *wg, const struct wg_update *update,
		   const struct observed_interface *observed, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure)
{
	bool flagged;

	failure_set(failure, 0, "%s", "");
	if (!family_ready(wg, deadline, failure))
		return false;
	if (wg->remove_flag == SUPPORT_UNKNOWN && observed && observed->peers.n &&
	    has_drops(update))
		probe_remove_flag(wg, update, observed, arena, deadline);
	flagged = wg->remove_flag == SUPPORT_YES;
	if (send_update(wg, update, flagged, arena, deadline, failure))
		return true;
	/* The probe says yes, too, when its peer went away in that moment. */
	if (!flagged || failure->code != EINVAL || !has_drops(update))
		return false;
	wg->remove_flag = SUPPORT_NO;
	return send_update(wg, update, false, arena, deadline, failure);
}
