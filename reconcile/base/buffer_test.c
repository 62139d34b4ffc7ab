/* SPDX-License-Identifier: MIT */
#include "buffer.h"
#include "test/unit.h"

#include <stdio.h>

#define MANY 10000

START_TEST(begins_empty)
{
	struct arena *arena = arena_new();
	struct buffer buffer = buffer_new(arena);

	ck_assert_str_eq(buffer.text, "");
	buffer_add(&buffer, "");
	buffer_printf(&buffer, "%s", "");
	ck_assert_str_eq(buffer.text, "");
	ck_assert_uint_eq(buffer.n, 0);
	arena_free(arena);
}
END_TEST

START_TEST(adds_to_the_end)
{
	struct arena *arena = arena_new();
	struct buffer buffer = buffer_new(arena);

	buffer_add(&buffer, "one");
	buffer_add_bytes(&buffer, ", two and more", 5);
	buffer_printf(&buffer, ", %d%s", 3, "\n");
	ck_assert_str_eq(buffer.text, "one, two, 3\n");
	ck_assert_uint_eq(buffer.n, 12);
	arena_free(arena);
}
END_TEST

START_TEST(keeps_zero_bytes)
{
	struct arena *arena = arena_new();
	struct buffer buffer = buffer_new(arena);

	buffer_add_bytes(&buffer, "a\0b", 3);
	buffer_add(&buffer, "c");
	ck_assert_uint_eq(buffer.n, 4);
	ck_assert_mem_eq(buffer.text, "a\0bc", 5);
	arena_free(arena);
}
END_TEST

/* Every length around those at which the buffer grows, with other allocations in between. */
START_TEST(grows)
{
	struct arena *arena = arena_new();
	struct buffer bytes = buffer_new(arena), lines = buffer_new(arena);
	size_t n = 0;

	for (int i = 0; i < MANY; i++) {
		char line[32];

		buffer_add_bytes(&bytes, &"abcdefg"[i % 7], 1);
		buffer_printf(&lines, "%d\n", i);
		ck_assert_uint_eq(bytes.n, strlen(bytes.text));
		snprintf(line, sizeof(line), "%d\n", i);
		ck_assert_str_eq(lines.text + n, line);
		n = lines.n;
	}
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(bytes.text[i], "abcdefg"[i % 7]);
	ck_assert_int_eq(strncmp(lines.text, "0\n1\n2\n", 6), 0);
	arena_free(arena);
}
END_TEST

START_TEST(takes_long_texts)
{
	struct arena *arena = arena_new();
	struct buffer buffer = buffer_new(arena);

	buffer_add(&buffer, "<");
	buffer_printf(&buffer, "%*d", MANY, 1);
	buffer_add(&buffer, ">");
	ck_assert_uint_eq(buffer.n, MANY + 2);
	ck_assert_str_eq(buffer.text + MANY - 1, " 1>");
	arena_free(arena);
}
END_TEST

START_TEST(cuts)
{
	struct arena *arena = arena_new();
	struct buffer buffer = buffer_new(arena);

	buffer_add(&buffer, "key:\n");
	buffer_cut(&buffer, buffer.n - 1);
	ck_assert_str_eq(buffer.text, "key:");
	buffer_add(&buffer, " {}\n");
	ck_assert_str_eq(buffer.text, "key: {}\n");
	buffer_cut(&buffer, 0);
	ck_assert_str_eq(buffer.text, "");
	arena_free(arena);
}
END_TEST

SUITE("buffer", begins_empty, adds_to_the_end, keeps_zero_bytes, grows, takes_long_texts, cuts)
