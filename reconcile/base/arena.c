/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include "memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK_SIZE ((size_t)64 << 10)
/* Of an arena within another: there may be many, and most hold little. */
#define CHUNK_SIZE_MIN ((size_t)1 << 10)

/* From this size on an allocation that grows may get its own chunk. */
#define LARGE (CHUNK_SIZE / 4)

/* From this size on a chunk is mapped separately: it grows without a copy, which would need
 * half as much memory again at peak use. */
#define MAPPED ((size_t)1 << 20)

/* Initial capacity of a vector: most have one or two elements. */
#define VEC_FIRST_BYTES ((size_t)64)

struct chunk {
	struct chunk *next;
	size_t size; /* of data */
	size_t used;
	bool zeroed; /* unused yet; otherwise zeroed when allocated */
	bool mapped; /* by mmap() */
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *chunks; /* the current one first */
	size_t chunk_size; /* chunks for several allocations */
	struct arena *within; /* the first nested arena, allocated in its chunks */
	struct arena *next; /* the parent's next one */
};

static void *not_null(void *memory)
{
	if (!memory)
		memory_out();
	return memory;
}

static void *not_failed(void *mapped)
{
	return not_null(mapped == MAP_FAILED ? NULL : mapped);
}

static size_t round_up(size_t size)
{
	if (size > SIZE_MAX / 2)
		memory_out();
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

struct arena *arena_new(void)
{
	struct arena *arena = not_null(calloc(1, sizeof(*arena)));

	arena->chunk_size = CHUNK_SIZE;
	return arena;
}

/* Unmapped memory cannot be read any more, and wiping would touch pages that were never used. */
static void chunk_free(struct chunk *chunk)
{
	if (chunk->mapped) {
		munmap(chunk, sizeof(*chunk) + chunk->size);
		return;
	}
	explicit_bzero(chunk->data, chunk->used);
	free(chunk);
}

static void chunks_free(struct arena *arena)
{
	for (; arena->within; arena->within = arena->within->next)
		chunks_free(arena->within);
	while (arena->chunks) {
		struct chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		chunk_free(chunk);
	}
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	chunks_free(arena);
	free(arena);
}

struct arena *arena_new_within(struct arena *parent)
{
	struct arena *arena = arena_alloc(parent, sizeof(*arena));

	arena->chunk_size = CHUNK_SIZE_MIN;
	arena->next = parent->within;
	parent->within = arena;
	return arena;
}

/* An allocation that did not fit into one chunk gets a larger one next time. */
void arena_reset(struct arena *arena)
{
	struct chunk *kept = arena->chunks;

	if (kept && kept->next && arena->chunk_size < CHUNK_SIZE)
		arena->chunk_size *= 2;
	if (kept && kept->size == arena->chunk_size)
		arena->chunks = kept->next;
	else
		kept = NULL;
	chunks_free(arena);
	if (!kept)
		return;
	explicit_bzero(kept->data, kept->used);
	kept->used = 0;
	kept->next = NULL;
	arena->chunks = kept;
}

/* Unused pages of a shared chunk are never touched: a page fault costs more than the rest of
 * most runs. A large chunk is for one allocation, and mostly comes zeroed from the kernel. */
static struct chunk *chunk_new(size_t chunk_size, size_t at_least)
{
	bool mapped = at_least >= MAPPED;
	bool large = at_least > chunk_size;
	size_t size = large ? at_least : chunk_size;
	size_t whole = sizeof(struct chunk) + size;
	struct chunk *chunk;

	if (mapped)
		chunk = not_failed(mmap(NULL, whole, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	else
		chunk = not_null(large ? calloc(1, whole) : malloc(whole));
	*chunk = (struct chunk){ .size = size, .zeroed = large, .mapped = mapped };
	return chunk;
}

static struct chunk *chunk_add(struct arena *arena, size_t at_least)
{
	struct chunk *chunk = chunk_new(arena->chunk_size, at_least);

	/* A chunk for one large allocation must not hide the free space of the current one. */
	if (arena->chunks && at_least > arena->chunk_size / 4) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

/* The next size bytes of a chunk with enough space. */
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

/* The link to the chunk that contains only ptr, or NULL. Smaller allocations are not searched. */
static struct chunk **own_chunk(struct arena *arena, const void *ptr, size_t rounded)
{
	if (rounded <= LARGE)
		return NULL;
	for (struct chunk **at = &arena->chunks; *at; at = &(*at)->next)
		if ((*at)->data == ptr)
			return (*at)->used == rounded ? at : NULL;
	return NULL;
}

/* Whether ptr, of this size, is the chunk's latest allocation. */
static bool is_latest(const struct chunk *chunk, const void *ptr, size_t rounded)
{
	return chunk && ptr && (const unsigned char *)ptr + rounded == chunk->data + chunk->used;
}

/* The end of the latest allocation may be reused. */
static void give_back(struct chunk *chunk, size_t size)
{
	chunk->used -= size;
	explicit_bzero(chunk->data + chunk->used, size);
}

/* Grows the mapped chunk's content to size. */
static struct chunk *chunk_stretch(struct chunk *chunk, size_t size)
{
	chunk = not_failed(
		mremap(chunk, sizeof(*chunk) + chunk->size, sizeof(*chunk) + size, MREMAP_MAYMOVE));
	chunk->size = size;
	chunk->used = size;
	return chunk;
}

/* The new address if no copy is needed, or NULL. */
static void *grow_in_place(struct arena *arena, void *ptr, size_t old_rounded, size_t new_rounded)
{
	struct chunk *chunk = arena->chunks;
	struct chunk **own;

	if (!is_latest(chunk, ptr, old_rounded)) {
		own = own_chunk(arena, ptr, old_rounded);
		if (!own)
			return NULL;
		chunk = *own;
	} else {
		own = &arena->chunks;
	}
	if (new_rounded - old_rounded <= chunk->size - chunk->used) {
		chunk_take(chunk, new_rounded - old_rounded);
		return ptr;
	}
	if (!chunk->mapped || chunk->data != ptr)
		return NULL;
	*own = chunk_stretch(chunk, new_rounded);
	return (*own)->data;
}

void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size)
{
	struct chunk *first = arena->chunks;
	size_t old_rounded = round_up(old_size);
	size_t new_rounded = round_up(new_size);
	struct chunk **own;
	void *memory;

	if (new_rounded <= old_rounded)
		return ptr;
	memory = grow_in_place(arena, ptr, old_rounded, new_rounded);
	if (memory)
		return memory;
	memory = arena_alloc(arena, new_size);
	if (old_size)
		memcpy(memory, ptr, old_size);
	own = own_chunk(arena, ptr, old_rounded);
	if (own) {
		struct chunk *chunk = *own;

		*own = chunk->next;
		chunk_free(chunk);
	} else if (is_latest(first, ptr, old_rounded)) {
		give_back(first, old_rounded);
	}
	return memory;
}

bool arena_trim(struct arena *arena, void *ptr, size_t old_size, size_t new_size)
{
	size_t old_rounded = round_up(old_size);

	if (!is_latest(arena->chunks, ptr, old_rounded))
		return false;
	give_back(arena->chunks, old_rounded - round_up(new_size));
	return true;
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

/* The index of the first element for which compare() returns less than bound. */
static size_t place(const void *at, size_t n, size_t item_size, const void *key,
		    int (*compare)(const void *key, const void *item), int less)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(key, (const char *)at + middle * item_size) >= less)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t array_place(const void *at, size_t n, size_t item_size, const void *key,
		   int (*compare)(const void *key, const void *item))
{
	return place(at, n, item_size, key, compare, 1);
}

size_t array_place_after(const void *at, size_t n, size_t item_size, const void *key,
			 int (*compare)(const void *key, const void *item))
{
	return place(at, n, item_size, key, compare, 0);
}

void array_open(void *at, size_t n, size_t item_size, size_t index)
{
	char *item = (char *)at + index * item_size;

	memmove(item + item_size, item, (n - 1 - index) * item_size);
	memset(item, 0, item_size);
}
