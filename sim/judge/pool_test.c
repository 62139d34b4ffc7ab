/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include "base/random.h"
#include "test/unit.h"

#include <stdalign.h>

#define ROUNDS 2000
#define THINGS 20

/* What is taken in one round is whole until the next, whatever was taken before. */
START_TEST(keeps_things_apart)
{
	struct arena *arena = arena_new();
	struct pool pool = { .arena = arena };
	struct random random;

	random_seed(&random, 1);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned char *things[THINGS];
		size_t sizes[THINGS], n = random_below(&random, THINGS + 1);

		pool_reset(&pool);
		for (size_t i = 0; i < n; i++) {
			sizes[i] = random_below(&random, 1 << random_below(&random, 12));
			things[i] = pool_alloc(&pool, sizes[i]);
			ck_assert_uint_eq((uintptr_t)things[i] % alignof(max_align_t), 0);
			for (size_t j = 0; j < sizes[i]; j++)
				ck_assert_uint_eq(things[i][j], 0);
			memset(things[i], (int)i + 1, sizes[i]);
		}
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < sizes[i]; j++)
				ck_assert_uint_eq(things[i][j], i + 1);
		}
	}
	arena_free(arena);
}
END_TEST

START_TEST(uses_its_memory_again)
{
	struct arena *arena = arena_new();
	struct pool pool = { .arena = arena };
	void *first[3];

	for (unsigned round = 0; round < 3; round++) {
		pool_reset(&pool);
		for (unsigned i = 0; i < 3; i++) {
			void *thing = pool_alloc(&pool, 200);

			if (!round)
				first[i] = thing;
			ck_assert_ptr_eq(thing, first[i]);
		}
	}
	arena_free(arena);
}
END_TEST

START_TEST(copies_texts)
{
	static const char *const texts[] = { "one", "", "three" };
	struct arena *arena = arena_new();
	struct pool pool = { .arena = arena };
	const char **copy = pool_texts(&pool, texts, 3);

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_str_eq(copy[i], texts[i]);
		ck_assert_ptr_ne(copy[i], texts[i]);
	}
	ck_assert_ptr_null(pool_text(&pool, NULL));
	arena_free(arena);
}
END_TEST

SUITE("pool", keeps_things_apart, uses_its_memory_again, copies_texts)
