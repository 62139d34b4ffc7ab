/* SPDX-License-Identifier: MIT */
/*
 * signals: SIGINT and SIGTERM as something to wait for, so that no run is cut off.
 */
#pragma once

/* From now on they wait until they are taken. A descriptor for poll(), or -1 with
 * errno. */
int signals_open(void);

/* The number of the one that has come, or 0. */
int signals_take(int descriptor);
