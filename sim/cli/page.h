/* SPDX-License-Identifier: MIT */
/*
 * page: standard output, with colours where they are wanted (ECMA-48, SGR).
 */
#pragma once

#include "../../reconcile/cli/color_choice.h"

#include <stdio.h>

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

/* Whether all that was printed has reached its file; else says so. */
bool page_written(void);
