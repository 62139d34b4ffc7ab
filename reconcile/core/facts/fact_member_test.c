/* SPDX-License-Identifier: MIT */
#include "fact_member.h"

#include <stdlib.h>

#include "test/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
/* A literal, zeros included, without the terminating one. */
#define BYTES(literal) literal, sizeof(literal) - 1

static struct arena *arena;

/* A copy of exact size, so that the sanitizer detects its end. */
static bool decode(const char *at, size_t n, struct fact_member *member)
{
	uint8_t *copy = malloc(n ? n : 1);
	bool good;

	memcpy(copy, at, n);
	good = fact_member_decode((struct fact_bytes){ copy, n }, member, arena);
	free(copy);
	return good;
}

START_TEST(valid)
{
	static const struct {
		const char *at;
		size_t n;
		const char *name;
		bool has_basic, basic;
	} table[] = {
		{ BYTES(""), NULL, false, false },
		{ BYTES("n\4hostb\1\0"), "host", true, false },
		{ BYTES("n\4hostb\1\1"), "host", true, true },
		{ BYTES("b\1\1"), NULL, true, true },
		{ BYTES("n\4host"), "host", false, false },
		{ BYTES("n\0"), NULL, false, false },
		/* The order is that of the sender. */
		{ BYTES("b\1\0n\4host"), "host", true, false },
		/* Other attributes, zero included, of any length. */
		{ BYTES("n\1ab\1\0z\6future"), "a", true, false },
		{ BYTES("\0\0n\1a\377\1\377"), "a", false, false },
		/* A longer form of a length. */
		{ BYTES("n\201\0a"), "a", false, false },
		{ BYTES("n\7a\0b\33[2J"), "a?b?[2J", false, false },
		{ BYTES("n\6h\303\274\342\200\256"), "h\303\274?", false, false },
	};

	arena = arena_new();
	for (int i = 0; i < COUNT(table); i++) {
		struct fact_member member;

		ck_assert_msg(decode(table[i].at, table[i].n, &member), "line %d", i);
		ck_assert_pstr_eq(member.name, table[i].name);
		ck_assert(member.has_basic == table[i].has_basic);
		ck_assert(member.basic == table[i].basic);
	}
	arena_free(arena);
}
END_TEST

START_TEST(invalid)
{
	static const struct {
		const char *at;
		size_t n;
	} table[] = {
		{ BYTES("n") },
		{ BYTES("n\1") },
		{ BYTES("n\5host") },
		{ BYTES("n\200") },
		{ BYTES("n\4hostb\2\0") },
		{ BYTES("n\2aan\2bb") }, /* twice */
		{ BYTES("n\0n\0") },
		{ BYTES("b\1\0b\1\0") },
		{ BYTES("z\0z\0") }, /* unknown ones, too */
		{ BYTES("b\0") },
		{ BYTES("b\1\2") },
		{ BYTES("b\1\377") },
		{ BYTES("b\2\0\0") },
		{ BYTES("n\2\377\376") }, /* not UTF-8 */
		{ BYTES("n\2\342\230") },
		/* The length of 64 bits that passes the end of memory. */
		{ BYTES("n\377\377\377\377\377\377\377\377\377\1a") },
		{ BYTES("n\377\377\377\377\377\377\377\377\377\377\1a") },
		{ BYTES("z\200\200\200\200\20a") }, /* 2^32 */
	};

	arena = arena_new();
	for (int i = 0; i < COUNT(table); i++) {
		struct fact_member member;

		ck_assert_msg(!decode(table[i].at, table[i].n, &member), "line %d", i);
	}
	arena_free(arena);
}
END_TEST

START_TEST(at_most_1_mib)
{
	size_t n = FACT_METADATA_MAX;
	uint8_t *bytes = calloc(1, n + 1);
	struct fact_member member;

	arena = arena_new();
	bytes[0] = 'z';
	fact_number_write(n - 4, bytes + 1);
	ck_assert(fact_member_decode((struct fact_bytes){ bytes, n }, &member, arena));
	fact_number_write(n - 3, bytes + 1);
	ck_assert(!fact_member_decode((struct fact_bytes){ bytes, n + 1 }, &member, arena));
	free(bytes);
	arena_free(arena);
}
END_TEST

START_TEST(encode)
{
	static const struct {
		struct fact_member member;
		const char *at;
		size_t n;
	} table[] = {
		{ { "host", true, false }, BYTES("n\4hostb\1\0") },
		{ { "host", true, true }, BYTES("n\4hostb\1\1") },
		{ { "host", false, true }, BYTES("n\4host") },
		{ { NULL, true, true }, BYTES("b\1\1") },
		{ { "", true, false }, BYTES("b\1\0") },
		{ { NULL, false, false }, BYTES("") },
	};

	arena = arena_new();
	for (int i = 0; i < COUNT(table); i++) {
		struct fact_bytes bytes = fact_member_encode(&table[i].member, arena);

		ck_assert_uint_eq(bytes.n, table[i].n);
		ck_assert_mem_eq(bytes.at, table[i].at, bytes.n);
	}
	arena_free(arena);
}
END_TEST

START_TEST(long_names)
{
	static const size_t lengths[] = { 1, 16, 127, 128, 16383, 16384 };

	arena = arena_new();
	for (int i = 0; i < COUNT(lengths); i++) {
		char *name = arena_alloc(arena, lengths[i] + 1);
		struct fact_member given = { name, true, i % 2 };
		struct fact_member member;

		memset(name, 'a' + i, lengths[i]);
		ck_assert(fact_member_decode(fact_member_encode(&given, arena), &member, arena));
		ck_assert_str_eq(member.name, name);
		ck_assert(member.has_basic && member.basic == given.basic);
	}
	arena_free(arena);
}
END_TEST

SUITE("fact_member", valid, invalid, at_most_1_mib, encode, long_names)
