/* SPDX-License-Identifier: MIT */
/*
 * fact: what nodes tell each other about peers, and its form in packets (wirelink's protocol,
 * version 0.6 and later: https://github.com/fastcat/wirelink, PROTOCOL.md). Facts of an
 * unknown attribute do not exist: wirelink drops a whole group because of one.
 *
 * attribute (1 byte) | TTL (uvarint) | subject (32 bytes) | value
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/key.h"

#include "fact_bytes.h"

/* The attribute byte of the wire format, and the length of the value. */
enum fact_attribute {
	FACT_ALIVE = '!', /* of the sender: its boot id; 16 bytes */
	FACT_ENDPOINT_V4 = 'e', /* address and port, 6 bytes */
	FACT_ENDPOINT_V6 = 'E', /* 18 bytes */
	FACT_ALLOWED_IP_V4 = 'a', /* address and prefix length, 5 bytes */
	FACT_ALLOWED_IP_V6 = 'A', /* 17 bytes */
	/* The subject is a peer of the network; no bytes. Obsolete, without metadata. */
	FACT_MEMBER = 'm',
	FACT_MEMBER_METADATA = 'M', /* uvarint length, and as many bytes */
};

#define FACT_BOOT_ID_LENGTH 16
#define FACT_TTL_MAX 65535 /* seconds; longer ones make a group invalid */

struct fact {
	enum fact_attribute attribute;
	uint32_t ttl; /* seconds it is valid from its reception on */
	struct wg_key subject; /* the public key of the peer it is about */
	/* One of these, by attribute; of the attribute's family. The others are zero. */
	uint8_t boot_id[FACT_BOOT_ID_LENGTH];
	struct endpoint endpoint; /* an IPv4-mapped IPv6 address is invalid; port 0 is not */
	struct prefix prefix; /* masked; the same of mapped addresses */
	struct fact_bytes metadata; /* encoded, see fact_member.h; without the total length */
};

struct fact_list {
	VEC(struct fact) list;
};

/* Reads the facts of a whole group's inner bytes. Metadata refers to bytes. False, with
 * *reason (a constant text) and an empty list, if any of them is invalid. What was in facts
 * is overwritten. */
bool fact_decode(const uint8_t *bytes, size_t n, struct fact_list *facts, struct arena *arena,
		 const char **reason);

/* The number of bytes of a fact, and its encoding; out has at least as many. A TTL above
 * FACT_TTL_MAX becomes FACT_TTL_MAX. */
size_t fact_size(const struct fact *fact);
size_t fact_encode(const struct fact *fact, uint8_t *out);

/* Whether both say the same (attribute, subject, value): an Alive fact whatever its boot id,
 * metadata by its bytes. */
bool fact_same(const struct fact *a, const struct fact *b);

/* The address that a peer's packets of facts come from and go to: fe80::/64 and the first
 * eight bytes of the SHA-1 of the public key. */
struct ip fact_address(const struct wg_key *public_key);

/* "endpoint 192.0.2.1:51820", "allowed IP 10.0.0.0/24", "member (hub)", "alive". */
const char *fact_text(const struct fact *fact, struct arena *arena);
