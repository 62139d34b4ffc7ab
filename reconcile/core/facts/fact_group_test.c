/* SPDX-License-Identifier: MIT */
#include "fact_group.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

#include "test/fact_line.h"
#include "test/unit.h"

/* Tests are compiled and run in the root of the tree. */
#define REAL_PACKETS "reconcile/test/wirelink_packets.json"

#define HEADER 74

static const uint8_t nonce[FACT_NONCE_LENGTH] = { 1, 2, 3 };
static const uint8_t inner[] = "any bytes: the facts are read later";

struct node {
	struct wg_key private_key, public_key;
};

/* The lowest three bits are no part of a private key. */
static struct node node_of(uint8_t number)
{
	struct node node = { .private_key = { { (uint8_t)(number << 3) } } };

	ck_assert_int_eq(crypto_scalarmult_base(node.public_key.b, node.private_key.b), 0);
	return node;
}

static size_t seal(const struct node *from, const struct node *to, size_t n,
		   uint8_t packet[FACT_PACKET_MAX])
{
	return fact_group_seal(inner, n, &from->private_key, &from->public_key, &to->public_key,
			       NULL, nonce, packet);
}

static bool opens(const uint8_t *packet, size_t n, const struct node *to)
{
	/* Of exact size, so that the sanitizer detects its end. */
	uint8_t *copy = malloc(n ? n : 1);
	struct fact_group group;
	const char *reason;
	bool good;

	memcpy(copy, packet, n);
	good = fact_group_open(copy, n, &to->private_key, NULL, &group, &reason);
	free(copy);
	return good;
}

/* ---- Packets of wirelink ---- */

static struct wg_key key_of(json_t *keys, const char *name, const char *which)
{
	struct wg_key key;

	ck_assert(key_parse(json_string_value(json_object_get(json_object_get(keys, name), which)),
			    &key));
	return key;
}

/* The reason why the packet is refused, or NULL. */
static const char *receive(const struct fact_bytes *packet, const struct wg_key *private_key,
			   struct fact_group *group, struct fact_list *facts, struct arena *arena)
{
	const char *reason = NULL;

	if (!fact_group_open(packet->at, packet->n, private_key, NULL, group, &reason) ||
	    !fact_decode(group->inner, group->inner_n, facts, arena, &reason))
		return reason;
	return NULL;
}

static void assert_facts(const struct fact_list *facts, json_t *expected, struct arena *arena)
{
	ck_assert_uint_eq(facts->list.n, json_array_size(expected));
	vec_each (fact, &facts->list) {
		size_t i = (size_t)(fact - facts->list.at);

		ck_assert_str_eq(fact_line(fact, arena),
				 json_string_value(json_array_get(expected, i)));
	}
}

/* Written again, what wirelink sent has the same bytes; what was made by hand may have other
 * forms of numbers, and host bits. */
static void assert_written_again(const struct fact_list *facts, const struct fact_group *group,
				 struct arena *arena)
{
	uint8_t *bytes = arena_alloc(arena, group->inner_n + 1);
	size_t n = 0;

	vec_each (fact, &facts->list)
		n += fact_encode(fact, bytes + n);
	ck_assert_uint_eq(n, group->inner_n);
	ck_assert_mem_eq(bytes, group->inner, n);
}

static void check_packet(json_t *packet, json_t *keys)
{
	struct wg_key to = key_of(keys, json_string_value(json_object_get(packet, "to")),
				  "private");
	const char *refused = json_string_value(json_object_get(packet, "refused"));
	const char *hex = json_string_value(json_object_get(packet, "payload"));
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = malloc(n ? n : 1);
	struct arena *arena = arena_new();
	struct fact_group group;
	struct fact_list facts;

	ck_assert_int_eq(sodium_hex2bin(bytes, n, hex, strlen(hex), NULL, NULL, NULL), 0);
	ck_assert_pstr_eq(receive(&(struct fact_bytes){ bytes, n }, &to, &group, &facts, arena),
			  refused);
	if (!refused) {
		struct wg_key from = key_of(
			keys, json_string_value(json_object_get(packet, "from")), "public");

		ck_assert_int_eq(key_compare(&group.signer, &from), 0);
		assert_facts(&facts, json_object_get(packet, "facts"), arena);
		if (json_is_true(json_object_get(packet, "sent")))
			assert_written_again(&facts, &group, arena);
	}
	arena_free(arena);
	free(bytes);
}

START_TEST(packets_of_wirelink)
{
	json_t *file = json_load_file(REAL_PACKETS, 0, NULL);
	json_t *packets = json_object_get(file, "packets");
	json_t *packet;
	size_t i;

	ck_assert_msg(file != NULL, "%s: run this in the root of the tree", REAL_PACKETS);
	ck_assert_uint_ge(json_array_size(packets), 50);
	json_array_foreach(packets, i, packet) check_packet(packet, json_object_get(file, "keys"));
	json_decref(file);
}
END_TEST

/* ---- Our own ---- */

START_TEST(for_one_recipient)
{
	struct node a = node_of(1), b = node_of(2), c = node_of(3);
	uint8_t packet[FACT_PACKET_MAX];
	struct fact_group group;
	const char *reason;
	size_t n = seal(&a, &b, sizeof(inner), packet);

	ck_assert_uint_eq(n, HEADER + sizeof(inner));
	ck_assert(fact_group_open(packet, n, &b.private_key, NULL, &group, &reason));
	ck_assert_int_eq(key_compare(&group.signer, &a.public_key), 0);
	ck_assert_mem_eq(group.nonce, nonce, sizeof(nonce));
	ck_assert_uint_eq(group.inner_n, sizeof(inner));
	ck_assert_ptr_eq(group.inner, packet + HEADER);
	ck_assert_mem_eq(group.inner, inner, sizeof(inner));
	ck_assert(!fact_group_open(packet, n, &c.private_key, NULL, &group, &reason));
	ck_assert_str_eq(reason, "not authentic");
	/* The key is that of both, so the signer can open it, and only under its own name. */
	memcpy(packet + 2, b.public_key.b, KEY_LENGTH);
	ck_assert(fact_group_open(packet, n, &a.private_key, NULL, &group, &reason));
	ck_assert(!fact_group_open(packet, n, &b.private_key, NULL, &group, &reason));
}
END_TEST

/* Except the TTL, which means nothing, as in wirelink. */
START_TEST(any_changed_byte_is_refused)
{
	struct node a = node_of(1), b = node_of(2);
	uint8_t packet[FACT_PACKET_MAX];
	size_t n = seal(&a, &b, sizeof(inner), packet);

	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			packet[i] ^= (uint8_t)bit;
			if (i == 1 && bit < 0x80)
				ck_assert(opens(packet, n, &b));
			else
				ck_assert_msg(!opens(packet, n, &b), "byte %zu, %u", i, bit);
			packet[i] ^= (uint8_t)bit;
		}
	}
	for (size_t shorter = 0; shorter < n; shorter++)
		ck_assert(!opens(packet, shorter, &b));
	packet[n] = 0;
	ck_assert(!opens(packet, n + 1, &b));
	ck_assert(opens(packet, n, &b));
}
END_TEST

START_TEST(sizes)
{
	struct node a = node_of(1), b = node_of(2);
	uint8_t bytes[FACT_GROUP_MAX + 1] = { 0 };
	uint8_t packet[FACT_PACKET_MAX];
	size_t n = seal(&a, &b, 0, packet);

	ck_assert_uint_eq(n, HEADER);
	ck_assert(opens(packet, n, &b));
	ck_assert_uint_eq(fact_group_seal(NULL, 0, &a.private_key, &a.public_key, &b.public_key,
					  NULL, nonce, packet),
			  HEADER);
	n = fact_group_seal(bytes, FACT_GROUP_MAX, &a.private_key, &a.public_key, &b.public_key,
			    NULL, nonce, packet);
	ck_assert_uint_eq(n, HEADER + FACT_GROUP_MAX);
	ck_assert(opens(packet, n, &b));
	ck_assert_uint_eq(fact_group_seal(bytes, FACT_GROUP_MAX + 1, &a.private_key, &a.public_key,
					  &b.public_key, NULL, nonce, packet),
			  0);
}
END_TEST

/* With the keys below both sides have the shared key of zeros: everyone knows it. */
START_TEST(no_secret)
{
	/* RFC 7748, section 6.1, and https://cr.yp.to/ecdh.html#validate */
	static const struct wg_key of_small_order[] = {
		{ { 0 } },
		{ { 1 } },
		{ { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
		    0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
		    0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 } },
	};
	struct node a = node_of(1);
	uint8_t packet[FACT_PACKET_MAX] = { 'S' };
	static const struct wg_key zero;
	struct fact_group group;
	const char *reason;

	for (size_t i = 0; i < sizeof(of_small_order) / sizeof(of_small_order[0]); i++) {
		ck_assert_uint_eq(fact_group_seal(inner, sizeof(inner), &a.private_key,
						  &a.public_key, &of_small_order[i], NULL, nonce,
						  packet),
				  0);
		/* A tag made with that key. */
		memcpy(packet + 2, of_small_order[i].b, KEY_LENGTH);
		crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
			packet, packet + 58, NULL, packet, 0, NULL, 0, NULL, packet + 34, zero.b);
		ck_assert(!fact_group_open(packet, HEADER, &a.private_key, NULL, &group, &reason));
		ck_assert_str_eq(reason, "no key with this signer");
	}
}
END_TEST

/* An interface without a private key has zero, which makes keys as any number does. */
START_TEST(no_private_key)
{
	static const struct wg_key zero;
	struct node a = node_of(1), none = node_of(0);
	uint8_t packet[FACT_PACKET_MAX];
	struct fact_group group;
	const char *reason;
	size_t n = seal(&a, &none, sizeof(inner), packet);

	ck_assert_uint_gt(n, 0);
	ck_assert(!fact_group_open(packet, n, &zero, NULL, &group, &reason));
	ck_assert_uint_eq(seal(&none, &a, sizeof(inner), packet), 0);
}
END_TEST

START_TEST(read_without_verifying)
{
	struct node a = node_of(1), b = node_of(2);
	uint8_t packet[FACT_PACKET_MAX];
	struct fact_group group;
	const char *reason;
	size_t n = seal(&a, &b, sizeof(inner), packet);

	packet[n - 1] ^= 1;
	ck_assert(fact_group_read(packet, n, &group, &reason));
	ck_assert_int_eq(key_compare(&group.signer, &a.public_key), 0);
	ck_assert_mem_eq(group.tag, packet + 58, FACT_TAG_LENGTH);
	ck_assert_uint_eq(group.inner_n, sizeof(inner));
	for (size_t shorter = 0; shorter < HEADER; shorter++) {
		ck_assert(!fact_group_read(packet, shorter, &group, &reason));
		ck_assert_str_eq(reason, shorter ? "cut off" : "not a group");
	}
	packet[0] = 'e';
	ck_assert(!fact_group_read(packet, n, &group, &reason));
	ck_assert_str_eq(reason, "not a group");
}
END_TEST

SUITE("fact_group", packets_of_wirelink, for_one_recipient, any_changed_byte_is_refused, sizes,
      no_secret, no_private_key, read_without_verifying)
