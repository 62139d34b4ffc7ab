/* SPDX-License-Identifier: MIT */
/*
 * pareto: the Pareto front of choices with several costs: those for which no other choice is
 * better in one cost without being worse in another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* costs: of the n choices in sequence, dimensions each; less is better, and a difference counts
 * if it exceeds that part of the larger one (0.03: 3 %). A choice with an unknown cost (NAN)
 * is not on the front. */
void pareto_front(const double *costs, size_t n, size_t dimensions, double tolerance,
		  bool *on_front);
