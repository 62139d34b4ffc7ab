/* SPDX-License-Identifier: MIT */
#include "timesync.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* cron and procd start programs with a PATH that often lacks sbin. */
#define MORE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* How often an end is looked for where the kernel has no pidfd_open (before 5.3). */
#define LOOK_EVERY_MS 10
/* What SIGKILL may take to end a process before it is left to init. */
#define KILL_GRACE_MS 200
/* Descriptors closed one by one where the kernel has no close_range (before 5.9). */
#define CLOSE_MAX 65536

struct command {
	char *const *argv;
	const char *path; /* PATH for the search and for the command */
	pid_t pid;
	int pidfd; /* -1 where the kernel has none */
	int exec_error; /* pipe: the errno of a failed exec, or the end of file */
};

static char *const *configured_argv(const struct desired_time *desired, struct arena *arena)
{
	char **argv = arena_alloc(arena, (desired->command.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < desired->command.n; i++)
		argv[i] = arena_strdup(arena, desired->command.at[i]);
	return argv;
}

/*
 * One sample must do: with iburst alone chronyd 4.3 takes 4.25 s, with
 * "maxsamples 1" 0.2 s. It keeps to itself, so that neither a running chronyd
 * nor a read-only /run/chrony stops it: own pid file, no command sockets, and
 * no change of user, who could not remove the pid file.
 */
static char *const *chronyd_argv(const struct desired_time *desired, const char *directory,
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
	char **argv = arena_alloc(arena, (fixed_n + desired->servers.n + 1) * sizeof(*argv));

	for (size_t i = 0; i < fixed_n; i++)
		argv[i] = arena_strdup(arena, fixed[i]);
	for (size_t i = 0; i < desired->servers.n; i++)
		argv[fixed_n + i] = arena_printf(arena, "server %s iburst maxsamples 1",
						 desired->servers.at[i]);
	return argv;
}

/* Without servers of ours chronyd reads its own configuration, which it does not
 * when there is any directive on its command line. */
static char *const *own_chronyd_argv(int seconds, struct arena *arena)
{
	const char *const words[] = { "chronyd", "-q", "-t", arena_printf(arena, "%d", seconds) };
	char **argv = arena_alloc(arena, 5 * sizeof(*argv));

	for (size_t i = 0; i < 4; i++)
		argv[i] = arena_strdup(arena, words[i]);
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

/* A chronyd that was killed leaves its pid file behind. */
static void directory_remove(const char *directory, struct arena *arena)
{
	unlink(arena_printf(arena, "%s/pid", directory));
	rmdir(directory);
}

static void close_all_but(int kept)
{
	long limit = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	if ((kept <= STDERR_FILENO + 1 ||
	     syscall(SYS_close_range, STDERR_FILENO + 1, kept - 1, 0) == 0) &&
	    syscall(SYS_close_range, kept + 1, UINT_MAX, 0) == 0)
		return;
#endif
	if (limit < 0 || limit > CLOSE_MAX)
		limit = CLOSE_MAX;
	for (int fd = STDERR_FILENO + 1; fd < limit; fd++) {
		if (fd != kept)
			close(fd);
	}
}

static bool stdio_to_null(void)
{
	int null = open("/dev/null", O_RDWR);

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	       dup2(null, STDERR_FILENO) >= 0;
}

static void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. A session of its own has a process group of its own too, and no
 * terminal to read from. */
static void child_exec(const struct command *command, int report)
{
	ssize_t written;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signals_reset();
	/* Beyond standard input, output and error, which are replaced. */
	report = fcntl(report, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (report >= 0 && stdio_to_null() && setenv("PATH", command->path, 1) == 0) {
		close_all_but(report);
		execvp(command->argv[0], command->argv);
	}
	written = write(report, &errno, sizeof(errno));
	_exit(written < 0 ? 126 : 127);
}

static bool command_start(struct command *command)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	command->pid = fork();
	if (command->pid == 0)
		child_exec(command, ends[1]);
	close(ends[1]);
	command->exec_error = ends[0];
	if (command->pid < 0) {
		close(ends[0]);
		return false;
	}
#ifdef SYS_pidfd_open
	command->pidfd = (int)syscall(SYS_pidfd_open, command->pid, 0);
#else
	command->pidfd = -1;
#endif
	return true;
}

/* The errno of an exec that failed, 0 when it did not. */
static int command_exec_error(const struct command *command, const struct deadline *deadline)
{
	struct pollfd ready = { .fd = command->exec_error, .events = POLLIN };
	int error = 0;

	while (poll(&ready, 1, deadline_left(deadline)) < 0 && errno == EINTR)
		;
	if (ready.revents && read(command->exec_error, &error, sizeof(error)) == sizeof(error))
		return error;
	return 0;
}

/* Waits for the end, but leaves the zombie: as long as it stands, the number of
 * its process group is not given to another. */
static bool command_wait(const struct command *command, const struct deadline *deadline,
			 siginfo_t *end)
{
	struct pollfd ended = { .fd = command->pidfd, .events = POLLIN };

	for (;;) {
		int left = deadline_left(deadline);

		memset(end, 0, sizeof(*end));
		if (waitid(P_PID, (id_t)command->pid, end, WEXITED | WNOHANG | WNOWAIT) < 0)
			return false;
		if (end->si_pid == command->pid)
			return true;
		if (left == 0)
			return false;
		if (command->pidfd < 0 && left > LOOK_EVERY_MS)
			left = LOOK_EVERY_MS;
		/* A negative descriptor is one that poll() only sleeps for. */
		poll(&ended, 1, left);
	}
}

/* Ends whatever is left of the process group and lets the zombie go. */
static void command_finish(const struct command *command)
{
	struct deadline grace = deadline_in(KILL_GRACE_MS);
	siginfo_t end;

	/* Before setsid() there is no such group yet. */
	if (kill(-command->pid, SIGKILL) < 0)
		kill(command->pid, SIGKILL);
	if (command_wait(command, &grace, &end))
		waitpid(command->pid, NULL, WNOHANG);
	close(command->exec_error);
	if (command->pidfd >= 0)
		close(command->pidfd);
}

static const char *end_text(const char *name, const siginfo_t *end, struct arena *arena)
{
	if (end->si_code != CLD_EXITED)
		return arena_printf(arena, "%s: ended by signal %d (%s)", name, end->si_status,
				    strsignal(end->si_status));
	if (end->si_status != 0)
		return arena_printf(arena, "%s: exit code %d", name, end->si_status);
	return NULL;
}

static const char *command_run(char *const *argv, struct arena *arena,
			       const struct deadline *deadline)
{
	const char *path = getenv("PATH");
	struct command command = { .argv = argv };
	const char *error = NULL;
	siginfo_t end;
	int exec_error;

	command.path = path && *path ? arena_printf(arena, "%s:%s", path, MORE_PATH) : MORE_PATH;
	if (!command_start(&command))
		return arena_printf(arena, "%s: cannot be started: %s", argv[0], strerror(errno));
	exec_error = command_exec_error(&command, deadline);
	if (exec_error)
		error = arena_printf(arena, "%s: cannot be started: %s", argv[0],
				     strerror(exec_error));
	else if (command_wait(&command, deadline, &end))
		error = end_text(argv[0], &end, arena);
	else
		error = arena_printf(arena, "%s: did not end in time and was killed", argv[0]);
	command_finish(&command);
	return error;
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
	const struct sigaction keep_children = { .sa_handler = SIG_DFL };
	struct sigaction before;
	const char *error;

	if (deadline_passed(deadline))
		return "no time left to synchronise the clock";
	/* A parent that ignores SIGCHLD passes that on, and no exit code would be seen. */
	if (sigaction(SIGCHLD, &keep_children, &before) < 0)
		return arena_printf(arena, "sigaction: %s", strerror(errno));
	if (desired->command.n)
		error = command_run(configured_argv(desired, arena), arena, deadline);
	else
		error = chronyd_run(desired, arena, deadline);
	sigaction(SIGCHLD, &before, NULL);
	return error;
}
