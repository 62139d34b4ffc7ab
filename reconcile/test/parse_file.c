/* SPDX-License-Identifier: MIT */
/*
 * parse_file: reads desired states without touching anything else. Prints every error in
 * FILE... to standard output; exit code 0, or 65 when there is one. With --each every file
 * is read separately, and a line "FILE: ok" or "FILE: wrong" follows its errors. With
 * --write prints the state as text.
 */
#include "core/desired/desired_write.h"
#include "core/desired/desired_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static void read_source(struct arena *arena, const char *file, struct source *source)
{
	size_t capacity = 1 << 16;
	char *text = arena_alloc(arena, capacity);
	FILE *stream = fopen(file, "re");
	size_t got;

	if (!stream) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		exit(EX_NOINPUT);
	}
	*source = (struct source){ .file = file };
	while ((got = fread(text + source->length, 1, capacity - source->length, stream)) > 0) {
		source->length += got;
		if (source->length == capacity) {
			text = arena_grow(arena, text, capacity, capacity * 2);
			capacity *= 2;
		}
	}
	if (ferror(stream)) {
		fprintf(stderr, "%s: cannot be read\n", file);
		exit(EX_IOERR);
	}
	fclose(stream);
	source->text = text;
}

static bool parse(const char *const *files, size_t n, bool write)
{
	struct arena *arena = arena_new();
	struct diags diags = { .arena = arena };
	struct source *sources = arena_alloc(arena, n * sizeof(*sources));
	const struct desired *desired;

	for (size_t i = 0; i < n; i++)
		read_source(arena, files[i], &sources[i]);
	desired = desired_parse(sources, n, "test", &diags);
	vec_each (diag, &diags.list)
		puts(diag_text(&diags, diag));
	if (desired && write)
		fputs(desired_write(desired, NULL, 0, arena), stdout);
	arena_free(arena);
	return desired != NULL;
}

int main(int argc, char **argv)
{
	const char *option = argc > 2 && argv[1][0] == '-' ? argv[1] : "";
	const char *const *files = (const char *const *)argv + (*option ? 2 : 1);
	size_t n = (size_t)argc - (*option ? 2 : 1);
	bool all = true;

	if (argc < 2) {
		fprintf(stderr, "usage: parse_file [--each | --write] FILE...\n");
		return EX_USAGE;
	}
	if (strcmp(option, "--each") != 0)
		return parse(files, n, !strcmp(option, "--write")) ? 0 : EX_DATAERR;
	for (size_t i = 0; i < n; i++) {
		bool ok = parse(&files[i], 1, false);

		printf("%s: %s\n", files[i], ok ? "ok" : "wrong");
		all = all && ok;
	}
	return all ? 0 : EX_DATAERR;
}
