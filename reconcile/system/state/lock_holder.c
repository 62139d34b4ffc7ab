/* SPDX-License-Identifier: MIT */
#include "lock_holder.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Longest text of a holder, with reserve. */
#define TEXT_MAX 160
/* Time of a run after its deadline: killing programs, and printing. */
#define GRACE_MS 10000

void lock_holder_write(int lock, msec_t until)
{
	struct now now;
	char text[TEXT_MAX];
	int length;

	clock_read(&now);
	length = snprintf(text, sizeof(text), "%ld %" PRId64 " %" PRId64 " %s\n", (long)getpid(),
			  now.boot, until, now.boot_id);
	if (length <= 0 || ftruncate(lock, 0) || pwrite(lock, text, (size_t)length, 0) != length)
		return;
}

static bool parse(const char *text, struct lock_holder *holder)
{
	struct now now;
	char *end;

	clock_read(&now);
	errno = 0;
	holder->pid = strtol(text, &end, 10);
	holder->since = strtoll(end, &end, 10);
	holder->until = strtoll(end, &end, 10);
	if (errno || *end != ' ' || strncmp(end + 1, now.boot_id, strlen(now.boot_id)))
		return false;
	return holder->pid > 0 && holder->since > 0 && holder->since <= now.boot &&
	       holder->until >= holder->since && holder->until < INT64_MAX - GRACE_MS;
}

bool lock_holder_read(const struct state_dirs *dirs, const char *name, struct lock_holder *holder,
		      struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/%s.lock", dirs->run, name);
	int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[TEXT_MAX];
	ssize_t length;

	if (file < 0)
		return false;
	length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return parse(text, holder);
}

const char *lock_holder_text(const struct lock_holder *holder, msec_t now, bool *late,
			     struct arena *arena)
{
	const char *held = duration_human(arena, now - holder->since);

	*late = now > holder->until + GRACE_MS;
	if (!*late)
		return arena_printf(arena,
				    "another run of this instance is under way: process %ld, "
				    "since %s",
				    holder->pid, held);
	return arena_printf(
		arena,
		"process %ld holds the lock of this instance for %s, and was to be done "
		"after %s: it hangs or was stopped, and no other run is made: end it "
		"(kill -KILL %ld)",
		holder->pid, held, duration_human(arena, holder->until - holder->since),
		holder->pid);
}
