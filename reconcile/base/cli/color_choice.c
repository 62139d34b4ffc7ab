/* SPDX-License-Identifier: MIT */
#include "color_choice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const color_words[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	NULL,
};

bool color_parse(const char *word, enum color *color)
{
	for (int i = 0; color_words[i]; i++) {
		if (strcmp(word, color_words[i]) == 0) {
			*color = (enum color)i;
			return true;
		}
	}
	return false;
}

/* no-color.org: any value but an empty one. */
bool color_wanted(enum color color)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	if ((no_color && no_color[0]) || (terminal && strcmp(terminal, "dumb") == 0))
		return false;
	return isatty(STDOUT_FILENO);
}
