/* SPDX-License-Identifier: MIT */
/*
 * memory: how running out of it ends, for the arena and for the libraries that
 * allocate by themselves. A library that goes on without what it asked for leaves
 * out what it should have written, or takes a good file for a bad one; so it never
 * sees NULL: the process ends with a message and status 1, and files stay as they
 * are.
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
