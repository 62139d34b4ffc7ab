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

static bool dominates(const double *better, const double *worse, size_t dimensions)
{
	bool somewhere = false;

	for (size_t i = 0; i < dimensions; i++) {
		/* So that a NAN dominates nobody. */
		if (!(better[i] <= worse[i]))
			return false;
		somewhere |= better[i] < worse[i];
	}
	return somewhere;
}

void pareto_front(const double *costs, size_t n, size_t dimensions, bool *on_front)
{
	for (size_t i = 0; i < n; i++) {
		const double *mine = costs + i * dimensions;

		on_front[i] = is_known(mine, dimensions);
		for (size_t j = 0; on_front[i] && j < n; j++)
			on_front[i] = !dominates(costs + j * dimensions, mine, dimensions);
	}
}
