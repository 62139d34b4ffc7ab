/* SPDX-License-Identifier: MIT */
/*
 * buffer: a text that grows, in an arena.
 */
#pragma once

#include "arena.h"

struct buffer {
	struct arena *arena;
	char *text; /* never NULL; ends with a zero that n does not count */
	size_t n, capacity;
};

struct buffer buffer_new(struct arena *arena);

/* Add to the end. text is valid until the next of these calls. */
void buffer_add(struct buffer *buffer, const char *text);
void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t n);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Keeps the first n bytes; there must be as many. */
void buffer_cut(struct buffer *buffer, size_t n);
