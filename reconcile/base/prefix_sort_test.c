/* SPDX-License-Identifier: MIT */
#include "prefix_sort.h"

#include "arena.h"
#include "random.h"
#include "test/unit.h"

#include <stdlib.h>

/* A prefix and data that must move with it. */
struct thing {
	struct prefix prefix;
	uint32_t number;
} __attribute__((packed));

enum shape {
	SORTED,
	REVERSED,
	SHUFFLED,
	EQUAL, /* a few prefixes, each many times */
	CHANGED, /* sorted, with some elements misplaced */
	APPENDED, /* sorted, with an unsorted tail */
	TABLES, /* several sorted ones, one after another */
	SPECIFIC_FIRST, /* as the kernel lists IPv4: the longest first for one address */
	PARENTS_LAST, /* as it lists IPv6: covering prefixes after covered ones */
	SHAPES,
};

/* By prefix, then by index: the result of a stable sort. */
static int compare_stable(const void *a_, const void *b_)
{
	const struct thing *a = a_;
	const struct thing *b = b_;
	int order = prefix_compare(&a->prefix, &b->prefix);

	if (order)
		return order;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_specific_first(const void *a_, const void *b_)
{
	const struct thing *a = a_;
	const struct thing *b = b_;
	int order = ip_compare(&a->prefix.ip, &b->prefix.ip);

	return order ? order : (int)b->prefix.length - (int)a->prefix.length;
}

static int compare_parents_last(const void *a_, const void *b_)
{
	const struct thing *a = a_;
	const struct thing *b = b_;

	if (a->prefix.length < b->prefix.length && prefix_covers(&a->prefix, &b->prefix.ip))
		return 1;
	if (b->prefix.length < a->prefix.length && prefix_covers(&b->prefix, &a->prefix.ip))
		return -1;
	return ip_compare(&a->prefix.ip, &b->prefix.ip);
}

static struct prefix any_prefix(struct random *random, enum shape shape)
{
	struct prefix prefix = { .ip.family = random_below(random, 3) ? FAMILY_IPV4 : FAMILY_IPV6 };
	unsigned bytes = shape == EQUAL ? 1 : 4;

	if (shape == SPECIFIC_FIRST)
		prefix.ip.family = FAMILY_IPV4;
	if (shape == PARENTS_LAST)
		prefix.ip.family = FAMILY_IPV6;
	for (unsigned i = 0; i < bytes; i++)
		prefix.ip.b[i] = (uint8_t)random_below(random, bytes == 1 ? 3 : 256);
	prefix.length = (uint8_t)random_below(random, family_bits(prefix.ip.family) + 1);
	if (shape == SPECIFIC_FIRST || shape == PARENTS_LAST) {
		prefix.length = (uint8_t)(4 * random_below(random, 9));
		prefix.ip.b[0] &= 0x11;
	}
	return prefix_mask(prefix);
}

static void swap_some(struct random *random, struct thing *things, size_t n, size_t times)
{
	for (size_t i = 0; n && i < times; i++) {
		size_t a = random_below(random, (uint32_t)n), b = random_below(random, (uint32_t)n);
		struct thing thing = things[a];

		things[a] = things[b];
		things[b] = thing;
	}
}

static void reverse(struct thing *things, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct thing thing = things[i];

		things[i] = things[n - 1 - i];
		things[n - 1 - i] = thing;
	}
}

static void sort_parts(struct thing *things, size_t n, size_t parts)
{
	for (size_t i = 0; i < parts; i++) {
		size_t begin = n * i / parts, end = n * (i + 1) / parts;

		qsort(things + begin, end - begin, sizeof(*things), prefix_order);
	}
}

static void arrange(struct random *random, struct thing *things, size_t n, enum shape shape)
{
	if (shape == SHUFFLED || shape == EQUAL)
		return;
	qsort(things, n, sizeof(*things),
	      shape == SPECIFIC_FIRST ? compare_specific_first
	      : shape == PARENTS_LAST ? compare_parents_last
				      : prefix_order);
	if (shape == REVERSED)
		reverse(things, n);
	else if (shape == CHANGED)
		swap_some(random, things, n, 1 + n / 100);
	else if (shape == APPENDED)
		swap_some(random, things + n - n / 10, n / 10, n);
	else if (shape == TABLES) {
		swap_some(random, things, n, 2 * n);
		sort_parts(things, n, 1 + random_below(random, 5));
	}
}

static void check_shape(struct random *random, enum shape shape, size_t n)
{
	struct arena *arena = arena_new();
	struct thing *things = arena_alloc(arena, n * sizeof(*things));
	struct thing *expected = arena_alloc(arena, n * sizeof(*things));

	for (size_t i = 0; i < n; i++)
		things[i].prefix = any_prefix(random, shape);
	arrange(random, things, n, shape);
	for (size_t i = 0; i < n; i++)
		things[i].number = (uint32_t)i;
	memcpy(expected, things, n * sizeof(*things));
	qsort(expected, n, sizeof(*expected), compare_stable);
	prefix_sort(things, n, sizeof(*things));
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(!prefix_compare(&things[i].prefix, &expected[i].prefix) &&
				      things[i].number == expected[i].number,
			      "shape %d of %zu, at %zu", shape, n, i);
	arena_free(arena);
}

START_TEST(test_shapes)
{
	static const size_t sizes[] = { 1, 2, 3, 15, 16, 17, 18, 33, 100, 1000, 20000 };
	struct random random;

	random_seed(&random, 1);
	for (int shape = 0; shape < SHAPES; shape++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			check_shape(&random, (enum shape)shape, sizes[i]);
}
END_TEST

START_TEST(test_many_small)
{
	struct random random;

	random_seed(&random, 2);
	for (int i = 0; i < 3000; i++)
		check_shape(&random, (enum shape)random_below(&random, SHAPES),
			    1 + random_below(&random, 200));
}
END_TEST

START_TEST(test_nothing)
{
	prefix_sort(NULL, 0, sizeof(struct prefix));
}
END_TEST

/* The tested sizes. */
START_TEST(test_prefixes_alone)
{
	struct arena *arena = arena_new();
	struct prefix *prefixes = arena_alloc(arena, 5000 * sizeof(*prefixes));
	struct random random;

	random_seed(&random, 3);
	for (int i = 0; i < 5000; i++)
		prefixes[i] = any_prefix(&random, SHUFFLED);
	prefix_sort(prefixes, 5000, sizeof(*prefixes));
	for (int i = 1; i < 5000; i++)
		ck_assert_int_le(prefix_compare(&prefixes[i - 1], &prefixes[i]), 0);
	arena_free(arena);
}
END_TEST

SUITE("prefix_sort", test_shapes, test_many_small, test_nothing, test_prefixes_alone)
