/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors closed one by one where the kernel has no close_range (before 5.9). */
#define CLOSE_MAX 65536

static bool stdio_to_null(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	       dup2(null, STDERR_FILENO) >= 0;
}

static void close_above(int kept)
{
	long limit;

	if (syscall(SYS_close_range, kept + 1, UINT_MAX, 0) == 0)
		return;
	limit = sysconf(_SC_OPEN_MAX);
	if (limit < 0 || limit > CLOSE_MAX)
		limit = CLOSE_MAX;
	for (int fd = kept + 1; fd < limit; fd++)
		close(fd);
}

/* Ignored and blocked signals would stay so over exec. */
static void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. The pipe becomes the first descriptor past standard error, so that
 * all above it can go; exec closes it. */
static _Noreturn void child_exec(const char *const *argv, const char *name, const char *value,
				 int report)
{
	int kept = STDERR_FILENO + 1;
	ssize_t written;

	setsid();
	signals_reset();
	if (report != kept && dup3(report, kept, O_CLOEXEC) == kept)
		report = kept;
	if (report == kept && stdio_to_null() && setenv(name, value, 1) == 0) {
		close_above(kept);
		execvp(argv[0], (char *const *)argv);
	}
	written = write(report, &errno, sizeof(errno));
	_exit(written < 0 ? 126 : 127);
}

/* The errno of an exec that failed, 0 when the pipe was closed by one that did not. */
static int exec_error(int fd, const struct deadline *deadline)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int error = 0;
	int n;

	do {
		n = poll(&ready, 1, deadline_left(deadline));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return ETIMEDOUT;
	if (n > 0 && read(fd, &error, sizeof(error)) == sizeof(error))
		return error;
	return 0;
}

pid_t child_start(const char *const *argv, const char *name, const char *value,
		  const struct deadline *deadline, struct failure *failure)
{
	int ends[2];
	int error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		failure_set(failure, errno, "pipe");
		return -1;
	}
	pid = fork();
	if (pid == 0)
		child_exec(argv, name, value, ends[1]);
	error = pid < 0 ? errno : 0;
	close(ends[1]);
	if (pid > 0)
		error = exec_error(ends[0], deadline);
	close(ends[0]);
	if (!error)
		return pid;
	failure_set(failure, error, "%s cannot be started", argv[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return -1;
}
