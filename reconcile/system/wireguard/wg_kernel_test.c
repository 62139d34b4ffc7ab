/* SPDX-License-Identifier: MIT */
/*
 * The messages themselves: those sent for an update, decoded again, and those of dumps.
 * kernel_test tests the real kernel.
 */
#include "wg_kernel.h"

#include "base/random.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define FAMILY 0x1d
#define A_FLAGS 4 /* WGALLOWEDIP_A_FLAGS */
#define NO_KEEPALIVE (-1)

/* One peer nest as sent. */
struct sent_peer {
	struct wg_key key;
	uint32_t flags;
	bool has_preshared_key;
	struct wg_key preshared_key;
	bool has_endpoint;
	struct endpoint endpoint;
	int32_t keepalive;
	VEC(struct prefix) added;
	VEC(struct prefix) removed;
	unsigned message; /* its message's index */
};

struct sent {
	struct arena *arena;
	unsigned messages;
	size_t longest;
	size_t longest_nest;
	unsigned fail_at; /* this message is refused; 0: none */
	char interface[16];
	bool has_private_key;
	int32_t listen_port;
	int64_t fwmark;
	VEC(struct sent_peer) peers;
};

static void note_nest(struct sent *sent, const struct nlattr *nest)
{
	ck_assert_msg(nest->nla_type & NLA_F_NESTED, "nest without flag");
	if (nest->nla_len > sent->longest_nest)
		sent->longest_nest = nest->nla_len;
}

static void decode_allowed_ip(struct sent *sent, struct sent_peer *peer, const struct nlattr *nest)
{
	const struct nlattr *attribute;
	struct prefix prefix = { 0 };
	uint32_t flags = 0;
	uint16_t family = 0;

	note_nest(sent, nest);
	mnl_attr_for_each_nested(attribute, nest)
	{
		switch (mnl_attr_get_type(attribute)) {
		case WGALLOWEDIP_A_FAMILY:
			ck_assert(netlink_u16(attribute, &family));
			break;
		case WGALLOWEDIP_A_IPADDR:
			ck_assert(
				netlink_bytes(attribute, prefix.ip.b, family == AF_INET ? 4 : 16));
			break;
		case WGALLOWEDIP_A_CIDR_MASK:
			ck_assert(netlink_u8(attribute, &prefix.length));
			break;
		case A_FLAGS:
			ck_assert(netlink_u32(attribute, &flags));
			break;
		default:
			ck_abort_msg("unknown attribute");
		}
	}
	prefix.ip.family = family == AF_INET ? FAMILY_IPV4 : FAMILY_IPV6;
	ck_assert_uint_le(flags, 1);
	if (flags)
		*vec_push(sent->arena, &peer->removed) = prefix;
	else
		*vec_push(sent->arena, &peer->added) = prefix;
}

static void decode_endpoint(struct sent_peer *peer, const struct nlattr *attribute)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	peer->has_endpoint = true;
	if (netlink_bytes(attribute, &ipv4, sizeof(ipv4))) {
		ck_assert_int_eq(ipv4.sin_family, AF_INET);
		peer->endpoint.ip.family = FAMILY_IPV4;
		memcpy(peer->endpoint.ip.b, &ipv4.sin_addr, 4);
		peer->endpoint.port = ntohs(ipv4.sin_port);
		return;
	}
	ck_assert(netlink_bytes(attribute, &ipv6, sizeof(ipv6)));
	ck_assert_int_eq(ipv6.sin6_family, AF_INET6);
	peer->endpoint.ip.family = FAMILY_IPV6;
	memcpy(peer->endpoint.ip.b, &ipv6.sin6_addr, 16);
	peer->endpoint.port = ntohs(ipv6.sin6_port);
	peer->endpoint.scope = ipv6.sin6_scope_id;
}

static void decode_peer(struct sent *sent, const struct nlattr *nest)
{
	struct sent_peer *peer = vec_push(sent->arena, &sent->peers);
	const struct nlattr *attribute;
	const struct nlattr *ip;
	uint16_t keepalive;

	note_nest(sent, nest);
	peer->keepalive = NO_KEEPALIVE;
	peer->message = sent->messages;
	mnl_attr_for_each_nested(attribute, nest)
	{
		switch (mnl_attr_get_type(attribute)) {
		case WGPEER_A_PUBLIC_KEY:
			ck_assert(netlink_bytes(attribute, peer->key.b, KEY_LENGTH));
			break;
		case WGPEER_A_FLAGS:
			ck_assert(netlink_u32(attribute, &peer->flags));
			break;
		case WGPEER_A_PRESHARED_KEY:
			peer->has_preshared_key = true;
			ck_assert(netlink_bytes(attribute, peer->preshared_key.b, KEY_LENGTH));
			break;
		case WGPEER_A_ENDPOINT:
			decode_endpoint(peer, attribute);
			break;
		case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL:
			ck_assert(netlink_u16(attribute, &keepalive));
			peer->keepalive = keepalive;
			break;
		case WGPEER_A_ALLOWEDIPS:
			note_nest(sent, attribute);
			mnl_attr_for_each_nested(ip, attribute) decode_allowed_ip(sent, peer, ip);
			break;
		default:
			ck_abort_msg("unknown attribute");
		}
	}
	/* Nothing is ever replaced. */
	ck_assert_uint_eq(peer->flags & WGPEER_F_REPLACE_ALLOWEDIPS, 0);
}

static void decode_device(struct sent *sent, const struct nlattr *attribute)
{
	const struct nlattr *peer;
	struct wg_key key;
	uint16_t port;
	uint32_t mark;

	switch (mnl_attr_get_type(attribute)) {
	case WGDEVICE_A_IFNAME:
		ck_assert_ptr_nonnull(netlink_string(attribute));
		snprintf(sent->interface, sizeof(sent->interface), "%s", netlink_string(attribute));
		break;
	case WGDEVICE_A_PRIVATE_KEY:
		ck_assert(netlink_bytes(attribute, key.b, KEY_LENGTH));
		sent->has_private_key = true;
		break;
	case WGDEVICE_A_LISTEN_PORT:
		ck_assert(netlink_u16(attribute, &port));
		sent->listen_port = port;
		break;
	case WGDEVICE_A_FWMARK:
		ck_assert(netlink_u32(attribute, &mark));
		sent->fwmark = mark;
		break;
	case WGDEVICE_A_PEERS:
		note_nest(sent, attribute);
		mnl_attr_for_each_nested(peer, attribute) decode_peer(sent, peer);
		break;
	default:
		ck_abort_msg("unknown attribute, or flags that replace");
	}
}

static bool decode_message(struct netlink_batch *batch, void *data)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)batch->buffer;
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	struct sent *sent = data;
	const struct nlattr *attribute;

	ck_assert_uint_eq(batch->messages, 1);
	ck_assert_uint_eq(message->nlmsg_type, FAMILY);
	ck_assert_uint_eq(message->nlmsg_flags, NLM_F_REQUEST);
	ck_assert_uint_eq(header->cmd, WG_CMD_SET_DEVICE);
	ck_assert_uint_eq(header->version, 1);
	sent->messages++;
	if (message->nlmsg_len > sent->longest)
		sent->longest = message->nlmsg_len;
	mnl_attr_for_each(attribute, message, sizeof(*header)) decode_device(sent, attribute);
	return sent->messages != sent->fail_at;
}

static bool encode(struct sent *sent, const struct wg_update *update, size_t limit,
		   bool remove_flag)
{
	struct wg_encoding encoding = { .family = FAMILY,
					.limit = limit,
					.remove_flag = remove_flag,
					.batch = netlink_batch_new(sent->arena),
					.message = decode_message,
					.data = sent };

	sent->listen_port = -1;
	sent->fwmark = -1;
	return wg_kernel_encode(update, &encoding, sent->arena);
}

static struct wg_update update_empty(void)
{
	return (struct wg_update){ .interface = "wg0", .listen_port = -1, .fwmark = -1 };
}

static struct wg_peer_update *update_peer(struct sent *sent, struct wg_update *update, uint8_t key,
					  enum wg_peer_action action)
{
	struct wg_peer_update *peer = vec_push(sent->arena, &update->peers);

	peer->public_key.b[0] = key;
	peer->public_key.b[KEY_LENGTH - 1] = 0x40;
	peer->action = action;
	peer->keepalive = NO_KEEPALIVE;
	return peer;
}

static struct prefix_span span_of(struct arena *arena, struct prefix prefix)
{
	struct prefix *copy = arena_alloc(arena, sizeof(*copy));

	*copy = prefix;
	return (struct prefix_span){ .at = copy, .n = 1 };
}

static struct prefix prefix_number(unsigned i)
{
	struct prefix prefix = { .ip = { FAMILY_IPV4, { 10 } }, .length = 32 };

	if (i % 3 == 0) {
		prefix.ip.family = FAMILY_IPV6;
		prefix.length = 128;
		prefix.ip.b[15] = 1;
	}
	prefix.ip.b[1] = (uint8_t)(i >> 16);
	prefix.ip.b[2] = (uint8_t)(i >> 8);
	prefix.ip.b[3] = (uint8_t)i;
	return prefix;
}

START_TEST(test_nothing_sends_nothing)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();

	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, true));
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 0);
	arena_free(sent.arena);
}
END_TEST

/* As bytes, counted by hand from linux/wireguard.h, to detect an error shared by encoder and
 * decoder. For little-endian machines. */
START_TEST(test_bytes)
{
	static const uint8_t expected[] = {
		/* nlmsghdr: length, type, NLM_F_REQUEST, sequence, port */
		0x78, 0, 0, 0, FAMILY, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		/* genlmsghdr: WG_CMD_SET_DEVICE, version */
		1, 1, 0, 0,
		/* WGDEVICE_A_IFNAME */
		8, 0, 2, 0, 'w', 'g', '0', 0,
		/* WGDEVICE_A_FWMARK */
		8, 0, 7, 0, 1, 0, 0, 0,
		/* WGDEVICE_A_PEERS, nested, and the first of them */
		0x54, 0, 8, 0x80, 0x50, 0, 0, 0x80,
		/* WGPEER_A_PUBLIC_KEY */
		36, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0x40,
		/* WGPEER_A_FLAGS: WGPEER_F_UPDATE_ONLY */
		8, 0, 3, 0, 4, 0, 0, 0,
		/* WGPEER_A_ALLOWEDIPS, and the first of them */
		0x20, 0, 9, 0x80, 0x1c, 0, 0, 0x80,
		/* AF_INET, 10.0.0.0, 8 */
		6, 0, 1, 0, 2, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 0, 5, 0, 3, 0, 8, 0, 0, 0
	};
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_UPDATE);
	struct netlink_batch *batch = netlink_batch_new(sent.arena);
	struct wg_encoding encoding = { .family = FAMILY,
					.limit = WG_MESSAGE_LIMIT,
					.batch = batch,
					.message = decode_message,
					.data = &sent };

	if (htons(1) == 1)
		return;
	update.fwmark = 1;
	*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_of("10.0.0.0/8"));
	ck_assert(wg_kernel_encode(&update, &encoding, sent.arena));
	ck_assert_uint_eq(sizeof(expected), 0x78);
	ck_assert_mem_eq(batch->buffer, expected, sizeof(expected));
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_device)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_key key = { { 1 } };

	update.private_key = &key;
	update.listen_port = 0;
	update.fwmark = UINT32_MAX;
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 1);
	ck_assert_str_eq(sent.interface, "wg0");
	ck_assert(sent.has_private_key);
	ck_assert_int_eq(sent.listen_port, 0);
	ck_assert_int_eq(sent.fwmark, UINT32_MAX);
	ck_assert_uint_eq(sent.peers.n, 0);
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_takeover_is_one_message)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_UPDATE);
	struct endpoint endpoint;

	ck_assert(endpoint_parse("[2001:db8::1]:51820", &endpoint));
	endpoint.scope = 3;
	peer->endpoint = &endpoint;
	*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_of("0.0.0.0/0"));
	*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_of("::/0"));
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 1);
	ck_assert_uint_eq(sent.peers.n, 1);
	ck_assert_uint_eq(sent.peers.at[0].flags, WGPEER_F_UPDATE_ONLY);
	ck_assert(endpoint_equal(&sent.peers.at[0].endpoint, &endpoint));
	ck_assert_uint_eq(sent.peers.at[0].endpoint.scope, 3);
	ck_assert_int_eq(sent.peers.at[0].keepalive, NO_KEEPALIVE);
	ck_assert(!sent.peers.at[0].has_preshared_key);
	ck_assert_uint_eq(sent.peers.at[0].added.n, 2);
	ck_assert_uint_eq(sent.peers.at[0].added.at[1].ip.family, FAMILY_IPV6);
	arena_free(sent.arena);
}
END_TEST

/* Keepalive 0 and then n, in one message, and the endpoint before the packet. */
START_TEST(test_provoke)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_UPDATE);
	struct endpoint endpoint;

	ck_assert(endpoint_parse("192.0.2.1:51820", &endpoint));
	peer->endpoint = &endpoint;
	peer->keepalive = 25;
	peer->trigger = true;
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 1);
	ck_assert_uint_eq(sent.peers.n, 2);
	ck_assert_int_eq(key_compare(&sent.peers.at[0].key, &sent.peers.at[1].key), 0);
	ck_assert_uint_eq(sent.peers.at[0].flags, WGPEER_F_UPDATE_ONLY);
	ck_assert_int_eq(sent.peers.at[0].keepalive, 0);
	ck_assert_int_eq(sent.peers.at[1].keepalive, 25);
	ck_assert(sent.peers.at[1].has_endpoint);
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_peer_actions)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_key preshared = { { 9 } };
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_CREATE);

	peer->preshared_key = &preshared;
	peer->keepalive = 0;
	update_peer(&sent, &update, 2, WG_PEER_REMOVE);
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 1);
	ck_assert_uint_eq(sent.peers.n, 2);
	ck_assert_uint_eq(sent.peers.at[0].flags, 0);
	ck_assert_int_eq(key_compare(&sent.peers.at[0].preshared_key, &preshared), 0);
	ck_assert_int_eq(sent.peers.at[0].keepalive, 0);
	ck_assert_uint_eq(sent.peers.at[1].flags, WGPEER_F_REMOVE_ME);
	arena_free(sent.arena);
}
END_TEST

/* A peer whose prefixes fill many messages continues in the next; settings are sent once,
 * and the continuation must not add it again. */
START_TEST(test_split_peer)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_CREATE);
	unsigned n = 0;

	peer->keepalive = 25;
	for (unsigned i = 0; i < 20000; i++)
		*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_number(i));
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_ge(sent.messages, 10);
	ck_assert_uint_le(sent.messages, 13);
	ck_assert_uint_le(sent.longest, WG_MESSAGE_LIMIT);
	ck_assert_uint_ge(sent.longest, WG_MESSAGE_LIMIT - 128);
	ck_assert_uint_lt(sent.longest_nest, 65536);
	ck_assert_uint_eq(sent.peers.n, sent.messages);
	vec_each (part, &sent.peers) {
		bool first = part == sent.peers.at;

		ck_assert_uint_eq(part->flags, first ? 0 : WGPEER_F_UPDATE_ONLY);
		ck_assert_int_eq(part->keepalive, first ? 25 : NO_KEEPALIVE);
		ck_assert_int_eq(key_compare(&part->key, &peer->public_key), 0);
		vec_each (prefix, &part->added)
			ck_assert_int_eq(prefix_compare(prefix, peer->add.at[n++].at), 0);
	}
	ck_assert_uint_eq(n, 20000);
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_split_peers)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();

	for (unsigned i = 0; i < 3000; i++) {
		struct wg_peer_update *peer = update_peer(&sent, &update, 0, WG_PEER_CREATE);

		memcpy(peer->public_key.b, &i, sizeof(i));
		*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_number(i));
	}
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_ge(sent.messages, 3);
	ck_assert_uint_le(sent.longest, WG_MESSAGE_LIMIT);
	ck_assert_uint_eq(sent.peers.n, 3000);
	vec_each (peer, &sent.peers) {
		ck_assert_uint_eq(peer->flags, 0);
		ck_assert_uint_eq(peer->added.n, 1);
	}
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_refused_message_ends_it)
{
	struct sent sent = { .arena = arena_new(), .fail_at = 2 };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_CREATE);

	for (unsigned i = 0; i < 20000; i++)
		*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_number(i));
	ck_assert(!encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_eq(sent.messages, 2);
	arena_free(sent.arena);
}
END_TEST

START_TEST(test_drops_with_flag)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 1, WG_PEER_UPDATE);

	*vec_push(sent.arena, &peer->add) = span_of(sent.arena, prefix_of("10.0.0.0/9"));
	peer = update_peer(&sent, &update, 1, WG_PEER_UPDATE);
	*vec_push(sent.arena, &peer->drop) = span_of(sent.arena, prefix_of("10.0.0.0/8"));
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, true));
	ck_assert_uint_eq(sent.messages, 1);
	ck_assert_uint_eq(sent.peers.n, 2);
	ck_assert_uint_eq(sent.peers.at[0].added.n, 1);
	ck_assert_uint_eq(sent.peers.at[0].removed.n, 0);
	ck_assert_uint_eq(sent.peers.at[1].flags, WGPEER_F_UPDATE_ONLY);
	ck_assert_uint_eq(sent.peers.at[1].removed.n, 1);
	ck_assert_uint_eq(sent.peers.at[1].removed.at[0].length, 8);
	arena_free(sent.arena);
}
END_TEST

/* Each message that adds prefixes to the dummy peer also removes the dummy peer. The
 * previous peer is not mentioned, and removals come after. */
START_TEST(test_drops_without_flag)
{
	struct sent sent = { .arena = arena_new() };
	struct wg_update update = update_empty();
	struct wg_peer_update *peer = update_peer(&sent, &update, 7, WG_PEER_UPDATE);
	unsigned n = 0;

	for (unsigned i = 0; i < 10000; i++)
		*vec_push(sent.arena, &peer->drop) = span_of(sent.arena, prefix_number(i));
	update_peer(&sent, &update, 8, WG_PEER_REMOVE);
	ck_assert(encode(&sent, &update, WG_MESSAGE_LIMIT, false));
	ck_assert_uint_ge(sent.messages, 5);
	ck_assert_uint_lt(sent.longest_nest, 65536);
	ck_assert_uint_eq(sent.peers.n, sent.messages * 2 + 1);
	for (unsigned i = 0; i < sent.messages * 2; i += 2) {
		const struct sent_peer *taker = &sent.peers.at[i];
		const struct sent_peer *end = &sent.peers.at[i + 1];

		ck_assert_int_eq(key_compare(&taker->key, &wg_throwaway_key), 0);
		ck_assert_int_eq(key_compare(&end->key, &wg_throwaway_key), 0);
		ck_assert_uint_eq(taker->message, end->message);
		ck_assert_uint_eq(taker->flags, 0);
		ck_assert_uint_eq(end->flags, WGPEER_F_REMOVE_ME);
		ck_assert_uint_eq(taker->removed.n + end->added.n, 0);
		vec_each (prefix, &taker->added)
			ck_assert_int_eq(prefix_compare(prefix, peer->drop.at[n++].at), 0);
	}
	ck_assert_uint_eq(n, 10000);
	ck_assert_uint_eq(sent.peers.at[sent.peers.n - 1].key.b[0], 8);
	arena_free(sent.arena);
}
END_TEST

/* A device that applies the messages like the kernel. */

#define MODEL_PEERS 8
#define MODEL_PREFIXES 64
#define MODEL_THROWAWAY 9 /* owners are 1 + the peer's number; 0: none */

struct model {
	bool exists[MODEL_PEERS];
	uint8_t owner[MODEL_PREFIXES];
};

static unsigned prefix_index(const struct prefix *prefix)
{
	return prefix->ip.b[3];
}

static void model_disown(struct model *model, uint8_t owner)
{
	for (int i = 0; i < MODEL_PREFIXES; i++) {
		if (model->owner[i] == owner)
			model->owner[i] = 0;
	}
}

static void model_sent_peer(struct model *model, const struct sent_peer *peer)
{
	bool throwaway = !key_compare(&peer->key, &wg_throwaway_key);
	uint8_t owner = throwaway ? MODEL_THROWAWAY : peer->key.b[0];

	if (peer->flags & WGPEER_F_REMOVE_ME) {
		model_disown(model, owner);
		if (!throwaway)
			model->exists[owner - 1] = false;
		return;
	}
	if (!throwaway && !model->exists[owner - 1]) {
		if (peer->flags & WGPEER_F_UPDATE_ONLY)
			return;
		model->exists[owner - 1] = true;
	}
	vec_each (prefix, &peer->added)
		model->owner[prefix_index(prefix)] = owner;
	vec_each (prefix, &peer->removed) {
		if (model->owner[prefix_index(prefix)] == owner)
			model->owner[prefix_index(prefix)] = 0;
	}
}

static void random_prefixes(struct random *random, struct arena *arena, struct prefix_span **at,
			    size_t *n, const struct model *model, uint8_t owner)
{
	struct {
		VEC(struct prefix_span) list;
	} spans = { 0 };

	for (unsigned i = 0; i < MODEL_PREFIXES; i++) {
		if (random_below(random, 4) || (owner && model->owner[i] != owner))
			continue;
		*vec_push(arena, &spans.list) = span_of(arena, prefix_number(i));
	}
	*at = spans.list.at;
	*n = spans.list.n;
}

/* Random updates, split at random limits, with and without the flag, give the same result. */
START_TEST(test_against_model)
{
	struct random random;

	random_seed(&random, 1);
	for (int round = 0; round < 500; round++) {
		struct sent sent = { .arena = arena_new() };
		struct wg_update update = update_empty();
		struct model expected = { 0 };
		struct model model;
		size_t limit = 600 + random_below(&random, 2000);
		bool flag = random_below(&random, 2);

		for (int i = 0; i < MODEL_PEERS; i++)
			expected.exists[i] = random_below(&random, 2);
		for (int i = 0; i < MODEL_PREFIXES; i++) {
			uint64_t owner = random_below(&random, MODEL_PEERS + 1);

			if (owner && expected.exists[owner - 1])
				expected.owner[i] = (uint8_t)owner;
		}
		model = expected;
		for (uint8_t key = 1; key <= 4; key++) {
			struct wg_peer_update *peer = update_peer(
				&sent, &update, key,
				random_below(&random, 2) ? WG_PEER_CREATE : WG_PEER_UPDATE);

			peer->keepalive = 1;
			random_prefixes(&random, sent.arena, &peer->add.at, &peer->add.n, &expected,
					0);
			if (peer->action == WG_PEER_UPDATE && !expected.exists[key - 1])
				continue;
			expected.exists[key - 1] = true;
			vec_each (span, &peer->add)
				expected.owner[prefix_index(span->at)] = key;
		}
		for (uint8_t key = 5; key <= 7; key++) {
			struct wg_peer_update *peer = update_peer(&sent, &update, key,
								  WG_PEER_UPDATE);

			random_prefixes(&random, sent.arena, &peer->drop.at, &peer->drop.n,
					&expected, key);
			vec_each (span, &peer->drop)
				expected.owner[prefix_index(span->at)] = 0;
		}
		update_peer(&sent, &update, 8, WG_PEER_REMOVE);
		model_disown(&expected, 8);
		expected.exists[7] = false;

		ck_assert(encode(&sent, &update, limit, flag));
		vec_each (peer, &sent.peers)
			model_sent_peer(&model, peer);
		ck_assert_mem_eq(&model, &expected, sizeof(model));
		arena_free(sent.arena);
	}
}
END_TEST

/* Reading. */

struct dump {
	struct arena *arena;
	struct netlink_batch *batch;
	struct nlmsghdr *message;
	struct nlattr *peers;
	struct nlattr *peer;
	struct nlattr *allowed_ips;
	struct observed_interface interface;
};

static void dump_init(struct dump *dump)
{
	*dump = (struct dump){ .arena = arena_new() };
	dump->batch = netlink_batch_new(dump->arena);
}

static void dump_message(struct dump *dump)
{
	struct genlmsghdr header = { .cmd = WG_CMD_GET_DEVICE, .version = 1 };

	netlink_batch_clear(dump->batch);
	dump->message = netlink_batch_begin(dump->batch, FAMILY, 0, &header, sizeof(header));
}

static void dump_peer(struct dump *dump, uint8_t key)
{
	struct wg_key public_key = { { key } };

	if (!dump->peers)
		dump->peers = mnl_attr_nest_start(dump->message, WGDEVICE_A_PEERS);
	dump->peer = mnl_attr_nest_start(dump->message, 0);
	netlink_put(dump->message, WGPEER_A_PUBLIC_KEY, public_key.b, KEY_LENGTH);
}

static void dump_allowed_ip(struct dump *dump, const char *text)
{
	struct prefix prefix = prefix_of(text);
	uint16_t family = prefix.ip.family == FAMILY_IPV4 ? AF_INET : AF_INET6;
	struct nlattr *nest;

	if (!dump->allowed_ips)
		dump->allowed_ips = mnl_attr_nest_start(dump->message, WGPEER_A_ALLOWEDIPS);
	nest = mnl_attr_nest_start(dump->message, 0);
	/* In the kernel's order: the family comes after the length. */
	netlink_put_u8(dump->message, WGALLOWEDIP_A_CIDR_MASK, prefix.length);
	netlink_put(dump->message, WGALLOWEDIP_A_FAMILY, &family, sizeof(family));
	netlink_put(dump->message, WGALLOWEDIP_A_IPADDR, prefix.ip.b,
		    family_bytes(prefix.ip.family));
	mnl_attr_nest_end(dump->message, nest);
}

static void dump_peer_end(struct dump *dump)
{
	if (dump->allowed_ips)
		mnl_attr_nest_end(dump->message, dump->allowed_ips);
	mnl_attr_nest_end(dump->message, dump->peer);
	dump->allowed_ips = NULL;
}

static bool dump_read(struct dump *dump)
{
	if (dump->peers)
		mnl_attr_nest_end(dump->message, dump->peers);
	dump->peers = NULL;
	return wg_kernel_read(dump->message, &dump->interface, dump->arena, dump->arena);
}

static void dump_two_peers(struct dump *dump)
{
	dump_message(dump);
	dump_peer(dump, 1);
	for (int i = 0; i < 100; i++)
		dump_allowed_ip(dump, "10.0.0.0/8");
	dump_peer_end(dump);
	dump_peer(dump, 2);
	dump_allowed_ip(dump, "10.1.0.0/16");
	dump_peer_end(dump);
	ck_assert(dump_read(dump));
}

/* A restarted dump needs no more memory than the first. */
START_TEST(test_read_again)
{
	const struct observed_peer *peers;
	const struct prefix *first;
	struct dump dump;

	dump_init(&dump);
	dump_two_peers(&dump);
	peers = dump.interface.peers.at;
	ck_assert_uint_eq(dump.interface.peers.n, 2);
	ck_assert_uint_eq(peers[0].allowed_ips.n, 100);
	first = peers[0].allowed_ips.at;
	dump.interface.peers.n = 0;
	dump_two_peers(&dump);
	ck_assert_uint_eq(dump.interface.peers.n, 2);
	ck_assert_ptr_eq(dump.interface.peers.at, peers);
	ck_assert_uint_eq(peers[0].allowed_ips.n, 100);
	ck_assert_uint_eq(peers[1].allowed_ips.n, 1);
	ck_assert_ptr_eq(peers[0].allowed_ips.at, first);
	ck_assert_uint_eq(peers[1].allowed_ips.at[0].length, 16);
	arena_free(dump.arena);
}
END_TEST

/* A peer split over three messages is one; the next begins in the third. */
START_TEST(test_read_split_peer)
{
	struct dump dump;
	const struct observed_peer *peer;
	uint64_t bytes = 0x1122334455667788;
	int64_t time[2] = { 1700000000, 999999999 };
	uint16_t number = 51820;
	struct wg_key key = { { 3 } };
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(51821),
					.sin6_scope_id = 4,
					.sin6_addr = { { { 0xfe, 0x80, [15] = 1 } } } };

	dump_init(&dump);
	dump_message(&dump);
	netlink_put(dump.message, WGDEVICE_A_LISTEN_PORT, &number, sizeof(number));
	netlink_put_u32(dump.message, WGDEVICE_A_FWMARK, 7);
	netlink_put_string(dump.message, WGDEVICE_A_IFNAME, "wg0");
	netlink_put(dump.message, WGDEVICE_A_PRIVATE_KEY, key.b, KEY_LENGTH);
	netlink_put(dump.message, WGDEVICE_A_PUBLIC_KEY, key.b, KEY_LENGTH);
	dump_peer(&dump, 1);
	netlink_put(dump.message, WGPEER_A_PRESHARED_KEY, key.b, KEY_LENGTH);
	netlink_put(dump.message, WGPEER_A_LAST_HANDSHAKE_TIME, time, sizeof(time));
	number = 25;
	netlink_put(dump.message, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, &number, sizeof(number));
	netlink_put(dump.message, WGPEER_A_TX_BYTES, &bytes, sizeof(bytes));
	bytes = 5;
	netlink_put(dump.message, WGPEER_A_RX_BYTES, &bytes, sizeof(bytes));
	netlink_put_u32(dump.message, WGPEER_A_PROTOCOL_VERSION, 1);
	netlink_put(dump.message, WGPEER_A_ENDPOINT, &address, sizeof(address));
	dump_allowed_ip(&dump, "10.0.0.0/8");
	dump_peer_end(&dump);
	ck_assert(dump_read(&dump));
	dump_message(&dump);
	dump_peer(&dump, 1);
	dump_allowed_ip(&dump, "2001:db8::/32");
	dump_allowed_ip(&dump, "10.1.0.0/16");
	dump_peer_end(&dump);
	ck_assert(dump_read(&dump));
	dump_message(&dump);
	dump_peer(&dump, 1);
	dump_allowed_ip(&dump, "0.0.0.0/0");
	dump_peer_end(&dump);
	dump_peer(&dump, 2);
	dump_peer_end(&dump);
	ck_assert(dump_read(&dump));

	ck_assert_uint_eq(dump.interface.listen_port, 51820);
	ck_assert_uint_eq(dump.interface.fwmark, 7);
	ck_assert(dump.interface.has_private_key);
	ck_assert_int_eq(key_compare(&dump.interface.public_key, &key), 0);
	ck_assert_uint_eq(dump.interface.peers.n, 2);
	peer = &dump.interface.peers.at[0];
	ck_assert_int_eq(key_compare(&peer->preshared_key, &key), 0);
	ck_assert_int_eq(peer->handshake.sec, 1700000000);
	ck_assert_int_eq(peer->handshake.nsec, 999999999);
	ck_assert_uint_eq(peer->persistent_keepalive, 25);
	ck_assert_uint_eq(peer->tx_bytes, 0x1122334455667788);
	ck_assert_uint_eq(peer->rx_bytes, 5);
	ck_assert(peer->has_endpoint);
	ck_assert_uint_eq(peer->endpoint.port, 51821);
	ck_assert_uint_eq(peer->endpoint.scope, 4);
	ck_assert_uint_eq(peer->allowed_ips.n, 4);
	ck_assert_uint_eq(peer->allowed_ips.at[3].length, 0);
	ck_assert(!dump.interface.peers.at[1].has_endpoint);
	ck_assert(handshake_is_none(dump.interface.peers.at[1].handshake));
	ck_assert_uint_eq(dump.interface.peers.at[1].allowed_ips.n, 0);
	arena_free(dump.arena);
}
END_TEST

/* One attribute of a wrong size, or a wrong value, in an otherwise good message. */
START_TEST(test_read_malformed)
{
	static const struct {
		uint16_t type;
		uint16_t size;
		bool of_device;
	} wrong[] = {
		{ WGDEVICE_A_PRIVATE_KEY, 31, true },
		{ WGDEVICE_A_PUBLIC_KEY, 33, true },
		{ WGDEVICE_A_LISTEN_PORT, 4, true },
		{ WGDEVICE_A_FWMARK, 2, true },
		{ WGPEER_A_PUBLIC_KEY, 31, false },
		{ WGPEER_A_PRESHARED_KEY, 0, false },
		{ WGPEER_A_ENDPOINT, 4, false },
		{ WGPEER_A_ENDPOINT, 16, false }, /* its family is 0xffff */
		{ WGPEER_A_ENDPOINT, 28, false },
		{ WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 1, false },
		{ WGPEER_A_LAST_HANDSHAKE_TIME, 8, false },
		{ WGPEER_A_LAST_HANDSHAKE_TIME, 16, false }, /* -1 nanoseconds */
		{ WGPEER_A_RX_BYTES, 4, false },
		{ WGPEER_A_TX_BYTES, 12, false },
	};
	uint8_t junk[64];

	memset(junk, 0xff, sizeof(junk));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct dump dump;

		dump_init(&dump);
		dump_message(&dump);
		if (wrong[i].of_device)
			netlink_put(dump.message, wrong[i].type, junk, wrong[i].size);
		dump_peer(&dump, 1);
		if (!wrong[i].of_device)
			netlink_put(dump.message, wrong[i].type, junk, wrong[i].size);
		dump_peer_end(&dump);
		ck_assert_msg(!dump_read(&dump), "case %zu", i);
		arena_free(dump.arena);
	}
}
END_TEST

static bool reads_allowed_ip(uint16_t family, size_t size, uint8_t length, bool with_family)
{
	static const uint8_t zero[32];
	struct dump dump;
	struct nlattr *nest;
	bool good;

	dump_init(&dump);
	dump_message(&dump);
	dump_peer(&dump, 1);
	dump.allowed_ips = mnl_attr_nest_start(dump.message, WGPEER_A_ALLOWEDIPS);
	nest = mnl_attr_nest_start(dump.message, 0);
	if (with_family)
		netlink_put(dump.message, WGALLOWEDIP_A_FAMILY, &family, sizeof(family));
	netlink_put(dump.message, WGALLOWEDIP_A_IPADDR, zero, size);
	netlink_put_u8(dump.message, WGALLOWEDIP_A_CIDR_MASK, length);
	mnl_attr_nest_end(dump.message, nest);
	dump_peer_end(&dump);
	good = dump_read(&dump);
	arena_free(dump.arena);
	return good;
}

START_TEST(test_read_allowed_ips)
{
	ck_assert(reads_allowed_ip(AF_INET, 4, 32, true));
	ck_assert(reads_allowed_ip(AF_INET6, 16, 128, true));
	ck_assert(!reads_allowed_ip(AF_INET, 4, 33, true));
	ck_assert(!reads_allowed_ip(AF_INET6, 16, 129, true));
	ck_assert(!reads_allowed_ip(AF_INET, 16, 32, true));
	ck_assert(!reads_allowed_ip(AF_INET6, 4, 32, true));
	ck_assert(!reads_allowed_ip(AF_INET, 4, 32, false));
	ck_assert(!reads_allowed_ip(AF_UNIX, 4, 32, true));
	ck_assert(!reads_allowed_ip(AF_INET, 0, 0, true));
}
END_TEST

/* A message truncated anywhere is read or refused, never read past its end (checked by the
 * sanitizers). */
START_TEST(test_read_truncated)
{
	struct dump dump;
	uint32_t length;

	dump_init(&dump);
	dump_message(&dump);
	netlink_put_u32(dump.message, WGDEVICE_A_FWMARK, 7);
	dump_peer(&dump, 1);
	dump_allowed_ip(&dump, "10.0.0.0/8");
	dump_peer_end(&dump);
	ck_assert(dump_read(&dump));
	length = dump.message->nlmsg_len;
	for (uint32_t cut = NLMSG_HDRLEN; cut < length; cut++) {
		struct nlmsghdr *copy = calloc(1, MNL_ALIGN(cut));

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, dump.message, cut);
		copy->nlmsg_len = cut;
		dump.interface.peers.n = 0;
		if (wg_kernel_read(copy, &dump.interface, dump.arena, dump.arena))
			ck_assert_uint_le(dump.interface.peers.n, 1);
		else
			ck_assert_uint_lt(cut, NLMSG_HDRLEN + sizeof(struct genlmsghdr));
		free(copy);
	}
	arena_free(dump.arena);
}
END_TEST

SUITE("wg_kernel", test_nothing_sends_nothing, test_bytes, test_device,
      test_takeover_is_one_message, test_provoke, test_peer_actions, test_split_peer,
      test_split_peers, test_refused_message_ends_it, test_drops_with_flag, test_drops_without_flag,
      test_against_model, test_read_split_peer, test_read_again, test_read_malformed,
      test_read_allowed_ips, test_read_truncated)
