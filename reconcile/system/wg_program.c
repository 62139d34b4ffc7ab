/* SPDX-License-Identifier: MIT */
#include "wg_program.h"

#include "../core/desired_default.h"
#include "child.h"
#include "wg_user.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

/* Between two looks at the program and its socket. wireguard-go takes some 20 ms. */
#define LOOK_PAUSE_MS 5

/* wireguard-go declines to run where it believes that the kernel could do it. */
#define INSIST "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD"

/* NULL-terminated. */
static const char **program_argv(const struct desired_interface *desired, struct arena *arena)
{
	const char **argv = arena_alloc(arena, (desired->program.n + 3) * sizeof(*argv));
	size_t used = 0;

	for (size_t i = 0; i < desired->program.n; i++)
		argv[used++] = desired->program.at[i];
	if (used == 0)
		argv[used++] = DEFAULT_USERSPACE_PROGRAM;
	argv[used] = desired->name;
	return argv;
}

static bool ended_badly(int status, const char *program, struct failure *failure)
{
	if (WIFSIGNALED(status))
		failure_set(failure, 0, "%s was killed by signal %d", program, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		failure_set(failure, 0, "%s ended with status %d", program, WEXITSTATUS(status));
	else
		return false;
	return true;
}

/* Half started, it would be in the way of the next run's. */
static void give_up(pid_t pid)
{
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Until the socket answers. The first process of a program that goes into the
 * background ends, with status 0, before or after that; one in the foreground stays. */
static bool wait_for_socket(const struct desired_interface *desired, const char *program, pid_t pid,
			    const struct deadline *deadline, struct failure *failure)
{
	bool ended = false;
	int status;

	while (!wg_user_answers(desired->name, deadline)) {
		if (!ended && waitpid(pid, &status, WNOHANG) == pid) {
			ended = true;
			if (ended_badly(status, program, failure))
				return false;
		}
		if (deadline_passed(deadline)) {
			if (!ended)
				give_up(pid);
			return failure_set(failure, ETIMEDOUT,
					   "%s did not answer before the deadline", program);
		}
		poll(NULL, 0, LOOK_PAUSE_MS);
	}
	if (!ended)
		waitpid(pid, NULL, WNOHANG);
	return true;
}

bool wg_program_start(const struct desired_interface *desired, const struct deadline *deadline,
		      struct failure *failure)
{
	struct arena *arena = arena_new();
	const char **argv = program_argv(desired, arena);
	bool started = false;
	pid_t pid;

	wg_user_forget(desired->name);
	pid = child_start(argv, INSIST, "1", deadline, failure);
	if (pid > 0)
		started = wait_for_socket(desired, argv[0], pid, deadline, failure);
	arena_free(arena);
	return started;
}
