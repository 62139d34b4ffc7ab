/* SPDX-License-Identifier: MIT */
/*
 * pareto: which of several choices are worth thinking about when each has several
 * costs: those to which no other is better in one cost without being worse in another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* costs: of each of the n choices one behind the other, each of so many; less is
 * better. A choice with a cost that is not known (NAN) is not on the front. Of equal
 * choices all are, or none. */
void pareto_front(const double *costs, size_t n, size_t dimensions, bool *on_front);
