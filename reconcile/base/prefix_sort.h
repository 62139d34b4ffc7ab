/* SPDX-License-Identifier: MIT */
/*
 * prefix_sort: brings what begins with a prefix into the order of prefixes, where
 * there may be a million of them and most are in order already, as the kernel's
 * lists are.
 */
#pragma once

#include "address.h"

#include <stddef.h>

#define PREFIX_SORT_SIZE_MAX 64

/* Sorts n things of this size (at most PREFIX_SORT_SIZE_MAX), each of which begins with a struct
 * prefix, by prefix_compare(); equal ones keep their order. What is in order already is only looked
 * at; else at most half as much memory is used besides. */
void prefix_sort(void *at, size_t n, size_t size);
