/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "private_file.h"

/* NAME_MAX (linux/limits.h) less the longest ending appended to a name. */
#define NAME_LENGTH_MAX 240

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static const char *remedy(int code)
{
	switch (code) {
	case ENOSPC:
	case EDQUOT:
		return ": free some space";
	case EROFS:
		return ": make the file system writable, or use another directory";
	case EACCES:
	case EPERM:
		return ": run as root, or as the owner of the directory";
	case ELOOP:
		return ": symbolic links are not followed here";
	default:
		return "";
	}
}

const char *private_file_error(const char *directory, const char *name, struct arena *arena)
{
	int code = errno;
	const char *text = arena_printf(arena, "%s%s%s: %s%s", directory, name[0] ? "/" : "", name,
					strerror(code), remedy(code));

	errno = code;
	return text;
}

bool private_name_valid(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) <= NAME_LENGTH_MAX;
}

bool private_owner(const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == geteuid();
}

static bool directory_make(const char *path, struct arena *arena)
{
	char *parent = arena_strdup(arena, path);

	for (char *slash = parent + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(parent, 0755) && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* systemd makes a state directory a symbolic link owned by root (DynamicUser=,
 * systemd.exec(5)); another user's link may lead anywhere. */
static int directory_open(const char *path)
{
	int directory = open(path, DIRECTORY_FLAGS | O_NOFOLLOW);
	struct stat status;

	/* For a link Linux returns ENOTDIR, because of O_DIRECTORY. */
	if (directory >= 0 || (errno != ENOTDIR && errno != ELOOP))
		return directory;
	if (lstat(path, &status))
		return -1;
	if (S_ISLNK(status.st_mode) && !private_owner(&status)) {
		errno = ELOOP;
		return -1;
	}
	return open(path, DIRECTORY_FLAGS);
}

static const char *directory_fault(int directory)
{
	struct stat status;

	if (fstat(directory, &status))
		return strerror(errno);
	if (!private_owner(&status))
		return "the directory belongs to somebody else";
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to the directory: chmod go-w it";
	return NULL;
}

int private_directory_open(const char *path, bool make, struct arena *arena, const char **error)
{
	int directory = directory_open(path);
	const char *fault;

	*error = NULL;
	if (directory < 0 && errno == ENOENT && path[0] && make && directory_make(path, arena))
		directory = directory_open(path);
	if (directory < 0) {
		*error = private_file_error(path, "", arena);
		return -1;
	}
	fault = directory_fault(directory);
	if (!fault)
		return directory;
	*error = arena_printf(arena, "%s: %s", path, fault);
	close(directory);
	errno = EPERM;
	return -1;
}

bool private_directory_repair(const char *path)
{
	int directory = directory_open(path);
	struct stat status;
	bool repaired;

	if (directory < 0)
		return false;
	repaired = !fstat(directory, &status) && private_owner(&status) &&
		   (status.st_mode & (S_IWGRP | S_IWOTH)) &&
		   !fchmod(directory, status.st_mode & 07777 & ~(mode_t)(S_IWGRP | S_IWOTH));
	close(directory);
	return repaired;
}

static bool write_all(int file, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(file, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

bool private_file_make(int directory, const char *name, const char *text, size_t length, bool sync)
{
	int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			  0600);
	bool done;
	int code;

	if (file < 0)
		return false;
	done = write_all(file, text, length) && (!sync || fsync(file) == 0);
	code = errno;
	/* With delayed writing, close(2) reports a full disk. */
	if (close(file) && done) {
		code = errno;
		done = false;
	}
	if (done)
		return true;
	unlinkat(directory, name, 0);
	errno = code;
	return false;
}

bool private_directory_sync(int directory)
{
	/* Not supported by every file system; renames are then as durable as it makes them. */
	return fsync(directory) == 0 || errno == EINVAL;
}
