/* SPDX-License-Identifier: MIT */
/*
 * deadline: the one clock of the shell and the point in time by which a run has
 * to be over. Names, probes, the synchroniser and netlink share it.
 */
#pragma once

#include "base/clock.h"

struct deadline {
	msec_t at; /* on CLOCK_BOOTTIME */
};

/* CLOCK_BOOTTIME in milliseconds. */
msec_t clock_boot(void);

/* Both clocks and the boot id as it is seen here. */
void clock_read(struct now *now);

/* Both clocks alone. */
void clock_read_again(struct now *now);

/* Whether the kernel says that the wall clock is synchronised: adjtimex(2)
 * without STA_UNSYNC, and no error. */
bool clock_synchronised(void);

struct deadline deadline_in(msec_t duration);

/* An equal part of what is left, so that none of so many uses up the time of the others;
 * 0 counts as 1. */
struct deadline deadline_share(const struct deadline *deadline, size_t parts);

/* Milliseconds left, 0 when it has passed; fit for poll(). */
int deadline_left(const struct deadline *deadline);
bool deadline_passed(const struct deadline *deadline);
