/* SPDX-License-Identifier: MIT */
/*
 * html: texts from files, escaped for HTML.
 */
#pragma once

#include "base/text.h"

#include <stdio.h>

/* One line, fit for elements and for attributes in double quotes. Control characters and
 * bytes that are not UTF-8 become \xNN; NULL becomes "". */
void html_text(FILE *out, const char *text, struct arena *arena);

/* As html_text, for names and paths: long ones may be broken after their separators. */
void html_name(FILE *out, const char *text, struct arena *arena);

/* The same with line breaks and tabs kept, for <pre>. */
void html_lines(FILE *out, const char *text, struct arena *arena);
