/* SPDX-License-Identifier: MIT */
/*
 * fact_group: authenticated groups of facts, the only thing ever sent. A group is for one
 * recipient: key = X25519(own private, their public key); the tag is that of
 * XChaCha20-Poly1305 with an empty plaintext and the facts as additional data.
 */
#pragma once

#include "fact.h"

/* Bytes of a packet (wirelink's UDPMaxSafePayload), and of the facts in one: less the
 * attribute, the TTL, the signer, the nonce, the tag, and as much again for further headers. */
#define FACT_PACKET_MAX 1212
#define FACT_GROUP_MAX 1136
#define FACT_NONCE_LENGTH 24

struct fact_group {
	struct wg_key signer;
	uint8_t nonce[FACT_NONCE_LENGTH];
	const uint8_t *inner; /* in the packet */
	size_t inner_n;
};

/* Reads and verifies a packet for the owner of private_key. False, with *reason (a constant
 * text), if it is not a group, or not one that the signer made for this recipient. */
bool fact_group_open(const uint8_t *packet, size_t n, const struct wg_key *private_key,
		     struct fact_group *group, const char **reason);

/* Makes a packet of facts (at most FACT_GROUP_MAX bytes) for recipient; nonce must be random.
 * Returns its length, 0 if recipient is not a valid public key. */
size_t fact_group_seal(const uint8_t *inner, size_t n, const struct wg_key *private_key,
		       const struct wg_key *public_key, const struct wg_key *recipient,
		       const uint8_t nonce[FACT_NONCE_LENGTH], uint8_t packet[FACT_PACKET_MAX]);
