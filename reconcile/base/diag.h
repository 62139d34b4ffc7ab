/* SPDX-License-Identifier: MIT */
/*
 * diag: the one way to report what is wrong with an input. Errors and warnings
 * are collected, so that all of them are shown at once, as
 *
 *	file:line:column: path: what is wrong, what would be right
 */
#pragma once

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

/* A place in an input file. line and column count from 1; 0 means unknown. */
struct where {
	const char *file;
	uint32_t line;
	uint32_t column;
};

enum severity {
	SEVERITY_ERROR,
	SEVERITY_WARNING,
};

struct diag {
	enum severity severity;
	struct where where;
	const char *path; /* selectors.uplink.peers.sn01.public_key, or "" */
	const char *message;
};

struct diags {
	struct arena *arena;
	VEC(struct diag) list;
	unsigned errors;
};

/* Adds an error (or a warning). The texts are copied; possible keys in them are masked
 * (text_masked()). path may be NULL. */
void diag_error(struct diags *diags, struct where where, const char *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warning(struct diags *diags, struct where where, const char *path, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));

/* Sorts by file, line and column. Stable. */
void diags_sort(struct diags *diags);

/* One line without newline, allocated in diags' arena. Control characters in
 * the input are shown escaped. */
const char *diag_text(const struct diags *diags, const struct diag *diag);

/* The candidate nearest to word by edit distance, or NULL if word is not a likely
 * misspelling of any. candidates ends with NULL. */
const char *nearest_word(const char *word, const char *const *candidates);
