/* SPDX-License-Identifier: MIT */
#include "junit.h"

#include "base/buffer.h"
#include "base/os/replace_file.h"

#include <inttypes.h>

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

/* The longest of a byte is "&quot;". */
#define ENTITY_MAX 6

static char *escape_line(struct arena *arena, const char *line)
{
	const char *printable = text_printable(arena, line);
	char *escaped = arena_alloc(arena, strlen(printable) * ENTITY_MAX + 1);
	char *end = escaped;

	for (const char *at = printable; *at; at++) {
		const char *name = entity(*at);
		size_t length = name ? strlen(name) : 1;

		memcpy(end, name ? name : at, length);
		end += length;
	}
	*end = '\0';
	return escaped;
}

const char *xml_text(struct arena *arena, const char *text)
{
	struct buffer result = buffer_new(arena);

	for (;;) {
		size_t length = strcspn(text, "\n");
		const char *line = escape_line(arena, arena_strndup(arena, text, length));

		buffer_add(&result, line);
		if (!text[length])
			return result.text;
		buffer_add(&result, "\n");
		text += length + 1;
	}
}

/* ---- The file ---- */

struct sums {
	unsigned tests, failures, errors, skipped;
	msec_t took;
};

static void add_up(struct sums *sums, const struct result *result)
{
	sums->tests++;
	sums->failures += result->verdict == VERDICT_FAILED;
	sums->errors += result->verdict == VERDICT_BROKEN;
	sums->skipped += result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_STOPPED;
	sums->took += result->took;
}

static void print_sums(FILE *out, const struct sums *sums)
{
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
		sums->tests, sums->failures, sums->errors, sums->skipped,
		(double)sums->took / MSEC_PER_SEC);
}

static void print_verdict(FILE *out, const struct result *result, struct arena *arena)
{
	const char *details = xml_text(arena, result->details);
	const char *line = xml_text(arena, result_line(result, arena));

	switch (result->verdict) {
	case VERDICT_FAILED:
		fprintf(out, "      <failure message=\"%s\">%s</failure>\n", line, details);
		break;
	case VERDICT_BROKEN:
		fprintf(out, "      <error message=\"%s\">%s</error>\n", line, details);
		break;
	case VERDICT_SKIPPED:
		fprintf(out, "      <skipped message=\"%s\"/>\n", xml_text(arena, result->why));
		break;
	case VERDICT_STOPPED:
		fputs("      <skipped message=\"interrupted\"/>\n", out);
		break;
	case VERDICT_PASSED:
		fprintf(out, "      <system-out>%s</system-out>\n", line);
		break;
	}
}

static void print_case(FILE *out, const struct junit_case *which, struct arena *arena)
{
	const struct result *result = &which->result;

	fprintf(out, "    <testcase classname=\"%s\" name=\"%s seed %" PRIu64 "\" time=\"%.3f\">\n",
		xml_text(arena, which->file), xml_text(arena, result->name), result->seed,
		(double)result->took / MSEC_PER_SEC);
	print_verdict(out, result, arena);
	fputs("    </testcase>\n", out);
}

/* The cases of first's file, from first; returns the one after them. */
static const struct junit_case *print_suite(FILE *out, const struct junit_case *first,
					    const struct junit_case *end, struct arena *arena)
{
	const struct junit_case *behind = first;
	struct sums sums = { 0 };

	for (; behind < end && strcmp(behind->file, first->file) == 0; behind++)
		add_up(&sums, &behind->result);
	fprintf(out, "  <testsuite name=\"%s\"", xml_text(arena, first->file));
	print_sums(out, &sums);
	for (const struct junit_case *which = first; which < behind; which++)
		print_case(out, which, arena);
	fputs("  </testsuite>\n", out);
	return behind;
}

static void print_all(FILE *out, const struct junit *junit)
{
	const struct junit_case *end = junit->cases.at + junit->cases.n;
	struct sums sums = { 0 };

	vec_each (which, &junit->cases)
		add_up(&sums, &which->result);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wgsim\"", out);
	print_sums(out, &sums);
	for (const struct junit_case *which = junit->cases.at; which < end;) {
		struct arena *scratch = arena_new();

		which = print_suite(out, which, end, scratch);
		arena_free(scratch);
	}
	fputs("</testsuites>\n", out);
}

const char *junit_write(const struct junit *junit, const char *path, struct arena *arena)
{
	struct replacement replacement;
	const char *error = replace_open(&replacement, path, arena);

	if (error)
		return error;
	print_all(replacement.stream, junit);
	return replace_finish(&replacement);
}
