/* SPDX-License-Identifier: MIT */
/*
 * fuzz_desired: a libFuzzer target. Reading any bytes ends with errors that have a location
 * and a line of text each, or with a desired state that is written, read back, and written
 * again unchanged. A record separator (0x1e), which is in no YAML, divides the bytes into
 * several files.
 */
#include "core/desired/desired_write.h"
#include "core/desired/desired_yaml.h"

#include <stdio.h>
#include <stdlib.h>

#define SOURCES_MAX 4
#define SEPARATOR 0x1e

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_desired: %s\n", what);
	abort();
}

static size_t divide(const char *text, size_t size, struct source *sources)
{
	size_t n = 0;

	for (;;) {
		const char *end = n + 1 < SOURCES_MAX ? memchr(text, SEPARATOR, size) : NULL;
		size_t length = end ? (size_t)(end - text) : size;

		sources[n++] = (struct source){ "fuzz.yaml", text, length };
		if (!end)
			return n;
		text = end + 1;
		size -= length + 1;
	}
}

static void check_errors(struct diags *diags)
{
	must(diags->errors > 0, "refused without an error");
	vec_each (diag, &diags->list) {
		must(diag->where.file && diag->where.line && diag->where.column,
		     "an error has no place");
		must(*diag->message && !strchr(diag_text(diags, diag), '\n'),
		     "an error is not one line");
	}
}

static void check_state(const struct desired *desired, struct diags *diags)
{
	const char *once = desired_write(desired, NULL, 0, diags->arena);
	struct source source = { "once.yaml", once, strlen(once) };
	const struct desired *again;

	must(diags->errors == 0, "accepted with an error");
	again = desired_parse(&source, 1, "fuzz", diags);
	if (!again) {
		fprintf(stderr, "%s", once);
		vec_each (diag, &diags->list)
			fprintf(stderr, "%s\n", diag_text(diags, diag));
	}
	must(again != NULL, "a written state is refused");
	must(!strcmp(once, desired_write(again, NULL, 0, diags->arena)),
	     "a state changes by being written and read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diags diags = { .arena = arena_new() };
	struct source sources[SOURCES_MAX];
	/* Of exact size, so that reading past the end is detected. */
	char *text = malloc(size ? size : 1);
	const struct desired *desired;

	must(text != NULL, "out of memory");
	if (size)
		memcpy(text, data, size);
	desired = desired_parse(sources, divide(text, size, sources), "fuzz", &diags);
	if (desired)
		check_state(desired, &diags);
	else
		check_errors(&diags);
	free(text);
	arena_free(diags.arena);
	return 0;
}
