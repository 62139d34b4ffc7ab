/* SPDX-License-Identifier: MIT */
/*
 * lock_holder: which run holds the lock. It stands in the lock file, for the message of
 * those that find the lock taken: a run that is stopped, or hangs, would else keep all
 * others away unseen.
 */
#pragma once

#include "base/os/deadline.h"
#include "state_file.h"

struct lock_holder {
	long pid;
	msec_t since; /* on CLOCK_BOOTTIME */
	msec_t until; /* when it must be over */
};

/* Writes that this process holds the lock until then. A file system that is full takes
 * nothing: then it is not known. */
void lock_holder_write(int lock, msec_t until);

/* False when it is not known. */
bool lock_holder_read(const struct state_dirs *dirs, const char *name, struct lock_holder *holder,
		      struct arena *arena);

/* Why this run does nothing; late: that one holds the lock for longer than it can. */
const char *lock_holder_text(const struct lock_holder *holder, msec_t now, bool *late,
			     struct arena *arena);
