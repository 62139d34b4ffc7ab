/* SPDX-License-Identifier: MIT */
#include "timesync.h"

#include "base/os/child.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const *configured_argv(const struct desired_time *desired, struct arena *arena)
{
	const char **argv = arena_alloc(arena, (desired->command.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < desired->command.n; i++)
		argv[i] = desired->command.at[i];
	return argv;
}

/*
 * One sample is enough: with iburst alone chronyd 4.3 takes 4.25 s, with "maxsamples 1" 0.2
 * s. It is isolated, so that neither a running chronyd nor a read-only /run/chrony stops it:
 * own pid file, no command sockets, and no change of user, because another user could not
 * remove the pid file.
 */
static const char *const *chronyd_argv(const struct desired_time *desired, const char *directory,
				       int seconds, struct arena *arena)
{
	const char *const fixed[] = { "chronyd",
				      "-q",
				      "-t",
				      arena_printf(arena, "%d", seconds),
				      "user root",
				      "cmdport 0",
				      "bindcmdaddress /",
				      arena_printf(arena, "pidfile %s/pid", directory) };
	size_t fixed_n = sizeof(fixed) / sizeof(fixed[0]);
	const char **argv = arena_alloc(arena, (fixed_n + desired->servers.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < fixed_n; i++)
		argv[i] = fixed[i];
	for (size_t i = 0; i < desired->servers.n; i++)
		argv[fixed_n + i] = arena_printf(arena, "server %s iburst maxsamples 1",
						 desired->servers.at[i]);
	return argv;
}

/* Without declared servers chronyd reads its own configuration, but only without directives
 * on its command line; options are allowed. A change of user needs that user and CAP_SETUID,
 * which the units drop. */
static const char *const *own_chronyd_argv(int seconds, struct arena *arena)
{
	const char *const words[] = { "chronyd", "-q",	"-t", arena_printf(arena, "%d", seconds),
				      "-u",	 "root" };
	size_t words_n = sizeof(words) / sizeof(words[0]);
	const char **argv = arena_alloc(arena, (words_n + 1) * sizeof(*argv));

	for (size_t i = 0; i < words_n; i++)
		argv[i] = words[i];
	return argv;
}

static char *directory_make(struct arena *arena)
{
	char *directory = arena_strdup(arena, "/run/wgreconcile-chronyd-XXXXXX");

	if (mkdtemp(directory))
		return directory;
	directory = arena_strdup(arena, "/tmp/wgreconcile-chronyd-XXXXXX");
	return mkdtemp(directory);
}

/* A killed chronyd leaves its pid file. */
static void directory_remove(const char *directory, struct arena *arena)
{
	unlink(arena_printf(arena, "%s/pid", directory));
	rmdir(directory);
}

static const char *command_run(const char *const *argv, struct arena *arena,
			       const struct deadline *deadline)
{
	struct failure failure;

	return child_run(argv, deadline, &failure) ? NULL : failure_text(&failure, arena);
}

static const char *chronyd_run(const struct desired_time *desired, struct arena *arena,
			       const struct deadline *deadline)
{
	int seconds = (deadline_left(deadline) + MSEC_PER_SEC - 1) / MSEC_PER_SEC;
	char *directory;
	const char *error;

	if (desired->servers.n == 0)
		return command_run(own_chronyd_argv(seconds, arena), arena, deadline);
	directory = directory_make(arena);
	if (!directory)
		return arena_printf(arena, "chronyd: no directory for its pid file: %s",
				    strerror(errno));
	error = command_run(chronyd_argv(desired, directory, seconds, arena), arena, deadline);
	directory_remove(directory, arena);
	return error;
}

const char *timesync_run(const struct desired_time *desired, struct arena *arena,
			 const struct deadline *deadline)
{
	if (deadline_passed(deadline))
		return "no time left to synchronise the clock";
	if (desired->command.n)
		return command_run(configured_argv(desired, arena), arena, deadline);
	return chronyd_run(desired, arena, deadline);
}
