/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "observed.h"
#include "test/unit.h"

START_TEST(sorted_and_found)
{
	enum { PEERS = 500 };
	struct observed observed = { .arena = arena_new() };
	struct observed_interface *interface = vec_push(observed.arena, &observed.interfaces);
	struct wg_key keys[PEERS], absent = { { 0 } };
	struct random random;

	random_seed(&random, 1);
	interface->name = "wg0";
	vec_push(observed.arena, &observed.interfaces)->name = "bare";
	for (int i = 0; i < PEERS; i++) {
		struct observed_peer *peer = vec_push(observed.arena, &interface->peers);

		for (int j = 0; j < KEY_LENGTH; j++)
			peer->public_key.b[j] = (uint8_t)random_below(&random, 256);
		keys[i] = peer->public_key;
		peer->persistent_keepalive = (uint16_t)i;
		prefix_parse("::/0", vec_push(observed.arena, &peer->allowed_ips));
		prefix_parse("10.0.0.0/16", vec_push(observed.arena, &peer->allowed_ips));
		prefix_parse("10.0.0.0/8", vec_push(observed.arena, &peer->allowed_ips));
	}
	observed_sort(&observed);
	for (int i = 0; i < PEERS; i++) {
		const struct observed_peer *peer = observed_peer_find(interface, &keys[i]);

		ck_assert_ptr_nonnull(peer);
		ck_assert_uint_eq(peer->persistent_keepalive, i);
		ck_assert_uint_eq(peer->allowed_ips.at[0].length, 8);
		ck_assert_uint_eq(peer->allowed_ips.at[1].length, 16);
		ck_assert_int_eq(peer->allowed_ips.at[2].ip.family, FAMILY_IPV6);
	}
	ck_assert_ptr_null(observed_peer_find(interface, &absent));
	ck_assert_ptr_null(observed_peer_find(observed_interface_find(&observed, "bare"), &absent));
	ck_assert_ptr_null(observed_interface_find(&observed, "wg"));
	arena_free(observed.arena);
}
END_TEST

START_TEST(answers_and_probes)
{
	struct observed observed = { .arena = arena_new() };
	struct observed_probe *probe;
	struct ip target, other;

	ck_assert(ip_parse("10.0.0.1", &target) && ip_parse("10.0.0.2", &other));
	ck_assert_ptr_null(observed_answer_find(&observed, "gw:1"));
	ck_assert_ptr_null(observed_probe_find(&observed, "wg0", &target));
	vec_push(observed.arena, &observed.answers)->endpoint = "gw:1";
	probe = vec_push(observed.arena, &observed.probes);
	probe->interface = "wg0";
	probe->target = target;
	ck_assert_ptr_eq(observed_answer_find(&observed, "gw:1"), observed.answers.at);
	ck_assert_ptr_null(observed_answer_find(&observed, "gw:2"));
	ck_assert_ptr_eq(observed_probe_find(&observed, "wg0", &target), probe);
	ck_assert_ptr_null(observed_probe_find(&observed, "wg1", &target));
	ck_assert_ptr_null(observed_probe_find(&observed, "wg0", &other));
	arena_free(observed.arena);
}
END_TEST

START_TEST(lookups)
{
	struct observed observed = { .arena = arena_new() };
	struct observed_lookup *lookup;
	struct ip to, other;

	ck_assert(ip_parse("192.0.2.1", &to) && ip_parse("2001:db8::1", &other));
	ck_assert_ptr_null(observed_lookup_find(&observed, "wg0", &to));
	lookup = vec_push(observed.arena, &observed.lookups);
	lookup->interface = "wg0";
	lookup->to = to;
	ck_assert_ptr_eq(observed_lookup_find(&observed, "wg0", &to), lookup);
	ck_assert_ptr_null(observed_lookup_find(&observed, "wg1", &to));
	ck_assert_ptr_null(observed_lookup_find(&observed, "wg0", &other));
	arena_free(observed.arena);
}
END_TEST

/* For one destination sorted by path, that is by next hop, not in the order read; without
 * duplicates. */
START_TEST(followed_routes)
{
	static const struct {
		const char *destination;
		uint32_t path;
	} came[] = {
		{ "2001:db8::/48", 3 }, { "10.9.0.0/16", 2 }, { "10.9.0.0/16", 0 },
		{ "10.9.0.0/16", 1 },	{ "10.0.0.0/8", 5 },  { "10.9.0.0/24", 0 },
		{ "10.9.0.0/16", 2 },	{ "10.0.0.0/8", 5 },  { "2001:db8::/48", 3 },
	};
	static const uint32_t expected[] = { 5, 0, 1, 2, 0, 3 };
	struct observed observed = { .arena = arena_new() };
	struct observed_interface *interface = vec_push(observed.arena, &observed.interfaces);

	interface->name = "wg0";
	for (size_t i = 0; i < sizeof(came) / sizeof(came[0]); i++) {
		struct observed_via *via = vec_push(observed.arena, &interface->via);

		ck_assert(prefix_parse(came[i].destination, &via->destination));
		via->path = came[i].path;
	}
	observed_sort(&observed);
	ck_assert_uint_eq(interface->via.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		ck_assert_uint_eq(interface->via.at[i].path, expected[i]);
	arena_free(observed.arena);
}
END_TEST

START_TEST(forgotten)
{
	struct observed observed = { .arena = arena_new(), .prefixes = arena_new() };
	struct observed_interface *interface = vec_push(observed.arena, &observed.interfaces);

	for (int i = 0; i < 3; i++) {
		struct observed_peer *peer = vec_push(observed.arena, &interface->peers);

		for (int j = 0; j < 1000; j++)
			vec_push(observed.prefixes, &peer->allowed_ips);
	}
	/* Repeatedly. */
	for (int i = 0; i < 2; i++) {
		observed_forget_allowed_ips(&observed);
		ck_assert_ptr_null(observed.prefixes);
		ck_assert_uint_eq(interface->peers.n, 3);
		vec_each (peer, &interface->peers)
			ck_assert_uint_eq(peer->allowed_ips.n, 0);
	}
	/* Data read again has its own memory. */
	observed.prefixes = arena_new();
	vec_push(observed.prefixes, &interface->peers.at[1].allowed_ips)->length = 7;
	ck_assert_uint_eq(interface->peers.at[1].allowed_ips.at[0].length, 7);
	observed_forget_allowed_ips(&observed);
	arena_free(observed.arena);
}
END_TEST

/* Values from a program are used in arithmetic and recorded. */
START_TEST(bounded)
{
	struct observed observed = { .arena = arena_new() };
	struct observed_interface *interface = vec_push(observed.arena, &observed.interfaces);
	struct observed_peer *peer = vec_push(observed.arena, &interface->peers);

	peer->handshake = (struct handshake){ INT64_MAX, INT32_MAX };
	peer->rx_bytes = UINT64_MAX;
	peer->tx_bytes = UINT64_MAX;
	peer->has_endpoint = true;
	observed_sort(&observed);
	ck_assert_int_eq(peer->handshake.sec, HANDSHAKE_SEC_MAX);
	ck_assert_int_eq(peer->handshake.nsec, 999999999);
	ck_assert_uint_eq(peer->rx_bytes, INT64_MAX);
	ck_assert_uint_eq(peer->tx_bytes, INT64_MAX);
	ck_assert_msg(!peer->has_endpoint, "an endpoint of port 0 is none");
	peer->handshake = (struct handshake){ INT64_MIN, INT32_MIN };
	observed_sort(&observed);
	ck_assert(handshake_is_none(peer->handshake));
	arena_free(observed.arena);
}
END_TEST

SUITE("observed", sorted_and_found, bounded, answers_and_probes, lookups, followed_routes,
      forgotten)
