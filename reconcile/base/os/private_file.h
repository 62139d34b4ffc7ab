/* SPDX-License-Identifier: MIT */
/*
 * private_file: files that nobody else may have had a hand in, in a directory of
 * ours. What state_file and secrets share.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <sys/stat.h>

/* A descriptor of the directory; -1 with errno and *error. With make, it and its
 * parents are made (0700 and 0755) where missing. It must belong to root or to us,
 * and nobody else may write there. */
int private_directory_open(const char *path, bool make, struct arena *arena, const char **error);

/* Takes the right to write to the directory away from all but its owner, who is root or
 * us. True when there was something to take, and it is gone. */
bool private_directory_repair(const char *path);

/* Whether a file of that name stays inside its directory. */
bool private_name_valid(const char *name);

/* Whether root or we own it. */
bool private_owner(const struct stat *status);

/* Makes a new file (0600) in directory that holds text, and closes it. false with
 * errno; nothing is left behind then. sync: waits until it is on the disk. */
bool private_file_make(int directory, const char *name, const char *text, size_t length, bool sync);

/* Makes what was renamed in directory lasting. false with errno. */
bool private_directory_sync(int directory);

/* "directory/name: what errno says", and what can be done about it. Keeps errno. */
const char *private_file_error(const char *directory, const char *name, struct arena *arena);
