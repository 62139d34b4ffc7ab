/* SPDX-License-Identifier: MIT */
/*
 * pareto: which of several choices are worth thinking about when each has several
 * costs: those to which no other is better in one cost without being worse in another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* costs: of each of the n choices one behind the other, each of so many; less is
 * better, and a difference counts when it is more than that part of the larger one
 * (0.03: 3 %). A choice with a cost that is not known (NAN) is not on the front. */
void pareto_front(const double *costs, size_t n, size_t dimensions, double tolerance,
		  bool *on_front);
