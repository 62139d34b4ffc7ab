/* SPDX-License-Identifier: MIT */
#include "masked.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* A key has 43 characters and a final '='. This many in a row, with small and capital
 * letters, are an incompletely copied key. */
#define KEY_RUN_MIN 36
/* This many may be a part of one if there are also digits. */
#define PART_RUN_MIN 20
/* In hexadecimal, with letters of one kind. */
#define HEX_RUN_MIN 64

static bool has_any(const char *run, size_t n, char first, char last)
{
	for (size_t i = 0; i < n; i++) {
		if (run[i] >= first && run[i] <= last)
			return true;
	}
	return false;
}

/* The path of a file has such characters, too, and begins with '/', as one part in
 * 64 of a key does. */
static bool is_secret(const char *run, size_t n)
{
	bool small = has_any(run, n, 'a', 'z');
	bool capital = has_any(run, n, 'A', 'Z');
	bool digit = has_any(run, n, '0', '9');

	if (strspn(run, "0123456789abcdefABCDEF") >= HEX_RUN_MIN)
		return digit && (small || capital);
	if (n >= KEY_RUN_MIN)
		return small && capital;
	return n >= PART_RUN_MIN && run[0] != '/' && small && capital && digit;
}

/* The first run in the text to mask, or NULL. *n: its length with the trailing '='. */
static const char *secret_find(const char *text, size_t *n)
{
	while (*text) {
		const char *run = text + strcspn(text, BASE64);
		size_t length = strspn(run, BASE64);

		if (is_secret(run, length)) {
			*n = length + (run[length] == '=');
			return run;
		}
		text = run + length;
	}
	return NULL;
}

bool text_holds_key(const char *text)
{
	size_t n;

	return secret_find(text, &n) != NULL;
}

const char *text_masked(struct arena *arena, const char *text)
{
	const char *shown = "";
	const char *secret;
	size_t n;

	if (!text_holds_key(text))
		return text;
	while ((secret = secret_find(text, &n))) {
		shown = arena_printf(arena, "%s%.*s(key not shown)", shown, (int)(secret - text),
				     text);
		text = secret + n;
	}
	return arena_printf(arena, "%s%s", shown, text);
}
