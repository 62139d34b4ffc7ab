/* SPDX-License-Identifier: MIT */
/*
 * signals: SIGINT, SIGTERM and SIGHUP as something to wait for, so that no run is cut off.
 */
#pragma once

#include <stdbool.h>

/* From now on they wait until they are taken. A descriptor for poll(), or -1 with
 * errno. */
int signals_open(bool with_hangup);

/* The number of the one that has come, or 0. */
int signals_take(int descriptor);
