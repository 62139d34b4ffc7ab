/* SPDX-License-Identifier: MIT */
#include "source_files.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;
static struct diags diags;
static char directory[32];

static void begin(void)
{
	arena = arena_new();
	diags = (struct diags){ .arena = arena };
	snprintf(directory, sizeof(directory), "/tmp/source_files.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void end(void)
{
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}

static const char *path_of(const char *name)
{
	return arena_printf(arena, "%s/%s", directory, name);
}

static void is_read(const char *path, bool named, const char *text)
{
	struct source source;

	ck_assert(source_read(&source, path, named, &diags));
	ck_assert_uint_eq(source.length, strlen(text));
	ck_assert_int_eq(memcmp(source.text, text, source.length), 0);
}

static void is_refused(const char *path, bool named, const char *message)
{
	unsigned errors = diags.errors;
	struct source source;

	ck_assert(!source_read(&source, path, named, &diags));
	ck_assert_uint_eq(diags.errors, errors + 1);
	ck_assert_str_eq(diags.list.at[errors].message, message);
	ck_assert_str_eq(diags.list.at[errors].where.file, path);
}

START_TEST(regular_file)
{
	const char *path;
	FILE *file;

	begin();
	path = path_of("a");
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs("text", file);
	fclose(file);
	is_read(path, false, "text");
	is_read(path, true, "text");
	unlink(path);
	is_refused(path, true, "cannot be opened: No such file or directory");
	is_refused(directory, true, "is a directory: name a file in it");
	is_refused(directory, false, "is a directory: name a file in it");
	end();
}
END_TEST

/* A shell's <(...) is a descriptor's path. */
START_TEST(pipe_of_a_shell)
{
	const char *path;
	int fds[2];

	begin();
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "one\ntwo\n", 8), 8);
	close(fds[1]);
	path = arena_printf(arena, "/dev/fd/%d", fds[0]);
	is_refused(
		path, false,
		"is not a regular file: replace it by one, or name the pipe on the command line");
	is_read(path, true, "one\ntwo\n");
	close(fds[0]);
	end();
}
END_TEST

/* Nothing has it open for writing: open(2) without O_NONBLOCK would not return. */
START_TEST(fifo_in_a_directory)
{
	struct sources sources = { 0 };
	const char *path;

	begin();
	path = path_of("a.yaml");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	is_refused(
		path, false,
		"is not a regular file: replace it by one, or name the pipe on the command line");
	sources_read(&sources, (const char *[]){ directory }, 1, true, &diags);
	ck_assert_uint_eq(sources.list.n, 0);
	ck_assert_uint_eq(diags.errors, 2);
	ck_assert_str_eq(diags.list.at[1].where.file, path);
	unlink(path);
	end();
}
END_TEST

START_TEST(device)
{
	begin();
	is_read("/dev/null", true, "");
	is_refused(
		"/dev/null", false,
		"is not a regular file: replace it by one, or name the pipe on the command line");
	end();
}
END_TEST

SUITE("source_files", regular_file, pipe_of_a_shell, fifo_in_a_directory, device)
