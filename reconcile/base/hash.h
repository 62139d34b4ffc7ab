/* SPDX-License-Identifier: MIT */
/*
 * hash: FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). Digests in the
 * recorded state, shards and schedules are made of it: its values must not change.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The hash of no bytes, the start value. */
#define HASH_BASIS UINT64_C(0xcbf29ce484222325)

/* Adds n bytes to a hash. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n);

/* The same with a text, without its terminating zero. */
uint64_t hash_text(uint64_t hash, const char *text);
