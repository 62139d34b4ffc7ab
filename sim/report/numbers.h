/* SPDX-License-Identifier: MIT */
/*
 * numbers: what is said of many numbers (quantiles, a histogram), and the steps
 * of an axis.
 */
#pragma once

#include "base/text.h"

/* Smallest first. */
void numbers_sort(double *values, size_t n);

/* The smallest of the sorted values that so many thousandths of them are not
 * above (nearest rank): always one that was seen. NAN when there are none. */
double quantile(const double *sorted, size_t n, unsigned per_mille);

/* The step of 1, 2 or 5 times a power of ten that makes at most `most` of the span. */
double axis_step(double span, unsigned most);

/* The same of time: 1, 2, 5, 10, 15, 30 seconds, minutes, ... in milliseconds. */
msec_t time_axis_step(msec_t span, unsigned most);

/* A point in time as all of a report has it: "1:05", "1:02:05", with milliseconds
 * "1:05.250". Hours are there when `longest` has some. */
const char *clock_text(struct arena *arena, msec_t time, msec_t longest, bool milliseconds);

struct histogram {
	double first; /* where the first bin begins */
	double width; /* of each bin; the last holds its upper end, too */
	VEC(unsigned) bins;
};

/* At most `most` bins of a round width. */
struct histogram histogram_make(const double *sorted, size_t n, double first, double last,
				unsigned most, struct arena *arena);
