/* SPDX-License-Identifier: MIT */
/*
 * prefix_sort: sorts structures that begin with a prefix, for up to a million elements that
 * are mostly in order, as the kernel's lists are.
 */
#pragma once

#include "address.h"

#include <stddef.h>

#define PREFIX_SORT_SIZE_MAX 64

/* Sorts n elements of this size (at most PREFIX_SORT_SIZE_MAX), each of which begins with a
 * struct prefix, by prefix_compare(); equal ones keep their order. Sorted input is only
 * read; otherwise up to half of its size is allocated in addition. */
void prefix_sort(void *at, size_t n, size_t size);
