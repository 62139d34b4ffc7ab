/* SPDX-License-Identifier: MIT */
/*
 * fixture: test resources that leave the machine unchanged: temporary directories,
 * namespaces, processes that end with the test. If a resource is not available the test
 * fails, unless documented otherwise.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"

#include <stdbool.h>
#include <sys/types.h>

/* Reports a skipped part and the reason. Returns false, so that a caller can return the result. */
bool fixture_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The path of a new directory (0700); allocated in arena. */
char *fixture_directory(struct arena *arena);
/* Including its content. */
void fixture_directory_remove(const char *path);

/* An executable script that runs in its own directory. */
void fixture_script(const char *directory, const char *name, const char *text);
/* The text of a file of less than 4 KiB, "" if there is none. */
const char *fixture_text(const char *directory, const char *name, struct arena *arena);

/* Runs a command line that must succeed. */
void fixture_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Enters new namespaces: CLONE_NEWNET, CLONE_NEWNS or both. Without permission false,
 * reported as skipped. */
bool fixture_unshare(int namespaces);
/* Mounts an empty /run, after fixture_unshare(CLONE_NEWNS). */
void fixture_empty_run(void);

/* fork(), but the child is killed when the test ends, also when a check fails. */
pid_t fixture_fork(void);
/* A child that calls begin and keeps running. Returns when begin is done. */
pid_t fixture_holder(bool (*begin)(void *data), void *data);
void fixture_kill(pid_t pid);

/* Number of open ones. */
unsigned fixture_descriptors(void);

struct prefix prefix_of(const char *text);
