/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "base/os/source_files.h"
#include "print_import.h"
#include "system/state/secrets.h"
#include "system/wireguard/key_public.h"

#include <unistd.h>

#define WIRELINK_PREFIX "wirelink."
/* Where both programs look. */
#define WIREGUARD_DIRECTORY "/etc/wireguard"

/* The input: the files, and the names of their interfaces if the kind has any. */
struct input {
	VEC(struct source) sources;
	VEC(const char *) interfaces;
};

/* "import KIND" and its arguments. */
struct kind {
	const char *name;
	bool takes_many; /* files */
	bool takes_interface; /* the name may follow the file */
	bool has_interfaces; /* one for each file */
	const char *prefix; /* of the names of files, before the interface's; NULL: none */
	struct import *(*read)(const struct options *options, const struct input *input,
			       struct diags *diags);
};

static const char *keys_directory(const struct options *options)
{
	return options->keys ? options->keys : "";
}

static struct import *read_wg_quick(const struct options *options, const struct input *input,
				    struct diags *diags)
{
	return import_wg_quick(input->sources.at, input->interfaces.at, input->sources.n,
			       keys_directory(options), diags);
}

static struct import *read_showconf(const struct options *options, const struct input *input,
				    struct diags *diags)
{
	return import_showconf(input->sources.at, input->interfaces.at[0], keys_directory(options),
			       diags);
}

static struct import *read_uci(const struct options *options, const struct input *input,
			       struct diags *diags)
{
	return import_uci(input->sources.at, input->sources.n, keys_directory(options), diags);
}

/* ---- wirelink ---- */

static bool is_quick(const char *file)
{
	size_t length = strlen(file);

	return length > 5 && !strcmp(file + length - 5, ".conf");
}

/* wg-quick's file for an interface: among the arguments, else beside wirelink's if there. */
static bool find_quick(const struct input *input, const char *beside, const char *interface,
		       struct source *quick, struct diags *diags)
{
	const char *slash = strrchr(beside, '/');
	const char *path;

	for (size_t i = 0; i < input->sources.n; i++) {
		if (!is_quick(input->sources.at[i].file) ||
		    strcmp(input->interfaces.at[i], interface) != 0)
			continue;
		*quick = input->sources.at[i];
		return true;
	}
	if (!strcmp(beside, "-"))
		path = arena_printf(diags->arena, WIREGUARD_DIRECTORY "/%s.conf", interface);
	else
		path = arena_printf(diags->arena, "%.*s%s.conf",
				    slash ? (int)(slash + 1 - beside) : 0, beside, interface);
	return access(path, F_OK) || source_read(quick, path, true, diags);
}

/* Each of wg-quick's files belongs to one of wirelink's. */
static void check_quick(const struct input *input, const struct import_wirelink_file *files,
			size_t n, struct diags *diags)
{
	for (size_t i = 0; i < input->sources.n; i++) {
		const char *file = input->sources.at[i].file;
		bool used = !is_quick(file);

		for (size_t j = 0; j < n; j++)
			used = used || !strcmp(files[j].interface, input->interfaces.at[i]);
		if (!used)
			diag_error(diags, (struct where){ .file = file }, NULL,
				   "there is no file of wirelink for interface %s: give it, or use "
				   "import wg-quick",
				   input->interfaces.at[i]);
	}
}

static struct import *read_wirelink(const struct options *options, const struct input *input,
				    struct diags *diags)
{
	struct import_wirelink_file *files = arena_alloc(options->arena,
							 input->sources.n * sizeof(*files));
	size_t n = 0;

	for (size_t i = 0; i < input->sources.n; i++) {
		struct import_wirelink_file *file = &files[n];

		if (is_quick(input->sources.at[i].file))
			continue;
		file->source = input->sources.at[i];
		file->interface = input->interfaces.at[i];
		if (!find_quick(input, options->arguments.at[i + 1], file->interface, &file->quick,
				diags))
			return NULL;
		n++;
	}
	check_quick(input, files, n, diags);
	return diags->errors
		       ? NULL
		       : import_wirelink(files, n, keys_directory(options), key_public, diags);
}

static const struct kind kinds[] = {
	{ "wg-quick", true, false, true, NULL, read_wg_quick },
	{ "wirelink", true, false, true, WIRELINK_PREFIX, read_wirelink },
	{ "showconf", false, true, true, NULL, read_showconf },
	{ "uci", true, false, false, NULL, read_uci },
};

#define KINDS_N (sizeof(kinds) / sizeof(kinds[0]))

/* ---- The arguments ---- */

static bool wrong(const struct options *options, const char *line)
{
	message_usage(text_printable(options->arena, line));
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

/* wg-quick(8) names the interface after the file, NAME.conf; wirelink wirelink.NAME.json. */
static const char *interface_of_file(struct arena *arena, const struct kind *kind, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t prefix = kind->prefix ? strlen(kind->prefix) : 0;
	size_t length;

	if (prefix && !strncmp(name, kind->prefix, prefix)) {
		name += prefix;
		slash = strrchr(name, '.');
		return slash ? arena_strndup(arena, name, (size_t)(slash - name)) : name;
	}
	length = strlen(name);
	if (length > 5 && strcmp(name + length - 5, ".conf") == 0)
		length -= 5;
	return arena_strndup(arena, name, length);
}

static bool add_interface(struct options *options, struct input *input, const char *name)
{
	if (!interface_name_valid(name))
		return wrong(options, arena_printf(options->arena,
						   "'%s' cannot be the name of an interface: give "
						   "one with --interface",
						   name));
	*vec_push(options->arena, &input->interfaces) = name;
	return true;
}

/* The names of the interfaces: given, or those of the files. */
static bool find_interfaces(struct options *options, const struct kind *kind, size_t files,
			    struct input *input)
{
	if (!kind->has_interfaces)
		return true;
	if (kind->takes_interface && options->arguments.n - 1 > files)
		options->interface = options->arguments.at[1 + files];
	if (options->interface && files > 1)
		return wrong(options, "--interface is for one file: the others have no name");
	for (size_t i = 0; i < files; i++) {
		const char *file = options->arguments.at[1 + i];

		if (!options->interface && (kind->takes_interface || strcmp(file, "-") == 0))
			return wrong(options, "the interface's name is missing");
		if (!add_interface(
			    options, input,
			    options->interface ? options->interface : interface_of_file(options->arena, kind, file)))
			return false;
	}
	return true;
}

/* The number of files among the arguments; 0 on an error. */
static size_t check_files(const struct options *options, const struct kind *kind)
{
	size_t given = options->arguments.n - 1;
	size_t files = kind->takes_many ? given : 1;
	unsigned inputs = 0;

	if (!given) {
		wrong(options, arena_printf(options->arena, "import %s needs a file", kind->name));
		return 0;
	}
	if (given > files + kind->takes_interface) {
		wrong(options,
		      arena_printf(options->arena, "'%s' is one argument too many for import %s",
				   options->arguments.at[given], kind->name));
		return 0;
	}
	for (size_t i = 0; i < files; i++)
		inputs += strcmp(options->arguments.at[1 + i], "-") == 0;
	if (inputs > 1) {
		wrong(options, "only one of the files can be standard input");
		return 0;
	}
	return files;
}

/* ---- Entry point ---- */

static struct import *read_files(const struct options *options, const struct kind *kind,
				 struct input *input, size_t files, struct diags *diags)
{
	for (size_t i = 0; i < files; i++) {
		struct source source;

		if (source_read(&source, options->arguments.at[i + 1], true, diags))
			*vec_push(options->arena, &input->sources) = source;
	}
	return diags->errors ? NULL : kind->read(options, input, diags);
}

/* Two files together may be invalid. */
static void check_result(const struct import *import, struct diags *diags)
{
	struct diags own = { .arena = diags->arena };
	struct source source = { .file = "what was read" };

	source.text = desired_write(import->desired, NULL, 0, diags->arena);
	source.length = strlen(source.text);
	if (desired_parse(&source, 1, "import", &own))
		return;
	vec_each (diag, &own.list)
		diag_error(diags, (struct where){ 0 }, diag->path, "%s", diag->message);
}

enum exit_code cmd_import(void *given)
{
	struct options *options = given;
	const struct kind *kind = kind_find(options);
	struct diags diags = { .arena = options->arena };
	struct input input = { 0 };
	struct import *import;
	size_t files = kind ? check_files(options, kind) : 0;

	if (!files || !find_interfaces(options, kind, files, &input))
		return EXIT_USAGE;
	secrets_protect_process();
	import = read_files(options, kind, &input, files, &diags);
	if (import && !diags.errors)
		check_result(import, &diags);
	diags_sort(&diags);
	message_diags(stderr, &diags);
	if (!import || diags.errors)
		return EXIT_INPUT;
	return print_import(options, import);
}
