/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stddef.h>

#include "text.h"

#define YEAR_MS (INT64_C(365) * 24 * 3600 * MSEC_PER_SEC)

struct unit {
	const char *name;
	msec_t length;
};

/* Longest first. */
static const struct unit units[] = {
	{ "d", 24 * 3600 * MSEC_PER_SEC },
	{ "h", 3600 * MSEC_PER_SEC },
	{ "m", 60 * MSEC_PER_SEC },
	{ "s", MSEC_PER_SEC },
	{ "ms", 1 },
};

#define UNITS_N (sizeof(units) / sizeof(units[0]))

/* The unit at the start of text, which ends there or at a digit. */
static const struct unit *unit_find(const char *text)
{
	size_t length = strcspn(text, "0123456789");

	for (size_t i = 0; i < UNITS_N; i++) {
		if (strlen(units[i].name) == length && !strncmp(text, units[i].name, length))
			return &units[i];
	}
	return NULL;
}

/* A number with a unit, text is advanced to its end. The unit must be shorter than *longest,
 * and becomes *longest. False if there is none, or *sum gets too long. */
static bool add_part(const char **text, msec_t *longest, msec_t *sum)
{
	const char *at = *text;
	const struct unit *unit;
	msec_t number = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (*at - '0');
		if (number > YEAR_MS)
			return false;
	}
	unit = unit_find(at);
	if (at == *text || !unit || unit->length >= *longest || number > YEAR_MS / unit->length)
		return false;
	*longest = unit->length;
	*sum += number * unit->length;
	*text = at + strlen(unit->name);
	return *sum <= YEAR_MS;
}

bool duration_parse(const char *text, msec_t *duration)
{
	msec_t longest = INT64_MAX, sum = 0;

	do {
		if (!add_part(&text, &longest, &sum))
			return false;
	} while (*text);
	*duration = sum;
	return true;
}

const char *duration_text(struct arena *arena, msec_t duration)
{
	size_t i = 0;

	if (duration == 0)
		return "0s";
	while (duration % units[i].length)
		i++;
	return arena_printf(arena, "%" PRId64 "%s", duration / units[i].length, units[i].name);
}

/* Two units are enough for display: with days, minutes do not matter. */
static const char *two_units(struct arena *arena, msec_t duration, const struct unit *unit)
{
	const struct unit *next = unit + 1;
	msec_t rest = duration % unit->length / next->length;

	if (!rest)
		return arena_printf(arena, "%" PRId64 " %s", duration / unit->length, unit->name);
	return arena_printf(arena, "%" PRId64 " %s %" PRId64 " %s", duration / unit->length,
			    unit->name, rest, next->name);
}

const char *duration_human(struct arena *arena, msec_t duration)
{
	msec_t tenths = duration / (MSEC_PER_SEC / 10);

	if (duration < 0)
		return arena_printf(
			arena, "-%s",
			duration_human(arena, duration < -INT64_MAX ? INT64_MAX : -duration));
	for (const struct unit *unit = units; unit < unit_find("s"); unit++) {
		if (duration >= unit->length)
			return two_units(arena, duration, unit);
	}
	if (duration == 0)
		return "0 s";
	if (tenths == 0)
		return arena_printf(arena, "%" PRId64 " ms", duration);
	if (tenths < 100 && tenths % 10)
		return arena_printf(arena, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
	return arena_printf(arena, "%" PRId64 " s", duration / MSEC_PER_SEC);
}

struct utf8_form {
	uint8_t lead_mask;
	uint8_t lead;
	unsigned length;
	uint32_t lowest; /* anything below has a shorter form, which is the only valid one */
};

/* RFC 3629, section 3. */
static const struct utf8_form utf8_forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

/* The bytes of the character at text and its number, 0 when it is not UTF-8. At most n bytes
 * are read. */
static unsigned utf8_next(const unsigned char *text, size_t n, uint32_t *character)
{
	const struct utf8_form *form = utf8_forms;

	while ((text[0] & form->lead_mask) != form->lead) {
		if (++form == utf8_forms + sizeof(utf8_forms) / sizeof(utf8_forms[0]))
			return 0;
	}
	if (form->length > n)
		return 0;
	*character = text[0] & (uint8_t)~form->lead_mask;
	for (unsigned i = 1; i < form->length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (text[i] & 0x3f);
	}
	if (*character < form->lowest || *character > 0x10ffff ||
	    (*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return form->length;
}

/* Control characters, and those that change a line's direction or break it, so that it reads
 * differently (Unicode TR 36, section 2.5). */
static bool is_printable(uint32_t character)
{
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return false;
	return !((character >= 0x2028 && character <= 0x202e) ||
		 (character >= 0x2066 && character <= 0x2069) ||
		 (character >= 0x200e && character <= 0x200f));
}

/* The length of what is at text, and whether it can be printed unchanged. */
static unsigned printable_next(const char *text, bool *printable)
{
	uint32_t character = 0;
	/* A terminating zero is no part of any character. */
	unsigned length = utf8_next((const unsigned char *)text, SIZE_MAX, &character);

	*printable = length && is_printable(character);
	return length ? length : 1;
}

static size_t escapes_needed(const char *text)
{
	size_t bytes = 0;
	bool printable;

	for (unsigned length; *text; text += length) {
		length = printable_next(text, &printable);
		if (!printable)
			bytes += length;
	}
	return bytes;
}

const char *text_printable(struct arena *arena, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t escapes = escapes_needed(text);
	char *copy;
	char *to;
	bool printable;

	if (!escapes)
		return text;
	copy = to = arena_alloc(arena, strlen(text) + escapes * 3 + 1);
	for (unsigned length; *text; text += length) {
		length = printable_next(text, &printable);
		for (unsigned i = 0; i < length; i++) {
			unsigned char byte = (unsigned char)text[i];

			if (printable) {
				*to++ = text[i];
				continue;
			}
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[byte >> 4];
			*to++ = hex[byte & 15];
		}
	}
	return copy;
}

const char *text_from_utf8(struct arena *arena, const uint8_t *bytes, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);
	char *to = copy;
	uint32_t character;

	for (unsigned length; n > 0; bytes += length, n -= length) {
		length = utf8_next(bytes, n, &character);
		if (!length)
			return NULL;
		if (is_printable(character)) {
			memcpy(to, bytes, length);
			to += length;
		} else {
			*to++ = '?';
		}
	}
	return copy;
}

const char *count_human(struct arena *arena, uint64_t count)
{
	if (count < 1000)
		return arena_printf(arena, "%" PRIu64, count);
	return arena_printf(arena, "%s,%03u", count_human(arena, count / 1000),
			    (unsigned)(count % 1000));
}

const char *bytes_human(struct arena *arena, uint64_t bytes)
{
	static const char prefixes[] = "KMGTPE";
	double value = (double)bytes;
	const char *prefix = prefixes;

	if (bytes < 1024)
		return arena_printf(arena, "%" PRIu64 " B", bytes);
	for (value /= 1024; value >= 1024 && prefix[1]; prefix++)
		value /= 1024;
	return arena_printf(arena, "%.2f %ciB", value, *prefix);
}

int time_order(const void *a, const void *b)
{
	const msec_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}
