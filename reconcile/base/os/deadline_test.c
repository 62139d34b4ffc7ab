/* SPDX-License-Identifier: MIT */
#include "deadline.h"
#include "test/unit.h"

#include <limits.h>
#include <stdio.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

START_TEST(boot_clock_goes_on)
{
	msec_t before = clock_boot(), after;

	usleep(20000);
	after = clock_boot();
	ck_assert_int_ge(after - before, 19);
	ck_assert_int_lt(after - before, 10000);
}
END_TEST

START_TEST(clocks_are_the_systems)
{
	struct timespec boot;
	struct now now;
	char id[64];
	FILE *file;

	clock_read(&now);
	ck_assert_int_eq(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
	ck_assert_int_le(now.boot, (msec_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000);
	ck_assert_int_gt(now.boot, ((msec_t)boot.tv_sec - 10) * 1000);
	ck_assert_int_le(now.wall / 1000, time(NULL));
	ck_assert_int_ge(now.wall / 1000, time(NULL) - 10);
	file = fopen("/proc/sys/kernel/random/boot_id", "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(id, sizeof(id), file));
	fclose(file);
	id[strcspn(id, "\n")] = '\0';
	ck_assert_str_eq(now.boot_id, id);
}
END_TEST

START_TEST(synchronised_as_the_kernel_says)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);

	ck_assert_int_ge(state, 0);
	ck_assert_int_eq(clock_synchronised(), state != TIME_ERROR && !(timex.status & STA_UNSYNC));
}
END_TEST

START_TEST(deadline_passes)
{
	struct deadline deadline = deadline_in(50);

	ck_assert(!deadline_passed(&deadline));
	ck_assert_int_gt(deadline_left(&deadline), 0);
	ck_assert_int_le(deadline_left(&deadline), 50);
	usleep(60000);
	ck_assert(deadline_passed(&deadline));
	ck_assert_int_eq(deadline_left(&deadline), 0);
}
END_TEST

START_TEST(deadline_extremes)
{
	struct deadline far = deadline_in(INT64_MAX);
	struct deadline now = deadline_in(0);
	struct deadline past = deadline_in(-1000);

	ck_assert(!deadline_passed(&far));
	ck_assert_int_eq(deadline_left(&far), INT_MAX);
	ck_assert(deadline_passed(&now));
	ck_assert(deadline_passed(&past));
	ck_assert_int_eq(deadline_left(&past), 0);
}
END_TEST

SUITE("deadline", boot_clock_goes_on, clocks_are_the_systems, synchronised_as_the_kernel_says,
      deadline_passes, deadline_extremes)
