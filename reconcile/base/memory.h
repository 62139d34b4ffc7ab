/* SPDX-License-Identifier: MIT */
/*
 * memory: running out of memory, in the arena and in libraries with their own allocation. A
 * library that continues after a failed allocation writes incomplete output or rejects a
 * good file. Therefore allocation never returns NULL: the process ends with a message and
 * status 1, and files stay as they are.
 */
#pragma once

#include <stddef.h>

/* "out of memory" on stderr, and exit(1). */
void memory_out(void) __attribute__((noreturn));

/* malloc() and realloc() that never return NULL. Free with free(). */
void *memory_take(size_t size);
void *memory_retake(void *memory, size_t size);

/* Makes jansson allocate by memory_take(). Before its first use. */
void memory_for_json(void);
