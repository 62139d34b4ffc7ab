/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "private_file.h"

/* NAME_MAX (linux/limits.h) less the longest ending that is put behind a name. */
#define NAME_LENGTH_MAX 240

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

	return arena_printf(arena, "%s%s%s: %s%s", directory, name[0] ? "/" : "", name,
			    strerror(code), remedy(code));
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
		if (mkdir(parent, 0755) && errno != EEXIST && errno != EROFS)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* systemd makes a state directory a link of root's (DynamicUser=, systemd.exec(5)). */
static bool link_is_ours(const char *path)
{
	struct stat status;

	return lstat(path, &status) || !S_ISLNK(status.st_mode) || private_owner(&status);
}

static const char *directory_fault(int directory)
{
	struct stat status;

	if (fstat(directory, &status))
		return strerror(errno);
	if (!private_owner(&status))
		return "belongs to somebody else";
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write there: chmod go-w it";
	return NULL;
}

int private_directory_open(const char *path, bool make, struct arena *arena, const char **error)
{
	const char *fault;
	int directory;

	*error = NULL;
	if (!path[0] || (make && !directory_make(path, arena))) {
		errno = path[0] ? errno : ENOENT;
		*error = private_file_error(path, "", arena);
		return -1;
	}
	directory = link_is_ours(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				       : (errno = ELOOP, -1);
	if (directory < 0) {
		int code = errno;

		*error = private_file_error(path, "", arena);
		errno = code;
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
