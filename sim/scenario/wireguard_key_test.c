/* SPDX-License-Identifier: MIT */
#include "wireguard_key.h"

#include "test/unit.h"

#include <string.h>

/* Made by Python's hashlib.blake2b() and wg pubkey. */
static const struct {
	uint64_t seed;
	const char *node, *interface;
	unsigned generation;
	const char *private_key, *public_key;
} vectors[] = {
	{ 1, "client", "wg0", 0, "ELhNJyH1SsNSxMQQW/sWPvuAPXNSYNKn2aNeh4cGK2U=",
	  "MwX+pUCUu/ri6+mlqIyhmkiO0HwrizcQWdsWUoXoAgs=" },
	{ 1, "client", "wg0", 1, "MAUqAtVGWzKkEndOe5KAEiKNsbEoydYW1xng/6g0jmk=",
	  "6dJKBl6iB6PN0VdKBkBplNy+KshXR7dMBEcT9ZkaJHM=" },
	{ UINT64_MAX, "gw1", "wg1", 0, "MI7nH8pwEZ9u4or+4hqIkCNRb7mJC5V9J7KS1Z2pK3k=",
	  "aTpG2Us2x7eLylJixPcnhWR5uiQ+CqeOi3ByqGED6Ts=" },
	{ 1, "gw1", "wg0", 0, "OD5db/4MRElRlZUjF7QmowqwVC6pXS2Wsp+Fhw1YFVk=",
	  "8AxYMtyFg2xldwmAD1iAzUD2DsGli0mXSWlf4IHnsWY=" },
};

START_TEST(test_vectors)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct wg_key private_key, public_key, alone;
		char text[KEY_TEXT_MAX];

		ck_assert(wireguard_key(vectors[i].seed, vectors[i].node, vectors[i].interface,
					vectors[i].generation, &private_key, &public_key));
		ck_assert_str_eq(key_text(&private_key, text), vectors[i].private_key);
		ck_assert_str_eq(key_text(&public_key, text), vectors[i].public_key);
		ck_assert(wireguard_key(vectors[i].seed, vectors[i].node, vectors[i].interface,
					vectors[i].generation, NULL, &alone));
		ck_assert_int_eq(key_compare(&alone, &public_key), 0);
		ck_assert(wireguard_key(vectors[i].seed, vectors[i].node, vectors[i].interface,
					vectors[i].generation, &alone, NULL));
		ck_assert_int_eq(key_compare(&alone, &private_key), 0);
	}
}
END_TEST

/* Any difference gives another key, even if the concatenated names are equal. */
START_TEST(test_all_differ)
{
	static const struct {
		uint64_t seed;
		const char *node, *interface;
		unsigned generation;
	} inputs[] = {
		{ 0, "", "", 0 },	   { 1, "a", "bc", 0 }, { 1, "ab", "c", 0 },
		{ 1, "abc", "", 0 },	   { 1, "", "abc", 0 }, { 1, "a", "bc", 1 },
		{ 2, "a", "bc", 0 },	   { 1, "bc", "a", 0 }, { 1, "a", "bc", 256 },
		{ 1u << 8, "a", "bc", 0 },
	};
	const size_t n = sizeof(inputs) / sizeof(inputs[0]);
	struct wg_key keys[sizeof(inputs) / sizeof(inputs[0])];

	for (size_t i = 0; i < n; i++) {
		ck_assert(wireguard_key(inputs[i].seed, inputs[i].node, inputs[i].interface,
					inputs[i].generation, &keys[i], NULL));
		/* As wg(8) requires of a private key. */
		ck_assert_uint_eq(keys[i].b[0] & 7, 0);
		ck_assert_uint_eq(keys[i].b[KEY_LENGTH - 1] & 0xc0, 0x40);
		for (size_t k = 0; k < i; k++)
			ck_assert_int_ne(key_compare(&keys[i], &keys[k]), 0);
	}
}
END_TEST

SUITE("wireguard_key", test_vectors, test_all_differ)
