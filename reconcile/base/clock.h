/* SPDX-License-Identifier: MIT */
/*
 * clock: a point in time on both clocks. deadline.h reads them.
 */
#pragma once

#include "text.h"

#include <string.h>

struct now {
	msec_t boot; /* CLOCK_BOOTTIME: continues during suspend */
	msec_t wall; /* CLOCK_REALTIME: steps */
	char boot_id[37]; /* of this boot, see state_boot_id(); "" if it cannot be read */
};

/* Whether boot_id can be of this boot: equal, or one of the two is unknown. */
static inline bool now_in_boot(const struct now *now, const char *boot_id)
{
	return !boot_id[0] || !now->boot_id[0] || strcmp(boot_id, now->boot_id) == 0;
}
