/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors that nftw() may hold. */
#define DEPTH 8

bool fixture_skip(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: skipped: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

char *fixture_directory(struct arena *arena)
{
	char *path = arena_printf(arena, "/tmp/%s.XXXXXX", program_invocation_short_name);

	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

void fixture_directory_remove(const char *path)
{
	ck_assert_int_eq(nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS), 0);
}

static FILE *file_open(const char *directory, const char *name, const char *mode)
{
	char *path;
	FILE *file;

	ck_assert_int_ge(asprintf(&path, "%s/%s", directory, name), 0);
	file = fopen(path, mode);
	free(path);
	return file;
}

void fixture_script(const char *directory, const char *name, const char *text)
{
	FILE *file = file_open(directory, name, "we");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\ncd '%s' || exit 99\n%s", directory, text);
	ck_assert_int_eq(fchmod(fileno(file), 0755), 0);
	ck_assert_int_eq(fclose(file), 0);
}

const char *fixture_text(const char *directory, const char *name, struct arena *arena)
{
	FILE *file = file_open(directory, name, "re");
	char text[4096];
	size_t length;

	if (!file)
		return "";
	length = fread(text, 1, sizeof(text), file);
	fclose(file);
	ck_assert_uint_lt(length, sizeof(text));
	return arena_strndup(arena, text, length);
}

void fixture_shell(const char *format, ...)
{
	char *command;
	va_list args;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&command, format, args), 0);
	va_end(args);
	ck_assert_msg(system(command) == 0, "failed: %s", command);
	free(command);
}

bool fixture_unshare(int namespaces)
{
	if (geteuid() != 0)
		return fixture_skip("needs root");
	if (unshare(namespaces) < 0)
		return fixture_skip("no namespaces here");
	/* Later mounts must not be visible outside. */
	if (namespaces & CLONE_NEWNS)
		ck_assert_int_eq(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL), 0);
	return true;
}

void fixture_empty_run(void)
{
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
}

pid_t fixture_fork(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

pid_t fixture_holder(bool (*begin)(void *data), void *data)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fixture_fork();
	if (pid == 0) {
		if (!begin(data) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	/* Here, so that the end of a failing child is noticed. */
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

void fixture_kill(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

unsigned fixture_descriptors(void)
{
	DIR *listing = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(listing);
	while (readdir(listing))
		n++;
	closedir(listing);
	return n;
}

struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert_msg(prefix_parse(text, &prefix), "%s", text);
	return prefix;
}
