/* SPDX-License-Identifier: MIT */
/*
 * step: one run of apply or plan, printed.
 */
#pragma once

#include "options.h"

/* The loop receives the scope of the run; NULL: no loop. */
struct loop;
enum exit_code step(const struct options *options, enum run_mode mode, struct loop *loop);

/* A run of only the prefixes in the loop's news. False when a full run is needed; then
 * nothing is printed. */
bool step_dirty(const struct options *options, struct loop *loop);

/* Printed on stderr with -v before a run: the instance, its files. */
void say_instance(const struct options *options);
