/* SPDX-License-Identifier: MIT */
/*
 * deadline: the clock of reconcile/system and the time by which a run must end. Name
 * resolution, probes, clock synchronisation and netlink share it.
 */
#pragma once

#include "base/clock.h"

struct deadline {
	msec_t at; /* on CLOCK_BOOTTIME */
};

/* CLOCK_BOOTTIME in milliseconds. */
msec_t clock_boot(void);

/* Both clocks and the boot id as read here. */
void clock_read(struct now *now);

/* Both clocks only. */
void clock_read_again(struct now *now);

/* Whether the kernel reports a synchronised wall clock: adjtimex(2) without STA_UNSYNC, and
 * no error. */
bool clock_synchronised(void);

struct deadline deadline_in(msec_t duration);

/* An equal share of the time left, so that none of several operations uses up the time of
 * the others; 0 counts as 1. */
struct deadline deadline_share(const struct deadline *deadline, size_t parts);

/* Milliseconds left, 0 when the deadline has passed; fit for poll(). */
int deadline_left(const struct deadline *deadline);
bool deadline_passed(const struct deadline *deadline);
