/* SPDX-License-Identifier: MIT */
#include "../test/unit.h"
#include "observed.h"
#include "random.h"

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

SUITE("observed", sorted_and_found, answers_and_probes)
