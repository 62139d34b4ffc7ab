/* SPDX-License-Identifier: MIT */
/*
 * arena: the one way to allocate. Everything that belongs to one run lives in one arena and
 * is freed with it, so no other module frees anything. Running out of memory ends the
 * process with a message; no call returns NULL.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

/* A new, empty arena. Free it with arena_free(). */
struct arena *arena_new(void);

/* Frees the arena and all memory allocated from it. The memory is wiped first, because keys
 * may be in it. NULL is allowed. */
void arena_free(struct arena *arena);

/* An arena that is freed with parent, not by arena_free(): for data of which only the latest
 * is kept, see arena_reset(). */
struct arena *arena_new_within(struct arena *parent);

/* Frees and wipes everything allocated from the arena; the arena stays, with some of its
 * memory for the next allocations. */
void arena_reset(struct arena *arena);

/* Memory of size bytes, zeroed and aligned for any type. size 0 is allowed. */
void *arena_alloc(struct arena *arena, size_t size);

/* Like realloc(): old_size bytes are kept, the rest is zeroed. Grows in place
 * when ptr was the latest allocation; otherwise ptr must not be used any more.
 * ptr may be NULL when old_size is 0. */
void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size);

/* Shrinks an allocation of old_size bytes to new_size. True when the rest could be freed:
 * ptr was the latest allocation. */
bool arena_trim(struct arena *arena, void *ptr, size_t old_size, size_t new_size);

char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/*
 * A typed growable array in an arena:
 *
 *	VEC(struct prefix) prefixes = { 0 };
 *	*vec_push(arena, &prefixes) = prefix;
 *	vec_each (p, &prefixes) ...
 */
#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n;                                                                          \
		size_t capacity;                                                                   \
	}

/* Makes room for one more zeroed element and returns a pointer to it, which is valid until
 * the next push. */
#define vec_push(arena, vec)                                                                       \
	((vec)->n < (vec)->capacity ||                                                             \
			 ((vec)->at = vec_more((arena), (vec)->at, sizeof(*(vec)->at),             \
					       &(vec)->capacity),                                  \
			  1)                                                                       \
		 ? (memset(&(vec)->at[(vec)->n], 0, sizeof(*(vec)->at)), &(vec)->at[(vec)->n++])   \
		 : NULL)

/* The same, inserted at index. */
#define vec_insert(arena, vec, index)                                                              \
	({                                                                                         \
		size_t vec_i_ = (index);                                                           \
		vec_push((arena), (vec));                                                          \
		array_open((vec)->at, (vec)->n, sizeof(*(vec)->at), vec_i_);                       \
		&(vec)->at[vec_i_];                                                                \
	})
void array_open(void *at, size_t n, size_t item_size, size_t index);

/* Makes room for count elements in all, when the number is known beforehand. */
#define vec_reserve(arena, vec, count)                                                             \
	((vec)->at = vec_room((arena), (vec)->at, sizeof(*(vec)->at), &(vec)->capacity, (count)))

/* Frees unused capacity where possible. */
#define vec_trim(arena, vec)                                                                       \
	do {                                                                                       \
		size_t vec_size_ = sizeof(*(vec)->at);                                             \
		if (arena_trim((arena), (vec)->at, (vec)->capacity * vec_size_,                    \
			       (vec)->n * vec_size_))                                              \
			(vec)->capacity = (vec)->n;                                                \
	} while (0)

#define vec_each(item, vec)                                                                        \
	for (__typeof__((vec)->at + 0) item = (vec)->at; item && item < (vec)->at + (vec)->n;      \
	     item++)

/* Removes the element at index, keeping the order of the others. */
#define vec_remove(vec, index)                                                                     \
	do {                                                                                       \
		size_t vec_i_ = (index);                                                           \
		(vec)->n--;                                                                        \
		memmove(&(vec)->at[vec_i_], &(vec)->at[vec_i_ + 1],                                \
			((vec)->n - vec_i_) * sizeof(*(vec)->at));                                 \
	} while (0)

/* The index of the first element of a sorted vector that is not before key; n if all are.
 * compare(key, element) as for bsearch(3). */
#define vec_place(vec, key, compare)                                                               \
	array_place((vec)->at, (vec)->n, sizeof(*(vec)->at), (key), (compare))
size_t array_place(const void *at, size_t n, size_t item_size, const void *key,
		   int (*compare)(const void *key, const void *item));

/* The index of the first element after key. */
#define vec_place_after(vec, key, compare)                                                         \
	array_place_after((vec)->at, (vec)->n, sizeof(*(vec)->at), (key), (compare))
size_t array_place_after(const void *at, size_t n, size_t item_size, const void *key,
			 int (*compare)(const void *key, const void *item));

/* The growth of vec_push() and vec_reserve(). Not for other use. */
void *vec_more(struct arena *arena, void *at, size_t item_size, size_t *capacity);
void *vec_room(struct arena *arena, void *at, size_t item_size, size_t *capacity, size_t count);
