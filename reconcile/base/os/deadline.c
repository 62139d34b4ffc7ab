/* SPDX-License-Identifier: MIT */
#include "deadline.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static msec_t clock_msec(clockid_t clock)
{
	struct timespec time;

	/* Without a clock no deadline would pass. */
	if (clock_gettime(clock, &time) < 0) {
		perror("wgreconcile: clock_gettime");
		exit(1);
	}
	return (msec_t)time.tv_sec * MSEC_PER_SEC + time.tv_nsec / 1000000;
}

msec_t clock_boot(void)
{
	return clock_msec(CLOCK_BOOTTIME);
}

/* An unreadable boot id is "". */
static void boot_id_read(char *id, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = -1;

	if (fd >= 0) {
		length = read(fd, id, size - 1);
		close(fd);
	}
	if (length != (ssize_t)size - 1)
		length = 0;
	id[length] = '\0';
}

void clock_read(struct now *now)
{
	boot_id_read(now->boot_id, sizeof(now->boot_id));
	clock_read_again(now);
}

void clock_read_again(struct now *now)
{
	now->boot = clock_boot();
	now->wall = clock_msec(CLOCK_REALTIME);
}

bool clock_synchronised(void)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);

	return state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
}

struct deadline deadline_in(msec_t duration)
{
	msec_t now = clock_boot();

	if (duration > INT64_MAX - now)
		duration = INT64_MAX - now;
	return (struct deadline){ .at = now + duration };
}

struct deadline deadline_share(const struct deadline *deadline, size_t parts)
{
	msec_t now = clock_boot();
	msec_t left = deadline->at - now;

	if (left <= 0 || parts <= 1)
		return *deadline;
	return (struct deadline){ .at = now + left / (msec_t)parts };
}

int deadline_left(const struct deadline *deadline)
{
	msec_t left = deadline->at - clock_boot();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool deadline_passed(const struct deadline *deadline)
{
	return deadline_left(deadline) == 0;
}
