/* SPDX-License-Identifier: MIT */
/*
 * step: one run of apply or plan, printed.
 */
#pragma once

#include "options.h"

/* The loop takes the scope of the run; NULL: there is none. */
struct loop;
enum exit_code step(const struct options *options, enum run_mode mode, struct loop *loop);

/* One of the prefixes in the loop's news alone. False when it takes a whole run; then
 * nothing is printed. */
bool step_dirty(const struct options *options, struct loop *loop);

/* What stands on standard error with -v before a run: the instance, its files. */
void say_instance(const struct options *options);
