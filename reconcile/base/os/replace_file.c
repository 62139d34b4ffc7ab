/* SPDX-License-Identifier: MIT */
#include "replace_file.h"

#include "private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0644

static const char *failed(const struct replacement *replacement)
{
	return arena_printf(replacement->arena, "%s: %s", replacement->path, strerror(errno));
}

/* ".NAME.XXXXXX" in the same directory: node_exporter reads *.prom only. */
static char *temporary_name(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t directory = slash ? (size_t)(slash - path) + 1 : 0;

	return arena_printf(arena, "%.*s.%s.XXXXXX", (int)directory, path, path + directory);
}

const char *replace_open(struct replacement *replacement, const char *path, struct arena *arena)
{
	int fd;

	*replacement = (struct replacement){ .path = path, .arena = arena, .mode = MODE };
	replacement->temporary = temporary_name(arena, path);
	fd = mkostemp(replacement->temporary, O_CLOEXEC);
	if (fd < 0)
		return failed(replacement);
	replacement->stream = fdopen(fd, "w");
	if (!replacement->stream) {
		const char *error = failed(replacement);

		close(fd);
		unlink(replacement->temporary);
		return error;
	}
	return NULL;
}

static bool write_out(const struct replacement *replacement)
{
	FILE *stream = replacement->stream;

	return fflush(stream) == 0 && !ferror(stream) &&
	       fchmod(fileno(stream), replacement->mode) == 0 &&
	       (!replacement->durable || fsync(fileno(stream)) == 0);
}

/* Without it the name may refer to the old file after a power failure. */
static bool directory_sync(const struct replacement *replacement)
{
	const char *path = replacement->path, *slash = strrchr(path, '/');
	const char *parent = ".";
	int directory;
	bool done;

	if (slash)
		parent = arena_printf(replacement->arena, "%.*s", (int)(slash - path) + 1, path);
	directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return false;
	done = private_directory_sync(directory);
	close(directory);
	return done;
}

const char *replace_finish(struct replacement *replacement)
{
	FILE *stream = replacement->stream;
	const char *error = write_out(replacement) ? NULL : failed(replacement);

	if (fclose(stream) && !error)
		error = failed(replacement);
	if (!error && rename(replacement->temporary, replacement->path))
		error = failed(replacement);
	if (error)
		unlink(replacement->temporary);
	else if (replacement->durable && !directory_sync(replacement))
		error = failed(replacement);
	return error;
}

void replace_drop(struct replacement *replacement)
{
	fclose(replacement->stream);
	unlink(replacement->temporary);
}
