/* SPDX-License-Identifier: MIT */
/*
 * private_file: files in our own directory that no other user can have changed. Shared by
 * state_file and secrets.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <sys/stat.h>

/* A descriptor of the directory; -1 with errno and *error. With make, missing directories
 * are created (0700, parents 0755). The directory must be owned by root or by us, and
 * writable for no other user. */
int private_directory_open(const char *path, bool make, struct arena *arena, const char **error);

/* Removes write permission on the directory for all but its owner, which is root or us. True
 * when permission was removed. */
bool private_directory_repair(const char *path);

/* Whether a file of that name stays inside its directory. */
bool private_name_valid(const char *name);

/* Whether the owner is root or us. */
bool private_owner(const struct stat *status);

/* Creates a file (0600) in directory with the content text, and closes it. On failure false
 * with errno, and no file is left. sync: waits until it is on disk. */
bool private_file_make(int directory, const char *name, const char *text, size_t length, bool sync);

/* Makes renames in directory durable. false with errno. */
bool private_directory_sync(int directory);

/* "directory/name: strerror", and a remedy. Keeps errno. */
const char *private_file_error(const char *directory, const char *name, struct arena *arena);
