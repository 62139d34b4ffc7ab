/* SPDX-License-Identifier: MIT */
#include "lock_holder.h"

#include "test/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/lock_holder.XXXXXX";
static const struct state_dirs dirs = { directory, directory };

static int lock_file(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/x.lock", directory);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

START_TEST(written_and_read)
{
	struct arena *arena = arena_new();
	struct lock_holder holder;
	msec_t until = clock_boot() + 4000;
	const char *text;
	bool late;
	int file;

	ck_assert(mkdtemp(directory) != NULL);
	file = lock_file();
	ck_assert_int_ge(file, 0);
	ck_assert(!lock_holder_read(&dirs, "x", &holder, arena));
	lock_holder_write(file, until);
	ck_assert(lock_holder_read(&dirs, "x", &holder, arena));
	ck_assert_int_eq(holder.pid, getpid());
	ck_assert_int_eq(holder.until, until);
	text = lock_holder_text(&holder, until, &late, arena);
	ck_assert(!late && strstr(text, "another run"));
	text = lock_holder_text(&holder, until + 60000, &late, arena);
	ck_assert(late && strstr(text, "hangs or was stopped"));
	/* Of another boot, and other texts. */
	ck_assert_int_eq(pwrite(file, "7 5 9 another-boot\n", 19, 0), 19);
	ck_assert(!lock_holder_read(&dirs, "x", &holder, arena));
	ck_assert_int_eq(ftruncate(file, 3), 0);
	ck_assert(!lock_holder_read(&dirs, "x", &holder, arena));
	close(file);
	unlink(arena_printf(arena, "%s/x.lock", directory));
	rmdir(directory);
	arena_free(arena);
}
END_TEST

SUITE("lock_holder", written_and_read)
