/* SPDX-License-Identifier: MIT */
/*
 * timesync: runs the configured synchroniser once.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/desired/desired.h"

/*
 * Runs desired->command, or chrony's one-shot, "chronyd -q -t SECONDS" with a "server NAME
 * iburst" for each of desired->servers; without any, chronyd uses the servers of its own
 * configuration. No shell is involved, the output is discarded, and at the deadline the
 * process group is killed. NULL on success, otherwise a one-line error (allocated in arena).
 */
const char *timesync_run(const struct desired_time *desired, struct arena *arena,
			 const struct deadline *deadline);
