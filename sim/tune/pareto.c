/* SPDX-License-Identifier: MIT */
#include "pareto.h"

#include <math.h>

static bool is_known(const double *costs, size_t dimensions)
{
	for (size_t i = 0; i < dimensions; i++) {
		if (isnan(costs[i]))
			return false;
	}
	return true;
}

static bool is_less(double a, double b, double tolerance)
{
	return b - a > tolerance * (fabs(a) > fabs(b) ? fabs(a) : fabs(b));
}

static bool dominates(const double *better, const double *worse, size_t dimensions,
		      double tolerance)
{
	bool somewhere = false;

	for (size_t i = 0; i < dimensions; i++) {
		if (is_less(worse[i], better[i], tolerance))
			return false;
		somewhere |= is_less(better[i], worse[i], tolerance);
	}
	return somewhere;
}

void pareto_front(const double *costs, size_t n, size_t dimensions, double tolerance,
		  bool *on_front)
{
	for (size_t i = 0; i < n; i++) {
		const double *mine = costs + i * dimensions;

		on_front[i] = is_known(mine, dimensions);
		for (size_t j = 0; on_front[i] && j < n; j++) {
			const double *other = costs + j * dimensions;

			on_front[i] = !is_known(other, dimensions) ||
				      !dominates(other, mine, dimensions, tolerance);
		}
	}
}
