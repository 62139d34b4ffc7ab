/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "base/os/replace_file.h"
#include "output.h"
#include "repeat.h"
#include "test/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 16

/* One command line, without the program's name; NULL ends it. */
struct line {
	const char *words[WORDS_MAX];
};

static bool parse_in(struct options *options, struct arena *arena, const struct line *line,
		     const char *directory)
{
	char *argv[WORDS_MAX + 2] = { arena_strdup(arena, "wgreconcile") };
	int argc = 1;

	for (; line->words[argc - 1]; argc++)
		argv[argc] = arena_strdup(arena, line->words[argc - 1]);
	return options_parse(options, arena, argc, argv, directory);
}

static bool parse(struct options *options, struct arena *arena, const struct line *line)
{
	return parse_in(options, arena, line, "/nonexistent");
}

START_TEST(accepted)
{
	static const struct line before = { { "-q", "--deadline", "2s", "--for=55s", "--every",
					      "1s", "-c", "a.yaml", "apply", "b.yaml" } };
	static const struct line after = { { "apply", "b.yaml", "--every", "1s", "-ca.yaml",
					     "--for", "55s", "-q", "--deadline=2s" } };
	const struct line *lines[] = { &before, &after };

	for (size_t i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct options options;

		ck_assert_msg(parse(&options, arena, lines[i]), "%s", options.error.text);
		ck_assert_str_eq(options.command->name, "apply");
		ck_assert_uint_eq(options.files.n, 2);
		ck_assert_str_eq(options.files.at[0], "a.yaml");
		ck_assert_str_eq(options.files.at[1], "b.yaml");
		ck_assert_str_eq(options.name, "a");
		ck_assert_int_eq(options.deadline, 2000);
		ck_assert_int_eq(options.repeat_for, 55000);
		ck_assert_int_eq(options.every, 1000);
		ck_assert(options.quiet && !options.verbose);
		ck_assert_str_eq(options.dirs.state, "/var/lib/wgreconcile");
		ck_assert_str_eq(options.dirs.run, "/run/wgreconcile");
		arena_free(arena);
	}
}
END_TEST

/* Options after the command are recognised even with POSIXLY_CORRECT. */
START_TEST(posixly_correct)
{
	struct arena *arena = arena_new();
	struct options options;

	ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
	ck_assert(parse(&options, arena, &(struct line){ { "plan", "a.yaml", "-q" } }));
	ck_assert(options.quiet && !options.all);
	ck_assert_uint_eq(options.files.n, 1);
	ck_assert_int_eq(unsetenv("POSIXLY_CORRECT"), 0);
	arena_free(arena);
}
END_TEST

START_TEST(defaults)
{
	struct arena *arena = arena_new();
	struct options options;

	ck_assert(parse(&options, arena, &(struct line){ { "status" } }));
	ck_assert_int_eq(options.deadline, 4000);
	ck_assert_int_eq(options.repeat_for, 0);
	ck_assert_int_eq(options.every, 5000);
	ck_assert_int_eq(options.timeout, 0);
	ck_assert(parse(&options, arena, &(struct line){ { "apply", "--for", "1h", "--follow" } }));
	ck_assert_int_eq(options.every, 0); /* by the desired state */
	ck_assert(parse(&options, arena,
			&(struct line){ { "apply", "--for", "1h", "--follow", "--every", "5s" } }));
	ck_assert_int_eq(options.every, 5000);
	ck_assert(parse(&options, arena, &(struct line){ { "status" } }));
	ck_assert_ptr_eq(options.output, &output_text);
	ck_assert_int_eq(options.color, COLOR_AUTO);
	ck_assert_str_eq(options.name, "default");
	ck_assert_uint_eq(options.files.n, 1);
	ck_assert_str_eq(options.files.at[0], "/nonexistent/default.yaml");
	arena_free(arena);
}
END_TEST

START_TEST(values)
{
	struct arena *arena = arena_new();
	struct options options;

	ck_assert(parse(&options, arena,
			&(struct line){ { "status", "--format", "prometheus", "--output", "x.prom",
					  "--color", "never", "--state-dir", "s", "--run-dir", "r",
					  "-n"
					  "home" } }));
	ck_assert_ptr_eq(options.output, &output_prometheus);
	ck_assert_str_eq(options.output_file, "x.prom");
	ck_assert_int_eq(options.color, COLOR_NEVER);
	ck_assert_str_eq(options.dirs.state, "s");
	ck_assert_str_eq(options.dirs.run, "r");
	ck_assert_str_eq(options.name, "home");
	ck_assert(parse(&options, arena, &(struct line){ { "plan", "--json", "-v" } }));
	ck_assert_ptr_eq(options.output, &output_json);
	ck_assert(options.verbose);
	ck_assert(parse(&options, arena,
			&(struct line){ { "wait", "--timeout", "500ms", "--json", "-n", "b" } }));
	ck_assert_int_eq(options.timeout, 500);
	ck_assert_str_eq(options.name, "b");
	ck_assert(parse(&options, arena,
			&(struct line){ { "import", "showconf", "-", "wg0", "--keys", "k",
					  "--interface", "wg1" } }));
	ck_assert_str_eq(options.keys, "k");
	ck_assert_str_eq(options.interface, "wg1");
	ck_assert_uint_eq(options.arguments.n, 3);
	ck_assert_ptr_null(options.name);
	/* What looks like an option after -- is a file. */
	ck_assert(parse(&options, arena, &(struct line){ { "plan", "-nx", "--", "-q" } }));
	ck_assert(!options.quiet);
	ck_assert_str_eq(options.files.at[0], "-q");
	arena_free(arena);
}
END_TEST

/* Amount of output. */
START_TEST(everything)
{
	static const struct line lines[] = { { { "plan", "--all" } }, { { "--all", "apply" } } };

	for (size_t i = 0; i < 2; i++) {
		struct arena *arena = arena_new();
		struct options options;

		ck_assert_msg(parse(&options, arena, &lines[i]), "%s", options.error.text);
		ck_assert(options.all);
		arena_free(arena);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		struct line line;
		const char *error;
	} rows[] = {
		{ { { "-q" } }, "a command is missing" },
		{ { { "aply" } }, "'aply' is not a command (did you mean 'apply'?)" },
		{ { { "zzzzzzzz" } }, "'zzzzzzzz' is not a command" },
		{ { { "\033[2J" } }, "'\\x1b[2J' is not a command" },
		{ { { "plan", "--jsn" } }, "no option '--jsn' (did you mean '--json'?)" },
		{ { { "plan", "--frobnicate=1" } }, "no option '--frobnicate'" },
		/* Beginnings of several options. */
		{ { { "apply", "--f", "5s" } }, "no option '--f'" },
		{ { { "plan", "-x" } }, "no option '-x'" },
		{ { { "plan", "-qx" } }, "no option '-x'" },
		{ { { "plan", "--json=yes" } }, "option '--json' takes no argument" },
		{ { { "plan", "-c" } }, "option '-c' needs PATH" },
		{ { { "plan", "--deadline" } }, "option '--deadline' needs DURATION" },
		{ { { "plan", "--deadline", "5" } },
		  "--deadline '5' is not a duration, such as 500ms, 5s or 10m" },
		{ { { "plan", "--deadline", "0s" } }, "--deadline must be longer than 0" },
		{ { { "plan", "--deadline", "2h" } }, "--deadline '2h' is longer than 1h" },
		{ { { "apply", "--for", "-5s" } },
		  "--for '-5s' is not a duration, such as 500ms, 5s or 10m" },
		{ { { "apply", "--every", "5s" } }, "--every needs --for" },
		{ { { "apply", "--follow" } }, "--follow needs --for" },
		{ { { "plan", "--follow" } }, "plan has no option '--follow'" },
		{ { { "plan", "--for", "5s" } }, "plan has no option '--for'" },
		{ { { "show", "--json" } }, "show has no option '--json'" },
		{ { { "plan", "--output", "x" } }, "plan has no option '--output'" },
		{ { { "status", "--all" } }, "status has no option '--all'" },
		{ { { "plan", "--format", "jso" } },
		  "'jso' is none of the forms that --format takes (did you mean 'json'?)" },
		{ { { "plan", "--format", "prometheus" } }, "plan has no form 'prometheus'" },
		{ { { "wait", "--format", "prometheus" } }, "wait has no form 'prometheus'" },
		{ { { "apply", "--timeout", "5s" } }, "apply has no option '--timeout'" },
		{ { { "wait", "--for", "5s" } }, "wait has no option '--for'" },
		{ { { "validate", "--format", "wgpeerselector" } },
		  "validate has no form 'wgpeerselector'" },
		{ { { "plan", "--color", "alway" } },
		  "'alway' is none of auto, always and never, which --color takes (did you mean "
		  "'always'?)" },
		{ { { "plan", "-n", "a/b" } },
		  "--name 'a/b' is not 1 to 64 of the characters A-Z a-z 0-9 _ . -" },
		{ { { "plan", "-n", "" } },
		  "--name '' is not 1 to 64 of the characters A-Z a-z 0-9 _ . -" },
		{ { { "plan", "-n", ".." } },
		  "--name '..' is not 1 to 64 of the characters A-Z a-z 0-9 _ . -" },
		{ { { "plan", "-c", "" } }, "--config must not be empty" },
		{ { { "plan", "my file.yaml" } },
		  "no instance can be named after 'my file.yaml'; name it with --name" },
		{ { { "plan", "/" } }, "no instance can be named after '/'; name it with --name" },
		{ { { "plan", "." } }, "no instance can be named after '.'; name it with --name" },
		{ { { "import", "wg-quick" } },
		  "import needs more arguments: wg-quick FILE... | wirelink FILE... | showconf FILE "
		  "INTERFACE | uci FILE..." },
		{ { { "import", "wg-quick", "a", "--interface", "a b" } },
		  "'a b' cannot be the name of an interface" },
		{ { { "version", "now" } },
		  "'now' is one argument too many for version, which takes none" },
		{ { { "help", "plan", "apply" } },
		  "'apply' is one argument too many for help, which takes [COMMAND]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct options options;

		ck_assert_msg(!parse(&options, arena, &rows[i].line), "accepted: %s",
			      rows[i].error);
		ck_assert_str_eq(options.error.text, rows[i].error);
		arena_free(arena);
	}
}
END_TEST

START_TEST(help_and_version)
{
	static const struct {
		struct line line;
		const char *command;
		const char *argument; /* NULL: none */
	} rows[] = {
		{ { { "help" } }, "help", NULL },
		{ { { "help", "plan" } }, "help", "plan" },
		{ { { "-h" } }, "help", NULL },
		{ { { "plan", "--help" } }, "help", "plan" },
		{ { { "--help", "plan", "a.yaml" } }, "help", "plan" },
		{ { { "help", "plan", "-h" } }, "help", "plan" },
		{ { { "-V" } }, "version", NULL },
		{ { { "plan", "a.yaml", "--version" } }, "version", NULL },
		/* help accepts options that it does not use. */
		{ { { "plan", "--for", "5s", "-h" } }, "help", "plan" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct options options;

		ck_assert_msg(parse(&options, arena, &rows[i].line), "row %zu: %s", i,
			      options.error.text);
		ck_assert_str_eq(options.command->name, rows[i].command);
		ck_assert_uint_eq(options.arguments.n, rows[i].argument != NULL);
		if (rows[i].argument)
			ck_assert_str_eq(options.arguments.at[0], rows[i].argument);
		arena_free(arena);
	}
}
END_TEST

START_TEST(instance_names)
{
	static const struct {
		const char *file;
		const char *name;
	} rows[] = {
		{ "home.yaml", "home" },
		{ "/etc/wgreconcile/home.yaml", "home" },
		{ "/etc/wgreconcile/home.conf.d", "home" },
		{ "/etc/wgreconcile/home.conf.d//", "home" },
		{ "home", "home" },
		{ "home.yml", "home.yml" },
		{ ".yaml", ".yaml" },
		{ "-", "default" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		struct options options;

		ck_assert_msg(parse(&options, arena, &(struct line){ { "plan", rows[i].file } }),
			      "%s", options.error.text);
		ck_assert_str_eq(options.name, rows[i].name);
		arena_free(arena);
	}
}
END_TEST

/* A directory of its own for a test. */
static char *directory_new(struct arena *arena)
{
	char *path = arena_strdup(arena, "/tmp/options_test.XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

START_TEST(default_files)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	const char *file = arena_printf(arena, "%s/home.yaml", directory);
	const char *more = arena_printf(arena, "%s/home.conf.d", directory);
	const struct line line = { { "plan", "-n", "home" } };
	struct options options;
	FILE *stream;

	/* Neither exists: the file is named, so that the error refers to it. */
	ck_assert(parse_in(&options, arena, &line, directory));
	ck_assert_uint_eq(options.files.n, 1);
	ck_assert_str_eq(options.files.at[0], file);
	ck_assert_int_eq(mkdir(more, 0700), 0);
	ck_assert(parse_in(&options, arena, &line, directory));
	ck_assert_uint_eq(options.files.n, 1);
	ck_assert_str_eq(options.files.at[0], more);
	stream = fopen(file, "w");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert(parse_in(&options, arena, &line, directory));
	ck_assert_uint_eq(options.files.n, 2);
	ck_assert_str_eq(options.files.at[0], file);
	ck_assert_str_eq(options.files.at[1], more);
	/* Another instance has no files. */
	ck_assert(parse_in(&options, arena, &(struct line){ { "plan" } }, directory));
	ck_assert_uint_eq(options.files.n, 1);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(rmdir(more), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}
END_TEST

START_TEST(every_option_is_told)
{
	struct arena *arena = arena_new();
	const char *all = usage_text(NULL, arena);

	for (const struct option_spec *option = option_specs; option->name; option++) {
		unsigned letters = 0;

		ck_assert_ptr_nonnull(strstr(all, arena_printf(arena, "--%s", option->name)));
		for (const struct option_spec *other = option_specs; other->name; other++)
			letters += option->letter && other->letter == option->letter;
		ck_assert_uint_le(letters, 1);
	}
	for (const struct command *command = commands; command->name; command++) {
		const char *text = usage_text(command, arena);

		ck_assert_ptr_nonnull(strstr(all, command->name));
		ck_assert_ptr_nonnull(strstr(text, command->arguments));
		for (const struct option_spec *option = option_specs; option->name; option++)
			ck_assert_int_eq(strstr(text, arena_printf(arena, "--%s ", option->name)) !=
						 NULL,
					 (option->commands & command->bit) != 0);
	}
	arena_free(arena);
}
END_TEST

/* ---- Repeating ---- */

START_TEST(next_run)
{
	static const struct {
		msec_t start, every, now, next;
	} rows[] = {
		{ 1000, 5000, 1000, 6000 },   { 1000, 5000, 1900, 6000 },
		{ 1000, 5000, 5999, 6000 },   { 1000, 5000, 6000, 11000 },
		{ 1000, 5000, 17500, 21000 }, { 0, 1, 7, 8 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(repeat_next(rows[i].start, rows[i].every, rows[i].now),
				 rows[i].next);
}
END_TEST

START_TEST(worst)
{
	static const struct {
		enum exit_code a, b, worst;
	} rows[] = {
		{ EXIT_LOCKED, EXIT_DONE, EXIT_DONE },	 { EXIT_LOCKED, EXIT_LOCKED, EXIT_LOCKED },
		{ EXIT_LOCKED, EXIT_ERROR, EXIT_ERROR }, { EXIT_DONE, EXIT_ERROR, EXIT_ERROR },
		{ EXIT_ERROR, EXIT_INPUT, EXIT_INPUT },	 { EXIT_DONE, EXIT_INPUT, EXIT_INPUT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(repeat_worst(rows[i].a, rows[i].b), rows[i].worst);
		ck_assert_int_eq(repeat_worst(rows[i].b, rows[i].a), rows[i].worst);
	}
}
END_TEST

/* ---- Replacing a file ---- */

static const char *content(struct arena *arena, const char *path)
{
	char text[64] = "";
	FILE *stream = fopen(path, "r");

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_lt(fread(text, 1, sizeof(text) - 1, stream), sizeof(text));
	ck_assert_int_eq(fclose(stream), 0);
	return arena_strdup(arena, text);
}

START_TEST(replaces)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	const char *path = arena_printf(arena, "%s/wg.prom", directory);
	struct replacement replacement;
	struct stat status;

	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_null(replace_open(&replacement, path, arena));
		fprintf(replacement.stream, "text %d\n", i);
		/* Until it is finished, readers see the old file. */
		if (i == 0)
			ck_assert_int_ne(access(path, F_OK), 0);
		else
			ck_assert_str_eq(content(arena, path), "text 0\n");
		ck_assert_ptr_null(replace_finish(&replacement));
	}
	ck_assert_str_eq(content(arena, path), "text 1\n");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0644);
	ck_assert_int_eq(unlink(path), 0);
	/* Nothing else is left. */
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}
END_TEST

START_TEST(replaces_not)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	const char *path = arena_printf(arena, "%s/taken", directory);
	struct replacement replacement;
	const char *error;

	error = replace_open(&replacement, arena_printf(arena, "%s/none/x", directory), arena);
	ck_assert_str_eq(error,
			 arena_printf(arena, "%s/none/x: No such file or directory", directory));
	/* A directory has that name. */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_ptr_null(replace_open(&replacement, path, arena));
	error = replace_finish(&replacement);
	ck_assert_str_eq(error, arena_printf(arena, "%s: Is a directory", path));
	/* The disk is full. */
	ck_assert_ptr_null(
		replace_open(&replacement, arena_printf(arena, "%s/x", directory), arena));
	ck_assert_int_eq(fclose(replacement.stream), 0);
	replacement.stream = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(replacement.stream);
	fputs("text", replacement.stream);
	error = replace_finish(&replacement);
	ck_assert_str_eq(error, arena_printf(arena, "%s/x: No space left on device", directory));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}
END_TEST

SUITE("options", accepted, posixly_correct, defaults, values, everything, refused, help_and_version,
      instance_names, default_files, every_option_is_told, next_run, worst, replaces, replaces_not)
