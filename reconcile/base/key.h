/* SPDX-License-Identifier: MIT */
/*
 * key: Curve25519 public, private and preshared keys as WireGuard writes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define KEY_LENGTH 32
/* Base64 of 32 bytes and the terminating zero. */
#define KEY_TEXT_MAX 45

struct wg_key {
	uint8_t b[KEY_LENGTH];
};

/* Parses the 44 characters that wg(8) prints. Runs in time that does not
 * depend on the key. */
bool key_parse(const char *text, struct wg_key *key);
char *key_text(const struct wg_key *key, char text[KEY_TEXT_MAX]);

/* A total order: <0, 0, >0. */
int key_compare(const struct wg_key *a, const struct wg_key *b);

/* key_compare() for qsort(3), bsearch(3) and vec_place(): of keys, and of structures that
 * begin with one. */
int key_order(const void *a, const void *b);

bool key_is_zero(const struct wg_key *key);
