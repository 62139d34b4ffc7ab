/* SPDX-License-Identifier: MIT */
/*
 * color_choice: whether to print in colour.
 */
#pragma once

#include <stdbool.h>

enum color {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* By enum color, with a NULL at the end. */
extern const char *const color_words[];

bool color_parse(const char *word, enum color *color);

/* AUTO: when standard output is a terminal that supports colour, and NO_COLOR is not set. */
bool color_wanted(enum color color);
