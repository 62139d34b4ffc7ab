/* SPDX-License-Identifier: MIT */
/*
 * say: lines for people on standard error.
 */
#pragma once

/* "wgsim: " and the line. The text must be fit for a terminal already. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "wgsim: LINE; try 'wgsim help'" */
void say_usage(const char *line);
