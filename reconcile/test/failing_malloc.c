/* SPDX-License-Identifier: MIT */
/*
 * failing_malloc: a library to be preloaded. The allocation number FAIL_AT of the process
 * fails, and with FAIL_ON=1 all later ones; their number is written to the file FAIL_COUNT.
 * Works with glibc only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

static unsigned long allocations;
static unsigned long fail_at;
static bool fail_on;
static bool ready;

static unsigned long variable(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

static bool fails(void)
{
	if (!ready) {
		ready = true;
		fail_at = variable("FAIL_AT");
		fail_on = variable("FAIL_ON");
	}
	allocations++;
	if (!fail_at || (fail_on ? allocations < fail_at : allocations != fail_at))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : __libc_realloc(memory, size);
}

static void __attribute__((destructor)) write_count(void)
{
	const char *path = getenv("FAIL_COUNT");
	int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (file < 0)
		return;
	if (dprintf(file, "%lu\n", allocations) < 0)
		_exit(1);
	close(file);
}
