/* SPDX-License-Identifier: MIT */
/*
 * screen: standard output with lines that stay, and on a terminal below them some
 * that are drawn anew while things go on.
 */
#pragma once

#include "base/arena.h"
#include "base/cli/color.h"
#include "base/cli/color_choice.h"

struct screen {
	bool live; /* a terminal on which a cursor can move */
	bool color;
	unsigned drawn; /* lines that are there and do not stay */
};

/* without: nothing is drawn anew. */
void screen_open(struct screen *screen, enum color color, bool without);

/* Lines that stay, each with its newline. The sequence colours word, which stands
 * before them (NULL: none). */
void screen_print(struct screen *screen, const char *sequence, const char *word, const char *text);

/* Draws these n lines in place of those before; no more than fit. */
void screen_draw(struct screen *screen, const char *const *lines, size_t n, struct arena *arena);

/* Takes away what does not stay. */
void screen_clear(struct screen *screen);
