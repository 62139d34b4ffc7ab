/* SPDX-License-Identifier: MIT */
#include "../system/secrets.h"
#include "../system/source_files.h"
#include "message.h"
#include "print_import.h"

#define FILES_MAX 2

/* "import KIND" and its arguments. */
struct kind {
	const char *name;
	size_t files;
	bool takes_interface; /* its name may follow the files */
	struct import *(*read)(const struct options *options, const struct source *sources,
			       struct diags *diags);
};

static const char *keys_directory(const struct options *options)
{
	return options->keys ? options->keys : "";
}

static struct import *read_wg_quick(const struct options *options, const struct source *sources,
				    struct diags *diags)
{
	return import_wg_quick(sources, options->interface, keys_directory(options), diags);
}

static struct import *read_uci(const struct options *options, const struct source *sources,
			       struct diags *diags)
{
	return import_uci(&sources[0], &sources[1], keys_directory(options), diags);
}

static const struct kind kinds[] = {
	{ "wg-quick", 1, false, read_wg_quick },
	{ "showconf", 1, true, read_wg_quick },
	{ "uci", 2, false, read_uci },
};

#define KINDS_N (sizeof(kinds) / sizeof(kinds[0]))

/* ---- The arguments ---- */

static bool wrong(const struct options *options, const char *line)
{
	complain_usage(text_printable(options->arena, line));
	return false;
}

static const struct kind *kind_find(const struct options *options)
{
	const char *names[KINDS_N + 1] = { 0 };
	const char *word = options->arguments.at[0];
	const char *nearest, *hint = "";

	for (size_t i = 0; i < KINDS_N; i++) {
		if (strcmp(kinds[i].name, word) == 0)
			return &kinds[i];
		names[i] = kinds[i].name;
	}
	nearest = nearest_word(word, names);
	if (nearest)
		hint = arena_printf(options->arena, " (did you mean '%s'?)", nearest);
	wrong(options,
	      arena_printf(options->arena, "'%s' is nothing that import knows%s", word, hint));
	return NULL;
}

/* wg-quick(8) names the interface after the file, NAME.conf. */
static const char *interface_of_file(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (length > 5 && strcmp(name + length - 5, ".conf") == 0)
		length -= 5;
	return arena_strndup(arena, name, length);
}

static bool find_interface(struct options *options, const struct kind *kind)
{
	size_t given = options->arguments.n - 1;
	const char *file = options->arguments.at[1];

	if (kind->takes_interface && given > kind->files)
		options->interface = options->arguments.at[2];
	if (options->interface || kind->read == read_uci)
		return true;
	if (kind->takes_interface || strcmp(file, "-") == 0)
		return wrong(options, "the interface's name is missing");
	options->interface = interface_of_file(options->arena, file);
	return true;
}

static bool check_arguments(struct options *options, const struct kind *kind)
{
	size_t given = options->arguments.n - 1;
	struct arena *arena = options->arena;

	if (given < kind->files)
		return wrong(options, arena_printf(arena, "import %s needs %zu files", kind->name,
						   kind->files));
	if (given > kind->files + kind->takes_interface)
		return wrong(options,
			     arena_printf(arena, "'%s' is one argument too many for import %s",
					  options->arguments.at[given], kind->name));
	if (kind->files == 2 && strcmp(options->arguments.at[1], "-") == 0 &&
	    strcmp(options->arguments.at[2], "-") == 0)
		return wrong(options, "only one of the two files can be standard input");
	if (!find_interface(options, kind))
		return false;
	if (options->interface && !interface_name_valid(options->interface))
		return wrong(options, arena_printf(arena,
						   "'%s' cannot be the name of an interface: give "
						   "one with --interface",
						   options->interface));
	return true;
}

/* ---- All of it ---- */

static struct import *read_files(const struct options *options, const struct kind *kind,
				 struct diags *diags)
{
	struct source sources[FILES_MAX];

	for (size_t i = 0; i < kind->files; i++)
		source_read(&sources[i], options->arguments.at[i + 1], true, diags);
	return diags->errors ? NULL : kind->read(options, sources, diags);
}

enum exit_code cmd_import(struct options *options)
{
	const struct kind *kind = kind_find(options);
	struct diags diags = { .arena = options->arena };
	struct import *import;

	if (!kind || !check_arguments(options, kind))
		return EXIT_USAGE;
	secrets_protect_process();
	import = read_files(options, kind, &diags);
	diags_sort(&diags);
	complain_diags(stderr, &diags);
	if (!import || diags.errors)
		return EXIT_INPUT;
	return print_import(options, import);
}
