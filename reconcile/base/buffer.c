/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <stdio.h>

#define FIRST_BYTES 64

struct buffer buffer_new(struct arena *arena)
{
	return (struct buffer){ arena, arena_alloc(arena, FIRST_BYTES), 0, FIRST_BYTES };
}

/* Makes room for n bytes and the zero. */
static void reserve(struct buffer *buffer, size_t n)
{
	size_t capacity;

	if (buffer->capacity - buffer->n > n)
		return;
	capacity = (buffer->capacity + n + 1) * 2;
	buffer->text = arena_grow(buffer->arena, buffer->text, buffer->capacity, capacity);
	buffer->capacity = capacity;
}

void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t n)
{
	reserve(buffer, n);
	memcpy(buffer->text + buffer->n, bytes, n);
	buffer->n += n;
	buffer->text[buffer->n] = '\0';
}

void buffer_add(struct buffer *buffer, const char *text)
{
	buffer_add_bytes(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length > 0) {
		reserve(buffer, (size_t)length);
		vsnprintf(buffer->text + buffer->n, (size_t)length + 1, format, args);
		buffer->n += (size_t)length;
	}
	va_end(args);
}

void buffer_cut(struct buffer *buffer, size_t n)
{
	buffer->n = n;
	buffer->text[n] = '\0';
}
