/* SPDX-License-Identifier: MIT */
#include "text_changes.h"

#include "base/cli/color.h"

/* Up to this many lines are shown completely; otherwise this many at either end. */
#define LINES_MAX 12
#define EDGE 3

/* Output of the changes of one kind, in blocks: the prefixes of one peer (from one previous
 * peer), otherwise each change separately. Of many blocks only the first and last are shown,
 * and of many lines of a block its first and last. */
struct stretch {
	struct printer *printer;
	const struct report *report;
	struct scratch *scratch;

	/* Omitted since the last line. */
	size_t hidden;
	size_t failed; /* of those */
	size_t skipped;

	/* The latest failure, and how often similar ones were shown. */
	const struct change *bad;
	unsigned bad_shown;
};

/* ---- One line ---- */

static const char *sign_color(const struct printer *printer, char sign)
{
	return color(printer, sign == '+' ? GREEN : sign == '-' ? RED : YELLOW);
}

/* Details of the change: origin (of one of many objects, if it has its own line), reason. */
static void print_reason(struct printer *printer, const char *origin, const char *reason,
			 struct arena *scratch)
{
	if (origin && reason)
		fprintf(printer->out, " (%s; %s)", text_printable(scratch, origin),
			text_printable(scratch, reason));
	else if (origin || reason)
		fprintf(printer->out, " (%s)", text_printable(scratch, origin ? origin : reason));
}

static bool is_bad(const struct report *report, const struct change *change)
{
	return report->mode == RUN_APPLY && change->result != CHANGE_DONE;
}

static void print_result(struct printer *printer, const struct report *report,
			 const struct change *change, struct arena *scratch)
{
	const char *word = change->result == CHANGE_FAILED ? "FAILED" : "skipped";

	if (!is_bad(report, change))
		return;
	fprintf(printer->out, " %s%s%s%s%s", color(printer, RED), word, change->error ? ": " : "",
		change->error ? text_printable(scratch, change->error) : "", color(printer, PLAIN));
}

/* A list that may be too long to be made in memory at once. */
static void print_peer_add(struct printer *printer, const struct change *change,
			   struct arena *scratch)
{
	struct change_frame frame = change_frame(change, scratch);
	char text[PREFIX_TEXT_MAX];

	fputs(frame.before, printer->out);
	for (size_t i = 0; i < change->allowed_ips_n; i++)
		fprintf(printer->out, "%s%s", i ? ", " : "",
			prefix_text(&change->allowed_ips[i], text));
	fputs(frame.after, printer->out);
}

/* The object of a line: one of the change's, or all. */
#define WHOLE SIZE_MAX

static void print_text(struct printer *printer, const struct change *change, size_t i,
		       struct arena *scratch)
{
	bool is_long = change->kind == CHANGE_PEER_ADD &&
		       change->allowed_ips_n > CHANGE_PREFIXES_SHOWN;

	if (is_long && printer->all) {
		print_peer_add(printer, change, scratch);
		return;
	}
	printer->has_left_out |= is_long;
	fputs(i == WHOLE ? change_text(change, scratch) : change_text_of(change, i, scratch),
	      printer->out);
}

static void print_line(const struct stretch *stretch, const struct change *change, size_t i)
{
	struct printer *printer = stretch->printer;
	struct arena *scratch = scratch_next(stretch->scratch);
	char sign = change_sign(change->kind);
	const char *origin = report_endpoint_name(stretch->report, change);

	fprintf(printer->out, "  %s%c%s ", sign_color(printer, sign), sign, color(printer, PLAIN));
	print_text(printer, change, i, scratch);
	if (!origin && (i != WHOLE || change_count(change) == 1))
		origin = change_origin(change, i == WHOLE ? 0 : i, scratch);
	print_reason(printer, origin, change->reason, scratch);
	print_result(printer, stretch->report, change, scratch);
	fputc('\n', printer->out);
}

/* ---- Omitted lines ---- */

static void hide(struct stretch *stretch, const struct change *change, size_t n)
{
	stretch->hidden += n;
	if (!is_bad(stretch->report, change))
		return;
	if (change->result == CHANGE_FAILED)
		stretch->failed += n;
	else
		stretch->skipped += n;
}

/* "    ... 9,994 more, 20 failed" */
static void print_hidden(struct stretch *stretch, char sign)
{
	struct printer *printer = stretch->printer;
	struct arena *scratch = scratch_next(stretch->scratch);

	if (!stretch->hidden)
		return;
	fprintf(printer->out, "    %s...%s %s more", sign_color(printer, sign),
		color(printer, PLAIN), count_human(scratch, stretch->hidden));
	if (stretch->failed)
		fprintf(printer->out, ", %s failed", count_human(scratch, stretch->failed));
	if (stretch->skipped)
		fprintf(printer->out, ", %s skipped", count_human(scratch, stretch->skipped));
	fputc('\n', printer->out);
	printer->has_left_out = true;
	stretch->hidden = stretch->failed = stretch->skipped = 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Failures are always shown; of very many equal ones only the first. */
static bool shows_anyway(struct stretch *stretch, const struct change *change)
{
	const struct change *last = stretch->bad;

	if (!is_bad(stretch->report, change))
		return false;
	if (!last || last->result != change->result || !same_text(last->error, change->error))
		stretch->bad_shown = 0;
	stretch->bad = change;
	return stretch->bad_shown++ < LINES_MAX;
}

static void put_line(struct stretch *stretch, const struct change *change, size_t i, bool wanted)
{
	bool anyway = shows_anyway(stretch, change);

	if (!wanted && !anyway) {
		hide(stretch, change, i == WHOLE ? change_count(change) : 1);
		return;
	}
	print_hidden(stretch, change_sign(change->kind));
	print_line(stretch, change, i);
}

/* ---- Blocks ---- */

/* A group that failed as a whole has one reason and needs one line. */
static size_t lines_of(const struct stretch *stretch, const struct change *change)
{
	if (is_bad(stretch->report, change) && !stretch->printer->all)
		return 1;
	return change_count(change);
}

static bool same_block(const struct change *a, const struct change *b)
{
	return change_is_group(a) && key_compare(&a->public_key, &b->public_key) == 0 &&
	       same_text(a->from_peer, b->from_peer);
}

/* The number of items from the first one in one block. */
static size_t block_of(const struct report_item *items, size_t n)
{
	size_t i = 1;

	while (i < n && same_block(items[0].change, items[i].change))
		i++;
	return i;
}

static size_t count_blocks(const struct report_item *items, size_t n)
{
	size_t blocks = 0;

	for (size_t at = 0; at < n; at += block_of(items + at, n - at))
		blocks++;
	return blocks;
}

/* Whether the place-th of n is shown. */
static bool is_shown(const struct stretch *stretch, size_t place, size_t n)
{
	return stretch->printer->all || n <= LINES_MAX || place < EDGE || place >= n - EDGE;
}

static void put_block(struct stretch *stretch, const struct report_item *items, size_t n,
		      bool wanted)
{
	size_t lines = 0, place = 0;

	for (size_t k = 0; k < n; k++)
		lines += lines_of(stretch, items[k].change);
	for (size_t k = 0; k < n; k++) {
		const struct change *change = items[k].change;
		size_t own = lines_of(stretch, change);
		bool whole = own < change_count(change);

		for (size_t i = 0; i < own; i++, place++)
			put_line(stretch, change, whole ? WHOLE : i,
				 wanted && is_shown(stretch, place, lines));
	}
}

void text_changes(struct printer *printer, const struct report *report,
		  const struct report_item *items, size_t n, struct scratch *scratch)
{
	struct stretch stretch = { .printer = printer, .report = report, .scratch = scratch };
	size_t blocks = count_blocks(items, n), block = 0;

	for (size_t at = 0, own; at < n; at += own, block++) {
		own = block_of(items + at, n - at);
		put_block(&stretch, items + at, own, is_shown(&stretch, block, blocks));
	}
}
