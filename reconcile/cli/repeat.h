/* SPDX-License-Identifier: MIT */
/*
 * repeat: when the next of several runs is due, and their combined result.
 */
#pragma once

#include "base/cli/exit.h"
#include "base/text.h"

/* The next multiple of every since start. Runs missed during a long one are not repeated. */
msec_t repeat_next(msec_t start, msec_t every, msec_t now);

/* The worse of two: wrong input, an error, done. A run that found the lock taken does not
 * count if another run was made. */
enum exit_code repeat_worst(enum exit_code a, enum exit_code b);
