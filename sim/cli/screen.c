/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Of terminals that do not report it. */
#define ROWS 24
#define COLUMNS 80

void screen_open(struct screen *screen, enum color color, bool without)
{
	const char *terminal = getenv("TERM");

	*screen = (struct screen){ .color = color_wanted(color) };
	screen->live = !without && isatty(STDOUT_FILENO) && terminal &&
		       strcmp(terminal, "dumb") != 0;
}

/* Moves to the first of the lines and clears below (ECMA-48: CPL, ED). */
void screen_clear(struct screen *screen)
{
	if (screen->drawn)
		printf("\033[%uF\033[J", screen->drawn);
	screen->drawn = 0;
	fflush(stdout);
}

void screen_print(struct screen *screen, const char *sequence, const char *word, const char *text)
{
	screen_clear(screen);
	if (word && screen->color)
		printf("%s%s" PLAIN " ", sequence, word);
	else if (word)
		printf("%s ", word);
	fputs(text, stdout);
	fflush(stdout);
}

/* The number of bytes of the first UTF-8 characters. */
static int fitting(const char *text, unsigned columns)
{
	int length = 0;

	for (; text[length]; length++)
		if (((unsigned char)text[length] & 0xc0) != 0x80 && columns-- == 0)
			break;
	return length;
}

void screen_draw(struct screen *screen, const char *const *lines, size_t n, struct arena *arena)
{
	struct winsize size = { 0 };
	const char *text;

	if (!screen->live)
		return;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (!size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = ROWS, .ws_col = COLUMNS };
	/* The cursor's own line, and one line of what is above. */
	if (n + 2 > size.ws_row)
		n = size.ws_row > 2 ? size.ws_row - 2u : 0;
	text = screen->drawn ? arena_printf(arena, "\033[%uF\033[J", screen->drawn) : "";
	for (size_t i = 0; i < n; i++)
		text = arena_printf(arena, "%s%.*s\n", text, fitting(lines[i], size.ws_col - 1u),
				    lines[i]);
	fputs(text, stdout);
	fflush(stdout);
	screen->drawn = (unsigned)n;
}
