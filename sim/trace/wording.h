/* SPDX-License-Identifier: MIT */
/*
 * wording: texts shared by all verdicts.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

/* A time since the start, or a length of time, as in the trace: "61.203 s". */
const char *seconds_text(struct arena *arena, msec_t time);

/* "gw1, gw2"; "none" for no names. */
const char *names_text(struct arena *arena, const char *const *names, size_t n);

/* "1 change", "3 changes". */
const char *count_text(struct arena *arena, uint64_t n, const char *what);

/* The first line of a text, cut to the length of a line. */
const char *first_line(struct arena *arena, const char *text);

/* All lines of a short text, with "|" between them. For a longer one the line with most of
 * the wanted words (NULL: none), the last of several, and the number of other lines. */
const char *lines_text(struct arena *arena, const char *text, const char *wanted);
