/* SPDX-License-Identifier: MIT */
#include "source_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is read at once of a pipe. */
#define READ_SIZE ((size_t)64 << 10)

static struct where in_file(const char *path)
{
	return (struct where){ .file = path };
}

/* Room for all of it and to see its end; that of a pipe, or a file of /proc, is not
 * known before. */
static size_t first_capacity(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    (size_t)status.st_size >= DESIRED_SIZE_MAX)
		return READ_SIZE;
	return (size_t)status.st_size + 2;
}

static char *read_all(int fd, size_t *length, struct diags *diags, const char *path)
{
	size_t capacity = first_capacity(fd), used = 0;
	char *text = arena_alloc(diags->arena, capacity);
	ssize_t got;

	while ((got = read(fd, text + used, capacity - used - 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			diag_error(diags, in_file(path), NULL, "cannot be read: %s",
				   strerror(errno));
			return NULL;
		}
		used += (size_t)got;
		if (used > DESIRED_SIZE_MAX) {
			diag_error(diags, in_file(path), NULL, "is larger than %u MiB",
				   DESIRED_SIZE_MAX >> 20);
			return NULL;
		}
		if (capacity - used < 2) {
			text = arena_grow(diags->arena, text, capacity, capacity * 2);
			capacity *= 2;
		}
	}
	*length = used;
	return text;
}

bool source_read(struct source *source, const char *path, struct diags *diags)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *shown = is_stdin ? "standard input" : arena_strdup(diags->arena, path);
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		diag_error(diags, in_file(shown), NULL, "cannot be opened: %s", strerror(errno));
		return false;
	}
	source->file = shown;
	source->text = read_all(fd, &source->length, diags, shown);
	if (!is_stdin)
		close(fd);
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
				diags))
			*vec_push(diags->arena, &sources->list) = source;
		free(entries[i]);
	}
	free(entries);
}

void sources_read(struct sources *sources, const char *const *paths, size_t n, struct diags *diags)
{
	for (size_t i = 0; i < n; i++) {
		struct source source;
		struct stat status;

		if (strcmp(paths[i], "-") != 0 && stat(paths[i], &status) == 0 &&
		    S_ISDIR(status.st_mode))
			read_directory(sources, paths[i], diags);
		else if (source_read(&source, paths[i], diags))
			*vec_push(diags->arena, &sources->list) = source;
	}
}
