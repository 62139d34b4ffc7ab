/* SPDX-License-Identifier: MIT */
/*
 * wording: what verdicts are put into words with, the same in all of them.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

/* A time since the start, or a length of time, as the trace has it: "61.203 s". */
const char *seconds_text(struct arena *arena, msec_t time);

/* "gw1, gw2"; "none" for no names. */
const char *names_text(struct arena *arena, const char *const *names, size_t n);

/* "1 change", "3 changes". */
const char *count_text(struct arena *arena, uint64_t n, const char *what);

/* The first line of a text, cut where it is too long for a line. */
const char *first_line(struct arena *arena, const char *text);

/* All lines of a short text, with "|" between them. Of a longer one the line that has
 * most of the words that are wanted (NULL: none), the last of several, and how many more
 * there are. */
const char *lines_text(struct arena *arena, const char *text, const char *wanted);
