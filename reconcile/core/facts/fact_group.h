/* SPDX-License-Identifier: MIT */
/*
 * fact_group: authenticated groups of facts, the only thing ever sent. A group is for one
 * recipient: key = X25519(own private, their public); the tag is that of
 * XChaCha20-Poly1305 with an empty plaintext and the facts as additional data.
 *
 * 'S' | TTL (uvarint, 0) | signer (32) | nonce (24) | tag (16) | facts
 */
#pragma once

#include "fact.h"

/* Bytes of a packet (wirelink's UDPMaxSafePayload), and of the facts in one: less the
 * attribute, a TTL of three bytes, the signer, the nonce and the tag. Received ones may be
 * longer. */
#define FACT_PACKET_MAX 1212
#define FACT_GROUP_MAX 1136
#define FACT_NONCE_LENGTH 24
#define FACT_TAG_LENGTH 16

struct fact_group {
	struct wg_key signer;
	uint8_t nonce[FACT_NONCE_LENGTH];
	uint8_t tag[FACT_TAG_LENGTH];
	const uint8_t *inner; /* in the packet */
	size_t inner_n;
};

/* Reads a packet and verifies nothing, so that the source address can be compared with the
 * signer's first (fact_address()): verifying takes a scalar multiplication. False, with
 * *reason (a constant text), if it is not a group. */
bool fact_group_read(const uint8_t *packet, size_t n, struct fact_group *group,
		     const char **reason);

/* The shared secret of two nodes, for consecutive packets between them: the multiplication
 * takes longer than all else. Zero at first. */
struct fact_secret {
	struct wg_key private_key, public_key, shared;
};

void fact_secret_wipe(struct fact_secret *secret);

/* Reads and verifies a packet for the owner of private_key. False, with *reason (a constant
 * text), if it is not a group, or not one that the signer made for this recipient. latest: of
 * the calls before; NULL: none is kept. */
bool fact_group_open(const uint8_t *packet, size_t n, const struct wg_key *private_key,
		     struct fact_secret *latest, struct fact_group *group, const char **reason);

/* Makes a packet of facts (at most FACT_GROUP_MAX bytes) for recipient; nonce must be random.
 * Returns its length, 0 if there are more bytes, if recipient is not a valid public key, or if
 * private_key is zero (none). latest: as above. */
size_t fact_group_seal(const uint8_t *inner, size_t n, const struct wg_key *private_key,
		       const struct wg_key *public_key, const struct wg_key *recipient,
		       struct fact_secret *latest, const uint8_t nonce[FACT_NONCE_LENGTH],
		       uint8_t packet[FACT_PACKET_MAX]);
