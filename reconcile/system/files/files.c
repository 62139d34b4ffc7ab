/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "base/hash.h"
#include "base/os/child.h"
#include "base/os/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK_FLAGS (O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC)

/* ".NAME.load" in the same directory. */
static const char *mark_path(const struct desired_file *file, struct arena *arena)
{
	const char *slash = strrchr(file->path, '/');
	size_t directory = slash ? (size_t)(slash - file->path) + 1 : 0;

	return arena_printf(arena, "%.*s.%s.load", (int)directory, file->path,
			    file->path + directory);
}

/* ---- State on disk ---- */

static bool read_content(int fd, struct observed_file *observed)
{
	char data[16384];
	ssize_t n;

	observed->size = 0;
	observed->digest = HASH_BASIS;
	while ((n = read(fd, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		observed->digest = hash_bytes(observed->digest, data, (size_t)n);
		observed->size += (uint64_t)n;
	}
	explicit_bzero(data, sizeof(data));
	return n == 0;
}

/* A pipe without a writer, or a device, must not block the run. */
static bool observe_content(const char *path, struct observed_file *observed)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	bool done;

	if (fd < 0)
		return false;
	done = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && read_content(fd, observed);
	close(fd);
	return done;
}

void files_observe(const struct desired *desired, struct observed *observed)
{
	observed->files.n = 0;
	vec_each (file, &desired->files) {
		struct observed_file *on_disk = vec_push(observed->arena, &observed->files);

		on_disk->path = file->path;
		on_disk->exists = observe_content(file->path, on_disk);
		on_disk->unloaded = file->load.n &&
				    access(mark_path(file, observed->arena), F_OK) == 0;
	}
}

/* ---- Replacement ---- */

static const char *failed(const struct desired_file *file, struct arena *arena)
{
	return arena_printf(arena, "%s: %s", file->path, strerror(errno));
}

/* Before the file is replaced, so that an interrupted run leaves it. */
static const char *mark(const struct desired_file *file, struct arena *arena)
{
	int fd = open(mark_path(file, arena), MARK_FLAGS, 0600);

	if (fd < 0)
		return failed(file, arena);
	close(fd);
	return NULL;
}

static const char *replace(const struct desired_file *file, struct arena *arena)
{
	struct replacement replacement;
	const char *error = replace_open(&replacement, file->path, arena);

	if (error)
		return error;
	replacement.mode = file->mode;
	replacement.durable = true;
	if (file->load.n)
		error = mark(file, arena);
	if (error) {
		replace_drop(&replacement);
		return error;
	}
	/* Write errors are errors of the stream, which replace_finish() returns. */
	(void)!fwrite(file->text, 1, file->length, replacement.stream);
	return replace_finish(&replacement);
}

static const char *load(const struct desired_file *file, struct arena *arena,
			const struct deadline *deadline)
{
	const char **argv = arena_alloc(arena, (file->load.n + 1) * sizeof(*argv));
	struct failure failure;

	for (size_t i = 0; i < file->load.n; i++)
		argv[i] = file->load.at[i];
	if (!child_run(argv, deadline, &failure))
		return arena_printf(arena, "%s: written, but not loaded: %s", file->path,
				    failure_text(&failure, arena));
	if (unlink(mark_path(file, arena)) && errno != ENOENT)
		return failed(file, arena);
	return NULL;
}

const char *file_write(const struct desired_file *file, struct arena *arena,
		       const struct deadline *deadline)
{
	const char *error = replace(file, arena);

	return error || !file->load.n ? error : load(file, arena, deadline);
}
