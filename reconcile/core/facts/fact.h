/* SPDX-License-Identifier: MIT */
/*
 * fact: what nodes tell each other about peers, and its form in packets (wirelink's protocol,
 * version 0.6 and later: https://github.com/fastcat/wirelink, PROTOCOL.md). Facts of an
 * unknown attribute do not exist: wirelink drops a whole group because of one.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/key.h"

/* The attribute byte of the wire format. */
enum fact_attribute {
	FACT_ALIVE = '!', /* of the sender: its boot id */
	FACT_ENDPOINT_V4 = 'e',
	FACT_ENDPOINT_V6 = 'E',
	FACT_ALLOWED_IP_V4 = 'a',
	FACT_ALLOWED_IP_V6 = 'A',
	FACT_MEMBER = 'm', /* the subject is a peer of the network; without metadata, obsolete */
	FACT_MEMBER_METADATA = 'M',
};

#define FACT_BOOT_ID_LENGTH 16
#define FACT_TTL_MAX 65535 /* seconds; longer ones make a group invalid */

struct fact_bytes {
	const uint8_t *at;
	size_t n;
};

struct fact {
	enum fact_attribute attribute;
	uint32_t ttl; /* seconds it is valid from its reception on */
	struct wg_key subject; /* the public key of the peer it is about */
	/* One of these, by attribute. */
	uint8_t boot_id[FACT_BOOT_ID_LENGTH];
	struct endpoint endpoint; /* an IPv4-mapped IPv6 address is invalid */
	struct prefix prefix; /* masked */
	struct fact_bytes metadata; /* encoded, see fact_member.h; without the total length */
};

struct fact_list {
	VEC(struct fact) list;
};

/* Reads the facts of a whole group's inner bytes. Metadata refers to bytes. False, with
 * *reason (a constant text) and an empty list, if any of them is invalid. */
bool fact_decode(const uint8_t *bytes, size_t n, struct fact_list *facts, struct arena *arena,
		 const char **reason);

/* The number of bytes of a fact, and its encoding; out has at least as many. */
size_t fact_size(const struct fact *fact);
size_t fact_encode(const struct fact *fact, uint8_t *out);

/* Whether both say the same (attribute, subject, value): an Alive fact whatever its boot id. */
bool fact_same(const struct fact *a, const struct fact *b);

/* The address that a peer's packets of facts come from and go to: fe80::/64 and the first
 * eight bytes of the SHA-1 of the public key. */
struct ip fact_address(const struct wg_key *public_key);

/* "endpoint 192.0.2.1:51820", "allowed IP 10.0.0.0/24", "member (hub)", "alive". */
const char *fact_text(const struct fact *fact, struct arena *arena);
