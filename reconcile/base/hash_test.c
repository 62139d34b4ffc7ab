/* SPDX-License-Identifier: MIT */
#include "hash.h"
#include "test/unit.h"

#include <string.h>

/* From test_fnv.c of http://www.isthe.com/chongo/tech/comp/fnv/. */
static const struct {
	const char *bytes;
	size_t n;
	uint64_t hash;
} vectors[] = {
	{ "", 0, 0xcbf29ce484222325 },
	{ "a", 1, 0xaf63dc4c8601ec8c },
	{ "b", 1, 0xaf63df4c8601f1a5 },
	{ "fo", 2, 0x08985907b541d342 },
	{ "foobar", 6, 0x85944171f73967e8 },
	{ "", 1, 0xaf63bd4c8601b7df },
	{ "a", 2, 0x089be207b544f1e4 },
	{ "foobar", 7, 0x34531ca7168b8f38 },
	{ "\xff\x00\x00\x01", 4, 0x6961196491cc682d },
};

START_TEST(gives_the_known_values)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		ck_assert_uint_eq(hash_bytes(HASH_BASIS, vectors[i].bytes, vectors[i].n),
				  vectors[i].hash);
}
END_TEST

START_TEST(goes_on_from_a_hash)
{
	uint64_t hash = hash_bytes(HASH_BASIS, "foo", 3);

	ck_assert_uint_eq(hash_bytes(hash, "bar", 4), 0x34531ca7168b8f38);
	ck_assert_uint_eq(hash_text(hash, "bar"), 0x85944171f73967e8);
	ck_assert_uint_eq(hash_text(hash, ""), hash);
}
END_TEST

SUITE("hash", gives_the_known_values, goes_on_from_a_hash)
