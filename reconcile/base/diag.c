/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>

#include "diag.h"
#include "masked.h"
#include "text.h"

/* Longer words are not misspellings of ours. */
#define WORD_MAX 40

static void diag_add(struct diags *diags, enum severity severity, struct where where,
		     const char *path, const char *message)
{
	struct diag *diag = vec_push(diags->arena, &diags->list);

	diag->severity = severity;
	diag->where = where;
	if (where.file)
		diag->where.file = arena_strdup(diags->arena, where.file);
	/* Both quote parts of the input. */
	diag->path = text_masked(diags->arena, arena_strdup(diags->arena, path ? path : ""));
	diag->message = text_masked(diags->arena, message);
	if (severity == SEVERITY_ERROR)
		diags->errors++;
}

void diag_error(struct diags *diags, struct where where, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diags, SEVERITY_ERROR, where, path, arena_vprintf(diags->arena, format, args));
	va_end(args);
}

void diag_warning(struct diags *diags, struct where where, const char *path, const char *format,
		  ...)
{
	va_list args;

	va_start(args, format);
	diag_add(diags, SEVERITY_WARNING, where, path, arena_vprintf(diags->arena, format, args));
	va_end(args);
}

/* qsort(3) is not stable: the index decides between equals. */
struct placed {
	struct diag diag;
	size_t place;
};

static int file_compare(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int placed_compare(const void *a_, const void *b_)
{
	const struct placed *a = a_;
	const struct placed *b = b_;
	int order = file_compare(a->diag.where.file, b->diag.where.file);

	if (order)
		return order;
	if (a->diag.where.line != b->diag.where.line)
		return a->diag.where.line < b->diag.where.line ? -1 : 1;
	if (a->diag.where.column != b->diag.where.column)
		return a->diag.where.column < b->diag.where.column ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

void diags_sort(struct diags *diags)
{
	size_t n = diags->list.n;
	struct placed *sorted = arena_alloc(diags->arena, n * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct placed){ .diag = diags->list.at[i], .place = i };
	qsort(sorted, n, sizeof(*sorted), placed_compare);
	for (size_t i = 0; i < n; i++)
		diags->list.at[i] = sorted[i].diag;
}

static const char *where_text(struct arena *arena, struct where where)
{
	if (!where.file)
		return "";
	if (!where.line)
		return arena_printf(arena, "%s: ", where.file);
	if (!where.column)
		return arena_printf(arena, "%s:%u: ", where.file, where.line);
	return arena_printf(arena, "%s:%u:%u: ", where.file, where.line, where.column);
}

const char *diag_text(const struct diags *diags, const struct diag *diag)
{
	const char *text = arena_printf(diags->arena, "%s%s%s%s%s",
					where_text(diags->arena, diag->where),
					diag->severity == SEVERITY_WARNING ? "warning: " : "",
					diag->path, diag->path[0] ? ": " : "", diag->message);

	return text_printable(diags->arena, text);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* PrivateKey, private-key and private_key differ in spelling, not in letters. */
static char folded(char c)
{
	return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

/* Optimal string alignment: insertions, deletions, substitutions, and swaps of
 * two neighbours, each at a cost of one. */
static unsigned edit_distance(const char *a, size_t a_n, const char *b, size_t b_n)
{
	unsigned rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_n; i++) {
		const unsigned *before = rows[(i + 1) % 3];
		const unsigned *last = rows[(i - 1) % 3];
		unsigned *row = rows[i % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_n; j++) {
			char x = folded(a[i - 1]);
			char y = folded(b[j - 1]);

			row[j] = min3(row[j - 1] + 1, last[j] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]) &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return rows[a_n % 3][b_n];
}

const char *nearest_word(const char *word, const char *const *candidates)
{
	size_t word_n = strlen(word);
	const char *nearest = NULL;
	unsigned least = WORD_MAX + 1;

	for (; word_n && word_n <= WORD_MAX && *candidates; candidates++) {
		size_t n = strlen(*candidates);
		size_t longer = n > word_n ? n : word_n;
		unsigned distance;

		if (n == 0 || n > WORD_MAX)
			continue;
		distance = edit_distance(word, word_n, *candidates, n);
		/* A third of the letters, as in compilers; more is a different word. */
		if (distance < least && distance <= (longer + 2) / 3 && distance < longer) {
			least = distance;
			nearest = *candidates;
		}
	}
	return nearest;
}
