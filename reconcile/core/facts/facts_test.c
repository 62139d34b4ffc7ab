/* SPDX-License-Identifier: MIT */
/*
 * A small network of nodes in memory: each step is a run of one node, which applies what the
 * desired state says to a model of its kernel, and delivers the packets.
 */
#include "facts.h"

#include "fact_group.h"
#include "fact_member.h"
#include "system/wireguard/key_public.h"
#include "test/corpus.h"
#include "test/unit.h"

#include <stdlib.h>

#define BOOT_ID "11111111-2222-3333-4444-555555555555"
#define WALL_OFFSET INT64_C(1700000000000)
#define PERIOD_MS 5000
#define PORT 51820

enum { HUB, ALICE, BOB, NODES };

struct node {
	const char *name;
	const char *yaml; /* of wg0, after the keys */
	struct wg_key private_key, public_key;
	const char *lan; /* its address outside */
	VEC(struct observed_peer) peers; /* of its kernel, sorted */
	struct facts_store store;
	struct samples samples;
	struct facts_packets inbox;
	struct desired *desired; /* of the latest run */
	struct facts facts;
	struct observed observed;
	unsigned sent; /* packets in the latest run */
};

struct net {
	struct arena *arena;
	struct node nodes[NODES];
	bool cut[NODES][NODES];
	msec_t now;
	uint8_t nonce; /* of the latest packet */
};

static const char *key_of(const struct net *net, int node)
{
	char text[KEY_TEXT_MAX];

	return arena_strdup(net->arena, key_text(&net->nodes[node].public_key, text));
}

static const char *peer_line(const struct net *net, int node, const char *more)
{
	return arena_printf(net->arena, "      %s: {public_key: %s%s}\n", net->nodes[node].name,
			    key_of(net, node), more);
}

static void net_new(struct net *net)
{
	static const char *const names[] = { "hub", "alice", "bob" };
	static const char *const lans[] = { "192.0.2.1/24", "198.51.100.2/24", "198.51.100.3/24" };

	/* A machine that has just booted. */
	*net = (struct net){ .arena = arena_new(), .now = 5000 };
	for (int i = 0; i < NODES; i++) {
		struct node *node = &net->nodes[i];

		node->name = names[i];
		node->lan = lans[i];
		memset(node->private_key.b, 7 + i, KEY_LENGTH);
		key_public(&node->private_key, &node->public_key);
		facts_store_init(&node->store, net->arena);
		samples_init(&node->samples, net->arena);
	}
	net->nodes[HUB].yaml = arena_printf(
		net->arena, "    addresses: [10.9.0.1/24]\n    facts: {}\n    peers:\n%s%s",
		peer_line(net, ALICE, ", allowed_ips: [10.9.0.2/32]"),
		peer_line(net, BOB, ", allowed_ips: [10.9.0.3/32]"));
	for (int i = ALICE; i <= BOB; i++)
		net->nodes[i].yaml = arena_printf(
			net->arena, "    addresses: [10.9.0.%d/32]\n    facts: {}\n    peers:\n%s",
			i + 1,
			peer_line(net, HUB,
				  ", endpoint: \"192.0.2.1:51820\", allowed_ips: [10.9.0.0/24]"));
}

static struct observed_peer *peer_in(struct node *node, const struct wg_key *key)
{
	if (!node->peers.n)
		return NULL;
	return bsearch(key, node->peers.at, node->peers.n, sizeof(struct observed_peer), key_order);
}

static struct observed_peer *peer_of(struct net *net, int node, int of)
{
	return peer_in(&net->nodes[node], &net->nodes[of].public_key);
}

static bool has_allowed_ip(struct net *net, int node, int of, const char *text)
{
	const struct observed_peer *peer = peer_of(net, node, of);
	struct prefix wanted;

	ck_assert(prefix_parse(text, &wanted));
	if (peer)
		vec_each (prefix, &peer->allowed_ips)
			if (prefix_compare(prefix, &wanted) == 0)
				return true;
	return false;
}

/* ---- One run ---- */

static void add_host_address(struct net *net, struct observed *observed, const char *link,
			     const char *text)
{
	struct observed_host_address *address = vec_push(net->arena, &observed->host_addresses);

	address->link = link;
	address->up = true;
	ck_assert(prefix_parse(text, &address->prefix));
}

static void observe(struct net *net, struct node *node)
{
	struct observed *observed = &node->observed;
	struct observed_interface *interface;

	*observed = (struct observed){ .arena = net->arena };
	observed->now = (struct now){ net->now, net->now + WALL_OFFSET, BOOT_ID };
	interface = vec_push(net->arena, &observed->interfaces);
	interface->name = "wg0";
	interface->index = 5;
	interface->kind = LINK_WIREGUARD;
	interface->up = interface->has_private_key = true;
	interface->private_key = node->private_key;
	interface->public_key = node->public_key;
	interface->listen_port = PORT;
	vec_each (peer, &node->peers)
		*vec_push(net->arena, &interface->peers) = *peer;
	add_host_address(net, observed, "eth0", node->lan);
	vec_each (address, &node->desired->interfaces.at[0].addresses)
		*vec_push(net->arena, &observed->host_addresses) = (struct observed_host_address){
			.link = "wg0", .up = true, .prefix = address->prefix
		};
}

static const struct endpoint *first_endpoint(const struct desired_peer *peer)
{
	if (peer->endpoint)
		return &peer->endpoint_address;
	return peer->candidates.n ? &peer->candidates.at[0].address : NULL;
}

/* The kernel gets the peers and their allowed IPs, and loses others unless they are kept. */
static void apply(struct net *net, struct node *node)
{
	const struct desired_interface *interface = &node->desired->interfaces.at[0];
	__typeof__(node->peers) before = node->peers;

	memset(&node->peers, 0, sizeof(node->peers));
	if (interface->unmanaged_peers == UNMANAGED_KEEP)
		vec_each (peer, &before)
			*vec_push(net->arena, &node->peers) = *peer;
	vec_each (peer, &interface->peers) {
		struct observed_peer *there = peer_in(node, &peer->public_key);
		const struct endpoint *endpoint = first_endpoint(peer);

		if (!there) {
			size_t place = vec_place(&node->peers, &peer->public_key, key_order);

			there = vec_insert(net->arena, &node->peers, place);
			there->public_key = peer->public_key;
			vec_each (old, &before)
				if (key_compare(&old->public_key, &peer->public_key) == 0)
					*there = *old;
		}
		there->allowed_ips.at = peer->allowed_ips.at;
		there->allowed_ips.n = peer->allowed_ips.n;
		if (!there->has_endpoint && endpoint) {
			there->has_endpoint = true;
			there->endpoint = *endpoint;
		}
	}
}

static void sample(struct net *net, struct node *node)
{
	struct samples samples;

	samples_init(&samples, net->arena);
	vec_each (peer, &node->peers)
		samples_add(&samples, &node->samples, "wg0", peer, &node->observed.now);
	samples_finish(&samples, &node->samples, &node->observed.now, true);
	node->samples = samples;
}

static int node_of(const struct net *net, const struct wg_key *key)
{
	for (int i = 0; i < NODES; i++)
		if (key_compare(&net->nodes[i].public_key, key) == 0)
			return i;
	ck_abort_msg("no such node");
	return -1;
}

static void put(struct net *net, int to, const struct wg_key *from, const uint8_t *inner, size_t n)
{
	uint8_t nonce[FACT_NONCE_LENGTH] = { 0 };
	uint8_t *packet = arena_alloc(net->arena, FACT_PACKET_MAX);
	struct node *sender = &net->nodes[node_of(net, from)];

	memcpy(nonce, &net->now, sizeof(net->now));
	nonce[20] = (uint8_t)to;
	nonce[21] = (uint8_t)node_of(net, from);
	nonce[23] = ++net->nonce;
	n = fact_group_seal(inner, n, &sender->private_key, &sender->public_key,
			    &net->nodes[to].public_key, NULL, nonce, packet);
	ck_assert_uint_gt(n, 0);
	*vec_push(net->arena,
		  &net->nodes[to].inbox.list) = (struct facts_packet){ "wg0", fact_address(from),
								       packet, n };
}

/* A handshake, if both have each other, and no one has cut the line. */
static void deliver(struct net *net, int from, const struct facts_message *message)
{
	const int to = node_of(net, &message->to);
	struct observed_peer *there = peer_of(net, to, from), *here = peer_of(net, from, to);
	struct prefix address;

	if (net->cut[from][to] || !there)
		return;
	ck_assert(prefix_parse(net->nodes[from].lan, &address));
	there->has_endpoint = true;
	there->endpoint = (struct endpoint){ .ip = address.ip, .port = PORT };
	there->handshake.sec = here->handshake.sec = (net->now + WALL_OFFSET) / 1000;
	put(net, to, &net->nodes[from].public_key, message->inner, message->n);
}

static void check_round_trip(struct net *net, struct node *node)
{
	const char *text = facts_store_encode(&node->store, net->arena);
	struct facts_store again;

	ck_assert_ptr_null(
		facts_store_decode(text, strlen(text), &node->observed.now, &again, net->arena));
	ck_assert_str_eq(facts_store_encode(&again, net->arena), text);
	node->store = again;
}

static void run(struct net *net, int number)
{
	struct node *node = &net->nodes[number];
	struct diags diags = { .arena = net->arena };
	struct facts_messages messages = { 0 };
	struct facts_input input = {
		.samples = &node->samples,
		.observed = &node->observed,
		.before = &node->store,
		.packets = &node->inbox,
	};
	const char *text = arena_printf(net->arena,
					"version: 1\ninterfaces:\n  wg0:\n    listen_port: %d\n%s",
					PORT, node->yaml);

	memset(input.random, (int)(net->now / 1000) ^ number, sizeof(input.random));
	node->desired = parse_text(&diags, text);
	ck_assert_msg(node->desired != NULL, "%s", errors_text(&diags));
	observe(net, node);
	input.desired = node->desired;
	facts_step(&node->facts, net->arena, &input);
	desired_merge(node->desired, node->facts.additions.at, node->facts.additions.n, &diags);
	ck_assert_uint_eq(diags.errors, 0);
	facts_apply(&node->facts, &input);
	apply(net, node);
	sample(net, node);
	observe(net, node);
	facts_send(&node->facts, &node->observed, &messages);
	memset(&node->inbox, 0, sizeof(node->inbox));
	node->sent = (unsigned)messages.list.n;
	vec_each (message, &messages.list)
		deliver(net, number, message);
	node->store = node->facts.store;
	check_round_trip(net, node);
}

static void run_all(struct net *net)
{
	for (int i = 0; i < NODES; i++)
		run(net, i);
	net->now += PERIOD_MS;
}

/* Seconds until alice has bob's allowed IP, or no longer; -1: not within limit. */
static int until_direct(struct net *net, bool direct, int limit)
{
	for (int seconds = 0; seconds <= limit; seconds += PERIOD_MS / 1000) {
		run_all(net);
		if (has_allowed_ip(net, ALICE, BOB, "10.9.0.3/32") == direct)
			return seconds;
	}
	return -1;
}

static void run_for(struct net *net, int seconds)
{
	for (msec_t end = net->now + seconds * 1000; net->now < end;)
		run_all(net);
}

/* ---- The whole exchange ---- */

START_TEST(test_direct_link)
{
	struct net net;

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	ck_assert(has_allowed_ip(&net, HUB, BOB, "10.9.0.3/32"));
	ck_assert(has_allowed_ip(&net, ALICE, HUB, "10.9.0.0/24"));
	/* It stays. */
	for (int i = 0; i < 400; i++) {
		run_all(&net);
		ck_assert(has_allowed_ip(&net, ALICE, BOB, "10.9.0.3/32"));
		ck_assert(has_allowed_ip(&net, BOB, ALICE, "10.9.0.2/32"));
	}
	arena_free(net.arena);
}
END_TEST

START_TEST(test_fallback)
{
	struct net net;

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	run_for(&net, 60);
	net.cut[ALICE][BOB] = net.cut[BOB][ALICE] = true;
	/* wirelink needs 170 s. */
	ck_assert_int_ge(until_direct(&net, false, 170), 0);
	ck_assert_ptr_nonnull(peer_of(&net, ALICE, BOB));
	ck_assert(has_allowed_ip(&net, ALICE, HUB, "10.9.0.0/24"));
	net.cut[ALICE][BOB] = net.cut[BOB][ALICE] = false;
	ck_assert_int_ge(until_direct(&net, true, 45), 0);
	arena_free(net.arena);
}
END_TEST

/* The hub decides about members, but they are removed only when it is known to be complete. */
START_TEST(test_removed_member)
{
	struct net net;
	int seconds = 0;

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	net.nodes[HUB].yaml = arena_printf(
		net.arena, "    addresses: [10.9.0.1/24]\n    facts: {}\n    peers:\n%s",
		peer_line(&net, ALICE, ", allowed_ips: [10.9.0.2/32]"));
	net.cut[ALICE][BOB] = net.cut[BOB][ALICE] = true;
	while (peer_of(&net, ALICE, BOB) && seconds < 1200) {
		run_all(&net);
		seconds += PERIOD_MS / 1000;
	}
	ck_assert_int_ge(seconds, FACTS_TTL_MS / 1000);
	ck_assert_int_le(seconds, 600);
	arena_free(net.arena);
}
END_TEST

START_TEST(test_router_dies)
{
	struct net net;

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	for (int i = ALICE; i <= BOB; i++)
		net.cut[HUB][i] = net.cut[i][HUB] = true;
	/* bob's allowed IPs are no longer reported, but stay with the direct link. */
	for (int i = 0; i < 180; i++) {
		run_for(&net, 5);
		ck_assert(has_allowed_ip(&net, ALICE, BOB, "10.9.0.3/32"));
		ck_assert(has_allowed_ip(&net, BOB, ALICE, "10.9.0.2/32"));
	}
	for (int i = ALICE; i <= BOB; i++)
		net.cut[HUB][i] = net.cut[i][HUB] = false;
	ck_assert_int_ge(until_direct(&net, true, 60), 0);
	arena_free(net.arena);
}
END_TEST

/* A converged network sends an Alive fact every 30 s, and everything every 90 s. */
START_TEST(test_quiet)
{
	struct net net;
	unsigned sent = 0;

	net_new(&net);
	run_for(&net, 300);
	for (int i = 0; i < 72; i++) {
		run_all(&net);
		sent += net.nodes[ALICE].sent;
	}
	/* 360 s; to two peers. */
	ck_assert_uint_ge(sent, 2 * 360 / 35);
	ck_assert_uint_le(sent, 2 * 360 / 30 + 360 / 90 + 4);
	arena_free(net.arena);
}
END_TEST

/* ---- Trust ---- */

static void give_one(struct net *net, int to, int from, const struct fact *fact)
{
	uint8_t bytes[FACT_GROUP_MAX];

	put(net, to, &net->nodes[from].public_key, bytes, fact_encode(fact, bytes));
}

static const char *refusal(struct net *net, int node)
{
	const struct facts_view *view = facts_view_find(&net->nodes[node].facts, "wg0");

	if (!view->link->refused.n)
		return "none";
	return facts_verdict_text(view, &view->link->refused.at[view->link->refused.n - 1],
				  net->arena);
}

static struct fact endpoint_fact(struct net *net, int subject, const char *text)
{
	struct fact fact = { .attribute = FACT_ENDPOINT_V4,
			     .ttl = 254,
			     .subject = net->nodes[subject].public_key };

	ck_assert(endpoint_parse(text, &fact.endpoint));
	if (fact.endpoint.ip.family == FAMILY_IPV6)
		fact.attribute = FACT_ENDPOINT_V6;
	return fact;
}

START_TEST(test_attacker)
{
	struct net net;
	struct fact fact = { .attribute = FACT_ALLOWED_IP_V4, .ttl = 254 };

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	/* bob wants the hub's traffic, and all of it. */
	fact.subject = net.nodes[BOB].public_key;
	ck_assert(prefix_parse("10.9.0.1/32", &fact.prefix));
	give_one(&net, ALICE, BOB, &fact);
	run(&net, ALICE);
	ck_assert(!has_allowed_ip(&net, ALICE, BOB, "10.9.0.1/32"));
	ck_assert_str_eq(refusal(&net, ALICE),
			 "needs trust allowed_ips, has endpoint (the default)");
	arena_free(net.arena);
}
END_TEST

START_TEST(test_unknown_subject)
{
	struct net net;
	struct fact fact;

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	fact = endpoint_fact(&net, BOB, "203.0.113.9:9");
	memset(fact.subject.b, 0x55, KEY_LENGTH);
	give_one(&net, ALICE, BOB, &fact);
	run(&net, ALICE);
	ck_assert_str_eq(refusal(&net, ALICE),
			 "about no peer of this interface: needs trust membership, has endpoint "
			 "(the default)");
	arena_free(net.arena);
}
END_TEST

START_TEST(test_bad_endpoints)
{
	static const struct {
		const char *endpoint, *refusal;
	} table[] = {
		{ "127.0.0.1:51820", "no peer can have this endpoint" },
		{ "224.0.0.1:51820", "no peer can have this endpoint" },
		{ "169.254.7.7:51820", "no peer can have this endpoint" },
		{ "0.0.0.0:51820", "no peer can have this endpoint" },
		{ "[::1]:51820", "no peer can have this endpoint" },
		{ "[ff02::1]:51820", "no peer can have this endpoint" },
		{ "[fe80::1]:51820", "no peer can have this endpoint" },
		/* It lies in 10.9.0.2/32 of alice's own interface. */
		{ "10.9.0.2:51820", "the endpoint lies inside the tunnel" },
		{ "203.0.113.77:51820", "none" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct net net;
		struct fact fact;

		net_new(&net);
		ck_assert_int_ge(until_direct(&net, true, 20), 0);
		fact = endpoint_fact(&net, BOB, table[i].endpoint);
		give_one(&net, ALICE, HUB, &fact);
		run(&net, ALICE);
		ck_assert_str_eq(refusal(&net, ALICE), table[i].refusal);
		arena_free(net.arena);
	}
}
END_TEST

START_TEST(test_declared_trust)
{
	struct net net;

	net_new(&net);
	/* Without membership, the hub's peers are not added. */
	net.nodes[ALICE].yaml = arena_printf(
		net.arena, "    addresses: [10.9.0.2/32]\n    facts: {}\n    peers:\n%s",
		peer_line(&net, HUB,
			  ", trust: allowed_ips, endpoint: \"192.0.2.1:51820\", allowed_ips: "
			  "[10.9.0.0/24]"));
	run_for(&net, 100);
	ck_assert_ptr_null(peer_of(&net, ALICE, BOB));
	ck_assert_str_eq(refusal(&net, ALICE),
			 "about no peer of this interface: needs trust membership, has "
			 "allowed_ips (declared)");
	arena_free(net.arena);
}
END_TEST

/* ---- Packets ---- */

static const char *bad_reason(const struct net *net, int node)
{
	const struct facts_link *link = &net->nodes[node].store.links.at[0];

	return link->bad_packets ? link->bad_reason : "none";
}

START_TEST(test_replay)
{
	struct net net;
	struct facts_packet packet;

	net_new(&net);
	run(&net, HUB);
	run(&net, ALICE);
	run(&net, HUB);
	packet = net.nodes[ALICE].inbox.list.at[0];
	run(&net, ALICE);
	ck_assert_str_eq(bad_reason(&net, ALICE), "none");
	net.now += 200000;
	*vec_push(net.arena, &net.nodes[ALICE].inbox.list) = packet;
	run(&net, ALICE);
	ck_assert_str_eq(bad_reason(&net, ALICE), "it was received before");
	arena_free(net.arena);
}
END_TEST

START_TEST(test_bad_packets)
{
	struct net net;
	struct facts_packet *packet;
	uint8_t *copy;

	net_new(&net);
	run(&net, HUB);
	run(&net, ALICE);
	run(&net, HUB);
	packet = &net.nodes[ALICE].inbox.list.at[0];
	/* bob's address. */
	packet->source = fact_address(&net.nodes[BOB].public_key);
	run(&net, ALICE);
	ck_assert_str_eq(bad_reason(&net, ALICE), "its signer has another address");
	net.now += 100000;
	run(&net, HUB);
	packet = &net.nodes[ALICE].inbox.list.at[0];
	copy = arena_alloc(net.arena, packet->n);
	memcpy(copy, packet->at, packet->n);
	copy[packet->n - 1] ^= 1;
	packet->at = copy;
	run(&net, ALICE);
	ck_assert_uint_eq(net.nodes[ALICE].store.links.at[0].bad_packets, 2);
	ck_assert_uint_eq(net.nodes[ALICE].store.links.at[0].received.list.n, 0);
	arena_free(net.arena);
}
END_TEST

/* wirelink's word for "I begin anew", and ours for giving a direct link back. */
START_TEST(test_alive_of_another)
{
	struct net net;
	struct fact fact = { .attribute = FACT_ALIVE, .ttl = 255 };

	net_new(&net);
	ck_assert_int_ge(until_direct(&net, true, 20), 0);
	fact.subject = net.nodes[ALICE].public_key;
	give_one(&net, ALICE, BOB, &fact);
	run(&net, ALICE);
	ck_assert(!has_allowed_ip(&net, ALICE, BOB, "10.9.0.3/32"));
	arena_free(net.arena);
}
END_TEST

/* ---- Declared allowed IPs ---- */

START_TEST(test_withheld)
{
	struct net net;

	net_new(&net);
	net.nodes[ALICE].yaml = arena_printf(
		net.arena, "    addresses: [10.9.0.2/32]\n    facts: {}\n    peers:\n%s%s",
		peer_line(&net, HUB, ", endpoint: \"192.0.2.1:51820\", allowed_ips: [10.9.0.0/24]"),
		peer_line(&net, BOB, ", allowed_ips: [10.9.0.3/32, 10.77.0.3/32]"));
	run(&net, HUB);
	run(&net, ALICE);
	/* The hub has the first one, too; no other peer has the second one. */
	ck_assert(!has_allowed_ip(&net, ALICE, BOB, "10.9.0.3/32"));
	ck_assert(has_allowed_ip(&net, ALICE, BOB, "10.77.0.3/32"));
	ck_assert_int_ge(until_direct(&net, true, 30), 0);
	arena_free(net.arena);
}
END_TEST

SUITE("facts", test_direct_link, test_fallback, test_removed_member, test_router_dies, test_quiet,
      test_attacker, test_unknown_subject, test_bad_endpoints, test_declared_trust, test_replay,
      test_bad_packets, test_alive_of_another, test_withheld)
