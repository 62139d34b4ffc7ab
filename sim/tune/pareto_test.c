/* SPDX-License-Identifier: MIT */
#include "pareto.h"

#include "test/unit.h"

#include <math.h>
#include <string.h>

#define POINTS_MAX 6

struct row {
	double tolerance;
	size_t dimensions, n;
	double costs[POINTS_MAX * 3];
	const char *front; /* a letter for each: f on it, - not */
};

static const struct row rows[] = {
	{ 0, 1, 0, { 0 }, "" },
	{ 0, 1, 1, { 7 }, "f" },
	{ 0, 1, 4, { 3, 1, 2, 1 }, "-f-f" },
	{ 0, 2, 3, { 1, 3, 2, 2, 3, 1 }, "fff" },
	{ 0, 2, 4, { 1, 3, 2, 2, 3, 1, 2, 3 }, "fff-" },
	/* The same in one cost and better in the other. */
	{ 0, 2, 3, { 1, 2, 1, 1, 2, 1 }, "-f-" },
	/* Equal ones. */
	{ 0, 2, 3, { 1, 1, 1, 1, 2, 2 }, "ff-" },
	{ 0, 2, 4, { 1, 1, 2, 2, 2, 2, 0, 3 }, "f--f" },
	/* The third cost keeps one that is worse in two. */
	{ 0, 3, 3, { 1, 1, 5, 2, 2, 4, 2, 2, 5 }, "ff-" },
	/* Unknown values are neither on it nor exclude others. */
	{ 0, 2, 3, { NAN, 0, 1, 1, 2, NAN }, "-f-" },
	{ 0, 2, 2, { 0, NAN, 0, NAN }, "--" },
	/* Of any sign and size. */
	{ 0, 2, 3, { -1, 1e301, 0, 1e300, -1, 1e300 }, "--f" },
	/* 97 and 100 are the same, 96 is less; and so is zero than any number. */
	{ 0.03, 1, 3, { 100, 97, 99 }, "fff" },
	{ 0.03, 1, 3, { 100, 96, 99 }, "-f-" },
	{ 0.03, 1, 2, { 0, 1e-9 }, "f-" },
	{ 0.03, 1, 2, { 0, 0 }, "ff" },
	/* A little worse in one cost does not keep one that is worse in the other. */
	{ 0.03, 2, 3, { 100, 50, 102, 40, 104, 40 }, "-ff" },
	{ 0.03, 2, 2, { -100, 5, -97, 5 }, "ff" },
	{ 0.03, 2, 2, { -100, 5, -96, 5 }, "f-" },
};

START_TEST(tables)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		bool on_front[POINTS_MAX];
		char found[POINTS_MAX + 1] = "";

		pareto_front(row->costs, row->n, row->dimensions, row->tolerance, on_front);
		for (size_t j = 0; j < row->n; j++)
			found[j] = on_front[j] ? 'f' : '-';
		ck_assert_msg(!strcmp(found, row->front), "row %zu: %s, not %s", i, found,
			      row->front);
	}
}
END_TEST

/* By the definition, on random points with many ties. */
START_TEST(nobody_off_the_front_is_undominated)
{
	enum { N = 60 };
	double costs[N * 3];
	bool on_front[N];
	unsigned state = 1;

	for (size_t i = 0; i < N * 3; i++) {
		state = state * 1103515245 + 12345; /* as POSIX' example of rand() */
		costs[i] = state >> 16 & 7;
	}
	pareto_front(costs, N, 3, 0, on_front);
	for (size_t i = 0; i < N; i++) {
		bool dominated = false;

		for (size_t j = 0; j < N; j++) {
			const double *a = costs + 3 * j, *b = costs + 3 * i;

			dominated |= a[0] <= b[0] && a[1] <= b[1] && a[2] <= b[2] &&
				     (a[0] < b[0] || a[1] < b[1] || a[2] < b[2]);
		}
		ck_assert(on_front[i] == !dominated);
	}
}
END_TEST

SUITE("pareto", tables, nobody_off_the_front_is_undominated)
