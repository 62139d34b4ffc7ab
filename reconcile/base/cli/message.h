/* SPDX-License-Identifier: MIT */
/*
 * message: lines for people on standard error.
 */
#pragma once

#include "base/diag.h"

#include <stdio.h>

/* The name that messages begin with, "wgreconcile"; each program defines its own. */
extern const char program_name[];

/* The program's name, ": " and the line. The text must be fit for a terminal already. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "wgreconcile: LINE; try 'wgreconcile help'" */
void message_usage(const char *line);

/* The diagnostics as compilers print them, FILE:LINE:COLUMN first. */
void message_diags(FILE *err, const struct diags *diags);

/* "wgreconcile: warning: LINE" for each. */
void message_warnings(FILE *err, const char *const *lines, size_t n, struct arena *arena);

/* Whether all output was written to the file; prints an error if not. */
bool message_written(FILE *out);
