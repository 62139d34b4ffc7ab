/* SPDX-License-Identifier: MIT */
#include "wireguard_key.h"

#include <sodium.h>
#include <string.h>

/* So that no other hash with the same seed gives these keys. */
static const unsigned char purpose[crypto_generichash_blake2b_PERSONALBYTES] = "wgsim wireguard";

static void put_little_endian(unsigned char *to, uint64_t number)
{
	for (unsigned i = 0; i < sizeof(number); i++)
		to[i] = (unsigned char)(number >> (8 * i));
}

/* The names end in zero bytes, so that they cannot merge. */
static bool hash(struct wg_key *key, uint64_t seed, const char *node, const char *interface,
		 unsigned generation)
{
	unsigned char salt[crypto_generichash_blake2b_SALTBYTES] = { 0 };
	unsigned char count[sizeof(uint64_t)];
	crypto_generichash_blake2b_state state;
	const unsigned char *names[] = { (const unsigned char *)node,
					 (const unsigned char *)interface };

	put_little_endian(salt, seed);
	put_little_endian(count, generation);
	if (crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, KEY_LENGTH, salt,
							  purpose))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (crypto_generichash_blake2b_update(&state, names[i],
						      strlen((const char *)names[i]) + 1))
			return false;
	}
	return !crypto_generichash_blake2b_update(&state, count, sizeof(count)) &&
	       !crypto_generichash_blake2b_final(&state, key->b, KEY_LENGTH);
}

/* RFC 7748, section 5: decodeScalar25519. */
static void clamp(struct wg_key *key)
{
	key->b[0] &= 248;
	key->b[KEY_LENGTH - 1] &= 127;
	key->b[KEY_LENGTH - 1] |= 64;
}

bool wireguard_key(uint64_t seed, const char *node, const char *interface, unsigned generation,
		   struct wg_key *private_key, struct wg_key *public_key)
{
	struct wg_key made;
	bool done;

	if (sodium_init() < 0 || !hash(&made, seed, node, interface, generation))
		return false;
	clamp(&made);
	done = !public_key || !crypto_scalarmult_base(public_key->b, made.b);
	if (done && private_key)
		*private_key = made;
	sodium_memzero(&made, sizeof(made));
	return done;
}
