/* SPDX-License-Identifier: MIT */
#include "fact.h"

#include <stdlib.h>

#include "fact_member.h"
#include "test/fact_line.h"
#include "test/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define SUBJECT "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="
#define SUBJECT_HEX "e97fe2cf51b25bd7ae8fd24874fecf525d787a85b2a108806be0434c1dfc1a11"

static struct arena *arena;

static struct wg_key key_of(const char *text)
{
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	return key;
}

static struct endpoint endpoint_of(const char *text)
{
	struct endpoint endpoint;

	ck_assert(endpoint_parse(text, &endpoint));
	return endpoint;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert(prefix_parse(text, &prefix));
	return prefix;
}

static uint8_t nibble(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* Allocated with malloc() in its exact size, so that the sanitizer detects its end. */
static struct fact_bytes hex_of(const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = malloc(n ? n : 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return (struct fact_bytes){ bytes, n };
}

/* One of each attribute. */
static struct fact example(enum fact_attribute attribute, uint32_t ttl)
{
	static const struct fact_member host = { "host", true, false };
	struct fact fact = { .attribute = attribute, .ttl = ttl, .subject = key_of(SUBJECT) };

	switch (attribute) {
	case FACT_ALIVE:
		for (uint8_t i = 0; i < FACT_BOOT_ID_LENGTH; i++)
			fact.boot_id[i] = (uint8_t)(i * 17);
		break;
	case FACT_ENDPOINT_V4:
		fact.endpoint = endpoint_of("192.0.2.1:51820");
		break;
	case FACT_ENDPOINT_V6:
		fact.endpoint = endpoint_of("[2001:db8::1]:51820");
		break;
	case FACT_ALLOWED_IP_V4:
		fact.prefix = prefix_of("10.0.0.0/24");
		break;
	case FACT_ALLOWED_IP_V6:
		fact.prefix = prefix_of("2001:db8::/32");
		break;
	case FACT_MEMBER_METADATA:
		fact.metadata = fact_member_encode(&host, arena);
		break;
	case FACT_MEMBER:
		break;
	}
	return fact;
}

static const struct {
	enum fact_attribute attribute;
	const char *hex; /* of the example with a TTL of 255 s */
	const char *line;
	const char *text;
} examples[] = {
	{ FACT_ENDPOINT_V4, "65ff01" SUBJECT_HEX "c0000201ca6c",
	  "e 255 " SUBJECT " 192.0.2.1:51820", "endpoint 192.0.2.1:51820" },
	{ FACT_ENDPOINT_V6, "45ff01" SUBJECT_HEX "20010db8000000000000000000000001ca6c",
	  "E 255 " SUBJECT " [2001:db8::1]:51820", "endpoint [2001:db8::1]:51820" },
	{ FACT_ALLOWED_IP_V4, "61ff01" SUBJECT_HEX "0a00000018", "a 255 " SUBJECT " 10.0.0.0/24",
	  "allowed IP 10.0.0.0/24" },
	{ FACT_ALLOWED_IP_V6, "41ff01" SUBJECT_HEX "20010db800000000000000000000000020",
	  "A 255 " SUBJECT " 2001:db8::/32", "allowed IP 2001:db8::/32" },
	{ FACT_MEMBER, "6dff01" SUBJECT_HEX, "m 255 " SUBJECT, "member" },
	{ FACT_MEMBER_METADATA, "4dff01" SUBJECT_HEX "096e04686f7374620100",
	  "M 255 " SUBJECT " n=host b=0", "member (host)" },
	{ FACT_ALIVE, "21ff01" SUBJECT_HEX "00112233445566778899aabbccddeeff",
	  "! 255 " SUBJECT " 00112233445566778899aabbccddeeff", "alive" },
};

START_TEST(vectors)
{
	arena = arena_new();
	for (int i = 0; i < COUNT(examples); i++) {
		struct fact fact = example(examples[i].attribute, 255);
		struct fact_bytes expected = hex_of(examples[i].hex);
		uint8_t *out = malloc(fact_size(&fact));
		struct fact_list read;
		const char *reason;

		ck_assert_uint_eq(fact_size(&fact), expected.n);
		ck_assert_uint_eq(fact_encode(&fact, out), expected.n);
		ck_assert_mem_eq(out, expected.at, expected.n);
		ck_assert(fact_decode(expected.at, expected.n, &read, arena, &reason));
		ck_assert_uint_eq(read.list.n, 1);
		ck_assert_str_eq(fact_line(read.list.at, arena), examples[i].line);
		ck_assert_str_eq(fact_text(read.list.at, arena), examples[i].text);
		ck_assert(fact_same(read.list.at, &fact));
		free(out);
		free((void *)expected.at);
	}
	arena_free(arena);
}
END_TEST

START_TEST(round_trips)
{
	static const uint32_t ttls[] = { 0, 1, 127, 128, 254, 16383, 16384, 65535 };
	struct fact_list written = { 0 };
	struct fact_list read;
	uint8_t *bytes, *at;
	size_t n = 0;
	const char *reason;

	arena = arena_new();
	for (int i = 0; i < COUNT(examples); i++)
		for (int j = 0; j < COUNT(ttls); j++)
			*vec_push(arena, &written.list) = example(examples[i].attribute, ttls[j]);
	vec_each (fact, &written.list)
		n += fact_size(fact);
	bytes = at = malloc(n);
	vec_each (fact, &written.list)
		at += fact_encode(fact, at);
	ck_assert_uint_eq((size_t)(at - bytes), n);
	ck_assert(fact_decode(bytes, n, &read, arena, &reason));
	ck_assert_uint_eq(read.list.n, written.list.n);
	vec_each (fact, &read.list) {
		const struct fact *same = &written.list.at[fact - read.list.at];

		ck_assert(fact_same(fact, same));
		ck_assert_uint_eq(fact->ttl, same->ttl);
		ck_assert_mem_eq(fact->boot_id, same->boot_id, FACT_BOOT_ID_LENGTH);
	}
	free(bytes);
	arena_free(arena);
}
END_TEST

START_TEST(long_ttl_is_sent_as_the_longest)
{
	struct fact_list read;
	uint8_t bytes[64];
	const char *reason;

	arena = arena_new();
	for (uint32_t ttl = 65534; ttl < 65538; ttl++) {
		struct fact fact = example(FACT_MEMBER, ttl);

		ck_assert_uint_eq(fact_size(&fact), 36);
		ck_assert_uint_eq(fact_encode(&fact, bytes), 36);
		ck_assert(fact_decode(bytes, 36, &read, arena, &reason));
		ck_assert_uint_eq(read.list.at->ttl, ttl < 65535 ? ttl : 65535);
	}
	arena_free(arena);
}
END_TEST

START_TEST(no_facts)
{
	struct fact_list read = { .list = { NULL, 7, 7 } };
	const char *reason;

	arena = arena_new();
	ck_assert(fact_decode(NULL, 0, &read, arena, &reason));
	ck_assert_uint_eq(read.list.n, 0);
	arena_free(arena);
}
END_TEST

/* Wherever a group is cut off within a fact, it is invalid, good facts before it or not. */
START_TEST(cut_off_anywhere)
{
	arena = arena_new();
	for (int i = 0; i < COUNT(examples); i++) {
		struct fact_bytes good = hex_of(examples[0].hex);
		struct fact_bytes last = hex_of(examples[i].hex);

		for (size_t n = 1; n < last.n; n++) {
			uint8_t *bytes = malloc(good.n + n);
			struct fact_list read;
			const char *reason;

			memcpy(bytes, good.at, good.n);
			memcpy(bytes + good.n, last.at, n);
			ck_assert(!fact_decode(bytes, good.n + n, &read, arena, &reason));
			ck_assert_str_eq(reason, "cut off");
			ck_assert_uint_eq(read.list.n, 0);
			free(bytes);
		}
		free((void *)good.at);
		free((void *)last.at);
	}
	arena_free(arena);
}
END_TEST

START_TEST(invalid)
{
	static const struct {
		const char *hex;
		const char *reason;
	} table[] = {
		{ "53ff01" SUBJECT_HEX, "a group in a group" },
		{ "53", "a group in a group" },
		{ "00ff01" SUBJECT_HEX, "an unknown attribute" },
		{ "78ff01" SUBJECT_HEX, "an unknown attribute" },
		{ "e5ff01" SUBJECT_HEX, "an unknown attribute" },
		{ "6d808004" SUBJECT_HEX, "a TTL above 65535 s" },
		{ "6dffffffffffffffffff01" SUBJECT_HEX, "a TTL above 65535 s" },
		{ "6dffffffffffffffffff02" SUBJECT_HEX, "cut off" },
		/* ::ffff:192.0.2.1, as an endpoint and as prefixes. */
		{ "45ff01" SUBJECT_HEX "00000000000000000000ffffc0000201ca6c",
		  "an IPv4-mapped IPv6 address" },
		{ "41ff01" SUBJECT_HEX "00000000000000000000ffffc000020180",
		  "an IPv4-mapped IPv6 address" },
		{ "41ff01" SUBJECT_HEX "00000000000000000000ffffc000020140",
		  "an IPv4-mapped IPv6 address" },
		{ "61ff01" SUBJECT_HEX "c633640021", "a prefix longer than its address" },
		{ "61ff01" SUBJECT_HEX "c6336400ff", "a prefix longer than its address" },
		{ "41ff01" SUBJECT_HEX "20010db800000000000000000000000081",
		  "a prefix longer than its address" },
		{ "4dff01" SUBJECT_HEX "046e02fffe", "invalid metadata" },
		{ "4dff01" SUBJECT_HEX "03620102", "invalid metadata" },
		{ "4dff01" SUBJECT_HEX "016e", "invalid metadata" },
		/* Metadata of more bytes than there are, and than memory has. */
		{ "4dff01" SUBJECT_HEX "0a6e04686f7374620100", "cut off" },
		{ "4dff01" SUBJECT_HEX "ffffffffffffffffff01", "cut off" },
		/* One byte follows. */
		{ "65ff01" SUBJECT_HEX "c0000201ca6c00", "an unknown attribute" },
		{ "65ff01" SUBJECT_HEX "c0000201ca6c65", "cut off" },
	};

	arena = arena_new();
	for (int i = 0; i < COUNT(table); i++) {
		struct fact_bytes bytes = hex_of(table[i].hex);
		struct fact_list read;
		const char *reason = NULL;

		ck_assert_msg(!fact_decode(bytes.at, bytes.n, &read, arena, &reason), "line %d", i);
		ck_assert_str_eq(reason, table[i].reason);
		ck_assert_uint_eq(read.list.n, 0);
		free((void *)bytes.at);
	}
	arena_free(arena);
}
END_TEST

START_TEST(unusual)
{
	static const struct {
		const char *hex;
		const char *line;
	} table[] = {
		/* Host bits are cleared. */
		{ "61ff01" SUBJECT_HEX "c633644d18", "a 255 " SUBJECT " 198.51.100.0/24" },
		{ "61ff01" SUBJECT_HEX "c633644d00", "a 255 " SUBJECT " 0.0.0.0/0" },
		{ "41ff01" SUBJECT_HEX "20010db8ffffffffffffffffffffffff30",
		  "A 255 " SUBJECT " 2001:db8:ffff::/48" },
		{ "41ff01" SUBJECT_HEX "0000000000000000000000000000000000",
		  "A 255 " SUBJECT " ::/0" },
		/* Not mapped: ::192.0.2.1, ::fffe:192.0.2.1 */
		{ "41ff01" SUBJECT_HEX "000000000000000000000000c000020180",
		  "A 255 " SUBJECT " ::192.0.2.1/128" },
		{ "45ff01" SUBJECT_HEX "00000000000000000000fffec0000201ca6c",
		  "E 255 " SUBJECT " [::fffe:c000:201]:51820" },
		{ "65ff01" SUBJECT_HEX "c00002010000", "e 255 " SUBJECT " 192.0.2.1:0" },
		{ "65c88000" SUBJECT_HEX "c0000201ffff", "e 72 " SUBJECT " 192.0.2.1:65535" },
		{ "4dff01" SUBJECT_HEX "00", "M 255 " SUBJECT },
	};

	arena = arena_new();
	for (int i = 0; i < COUNT(table); i++) {
		struct fact_bytes bytes = hex_of(table[i].hex);
		struct fact_list read;
		const char *reason;

		ck_assert_msg(fact_decode(bytes.at, bytes.n, &read, arena, &reason), "line %d", i);
		ck_assert_uint_eq(read.list.n, 1);
		ck_assert_str_eq(fact_line(read.list.at, arena), table[i].line);
		free((void *)bytes.at);
	}
	arena_free(arena);
}
END_TEST

/* Metadata that this program does not know is in what is passed on. */
START_TEST(unknown_metadata_is_kept)
{
	struct fact_bytes bytes = hex_of("4dff01" SUBJECT_HEX "0b7a06667574757265620101");
	struct fact_list read;
	const char *reason;
	uint8_t out[64];

	arena = arena_new();
	ck_assert(fact_decode(bytes.at, bytes.n, &read, arena, &reason));
	ck_assert_str_eq(fact_line(read.list.at, arena), "M 255 " SUBJECT " b=1");
	ck_assert_uint_eq(fact_size(read.list.at), bytes.n);
	ck_assert_uint_eq(fact_encode(read.list.at, out), bytes.n);
	ck_assert_mem_eq(out, bytes.at, bytes.n);
	free((void *)bytes.at);
	arena_free(arena);
}
END_TEST

START_TEST(same)
{
	static const struct fact_member other_name = { "guest", true, false };
	static const struct fact_member other_basic = { "host", true, true };
	struct fact a, b;

	arena = arena_new();
	for (int i = 0; i < COUNT(examples); i++) {
		for (int j = 0; j < COUNT(examples); j++) {
			a = example(examples[i].attribute, 1);
			b = example(examples[j].attribute, 2);
			ck_assert(fact_same(&a, &b) == (i == j));
		}
		b = example(examples[i].attribute, 1);
		b.subject.b[31] ^= 1;
		a = example(examples[i].attribute, 1);
		ck_assert(!fact_same(&a, &b));
	}
	a = b = example(FACT_ALIVE, 1);
	b.boot_id[0]++;
	ck_assert(fact_same(&a, &b));
	a = b = example(FACT_ENDPOINT_V4, 1);
	b.endpoint.port++;
	ck_assert(!fact_same(&a, &b));
	a = b = example(FACT_ENDPOINT_V6, 1);
	b.endpoint.ip.b[15]++;
	ck_assert(!fact_same(&a, &b));
	a = b = example(FACT_ALLOWED_IP_V4, 1);
	b.prefix.length++;
	ck_assert(!fact_same(&a, &b));
	a = b = example(FACT_MEMBER_METADATA, 1);
	b.metadata = fact_member_encode(&other_name, arena);
	ck_assert(!fact_same(&a, &b));
	b.metadata = fact_member_encode(&other_basic, arena);
	ck_assert(!fact_same(&a, &b));
	a.metadata = b.metadata = (struct fact_bytes){ NULL, 0 };
	ck_assert(fact_same(&a, &b));
	arena_free(arena);
}
END_TEST

START_TEST(addresses)
{
	static const char *const table[][2] = {
		{ SUBJECT, "fe80::afec:ee83:716b:51ac" }, /* of wirelink's own test */
		{ "18dCY1rwCNo4aQaWFccKFfhbqG0FGBxDkCSbyQ3awkw=", "fe80::7524:a338:e467:40ce" },
		{ "vuSh5decY5olV0cwyYhVuSP6F+J2tPTwaeFlDlU8kmA=", "fe80::ab87:d87d:ece9:b3d2" },
		{ "l9ImwBt+pREc1qd7Jjc4yGTU9NXDUwePKWoMBFvvkks=", "fe80::b96d:bd27:37d:a2a2" },
	};

	for (int i = 0; i < COUNT(table); i++) {
		struct wg_key key = key_of(table[i][0]);
		struct ip ip = fact_address(&key);
		char text[IP_TEXT_MAX];

		ck_assert_str_eq(ip_text(&ip, text), table[i][1]);
	}
}
END_TEST

SUITE("fact", vectors, round_trips, long_ttl_is_sent_as_the_longest, no_facts, cut_off_anywhere,
      invalid, unusual, unknown_metadata_is_kept, same, addresses)
