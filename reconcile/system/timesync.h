/* SPDX-License-Identifier: MIT */
/*
 * timesync: runs the configured synchroniser once.
 */
#pragma once

#include "../core/desired.h"
#include "deadline.h"

/*
 * Runs desired->command, or else chrony's one-shot, "chronyd -q -t SECONDS" with
 * a "server NAME iburst" for each of desired->servers, without a shell, with
 * its output discarded, and kills its process group at the deadline. NULL on
 * success, else one line (allocated in arena) that says what went wrong.
 */
const char *timesync_run(const struct desired_time *desired, struct arena *arena,
			 const struct deadline *deadline);
