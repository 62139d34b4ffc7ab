/* SPDX-License-Identifier: MIT */
/*
 * message: lines for people on standard error.
 */
#pragma once

#include "../core/diag.h"

#include <stdio.h>

/* "wgreconcile: " and the line. The text must be fit for a terminal already. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "wgreconcile: LINE; try 'wgreconcile help'" */
void complain_usage(const char *line);

/* The diagnostics as compilers print them, FILE:LINE:COLUMN first. */
void complain_diags(FILE *err, const struct diags *diags);

/* "wgreconcile: warning: LINE" for each. */
void complain_warnings(FILE *err, const char *const *lines, size_t n, struct arena *arena);
