/* SPDX-License-Identifier: MIT */
#include "state_line.h"

#include <stdlib.h>
#include <string.h>

/* RT_TABLE_MAIN (linux/rtnetlink.h). */
#define TABLE_MAIN 254
#define OURS "wgreconcile"

/* Reads the next word of the line; false if there is none or it is too long. */
static bool next_word(const char **line, char *word, size_t size)
{
	size_t length;

	*line += strspn(*line, " ");
	length = strcspn(*line, " ");
	if (!length || length >= size)
		return false;
	memcpy(word, *line, length);
	word[length] = '\0';
	*line += length;
	return true;
}

static bool next_prefix(const char **line, struct prefix *prefix)
{
	char word[PREFIX_TEXT_MAX];

	return next_word(line, word, sizeof(word)) && prefix_parse(word, prefix);
}

bool address_line_read(const char *line, struct address_line *address)
{
	char mark[STATE_WORD_MAX];

	memset(address, 0, sizeof(*address));
	if (!next_word(&line, address->interface, sizeof(address->interface)) ||
	    !next_prefix(&line, &address->prefix))
		return false;
	address->ours = next_word(&line, mark, sizeof(mark)) && !strcmp(mark, OURS);
	return true;
}

bool route_line_read(const char *line, struct route_line *route)
{
	char word[STATE_WORD_MAX], number[STATE_WORD_MAX];

	memset(route, 0, sizeof(*route));
	route->table = TABLE_MAIN;
	if (!next_prefix(&line, &route->to) ||
	    !next_word(&line, route->interface, sizeof(route->interface)) ||
	    !next_word(&line, word, sizeof(word)))
		return false;
	route->ours = !strcmp(word, OURS);
	while (next_word(&line, word, sizeof(word))) {
		if (!next_word(&line, number, sizeof(number)))
			return false;
		if (!strcmp(word, "table"))
			route->table = (uint32_t)strtoul(number, NULL, 10);
		else if (!strcmp(word, "metric"))
			route->metric = (uint32_t)strtoul(number, NULL, 10);
	}
	return true;
}
