/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdalign.h>

#define FIRST_SIZE ((size_t)256)

struct pool_chunk {
	struct pool_chunk *next;
	size_t size; /* of data */
	alignas(max_align_t) unsigned char data[];
};

void pool_reset(struct pool *pool)
{
	pool->current = pool->first;
	pool->used = 0;
}

static struct pool_chunk *chunk_add(struct pool *pool, size_t at_least)
{
	size_t size = pool->current ? pool->current->size * 2 : FIRST_SIZE;
	struct pool_chunk *chunk;

	if (size < at_least)
		size = at_least;
	chunk = arena_alloc(pool->arena, sizeof(*chunk) + size);
	chunk->size = size;
	return chunk;
}

/* The next chunk, which is large enough: one that is there already if possible. */
static void next_chunk(struct pool *pool, size_t at_least)
{
	struct pool_chunk **at = pool->current ? &pool->current->next : &pool->first;

	if (!*at || (*at)->size < at_least) {
		struct pool_chunk *chunk = chunk_add(pool, at_least);

		chunk->next = *at;
		*at = chunk;
	}
	pool->current = *at;
	pool->used = 0;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	const size_t align = alignof(max_align_t) - 1;
	void *memory;

	size = (size + align) & ~align;
	if (!pool->current || pool->current->size - pool->used < size)
		next_chunk(pool, size);
	memory = pool->current->data + pool->used;
	pool->used += size;
	return memset(memory, 0, size);
}

const char *pool_text(struct pool *pool, const char *text)
{
	size_t size;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(pool_alloc(pool, size), text, size);
}

const char **pool_texts(struct pool *pool, const char *const *texts, size_t n)
{
	const char **copy = pool_alloc(pool, n * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = pool_text(pool, texts[i]);
	return copy;
}
