/* SPDX-License-Identifier: MIT */
#include "world_parts.h"

struct script script_new(struct arena *arena)
{
	return (struct script){ .arena = arena, .text = "" };
}

void script_add(struct script *script, const char *format, ...)
{
	va_list args;
	const char *more;
	size_t length;
	char *text;

	va_start(args, format);
	more = arena_vprintf(script->arena, format, args);
	va_end(args);
	length = strlen(more);
	if (script->n + length >= script->room) {
		size_t room = (script->n + length + 1) * 2;

		text = arena_alloc(script->arena, room);
		memcpy(text, script->text, script->n);
		script->text = text;
		script->room = room;
	}
	memcpy((char *)script->text + script->n, more, length + 1);
	script->n += length;
}
