/* SPDX-License-Identifier: MIT */
/*
 * repeat: when the next of several runs is due, and what came out of all.
 */
#pragma once

#include "base/cli/exit.h"
#include "base/text.h"

/* The next multiple of every since start. What a long run missed is not made up
 * for. */
msec_t repeat_next(msec_t start, msec_t every, msec_t now);

/* The worse of two: wrong input, an error, done. A run that was locked out says
 * nothing as long as another one was made. */
enum exit_code repeat_worst(enum exit_code a, enum exit_code b);
