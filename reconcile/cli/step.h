/* SPDX-License-Identifier: MIT */
/*
 * step: one run of apply or plan, printed.
 */
#pragma once

#include "options.h"

enum exit_code step(const struct options *options, enum run_mode mode);

/* What stands on standard error with -v before a run: the instance, its files. */
void say_instance(const struct options *options);
