/* SPDX-License-Identifier: MIT */
/*
 * key: base64 (RFC 4648, section 4) of exactly 32 bytes. No branch and no table look-up
 * depends on the bytes, because private keys are processed here.
 */
#include <string.h>

#include "key.h"

/* All ones when low <= value <= high, otherwise zero. For numbers below 2^31. */
static uint32_t in_range(uint32_t value, uint32_t low, uint32_t high)
{
	return (((value - low) | (high - value)) >> 31) - 1;
}

/* The six bits of a base64 character; *bad becomes non-zero if it is not one. */
static uint32_t sextet_decode(char character, uint32_t *bad)
{
	uint32_t c = (unsigned char)character;
	uint32_t upper = in_range(c, 'A', 'Z');
	uint32_t lower = in_range(c, 'a', 'z');
	uint32_t digit = in_range(c, '0', '9');
	uint32_t plus = in_range(c, '+', '+');
	uint32_t slash = in_range(c, '/', '/');

	*bad |= ~(upper | lower | digit | plus | slash);
	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) |
	       (plus & 62) | (slash & 63);
}

static char sextet_encode(uint32_t value)
{
	value &= 63;
	return (char)((in_range(value, 0, 25) & (value + 'A')) |
		      (in_range(value, 26, 51) & (value - 26 + 'a')) |
		      (in_range(value, 52, 61) & (value - 52 + '0')) |
		      (in_range(value, 62, 62) & '+') | (in_range(value, 63, 63) & '/'));
}

bool key_parse(const char *text, struct wg_key *key)
{
	uint32_t bits = 0;
	uint32_t bad = 0;
	unsigned n = 0;

	memset(key, 0, sizeof(*key));
	if (strlen(text) != KEY_TEXT_MAX - 1 || text[KEY_TEXT_MAX - 2] != '=')
		return false;
	for (unsigned i = 0; i < KEY_TEXT_MAX - 2; i++) {
		bits = bits << 6 | sextet_decode(text[i], &bad);
		if (i % 4 == 0)
			continue;
		/* After 2, 3 and 4 characters there are 12, 10 and 8 bits unused. */
		key->b[n++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	/* The last two of 43 * 6 bits belong to no byte: each key has one spelling. */
	bad |= bits & 3;
	if (bad)
		memset(key, 0, sizeof(*key));
	return !bad;
}

char *key_text(const struct wg_key *key, char text[KEY_TEXT_MAX])
{
	char *at = text;

	for (unsigned i = 0; i < KEY_LENGTH; i += 3) {
		bool last = i + 3 > KEY_LENGTH;
		uint32_t bits = (uint32_t)key->b[i] << 16 | (uint32_t)key->b[i + 1] << 8;

		if (!last)
			bits |= key->b[i + 2];
		*at++ = sextet_encode(bits >> 18);
		*at++ = sextet_encode(bits >> 12);
		*at++ = sextet_encode(bits >> 6);
		*at++ = last ? '=' : sextet_encode(bits);
	}
	*at = '\0';
	return text;
}

int key_compare(const struct wg_key *a, const struct wg_key *b)
{
	return memcmp(a->b, b->b, KEY_LENGTH);
}

int key_order(const void *a, const void *b)
{
	return key_compare(a, b);
}

bool key_is_zero(const struct wg_key *key)
{
	uint8_t bits = 0;

	for (unsigned i = 0; i < KEY_LENGTH; i++)
		bits |= key->b[i];
	return bits == 0;
}
