/* SPDX-License-Identifier: MIT */
/*
 * address: IP addresses, prefixes (allowed IPs, interface addresses) and UDP
 * endpoints as plain values, with their text forms.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One byte, so that a prefix has 18: there may be a million prefixes. */
enum family {
	FAMILY_NONE = 0,
	FAMILY_IPV4 = 4,
	FAMILY_IPV6 = 6,
} __attribute__((packed));

struct ip {
	enum family family;
	uint8_t b[16]; /* network order; an IPv4 address uses the first four */
};

struct prefix {
	struct ip ip;
	uint8_t length;
};

struct endpoint {
	struct ip ip;
	uint16_t port;
	uint32_t scope; /* interface index of a link-local IPv6 address, otherwise 0 */
};

/* Longest text of each, with the terminating zero. */
#define IP_TEXT_MAX 46
#define PREFIX_TEXT_MAX 50
#define ENDPOINT_TEXT_MAX 68

/* Bytes and bits of an address of the family: 4 and 32, or 16 and 128. */
static inline unsigned family_bytes(enum family family)
{
	return family == FAMILY_IPV4 ? 4 : 16;
}

static inline unsigned family_bits(enum family family)
{
	return family_bytes(family) * 8;
}

/* Parses a literal IPv4 or IPv6 address (no zone). */
bool ip_parse(const char *text, struct ip *ip);

/* Parses ADDRESS/LENGTH; without a length: the whole address. Host bits are kept: clear them
 * with prefix_mask(). */
bool prefix_parse(const char *text, struct prefix *prefix);

/* Splits HOST:PORT or [HOST]:PORT into host (a buffer of host_size bytes) and port
 * (1..65535). Does not check whether host is an address or a name. */
bool endpoint_split(const char *text, char *host, unsigned host_size, uint16_t *port);

/* Parses a literal ADDRESS:PORT. false for names and for addresses with a
 * zone, which both need the resolver. */
bool endpoint_parse(const char *text, struct endpoint *endpoint);

/* Text forms; the buffer is returned. An IPv6 endpoint is written in brackets
 * and with %INDEX when it has a scope. */
char *ip_text(const struct ip *ip, char text[IP_TEXT_MAX]);
char *prefix_text(const struct prefix *prefix, char text[PREFIX_TEXT_MAX]);
char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX]);

/* The prefix with its host bits cleared, and whether it had any. */
struct prefix prefix_mask(struct prefix prefix);
bool prefix_has_host_bits(const struct prefix *prefix);

/* Whether ip lies in prefix. */
bool prefix_covers(const struct prefix *prefix, const struct ip *ip);

/* fe80::/10 */
bool ip_is_link_local(const struct ip *ip);

/* Whether the address is of a network that the internet does not route: RFC 1918, RFC 6598,
 * RFC 4193, link-local ones. */
bool ip_is_private(const struct ip *ip);

/* Total orders, for qsort() and sort-and-merge: <0, 0, >0. IPv4 comes first. */
static inline int ip_compare(const struct ip *a, const struct ip *b)
{
	uint64_t x, y;
	uint32_t u, v;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->family == FAMILY_IPV4) {
		memcpy(&u, a->b, sizeof(u));
		memcpy(&v, b->b, sizeof(v));
		u = be32toh(u);
		v = be32toh(v);
		return (u > v) - (u < v);
	}
	memcpy(&x, a->b, sizeof(x));
	memcpy(&y, b->b, sizeof(y));
	if (x == y) {
		memcpy(&x, a->b + 8, sizeof(x));
		memcpy(&y, b->b + 8, sizeof(y));
	}
	x = be64toh(x);
	y = be64toh(y);
	return (x > y) - (x < y);
}
static inline int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order = ip_compare(&a->ip, &b->ip);

	return order ? order : (int)a->length - (int)b->length;
}

/* prefix_compare() for qsort(3), bsearch(3) and vec_place(): of prefixes, and of structures
 * that begin with one. */
int prefix_order(const void *a, const void *b);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
