/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)64 << 10)

/* From this size on a thing that is outgrown may have a chunk of its own. */
#define LARGE (CHUNK_SIZE / 4)

/* What a vector begins with: most have one or two elements. */
#define VEC_FIRST_BYTES ((size_t)64)

struct chunk {
	struct chunk *next;
	size_t size; /* of data */
	size_t used;
	bool zeroed; /* what is not used yet; else it is when it is handed out */
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *chunks; /* the one in use first */
};

static void *not_null(void *memory)
{
	if (!memory) {
		fprintf(stderr, "wgreconcile: out of memory\n");
		exit(1);
	}
	return memory;
}

static size_t round_up(size_t size)
{
	if (size > SIZE_MAX / 2) {
		fprintf(stderr, "wgreconcile: out of memory\n");
		exit(1);
	}
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

struct arena *arena_new(void)
{
	return not_null(calloc(1, sizeof(struct arena)));
}

static void chunk_free(struct chunk *chunk)
{
	explicit_bzero(chunk->data, chunk->used);
	free(chunk);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->chunks) {
		struct chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		chunk_free(chunk);
	}
	free(arena);
}

/* Of a chunk for many things, pages that nothing comes to lie on are never
 * touched: a page costs more than all that most runs do with it. What is large goes
 * to one thing as a whole, and mostly comes from the kernel as zeroes. */
static struct chunk *chunk_new(size_t at_least)
{
	bool large = at_least > CHUNK_SIZE;
	size_t size = large ? at_least : CHUNK_SIZE;
	size_t whole = sizeof(struct chunk) + size;
	struct chunk *chunk = not_null(large ? calloc(1, whole) : malloc(whole));

	*chunk = (struct chunk){ .size = size, .zeroed = large };
	return chunk;
}

static struct chunk *chunk_add(struct arena *arena, size_t at_least)
{
	struct chunk *chunk = chunk_new(at_least);

	/* A chunk made for one large thing must not hide the room in the current one. */
	if (arena->chunks && at_least > LARGE) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

/* The next size bytes of a chunk that has them. */
static void *chunk_take(struct chunk *chunk, size_t size)
{
	void *memory = chunk->data + chunk->used;

	if (!chunk->zeroed)
		memset(memory, 0, size);
	chunk->used += size;
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	size_t rounded = round_up(size);

	if (!chunk || chunk->size - chunk->used < rounded)
		chunk = chunk_add(arena, rounded);
	return chunk_take(chunk, rounded);
}

/* Frees the chunk that holds nothing but ptr, if there is one. */
static void give_back(struct arena *arena, const void *ptr, size_t rounded)
{
	for (struct chunk **at = &arena->chunks; *at; at = &(*at)->next) {
		struct chunk *chunk = *at;

		if (chunk->data != ptr)
			continue;
		if (chunk->used == rounded) {
			*at = chunk->next;
			chunk_free(chunk);
		}
		return;
	}
}

void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size)
{
	struct chunk *chunk = arena->chunks;
	size_t old_rounded = round_up(old_size);
	size_t new_rounded = round_up(new_size);
	unsigned char *at = ptr;
	void *memory;

	if (new_rounded <= old_rounded)
		return ptr;
	if (chunk && ptr && at + old_rounded == chunk->data + chunk->used &&
	    new_rounded - old_rounded <= chunk->size - chunk->used) {
		chunk_take(chunk, new_rounded - old_rounded);
		return ptr;
	}
	memory = arena_alloc(arena, new_size);
	if (old_size)
		memcpy(memory, ptr, old_size);
	if (old_rounded > LARGE)
		give_back(arena, ptr, old_rounded);
	return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return arena_strdup(arena, format);
	text = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, args);
	return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

void *vec_room(struct arena *arena, void *at, size_t item_size, size_t *capacity, size_t count)
{
	if (count <= *capacity)
		return at;
	at = arena_grow(arena, at, *capacity * item_size, count * item_size);
	*capacity = count;
	return at;
}

void *vec_more(struct arena *arena, void *at, size_t item_size, size_t *capacity)
{
	size_t first = item_size < VEC_FIRST_BYTES ? VEC_FIRST_BYTES / item_size : 1;
	size_t more = *capacity ? *capacity * 2 : first;

	return vec_room(arena, at, item_size, capacity, more);
}
