/* SPDX-License-Identifier: MIT */
/*
 * child: starts a program that has nothing of ours: no shell, no terminal, a
 * session of its own, /dev/null as input and output, the signals as they are by
 * default, and none of our descriptors, whether they were marked or not (as long
 * as it had the lock's, no other run could begin).
 */
#pragma once

#include "deadline.h"
#include "failure.h"

#include <sys/types.h>

/* Starts argv, which is NULL-terminated and looked for in PATH, with the variable
 * name set to value beside the environment that we have. Returns its process
 * number when it runs, -1 when it could not be started. */
pid_t child_start(const char *const *argv, const char *name, const char *value,
		  const struct deadline *deadline, struct failure *failure);
