/* SPDX-License-Identifier: MIT */
/*
 * fuzz_import: a libFuzzer target. With any bytes, an importer ends with errors and no
 * result, or with a desired state that is written and read back unchanged. The first byte
 * chooses the importer.
 */
#include "core/import/import.h"
#include "fuzz_kernel.h"
#include "system/wireguard/key_public.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_import: %s\n", what);
	abort();
}

/* Returns the desired state read back from the written text. */
static struct desired *round_trip(const struct import *import, struct arena *arena)
{
	struct diags diags = { .arena = arena };
	struct source source = { .file = "written" };
	struct desired *read;

	source.text = desired_write(import->desired, import->remarks.at, import->remarks.n, arena);
	source.length = strlen(source.text);
	read = desired_parse(&source, 1, "test", &diags);
	if (!read)
		fprintf(stderr, "%s%s\n", source.text, diag_text(&diags, diags.list.at));
	must(read != NULL, "what was imported is refused");
	must(!strcmp(desired_write(read, NULL, 0, arena),
		     desired_write(import->desired, NULL, 0, arena)),
	     "what was imported changes by being written and read");
	return read;
}

static void check_text_import(const struct import *import, const struct diags *diags)
{
	must((import != NULL) == (diags->errors == 0), "errors and a result, or neither");
	vec_each (diag, &diags->list)
		must(*diag_text(diags, diag) != '\0', "an empty diagnostic");
	if (import)
		round_trip(import, diags->arena);
}

static void try_wg_quick(const char *text, size_t length, struct arena *arena)
{
	struct diags diags = { .arena = arena };
	struct source source = { .file = "wg0.conf", .text = text, .length = length };
	const char *name = "wg0";

	check_text_import(import_wg_quick(&source, &name, 1, "keys", &diags), &diags);
}

/* The first line of three dashes separates the two files: wirelink's, and wg-quick's. */
static void try_wirelink(const char *text, size_t length, struct arena *arena)
{
	const char *parted = memmem(text, length, "---\n", 4);
	struct diags diags = { .arena = arena };
	struct import_wirelink_file file = {
		.source = { .file = "wirelink.wg0.json", .text = text, .length = length },
		.interface = "wg0",
	};

	if (parted) {
		file.source.length = (size_t)(parted - text);
		file.quick = (struct source){ "wg0.conf", parted + 4,
					      length - file.source.length - 4 };
	}
	check_text_import(import_wirelink(&file, 1, "keys", key_public, &diags), &diags);
}

/* The first line of three dashes separates the two files. */
static void try_uci(const char *text, size_t length, struct arena *arena)
{
	const char *parted = memmem(text, length, "---\n", 4);
	size_t first = parted ? (size_t)(parted - text) : length;
	struct diags diags = { .arena = arena };
	struct source sources[] = {
		{ .file = "network", .text = text, .length = first },
		{ .file = "wgpeerselector" },
	};

	if (parted) {
		sources[1].text = parted + 4;
		sources[1].length = length - first - 4;
	}
	check_text_import(import_uci(sources, parted ? 2 : 1, "", &diags), &diags);
}

static void try_observed(const char *data, size_t size, struct arena *arena)
{
	struct bytes bytes = { (const uint8_t *)data, size };
	struct observed observed = { .arena = arena };

	make_observed(&bytes, &observed);
	round_trip(import_observed(&observed, "", false, arena), arena);
	round_trip(import_observed(&observed, "/etc/keys", true, arena), arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(const char *, size_t, struct arena *) = {
		try_wg_quick,
		try_uci,
		try_observed,
		try_wirelink,
	};
	struct arena *arena;
	char *text;

	if (size == 0)
		return 0;
	arena = arena_new();
	/* Of exact size, so that reading past the end is detected. */
	text = malloc(size);
	must(text != NULL, "out of memory");
	memcpy(text, data + 1, size - 1);
	tries[data[0] % (sizeof(tries) / sizeof(tries[0]))](text, size - 1, arena);
	free(text);
	arena_free(arena);
	return 0;
}
