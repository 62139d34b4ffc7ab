/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include "test/unit.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than a chunk, so that growing moves it repeatedly. */
#define MANY 100000

START_TEST(test_vectors_keep_what_is_in_them)
{
	struct arena *arena = arena_new();
	VEC(uint32_t) numbers = { 0 };
	VEC(uint32_t) others = { 0 };

	for (uint32_t i = 0; i < MANY; i++) {
		*vec_push(arena, &numbers) = i;
		*vec_push(arena, &others) = MANY + i;
	}
	ck_assert_uint_eq(numbers.n, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		ck_assert_uint_eq(numbers.at[i], i);
		ck_assert_uint_eq(others.at[i], MANY + i);
	}
	arena_free(arena);
}
END_TEST

static bool all_are(const unsigned char *memory, unsigned char value, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++)
		if (memory[at] != value)
			return false;
	return true;
}

START_TEST(test_growing_zeroes_the_rest)
{
	static const size_t sizes[] = { 1,	100,	 20000,	  30000,  70000,
					300000, 1 << 20, 3000000, 9000001 };
	struct arena *arena = arena_new();
	unsigned char *memory = NULL;
	size_t size = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memory = arena_grow(arena, memory, size, sizes[i]);
		ck_assert(all_are(memory, 0xaa, 0, size));
		ck_assert(all_are(memory, 0, size, sizes[i]));
		size = sizes[i];
		memset(memory, 0xaa, size);
		/* In between, so that it cannot grow in place. */
		arena_alloc(arena, 16);
	}
	arena_free(arena);
}
END_TEST

/* Any memory that malloc() returns. */
START_TEST(test_memory_is_zeroed)
{
	static const size_t sizes[] = { 1, 5000, 20000, 64 << 10, 100000, 300000, 5000000 };
	struct arena *arena;

	mallopt(M_PERTURB, 0x55);
	arena = arena_new();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *memory = arena_alloc(arena, sizes[i]);

		ck_assert(all_are(memory, 0, 0, sizes[i]));
		memset(memory, 0xaa, sizes[i]);
		memory = arena_grow(arena, memory, sizes[i], sizes[i] + 3000);
		ck_assert(all_are(memory, 0, sizes[i], sizes[i] + 3000));
	}
	arena_free(arena);
	mallopt(M_PERTURB, 0);
}
END_TEST

START_TEST(test_reserved_room_is_not_moved)
{
	struct arena *arena = arena_new();
	VEC(uint64_t) numbers = { 0 };
	const uint64_t *at;

	vec_reserve(arena, &numbers, MANY);
	ck_assert_uint_eq(numbers.n, 0);
	at = numbers.at;
	for (uint64_t i = 0; i < MANY; i++) {
		arena_alloc(arena, 1);
		*vec_push(arena, &numbers) = i;
	}
	ck_assert_ptr_eq(numbers.at, at);
	vec_reserve(arena, &numbers, 1);
	ck_assert_ptr_eq(numbers.at, at);
	ck_assert_uint_eq(numbers.capacity, MANY);
	ck_assert_uint_eq(numbers.at[MANY - 1], MANY - 1);
	arena_free(arena);
}
END_TEST

/* Growing leaves its neighbours unchanged. */
START_TEST(test_outgrown_memory_is_alone)
{
	struct arena *arena = arena_new();
	char *large = arena_alloc(arena, 40000);
	char *neighbour = arena_strdup(arena, "neighbour");
	char *grown;

	memset(large, 'x', 40000);
	grown = arena_grow(arena, large, 40000, 100000);
	ck_assert_int_eq(grown[39999], 'x');
	ck_assert_str_eq(neighbour, "neighbour");
	ck_assert_str_eq(arena_printf(arena, "%d %s", 7, "words"), "7 words");
	arena_free(arena);
	arena_free(NULL);
}
END_TEST

/* The address of the next allocation. */
static size_t aligned(size_t size)
{
	return (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

/* The next allocation reuses the trimmed space. */
START_TEST(test_trim)
{
	struct arena *arena = arena_new();
	VEC(uint64_t) numbers = { 0 };
	uint64_t *other;

	for (uint64_t i = 0; i < 9; i++)
		*vec_push(arena, &numbers) = i;
	ck_assert_uint_gt(numbers.capacity, 10);
	vec_trim(arena, &numbers);
	ck_assert_uint_eq(numbers.capacity, 9);
	other = arena_alloc(arena, sizeof(*other));
	ck_assert_ptr_eq(other, (char *)numbers.at + aligned(9 * sizeof(uint64_t)));
	ck_assert_uint_eq(*other, 0);
	*other = 77;
	/* It is not the latest any more, and is unchanged. */
	*vec_push(arena, &numbers) = 9;
	vec_trim(arena, &numbers);
	for (uint64_t i = 0; i < 10; i++)
		ck_assert_uint_eq(numbers.at[i], i);
	ck_assert_uint_eq(*other, 77);
	arena_free(arena);
}
END_TEST

/* A vector that was the latest leaves no hole when it moves. */
START_TEST(test_growing_gives_back)
{
	struct arena *arena = arena_new();
	char *first = arena_alloc(arena, 60000);
	char *small = arena_alloc(arena, 1000);
	char *grown;

	memset(first, 'x', 60000);
	memset(small, 'y', 1000);
	grown = arena_grow(arena, small, 1000, 20000);
	ck_assert_ptr_ne(grown, small);
	ck_assert_int_eq(grown[999], 'y');
	ck_assert_int_eq(grown[1000], 0);
	ck_assert_ptr_eq(arena_alloc(arena, 16), small);
	ck_assert(all_are((unsigned char *)small, 0, 0, 16));
	ck_assert_int_eq(first[59999], 'x');
	arena_free(arena);
}
END_TEST

static int compare_numbers(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

START_TEST(test_place_in_a_sorted_vector)
{
	struct arena *arena = arena_new();
	VEC(int) numbers = { 0 };
	static const int sorted[] = { 1, 3, 3, 3, 7 };
	static const size_t places[] = { 0, 0, 1, 1, 4, 4, 4, 4, 5 };
	static const size_t places_after[] = { 0, 1, 1, 4, 4, 4, 4, 5, 5 };
	int key = 5;

	ck_assert_uint_eq(vec_place(&numbers, &key, compare_numbers), 0);
	ck_assert_uint_eq(vec_place_after(&numbers, &key, compare_numbers), 0);
	for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
		*vec_push(arena, &numbers) = sorted[i];
	for (key = 0; key < 9; key++) {
		ck_assert_uint_eq(vec_place(&numbers, &key, compare_numbers), places[key]);
		ck_assert_uint_eq(vec_place_after(&numbers, &key, compare_numbers),
				  places_after[key]);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_insertion)
{
	struct arena *arena = arena_new();
	VEC(int) numbers = { 0 };
	int *number;

	for (int i = 0; i < 1000; i++) {
		number = vec_insert(arena, &numbers, numbers.n / 2);
		ck_assert_int_eq(*number, 0);
		*number = i + 1;
	}
	number = vec_insert(arena, &numbers, 0);
	*number = -1;
	number = vec_insert(arena, &numbers, numbers.n);
	*number = -2;
	ck_assert_uint_eq(numbers.n, 1002);
	ck_assert_int_eq(numbers.at[0], -1);
	ck_assert_int_eq(numbers.at[1001], -2);
	for (int i = 0; i < 500; i++) {
		ck_assert_int_eq(numbers.at[1 + i], 2 * i + 2);
		ck_assert_int_eq(numbers.at[1000 - i], 2 * i + 1);
	}
	arena_free(arena);
}
END_TEST

/* Sizes up to 2 MiB, twice. */
#define RESETS 44

START_TEST(test_reset)
{
	struct arena *parent = arena_new();
	struct arena *arena = arena_new_within(parent);
	struct arena *other = arena_new_within(parent);
	char *kept = arena_strdup(parent, "parent"), *beside = arena_strdup(other, "beside");
	void *first = NULL;

	for (unsigned round = 0; round < RESETS; round++) {
		const size_t size = (size_t)1 << (round % 22);
		unsigned char *small, *large;

		arena_reset(arena);
		small = arena_alloc(arena, 100);
		large = arena_alloc(arena, size);
		/* The same memory is reused when it has grown enough. */
		if (round <= RESETS / 2)
			first = small;
		ck_assert_ptr_eq(small, first);
		ck_assert_uint_eq(small[0], 0);
		ck_assert_uint_eq(small[99], 0);
		ck_assert_uint_eq(large[0], 0);
		ck_assert_uint_eq(large[size - 1], 0);
		memset(large, 1, size);
		memset(small, 2, 100);
		ck_assert_uint_eq(large[0], 1);
		/* Nested arenas are freed, too. */
		arena_alloc(arena_new_within(arena), size);
	}
	ck_assert_str_eq(kept, "parent");
	ck_assert_str_eq(beside, "beside");
	arena_free(parent);
}
END_TEST

SUITE("arena", test_vectors_keep_what_is_in_them, test_growing_zeroes_the_rest,
      test_memory_is_zeroed, test_reserved_room_is_not_moved, test_outgrown_memory_is_alone,
      test_trim, test_growing_gives_back, test_place_in_a_sorted_vector, test_insertion, test_reset)
