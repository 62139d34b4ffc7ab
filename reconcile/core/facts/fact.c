/* SPDX-License-Identifier: MIT */
#include "fact.h"

#include <sha1.h>

#include "fact_member.h"

/* Fewer bytes than announced, the most frequent reason. */
static const char cut_off[] = "cut off";

/* ---- Reading ---- */

static enum family family_of(enum fact_attribute attribute)
{
	return attribute == FACT_ENDPOINT_V4 || attribute == FACT_ALLOWED_IP_V4 ? FAMILY_IPV4
										: FAMILY_IPV6;
}

/* RFC 4291, section 2.5.5.2: ::ffff:0:0/96. */
static bool is_mapped(const struct ip *ip)
{
	static const struct prefix mapped = {
		{ FAMILY_IPV6, { [10] = 0xff, [11] = 0xff } },
		96,
	};

	return ip->family == FAMILY_IPV6 && prefix_covers(&mapped, ip);
}

/* The reason why there is no valid one, or NULL, as all of the following functions. */
static const char *read_ip(enum family family, struct fact_bytes *bytes, struct ip *ip)
{
	struct fact_bytes address;

	if (!fact_bytes_take(bytes, family_bytes(family), &address))
		return cut_off;
	ip->family = family;
	memcpy(ip->b, address.at, address.n);
	return is_mapped(ip) ? "an IPv4-mapped IPv6 address" : NULL;
}

static const char *read_endpoint(struct fact_bytes *bytes, struct fact *fact)
{
	struct endpoint *endpoint = &fact->endpoint;
	const char *reason = read_ip(family_of(fact->attribute), bytes, &endpoint->ip);
	struct fact_bytes port;

	if (reason)
		return reason;
	if (!fact_bytes_take(bytes, 2, &port))
		return cut_off;
	endpoint->port = (uint16_t)(port.at[0] << 8 | port.at[1]);
	return NULL;
}

static const char *read_prefix(struct fact_bytes *bytes, struct fact *fact)
{
	struct prefix *prefix = &fact->prefix;
	const char *reason = read_ip(family_of(fact->attribute), bytes, &prefix->ip);
	struct fact_bytes length;

	if (reason)
		return reason;
	if (!fact_bytes_take(bytes, 1, &length))
		return cut_off;
	if (*length.at > family_bits(prefix->ip.family))
		return "a prefix longer than its address";
	prefix->length = *length.at;
	*prefix = prefix_mask(*prefix);
	return NULL;
}

static const char *read_metadata(struct fact_bytes *bytes, struct fact *fact, struct arena *arena)
{
	struct fact_member member;
	uint64_t n;

	if (!fact_bytes_number(bytes, &n) || !fact_bytes_take(bytes, n, &fact->metadata))
		return cut_off;
	return fact_member_decode(fact->metadata, &member, arena) ? NULL : "invalid metadata";
}

static const char *read_boot_id(struct fact_bytes *bytes, struct fact *fact)
{
	struct fact_bytes id;

	if (!fact_bytes_take(bytes, FACT_BOOT_ID_LENGTH, &id))
		return cut_off;
	memcpy(fact->boot_id, id.at, id.n);
	return NULL;
}

static const char *read_value(struct fact_bytes *bytes, struct fact *fact, struct arena *arena)
{
	switch (fact->attribute) {
	case FACT_ALIVE:
		return read_boot_id(bytes, fact);
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return read_endpoint(bytes, fact);
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return read_prefix(bytes, fact);
	case FACT_MEMBER_METADATA:
		return read_metadata(bytes, fact, arena);
	case FACT_MEMBER:
		break;
	}
	return NULL;
}

static const char *read_attribute(struct fact_bytes *bytes, enum fact_attribute *attribute)
{
	struct fact_bytes byte;

	if (!fact_bytes_take(bytes, 1, &byte))
		return cut_off;
	if (*byte.at == 'S')
		return "a group in a group";
	if (!*byte.at || !strchr("!eEaAmM", *byte.at))
		return "an unknown attribute";
	*attribute = *byte.at;
	return NULL;
}

static const char *read_fact(struct fact_bytes *bytes, struct fact *fact, struct arena *arena)
{
	const char *reason = read_attribute(bytes, &fact->attribute);
	struct fact_bytes subject;
	uint64_t ttl;

	if (reason)
		return reason;
	if (!fact_bytes_number(bytes, &ttl))
		return cut_off;
	if (ttl > FACT_TTL_MAX)
		return "a TTL above 65535 s";
	fact->ttl = (uint32_t)ttl;
	if (!fact_bytes_take(bytes, KEY_LENGTH, &subject))
		return cut_off;
	memcpy(fact->subject.b, subject.at, subject.n);
	return read_value(bytes, fact, arena);
}

bool fact_decode(const uint8_t *bytes, size_t n, struct fact_list *facts, struct arena *arena,
		 const char **reason)
{
	struct fact_bytes rest = { bytes, n };

	*facts = (struct fact_list){ 0 };
	while (rest.n > 0) {
		*reason = read_fact(&rest, vec_push(arena, &facts->list), arena);
		if (*reason) {
			facts->list.n = 0;
			return false;
		}
	}
	return true;
}

/* ---- Writing ---- */

static uint32_t sent_ttl(const struct fact *fact)
{
	return fact->ttl < FACT_TTL_MAX ? fact->ttl : FACT_TTL_MAX;
}

static size_t value_size(const struct fact *fact)
{
	switch (fact->attribute) {
	case FACT_ALIVE:
		return FACT_BOOT_ID_LENGTH;
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return family_bytes(family_of(fact->attribute)) + 2;
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return family_bytes(family_of(fact->attribute)) + 1;
	case FACT_MEMBER_METADATA:
		return fact_number_size(fact->metadata.n) + fact->metadata.n;
	case FACT_MEMBER:
		break;
	}
	return 0;
}

size_t fact_size(const struct fact *fact)
{
	return 1 + fact_number_size(sent_ttl(fact)) + KEY_LENGTH + value_size(fact);
}

/* n may be 0, and at then NULL. */
static uint8_t *put(uint8_t *out, const void *at, size_t n)
{
	if (n > 0)
		memcpy(out, at, n);
	return out + n;
}

static uint8_t *put_value(uint8_t *out, const struct fact *fact)
{
	size_t address = family_bytes(family_of(fact->attribute));
	uint16_t port = htobe16(fact->endpoint.port);

	switch (fact->attribute) {
	case FACT_ALIVE:
		return put(out, fact->boot_id, FACT_BOOT_ID_LENGTH);
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		out = put(out, fact->endpoint.ip.b, address);
		return put(out, &port, sizeof(port));
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		out = put(out, fact->prefix.ip.b, address);
		return put(out, &fact->prefix.length, 1);
	case FACT_MEMBER_METADATA:
		out += fact_number_write(fact->metadata.n, out);
		return put(out, fact->metadata.at, fact->metadata.n);
	case FACT_MEMBER:
		break;
	}
	return out;
}

size_t fact_encode(const struct fact *fact, uint8_t *out)
{
	uint8_t *at = out;

	*at++ = (uint8_t)fact->attribute;
	at += fact_number_write(sent_ttl(fact), at);
	at = put(at, fact->subject.b, KEY_LENGTH);
	return (size_t)(put_value(at, fact) - out);
}

/* ---- The rest ---- */

bool fact_same(const struct fact *a, const struct fact *b)
{
	if (a->attribute != b->attribute || key_compare(&a->subject, &b->subject))
		return false;
	switch (a->attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return endpoint_equal(&a->endpoint, &b->endpoint);
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return !prefix_compare(&a->prefix, &b->prefix);
	case FACT_MEMBER_METADATA:
		return a->metadata.n == b->metadata.n &&
		       (a->metadata.n == 0 ||
			!memcmp(a->metadata.at, b->metadata.at, a->metadata.n));
	case FACT_ALIVE:
	case FACT_MEMBER:
		break;
	}
	return true;
}

struct ip fact_address(const struct wg_key *public_key)
{
	struct ip ip = { FAMILY_IPV6, { 0xfe, 0x80 } };
	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX context;

	SHA1Init(&context);
	SHA1Update(&context, public_key->b, KEY_LENGTH);
	SHA1Final(digest, &context);
	memcpy(ip.b + 8, digest, 8);
	return ip;
}

static const char *member_text(const struct fact *fact, struct arena *arena)
{
	struct fact_member member;

	if (!fact_member_decode(fact->metadata, &member, arena) || !member.name)
		return "member";
	return arena_printf(arena, "member (%s)", member.name);
}

const char *fact_text(const struct fact *fact, struct arena *arena)
{
	char endpoint[ENDPOINT_TEXT_MAX];
	char prefix[PREFIX_TEXT_MAX];

	switch (fact->attribute) {
	case FACT_ENDPOINT_V4:
	case FACT_ENDPOINT_V6:
		return arena_printf(arena, "endpoint %s", endpoint_text(&fact->endpoint, endpoint));
	case FACT_ALLOWED_IP_V4:
	case FACT_ALLOWED_IP_V6:
		return arena_printf(arena, "allowed IP %s", prefix_text(&fact->prefix, prefix));
	case FACT_MEMBER:
	case FACT_MEMBER_METADATA:
		return member_text(fact, arena);
	case FACT_ALIVE:
		break;
	}
	return "alive";
}
