/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define SECOND ((msec_t)MSEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

void numbers_sort(double *values, size_t n)
{
	if (n)
		qsort(values, n, sizeof(*values), compare);
}

double quantile(const double *sorted, size_t n, unsigned per_mille)
{
	size_t rank = (n * per_mille + 999) / 1000;

	if (!n)
		return NAN;
	return sorted[rank ? rank - 1 : 0];
}

double axis_step(double span, unsigned most)
{
	static const double rounds[] = { 1, 2, 5 };
	double power = 1e-6;

	/* Beyond that, one step is as good as another. */
	while (power < 1e15) {
		for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
			if (rounds[i] * power * most >= span)
				return rounds[i] * power;
		}
		power *= 10;
	}
	return span / most;
}

msec_t time_axis_step(msec_t span, unsigned most)
{
	static const msec_t steps[] = {
		SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
		MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
		HOUR,	2 * HOUR,   3 * HOUR,	6 * HOUR,    12 * HOUR,	  DAY,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i] * most >= span)
			return steps[i];
	}
	return (span / most / DAY + 1) * DAY;
}

const char *clock_text(struct arena *arena, msec_t time, msec_t longest, bool milliseconds)
{
	const char *sign = time < 0 ? "-" : "";
	const char *text;

	if (time < 0)
		time = -time;
	if (longest >= HOUR || time >= HOUR)
		text = arena_printf(arena, "%s%" PRId64 ":%02" PRId64 ":%02" PRId64, sign,
				    time / HOUR, time % HOUR / MINUTE, time % MINUTE / SECOND);
	else
		text = arena_printf(arena, "%s%" PRId64 ":%02" PRId64, sign, time / MINUTE,
				    time % MINUTE / SECOND);
	return milliseconds ? arena_printf(arena, "%s.%03" PRId64, text, time % SECOND) : text;
}

struct histogram histogram_make(const double *sorted, size_t n, double first, double last,
				unsigned most, struct arena *arena)
{
	struct histogram histogram = { .first = first,
				       .width = axis_step(last > first ? last - first : 1, most) };
	size_t bins = 1;

	while (bins < most && first + (double)bins * histogram.width < last)
		bins++;
	for (size_t i = 0; i < bins; i++)
		*vec_push(arena, &histogram.bins) = 0;
	for (size_t i = 0; i < n; i++) {
		double place = (sorted[i] - first) / histogram.width;
		size_t bin = place > 0 ? (size_t)place : 0;

		histogram.bins.at[bin < bins ? bin : bins - 1]++;
	}
	return histogram;
}
