/* SPDX-License-Identifier: MIT */
/*
 * step: one run of apply or plan, printed.
 */
#pragma once

#include "options.h"

/* between is told what the run was about; NULL: there is none. */
struct between;
enum exit_code step(const struct options *options, enum run_mode mode, struct between *between);

/* One of the prefixes in between's news alone. False when it takes a whole run; then
 * nothing is printed. */
bool step_touched(const struct options *options, struct between *between);

/* What stands on standard error with -v before a run: the instance, its files. */
void say_instance(const struct options *options);
