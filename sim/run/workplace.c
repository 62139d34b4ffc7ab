/* SPDX-License-Identifier: MIT */
#include "workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COPY_AT_ONCE ((size_t)1 << 30)

/* How long killed processes may continue to write. */
#define REMOVE_TRIES 100
#define REMOVE_PAUSE_MS 100
/* Directories that nftw(3) holds open. */
#define OPEN_DIRECTORIES 16
/* Message that the directory is already removed. */
#define NOTHING_LEFT '.'

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level)
{
	(void)status;
	(void)type;
	(void)level;
	/* Remaining files show when their directory cannot be removed. */
	remove(path);
	return 0;
}

bool directory_make(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

bool directory_remove(const char *path)
{
	const struct timespec pause = { 0, REMOVE_PAUSE_MS * 1000000 };

	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		nftw(path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
		if (access(path, F_OK) < 0 && errno == ENOENT)
			return true;
	}
	return false;
}

static bool stdio_to_null(void)
{
	int null = open("/dev/null", O_RDWR);

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	       dup2(null, STDERR_FILENO) >= 0;
}

/* Readers of our output do not wait for it; Ctrl-C does not reach it. */
static _Noreturn void janitor(const char *path, int pipe)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	ssize_t got;
	char said = 0;

	setsid();
	prctl(PR_SET_NAME, "wgsim-janitor");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	stdio_to_null();
	do {
		got = read(pipe, &said, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1 || said != NOTHING_LEFT)
		directory_remove(path);
	_exit(0);
}

static bool janitor_start(struct workplace *workplace, struct failure *failure)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return failure_set(failure, errno, "pipe");
	workplace->janitor = fork();
	if (workplace->janitor == 0) {
		close(ends[1]);
		janitor(workplace->path, ends[0]);
	}
	close(ends[0]);
	workplace->pipe = ends[1];
	if (workplace->janitor > 0)
		return true;
	close(ends[1]);
	return failure_set(failure, errno, "fork");
}

bool workplace_make(struct workplace *workplace, const char *directory, struct arena *arena,
		    struct failure *failure)
{
	const char *temporary = getenv("TMPDIR");
	char *path;

	if (!temporary || temporary[0] != '/')
		temporary = "/tmp";
	path = directory ? arena_printf(arena, "%s/.wgsim.XXXXXX", directory)
			 : arena_printf(arena, "%s/wgsim.XXXXXX", temporary);
	if (!mkdtemp(path))
		return failure_set(failure, errno, "%s", path);
	/* The path is passed to processes with another working directory. */
	if (path[0] != '/') {
		char *absolute = realpath(path, NULL);

		workplace->path = arena_strdup(arena, absolute ? absolute : path);
		free(absolute);
	} else {
		workplace->path = path;
	}
	if (janitor_start(workplace, failure))
		return true;
	rmdir(workplace->path);
	return false;
}

bool workplace_remove(struct workplace *workplace)
{
	bool removed = directory_remove(workplace->path);
	char said = removed ? NOTHING_LEFT : 0;

	if (write(workplace->pipe, &said, 1) != 1)
		removed = false;
	close(workplace->pipe);
	while (waitpid(workplace->janitor, NULL, 0) < 0 && errno == EINTR)
		;
	return removed;
}

char *text_read(const char *path, size_t *length, struct arena *arena)
{
	struct stat status;
	char *text = NULL;
	FILE *stream = fopen(path, "re");

	if (!stream)
		return NULL;
	if (fstat(fileno(stream), &status) == 0) {
		text = arena_alloc(arena, (size_t)status.st_size + 1);
		*length = fread(text, 1, (size_t)status.st_size, stream);
		text[*length] = '\0';
	}
	fclose(stream);
	return text;
}

bool text_write(const char *path, const char *text)
{
	FILE *stream = fopen(path, "we");
	bool written;

	if (!stream)
		return false;
	written = fputs(text, stream) >= 0;
	return fclose(stream) == 0 && written;
}

bool program_copy(const char *from, const char *to, struct failure *failure)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t copied = -1;

	if (in >= 0 && out >= 0)
		while ((copied = sendfile(out, in, NULL, COPY_AT_ONCE)) > 0)
			;
	if (copied < 0)
		failure_set(failure, errno, "copying %s", from);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return copied == 0;
}
