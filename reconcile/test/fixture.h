/* SPDX-License-Identifier: MIT */
/*
 * fixture: what tests need of the machine, so that they leave it as it was:
 * directories and namespaces of their own, processes that end with them. What
 * cannot be had fails the test, if nothing else is said.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"

#include <stdbool.h>
#include <sys/types.h>

/* Says what was not tried, and why. Returns false, so that a caller can return
 * what this returns. */
bool fixture_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The path of a new directory (0700); allocated in arena. */
char *fixture_directory(struct arena *arena);
/* With all that is in it. */
void fixture_directory_remove(const char *path);

/* An executable script that runs in the directory it is in. */
void fixture_script(const char *directory, const char *name, const char *text);
/* The text of a file of less than 4 KiB, "" when there is none. */
const char *fixture_text(const char *directory, const char *name, struct arena *arena);

/* Runs a command line that must succeed. */
void fixture_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Leaves the machine's own: CLONE_NEWNET, CLONE_NEWNS or both. false, and said to be
 * skipped, without the right to. */
bool fixture_unshare(int namespaces);
/* Has an empty /run, after fixture_unshare(CLONE_NEWNS). */
void fixture_empty_run(void);

/* fork(), but the child is killed when the test ends, also when a check fails. */
pid_t fixture_fork(void);
/* A child that does what begin says, and stays. Returns when it is done. */
pid_t fixture_holder(bool (*begin)(void *data), void *data);
void fixture_kill(pid_t pid);

/* How many are open. */
unsigned fixture_descriptors(void);

struct prefix prefix_of(const char *text);
