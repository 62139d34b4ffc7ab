/* SPDX-License-Identifier: MIT */
/*
 * text: small conversions that several modules share: durations, lists of
 * names, text that is safe to print on a terminal.
 */
#pragma once

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds. Points in time are counted from the machine's boot. */
typedef int64_t msec_t;

#define MSEC_PER_SEC 1000

/* Age of an event that never happened, such as a handshake. */
#define AGE_NONE (-1)

/* For qsort(3), bsearch(3) and vec_place(): of points in time and of pointers to texts, and
 * of structures that begin with one. */
int time_order(const void *a, const void *b);
int text_order(const void *a, const void *b);

/* Parses a number with a unit, or several, the longest unit first: 500ms, 5s, 10m,
 * 1h30m, 1d. No unit is an error, and so is more than a year. */
bool duration_parse(const char *text, msec_t *duration);

/* The shortest exact form that duration_parse() reads back: "500ms", "150s". */
const char *duration_text(struct arena *arena, msec_t duration);

/* For people: "2 m 31 s", "3 h 5 m", "0.4 s". */
const char *duration_human(struct arena *arena, msec_t duration);

/* The text with control characters and bytes that are not UTF-8 escaped as
 * \xNN. Returns the text itself when there is nothing to escape. */
const char *text_printable(struct arena *arena, const char *text);

/* A copy of n bytes as a text; each control character, zero included, and each other one that
 * text_printable() escapes, becomes '?'. NULL if they are not UTF-8. */
const char *text_from_utf8(struct arena *arena, const uint8_t *bytes, size_t n);

/* For people: "9,994". */
const char *count_human(struct arena *arena, uint64_t count);

/* "1.24 MiB" as wg(8) prints transferred bytes. */
const char *bytes_human(struct arena *arena, uint64_t bytes);
