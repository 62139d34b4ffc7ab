/* SPDX-License-Identifier: MIT */
/*
 * A natural merge sort: a sorted sequence is one run. Short runs are lengthened by
 * insertion, because the kernel lists prefixes of one address longest first. Neighbouring
 * runs are merged so that their lengths stay balanced, as in Tim Peters' listsort (CPython,
 * Objects/listsort.txt).
 */
#include "prefix_sort.h"

#include "arena.h"

#include <string.h>

/* Runs shorter than this are lengthened. */
#define RUN_MIN 16

/* Elements of a run, consecutively: unsorted ones are then at the run's end. */
#define TAKEN_IN_MAX 8

/* Each run on the stack is longer than the two above it together: so 64-bit sizes need at
 * most 93 (Fibonacci numbers). */
#define RUNS_MAX 96

struct run {
	size_t begin;
	size_t n;
};

struct sorting {
	char *at;
	size_t size;
	struct run runs[RUNS_MAX]; /* side by side */
	size_t runs_n;
	struct arena *arena; /* NULL: no merge yet */
	char *room;
	size_t room_n;
};

static char *item(const struct sorting *sorting, size_t i)
{
	return sorting->at + i * sorting->size;
}

static bool is_before(const char *a, const char *b)
{
	return prefix_compare((const struct prefix *)a, (const struct prefix *)b) < 0;
}

/* The first index in [low, high) whose prefix is after that of what, or with or_equal not
 * before it. */
static size_t place_of(const struct sorting *sorting, size_t low, size_t high, const char *what,
		       bool or_equal)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		bool before = or_equal ? is_before(item(sorting, middle), what)
				       : !is_before(what, item(sorting, middle));

		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* [begin, i) is sorted; inserts the element at i. */
static void insert(const struct sorting *sorting, size_t begin, size_t i)
{
	size_t place = place_of(sorting, begin, i, item(sorting, i), false);
	char moved[PREFIX_SORT_SIZE_MAX];

	memcpy(moved, item(sorting, i), sorting->size);
	memmove(item(sorting, place + 1), item(sorting, place), (i - place) * sorting->size);
	memcpy(item(sorting, place), moved, sorting->size);
}

/* The end of the sorted sequence from begin. An element that belongs a few positions before
 * is inserted. */
static size_t find_run(const struct sorting *sorting, size_t begin, size_t n)
{
	size_t taken_in = 0;
	size_t i = begin + 1;

	for (; i < n; i++) {
		if (!is_before(item(sorting, i), item(sorting, i - 1))) {
			taken_in = 0;
			continue;
		}
		if (i - begin >= RUN_MIN &&
		    (++taken_in > TAKEN_IN_MAX ||
		     is_before(item(sorting, i), item(sorting, i - RUN_MIN))))
			break;
		insert(sorting, i - begin > RUN_MIN ? i - RUN_MIN : begin, i);
	}
	return i;
}

static void make_room(struct sorting *sorting, size_t n)
{
	if (n <= sorting->room_n)
		return;
	if (sorting->arena)
		arena_free(sorting->arena);
	sorting->arena = arena_new();
	sorting->room = arena_alloc(sorting->arena, n * sorting->size);
	sorting->room_n = n;
}

/* The left run is the shorter one: it is copied aside, and the space is filled from below. */
static void merge_up(struct sorting *sorting, size_t begin, size_t middle, size_t end)
{
	const char *left, *left_end;
	const char *right = item(sorting, middle);
	const char *right_end = item(sorting, end);
	char *to = item(sorting, begin);

	make_room(sorting, middle - begin);
	left = sorting->room;
	left_end = left + (middle - begin) * sorting->size;
	memcpy(sorting->room, to, (middle - begin) * sorting->size);
	while (left < left_end && right < right_end) {
		const char **from = is_before(right, left) ? &right : &left;

		memcpy(to, *from, sorting->size);
		*from += sorting->size;
		to += sorting->size;
	}
	memcpy(to, left, (size_t)(left_end - left));
}

/* The same from above, with the right run copied aside. */
static void merge_down(struct sorting *sorting, size_t begin, size_t middle, size_t end)
{
	const char *left_begin = item(sorting, begin);
	const char *left = item(sorting, middle);
	const char *right;
	char *to = item(sorting, end);

	make_room(sorting, end - middle);
	right = sorting->room + (end - middle) * sorting->size;
	memcpy(sorting->room, left, (end - middle) * sorting->size);
	while (left > left_begin && right > sorting->room) {
		const char **from = is_before(right - sorting->size, left - sorting->size) ? &left
											   : &right;

		*from -= sorting->size;
		to -= sorting->size;
		memcpy(to, *from, sorting->size);
	}
	memcpy(to - (right - sorting->room), sorting->room, (size_t)(right - sorting->room));
}

/* Elements in their final position at both ends are not moved. */
static void merge(struct sorting *sorting, const struct run *left, const struct run *right)
{
	size_t middle = right->begin;
	size_t end = right->begin + right->n;
	size_t begin = place_of(sorting, left->begin, middle, item(sorting, middle), false);

	if (begin == middle)
		return;
	end = place_of(sorting, middle, end, item(sorting, middle - 1), true);
	if (middle - begin <= end - middle)
		merge_up(sorting, begin, middle, end);
	else
		merge_down(sorting, begin, middle, end);
}

/* Merges the i-th run with the one after it. */
static void merge_at(struct sorting *sorting, size_t i)
{
	struct run *runs = sorting->runs;

	merge(sorting, &runs[i], &runs[i + 1]);
	runs[i].n += runs[i + 1].n;
	sorting->runs_n--;
	if (i + 1 < sorting->runs_n)
		runs[i + 1] = runs[i + 2];
}

static bool is_balanced(const struct run *runs, size_t n)
{
	if (n >= 2 && runs[n - 2].n <= runs[n - 1].n)
		return false;
	if (n >= 3 && runs[n - 3].n <= runs[n - 2].n + runs[n - 1].n)
		return false;
	return n < 4 || runs[n - 4].n > runs[n - 3].n + runs[n - 2].n;
}

static void balance(struct sorting *sorting)
{
	struct run *runs = sorting->runs;

	while (!is_balanced(runs, sorting->runs_n)) {
		size_t n = sorting->runs_n;

		if (n >= 3 && runs[n - 3].n < runs[n - 1].n)
			merge_at(sorting, n - 3);
		else
			merge_at(sorting, n - 2);
	}
}

void prefix_sort(void *at, size_t n, size_t size)
{
	struct sorting sorting = { .at = at, .size = size };

	for (size_t begin = 0; begin < n;) {
		size_t end = find_run(&sorting, begin, n);

		sorting.runs[sorting.runs_n++] = (struct run){ begin, end - begin };
		balance(&sorting);
		begin = end;
	}
	while (sorting.runs_n > 1)
		merge_at(&sorting, sorting.runs_n - 2);
	arena_free(sorting.arena);
}
