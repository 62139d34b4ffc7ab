/* SPDX-License-Identifier: MIT */
/*
 * signals: SIGINT, SIGTERM and SIGHUP as events to wait for, so that no run is interrupted.
 */
#pragma once

#include <stdbool.h>

/* Blocks the signals until they are taken. A descriptor for poll(), or -1 with errno. */
int signals_open(bool with_hangup);

/* The number of a pending signal, or 0. */
int signals_take(int descriptor);
