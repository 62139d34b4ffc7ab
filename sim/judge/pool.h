/* SPDX-License-Identifier: MIT */
/*
 * pool: memory of an arena that is used again and again, for what is kept of the
 * latest of many records. It grows to the largest of them.
 */
#pragma once

#include "base/arena.h"

struct pool_chunk;

/* Set arena; all else is zero. */
struct pool {
	struct arena *arena;
	struct pool_chunk *first, *current;
	size_t used; /* of current */
};

/* All that was taken is free again. */
void pool_reset(struct pool *pool);

/* Memory of size bytes, zeroed and aligned for any type. */
void *pool_alloc(struct pool *pool, size_t size);

/* NULL for NULL. */
const char *pool_text(struct pool *pool, const char *text);

/* A copy of n texts. */
const char **pool_texts(struct pool *pool, const char *const *texts, size_t n);
