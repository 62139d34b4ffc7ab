/* SPDX-License-Identifier: MIT */
/*
 * html: texts that come from files, written so that they stay text.
 */
#pragma once

#include "base/text.h"

#include <stdio.h>

/* One line, fit for elements and for attributes in double quotes. Control
 * characters and what is not UTF-8 stand as \xNN. NULL is written as "". */
void html_text(FILE *out, const char *text, struct arena *arena);

/* As html_text, for names and paths: long ones may be broken after their separators. */
void html_name(FILE *out, const char *text, struct arena *arena);

/* The same of a text whose line breaks and tabs are kept, for <pre>. */
void html_lines(FILE *out, const char *text, struct arena *arena);
