/* SPDX-License-Identifier: MIT */
/*
 * numbers: statistics of numbers (quantiles, a histogram), and the steps of an axis.
 */
#pragma once

#include "base/text.h"

/* Smallest first. */
void numbers_sort(double *values, size_t n);

/* The quantile of the sorted values in thousandths, by nearest rank: always one of the
 * values. NAN if there are none. */
double quantile(const double *sorted, size_t n, unsigned per_mille);

/* The step of 1, 2 or 5 times a power of ten that divides the span into at most `most` steps. */
double axis_step(double span, unsigned most);

/* The same for time: 1, 2, 5, 10, 15, 30 seconds, minutes, ... in milliseconds. */
msec_t time_axis_step(msec_t span, unsigned most);

/* A point in time in the format of reports: "1:05", "1:02:05", with milliseconds "1:05.250".
 * With hours if `longest` has some. */
const char *clock_text(struct arena *arena, msec_t time, msec_t longest, bool milliseconds);

struct histogram {
	double first; /* start of the first bin */
	double width; /* of each bin; the last includes its upper end */
	VEC(unsigned) bins;
};

/* At most `most` bins of a round width. */
struct histogram histogram_make(const double *sorted, size_t n, double first, double last,
				unsigned most, struct arena *arena);
