/* SPDX-License-Identifier: MIT */
#include "source_files.h"

#include "deadline.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read size for a pipe. */
#define READ_SIZE ((size_t)64 << 10)
/* Time for the other end of a pipe to send everything: a password store that asks a server
 * needs seconds. */
#define PIPE_WAIT (30 * MSEC_PER_SEC)

static struct where in_file(const char *path)
{
	return (struct where){ .file = path };
}

/* Space for the whole content and to detect its end; the size of a pipe, or a file of /proc,
 * is unknown. */
static size_t first_capacity(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    (size_t)status.st_size >= SOURCE_SIZE_MAX)
		return READ_SIZE;
	return (size_t)status.st_size + 2;
}

/* One source while it is read. */
struct reading_file {
	int fd;
	const char *shown;
	struct diags *diags;
	bool waits; /* a pipe: needs waiting */
	struct deadline deadline;
};

static void file_error(const struct reading_file *file, const char *message)
{
	diag_error(file->diags, in_file(file->shown), NULL, "%s", message);
}

static void system_error(const struct reading_file *file, const char *what)
{
	file_error(file, arena_printf(file->diags->arena, "%s: %s", what, strerror(errno)));
}

/* False, with the error reported, on a timeout. A FIFO without a writer is at its end at
 * once for read(2), but not for poll(2). */
static bool wait_for_more(const struct reading_file *file)
{
	struct pollfd polled = { .fd = file->fd, .events = POLLIN };
	int ready;

	while (file->waits) {
		ready = poll(&polled, 1, deadline_left(&file->deadline));
		if (ready > 0)
			return true;
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			system_error(file, "cannot be waited for");
		else
			file_error(file,
				   arena_printf(file->diags->arena,
						"its end did not come within %d s: is anything "
						"writing to this pipe?",
						(int)(PIPE_WAIT / MSEC_PER_SEC)));
		return false;
	}
	return true;
}

static char *read_all(const struct reading_file *file, size_t *length)
{
	struct arena *arena = file->diags->arena;
	size_t capacity = first_capacity(file->fd), used = 0;
	char *text = arena_alloc(arena, capacity);

	while (wait_for_more(file)) {
		ssize_t got = read(file->fd, text + used, capacity - used - 1);

		if (got < 0 && (errno == EINTR || (errno == EAGAIN && file->waits)))
			continue;
		if (got < 0) {
			system_error(file, "cannot be read");
			return NULL;
		}
		if (got == 0) {
			*length = used;
			return text;
		}
		used += (size_t)got;
		if (used > SOURCE_SIZE_MAX) {
			file_error(file, arena_printf(arena, "is larger than %u MiB",
						      SOURCE_SIZE_MAX >> 20));
			return NULL;
		}
		if (capacity - used < 2) {
			text = arena_grow(arena, text, capacity, capacity * 2);
			capacity *= 2;
		}
	}
	return NULL;
}

/* A regular file always; a pipe, or a device such as a terminal, only if named by the user:
 * one in a directory would block every run. */
static bool may_be_read(struct reading_file *file, bool named)
{
	struct stat status;

	if (fstat(file->fd, &status)) {
		system_error(file, "cannot be looked at");
		return false;
	}
	if (S_ISREG(status.st_mode))
		return true;
	if (S_ISDIR(status.st_mode)) {
		file_error(file, "is a directory: name a file in it");
		return false;
	}
	if (named &&
	    (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode) || S_ISSOCK(status.st_mode))) {
		/* No time limit at a terminal. */
		file->waits = !isatty(file->fd);
		file->deadline = deadline_in(PIPE_WAIT);
		return true;
	}
	file_error(file, named ? "is not a regular file and no pipe: name a file"
			       : "is not a regular file: replace it by one, or name the pipe on "
				 "the command line");
	return false;
}

/* Without O_NONBLOCK open(2) would wait for the other end of a FIFO. Terminal reads must
 * block again. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0 && isatty(fd))
		fcntl(fd, F_SETFL, 0);
	return fd;
}

bool source_read(struct source *source, const char *path, bool named, struct diags *diags)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct reading_file file = {
		.fd = is_stdin ? STDIN_FILENO : open_file(path),
		.shown = is_stdin ? "standard input" : arena_strdup(diags->arena, path),
		.diags = diags,
	};

	source->file = file.shown;
	source->text = NULL;
	if (file.fd < 0) {
		system_error(&file, "cannot be opened");
		return false;
	}
	if (may_be_read(&file, named || is_stdin))
		source->text = read_all(&file, &source->length);
	if (!is_stdin)
		close(file.fd);
	return source->text != NULL;
}

static int is_source(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void read_directory(struct sources *sources, const char *path, struct diags *diags)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_source, alphasort);

	if (n < 0) {
		diag_error(diags, in_file(path), NULL, "cannot be listed: %s", strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		struct source source;

		if (source_read(&source,
				arena_printf(diags->arena, "%s/%s", path, entries[i]->d_name),
				false, diags))
			*vec_push(diags->arena, &sources->list) = source;
		free(entries[i]);
	}
	free(entries);
}

void sources_read(struct sources *sources, const char *const *paths, size_t n, bool named,
		  struct diags *diags)
{
	for (size_t i = 0; i < n; i++) {
		struct source source;
		struct stat status;

		if (strcmp(paths[i], "-") != 0 && stat(paths[i], &status) == 0 &&
		    S_ISDIR(status.st_mode))
			read_directory(sources, paths[i], diags);
		else if (source_read(&source, paths[i], named, diags))
			*vec_push(diags->arena, &sources->list) = source;
	}
}
