/* SPDX-License-Identifier: MIT */
/*
 * screen: standard output with permanent lines, and on a terminal progress lines below them
 * that are redrawn.
 */
#pragma once

#include "base/arena.h"
#include "base/cli/color.h"
#include "base/cli/color_choice.h"

struct screen {
	bool live; /* a terminal with cursor movement */
	bool color;
	unsigned drawn; /* number of temporary lines on the screen */
};

/* without: nothing is redrawn. */
void screen_open(struct screen *screen, enum color color, bool without);

/* Permanent lines, each with its newline. The sequence colours word, which precedes them
 * (NULL: none). */
void screen_print(struct screen *screen, const char *sequence, const char *word, const char *text);

/* Replaces the temporary lines by these n lines; no more than fit. */
void screen_draw(struct screen *screen, const char *const *lines, size_t n, struct arena *arena);

/* Removes the temporary lines. */
void screen_clear(struct screen *screen);
