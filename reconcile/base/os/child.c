/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MORE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Polling interval for the end without pidfd_open (before Linux 5.3). */
#define LOOK_EVERY_MS 10
/* Time for SIGKILL to end a process before it is left to init. */
#define KILL_GRACE_MS 200
/* Descriptors closed one by one without close_range (before Linux 5.9). */
#define CLOSE_MAX 65536

/* If ours are closed, the first one opened may be one of the three itself. */
static bool stdio_to_null(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		return false;
	return null <= STDERR_FILENO || close(null) == 0;
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

/* Ignored and blocked signals are inherited over exec. */
static void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool environment_set(const struct child_program *program)
{
	const char *path = getenv("PATH");
	char *longer;
	bool done;

	if (program->variable && setenv(program->variable, program->value, 1) < 0)
		return false;
	if (!path || !*path)
		return setenv("PATH", MORE_PATH, 1) == 0;
	if (asprintf(&longer, "%s:%s", path, MORE_PATH) < 0)
		return false;
	done = setenv("PATH", longer, 1) == 0;
	free(longer);
	return done;
}

/* In the child. The pipe becomes the first descriptor past standard error, so that all above
 * it can be closed; exec closes it. */
static _Noreturn void child_exec(const struct child_program *program, int report)
{
	int kept = STDERR_FILENO + 1;
	ssize_t written;

	setsid();
	if (!program->outlives_us)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	signals_reset();
	if (report != kept && dup3(report, kept, O_CLOEXEC) == kept)
		report = kept;
	if (report == kept) {
		/* First, because there may be no descriptor left for /dev/null. */
		close_above(kept);
		if (stdio_to_null() && environment_set(program))
			execvp(program->argv[0], (char *const *)program->argv);
	}
	written = write(report, &errno, sizeof(errno));
	_exit(written < 0 ? 126 : 127);
}

/* The errno of an exec that failed, 0 when a successful exec closed the pipe. */
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

/* An errno, or 0. */
static int child_fork(struct child *child, const struct child_program *program,
		      const struct deadline *deadline)
{
	int ends[2];
	int error = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return errno;
	child->pid = fork();
	if (child->pid == 0)
		child_exec(program, ends[1]);
	if (child->pid < 0)
		error = errno;
	close(ends[1]);
	if (!error) {
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
		error = exec_error(ends[0], deadline);
	}
	close(ends[0]);
	return error;
}

bool child_start(struct child *child, const struct child_program *program,
		 const struct deadline *deadline, struct failure *failure)
{
	const struct sigaction keep_children = { .sa_handler = SIG_DFL };
	int error;

	*child = (struct child){ .name = program->argv[0], .pid = -1, .pidfd = -1 };
	/* A parent that ignores SIGCHLD passes that on, and the end would not be noticed. */
	if (sigaction(SIGCHLD, &keep_children, &child->before) < 0)
		return failure_set(failure, errno, "sigaction");
	error = child_fork(child, program, deadline);
	if (!error)
		return true;
	child_kill(child);
	if (error == ETIMEDOUT)
		return failure_set(failure, error, "%s did not start in time", child->name);
	return failure_set(failure, error, "%s cannot be started", child->name);
}

/* Leaves the zombie: while it exists, its process group id is not reused. */
bool child_ended(const struct child *child, siginfo_t *end)
{
	*end = (siginfo_t){ 0 };
	return waitid(P_PID, (id_t)child->pid, end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       end->si_pid == child->pid;
}

bool child_wait(const struct child *child, const struct deadline *deadline, siginfo_t *end)
{
	struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };

	while (!child_ended(child, end)) {
		int left = deadline_left(deadline);

		if (left == 0)
			return false;
		if (child->pidfd < 0 && left > LOOK_EVERY_MS)
			left = LOOK_EVERY_MS;
		/* With a negative descriptor poll() only sleeps. */
		poll(&ended, 1, left);
	}
	return true;
}

bool child_succeeded(const struct child *child, const siginfo_t *end, struct failure *failure)
{
	if (end->si_code != CLD_EXITED)
		return failure_set(failure, 0, "%s was killed by signal %d (%s)", child->name,
				   end->si_status, strsignal(end->si_status));
	if (end->si_status != 0)
		return failure_set(failure, 0, "%s ended with status %d", child->name,
				   end->si_status);
	return true;
}

void child_kill(struct child *child)
{
	struct deadline grace = deadline_in(KILL_GRACE_MS);
	siginfo_t end;

	if (child->pid > 0) {
		/* Before setsid() the group does not exist yet. */
		if (kill(-child->pid, SIGKILL) < 0)
			kill(child->pid, SIGKILL);
		child_wait(child, &grace, &end);
	}
	child_leave(child);
}

void child_leave(struct child *child)
{
	if (child->pid > 0)
		waitpid(child->pid, NULL, WNOHANG);
	if (child->pidfd >= 0)
		close(child->pidfd);
	sigaction(SIGCHLD, &child->before, NULL);
}

bool child_run(const char *const *argv, const struct deadline *deadline, struct failure *failure)
{
	struct child_program program = { .argv = argv };
	struct child child;
	siginfo_t end;
	bool done;

	if (!child_start(&child, &program, deadline, failure))
		return false;
	if (child_wait(&child, deadline, &end))
		done = child_succeeded(&child, &end, failure);
	else
		done = failure_set(failure, ETIMEDOUT, "%s did not end in time and was killed",
				   argv[0]);
	child_kill(&child);
	return done;
}
