/* SPDX-License-Identifier: MIT */
/*
 * lock_holder: which run holds the lock. It is written to the lock file, for the message of
 * runs that find the lock taken: a run that is stopped or hangs would otherwise block all
 * others unnoticed.
 */
#pragma once

#include "base/os/deadline.h"
#include "state_file.h"

struct lock_holder {
	long pid;
	msec_t since; /* on CLOCK_BOOTTIME */
	msec_t until; /* when it must end */
};

/* Records this process as the holder until then. On a full file system the holder is unknown. */
void lock_holder_write(int lock, msec_t until);

/* False if it is unknown. */
bool lock_holder_read(const struct state_dirs *dirs, const char *name, struct lock_holder *holder,
		      struct arena *arena);

/* Why this run does nothing; late: the holder has exceeded its deadline. */
const char *lock_holder_text(const struct lock_holder *holder, msec_t now, bool *late,
			     struct arena *arena);
