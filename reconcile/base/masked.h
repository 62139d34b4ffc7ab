/* SPDX-License-Identifier: MIT */
/*
 * masked: texts of the input that messages repeat, without what could be a key. A
 * private key that is pasted to the wrong place must not end up on a terminal, in
 * a journal or in a file that everybody may read.
 */
#pragma once

#include "arena.h"

#include <stdbool.h>

/* The text with each run of base64 that is long enough to be a key, or most of
 * one, replaced by "(key not shown)". Returns the text itself when there is none. */
const char *text_masked(struct arena *arena, const char *text);

/* Whether text_masked() would replace any part of it. */
bool text_holds_key(const char *text);
