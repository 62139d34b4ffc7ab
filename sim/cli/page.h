/* SPDX-License-Identifier: MIT */
/*
 * page: standard output, with colours where they are wanted (ECMA-48, SGR).
 */
#pragma once

#include "../../reconcile/cli/color.h"
#include "../../reconcile/cli/color_choice.h"

#include <stdio.h>

/* Whether all that was printed has reached its file; else says so. */
bool page_written(void);
