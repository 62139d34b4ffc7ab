/* SPDX-License-Identifier: MIT */
/*
 * clock: a point in time on both clocks. What reads them is deadline.h.
 */
#pragma once

#include "text.h"

#include <string.h>

struct now {
	msec_t boot; /* CLOCK_BOOTTIME: goes on while suspended */
	msec_t wall; /* CLOCK_REALTIME: steps */
	char boot_id[37]; /* of this boot, see state_boot_id(); "" where it cannot be read */
};

/* Whether boot_id can be of this boot: it is, or one of the two is not known. */
static inline bool now_in_boot(const struct now *now, const char *boot_id)
{
	return !boot_id[0] || !now->boot_id[0] || strcmp(boot_id, now->boot_id) == 0;
}
