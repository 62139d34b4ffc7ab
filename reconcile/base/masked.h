/* SPDX-License-Identifier: MIT */
/*
 * masked: quoted input in messages, with possible keys masked. A private key pasted in the
 * wrong place must not reach a terminal, a journal or a world-readable file.
 */
#pragma once

#include "arena.h"

#include <stdbool.h>

/* The text with each run of base64 that is long enough to be a key, or most of
 * one, replaced by "(key not shown)". Returns the text itself when there is none. */
const char *text_masked(struct arena *arena, const char *text);

/* Whether text_masked() would replace any part of it. */
bool text_holds_key(const char *text);
