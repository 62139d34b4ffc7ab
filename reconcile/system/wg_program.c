/* SPDX-License-Identifier: MIT */
#include "wg_program.h"

#include "../core/desired_default.h"
#include "wg_user.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two looks at the program and its socket. wireguard-go takes some 20 ms. */
#define LOOK_PAUSE_MS 5

/* The shell's exit codes for a program that cannot be started. */
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127

/* argv of the child, NULL-terminated. */
static const char **program_argv(const struct desired_interface *desired, struct arena *arena)
{
	size_t n = desired->program.n;
	const char **argv = arena_alloc(arena, (n + 3) * sizeof(*argv));
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		argv[used++] = desired->program.at[i];
	if (used == 0)
		argv[used++] = DEFAULT_USERSPACE_PROGRAM;
	argv[used] = desired->name;
	return argv;
}

/* Not even a descriptor that somebody forgot to mark may be inherited: as long as
 * the program has the lock's, no other run can begin. */
static void close_descriptors(void)
{
	long max;

	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0)
		return;
	max = sysconf(_SC_OPEN_MAX);
	if (max < 0 || max > 65536)
		max = 65536;
	for (int fd = STDERR_FILENO + 1; fd < max; fd++)
		close(fd);
}

static void default_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ignored signals stay ignored over exec. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

static _Noreturn void run_child(const char *const *argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(EXIT_CANNOT_EXECUTE);
	close_descriptors();
	default_signals();
	setsid();
	/* wireguard-go declines where it believes that the kernel could do it. */
	setenv("WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD", "1", 1);
	execvp(argv[0], (char *const *)argv);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

static bool ended_badly(int status, const char *program, struct failure *failure)
{
	if (WIFSIGNALED(status)) {
		failure_set(failure, 0, "%s was killed by signal %d", program, WTERMSIG(status));
		return true;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 0)
		return false;
	if (WEXITSTATUS(status) == EXIT_NOT_FOUND)
		failure_set(failure, ENOENT, "%s cannot be started", program);
	else if (WEXITSTATUS(status) == EXIT_CANNOT_EXECUTE)
		failure_set(failure, EACCES, "%s cannot be started", program);
	else
		failure_set(failure, 0, "%s ended with status %d", program, WEXITSTATUS(status));
	return true;
}

/* Until the socket answers. The first process of a program that goes into the
 * background ends (with status 0) before or after that. */
static bool wait_for_socket(const struct desired_interface *desired, const char *program, pid_t pid,
			    const struct deadline *deadline, struct failure *failure)
{
	bool ended = false;

	while (!wg_user_answers(desired->name, deadline)) {
		int status;

		if (!ended && waitpid(pid, &status, WNOHANG) == pid) {
			ended = true;
			if (ended_badly(status, program, failure))
				return false;
		}
		if (deadline_passed(deadline)) {
			/* Half started, it would be in the way of the next run's. */
			if (!ended) {
				kill(-pid, SIGKILL);
				waitpid(pid, NULL, 0);
			}
			return failure_set(failure, ETIMEDOUT,
					   "%s did not answer before the deadline", program);
		}
		poll(NULL, 0, LOOK_PAUSE_MS);
	}
	/* Does not wait: a program in the foreground stays. */
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
	pid = fork();
	if (pid == 0)
		run_child(argv);
	if (pid < 0)
		failure_set(failure, errno, "fork");
	else
		started = wait_for_socket(desired, argv[0], pid, deadline, failure);
	arena_free(arena);
	return started;
}
