/* SPDX-License-Identifier: MIT */
/*
 * A program is started as by posix_spawn(3): the child shares our memory until exec, because
 * copying page tables is most of the cost of a fork in user-mode Linux. The child enters the
 * namespaces; for the PID namespace we must enter it before creating the child.
 */
#include "world_parts.h"

#include "trace/wording.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The stack is for a few system calls, and a program's path. */
#define STACK_SIZE (64 * 1024)
/* SD_LISTEN_FDS_START (systemd/sd-daemon.h). */
#define PASSED_FIRST (STDERR_FILENO + 1)
/* More than the interfaces with facts of any node. */
#define PASSED_MAX 64
/* Time limit for a short command. */
#define COMMAND_MAX_MS (30 * MSEC_PER_SEC)

/* Search path of programs: first the tested one (files_program()); chronyd may be in the
 * second (ci/deps.sh). */
static const char *const directories[] = { "/run/wgsim", "/usr/local/sbin", "/usr/local/bin",
					   "/usr/sbin",	 "/usr/bin",	    "/sbin",
					   "/bin" };

/* The same in all runs, regardless of ours. */
static char *const environment[] = {
	(char[]){ "PATH=/run/wgsim:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
	(char[]){ "HOME=/root" },
	(char[]){ "LANG=C.UTF-8" },
	NULL,
};
#define ENVIRONMENT_LENGTH (sizeof(environment) / sizeof(*environment))

const char *const nft_argv[] = { "nft", "-f", "-", NULL };

/* In the child. Its frames are never left, so AddressSanitizer would confuse the next
 * child's with them. */
#define IN_CHILD __attribute__((no_sanitize("address")))

struct launch {
	struct place place;
	const char *const *argv;
	int input, output;
	const sigset_t *ignored;
	const struct held_sockets *passed; /* NULL: none */
	volatile int error; /* of the failed step, in the child */
};

struct place place_of(const struct world_node *node)
{
	return (struct place){ node->pidfd,
			       CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWPID };
}

struct place place_network(const struct world_node *node)
{
	return (struct place){ node->pidfd, CLONE_NEWNET };
}

IN_CHILD static void program_exec(const char *const *argv, char *const *variables)
{
	char path[PATH_MAX];

	if (strchr(argv[0], '/'))
		execve(argv[0], (char *const *)argv, variables);
	for (size_t i = 0; !strchr(argv[0], '/') && i < sizeof(directories) / sizeof(*directories);
	     i++) {
		if (snprintf(path, sizeof(path), "%s/%s", directories[i], argv[0]) <
		    (int)sizeof(path))
			execve(path, (char *const *)argv, variables);
		if (errno != ENOENT)
			return;
	}
}

IN_CHILD static void signals_default(const sigset_t *ignored)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++) {
		if (sigismember(ignored, number) == 1)
			signal(number, SIG_DFL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First out of the way of each other. The first n descriptors after the standard ones. */
IN_CHILD static bool pass_sockets(const struct held_sockets *passed, int n)
{
	int moved[PASSED_MAX];

	for (int i = 0; i < n; i++) {
		moved[i] = fcntl(passed->list.at[i].fd, F_DUPFD, PASSED_FIRST + n);
		if (moved[i] < 0)
			return false;
	}
	for (int i = 0; i < n; i++) {
		if (dup2(moved[i], PASSED_FIRST + i) < 0)
			return false;
	}
	return true;
}

/* Its process id is known only here. */
IN_CHILD static void exec_passing(const char *const *argv, int n)
{
	char *variables[ENVIRONMENT_LENGTH + 2], fds[32], pid[32];
	size_t last = ENVIRONMENT_LENGTH - 1;

	memcpy(variables, environment, sizeof(environment));
	if (n) {
		snprintf(fds, sizeof(fds), "LISTEN_FDS=%d", n);
		snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)getpid());
		variables[last++] = fds;
		variables[last++] = pid;
		variables[last] = NULL;
	}
	program_exec(argv, variables);
}

IN_CHILD static int launched(void *argument)
{
	struct launch *launch = argument;
	int entered = launch->place.namespaces & ~CLONE_NEWPID;
	int n = launch->passed ? (int)launch->passed->list.n : 0;

	n = n < PASSED_MAX ? n : PASSED_MAX;

	setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    (!entered || setns(launch->place.fd, entered) == 0) &&
	    dup2(launch->input, STDIN_FILENO) >= 0 && dup2(launch->output, STDOUT_FILENO) >= 0 &&
	    dup2(launch->output, STDERR_FILENO) >= 0 && pass_sockets(launch->passed, n) &&
	    syscall(SYS_close_range, PASSED_FIRST + n, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) {
		signals_default(launch->ignored);
		exec_passing(launch->argv, n);
	}
	launch->error = errno;
	_exit(127);
}

/* Our handlers must not run in the child, which shares our memory. */
static pid_t launch_clone(struct world *world, struct launch *launch, int *pidfd)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = clone(launched, world->stack + STACK_SIZE,
		    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch, pidfd);
	if (pid < 0)
		launch->error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

bool program_start_passing(struct world *world, struct place place, const char *const *argv,
			   int input, int output, const struct held_sockets *passed,
			   struct process *process, struct failure *failure)
{
	struct launch launch = { .place = place,
				 .argv = argv,
				 .input = input,
				 .output = output,
				 .passed = passed,
				 .ignored = &world->ignored };
	bool numbered = place.namespaces & CLONE_NEWPID;

	*process = (struct process){ .pidfd = -1, .output = -1 };
	if (!world->stack)
		world->stack = arena_alloc(world->arena, STACK_SIZE);
	if (numbered && setns(place.fd, CLONE_NEWPID) < 0)
		return failure_set(failure, errno, "cannot enter the node");
	process->pid = launch_clone(world, &launch, &process->pidfd);
	if (numbered && setns(world->home_processes, CLONE_NEWPID) < 0) {
		process_kill(process);
		return failure_set(failure, errno, "cannot leave the node");
	}
	if (!launch.error)
		return true;
	process_kill(process);
	return failure_set(failure, launch.error, "%s cannot be started", argv[0]);
}

bool program_start(struct world *world, struct place place, const char *const *argv, int input,
		   int output, struct process *process, struct failure *failure)
{
	return program_start_passing(world, place, argv, input, output, NULL, process, failure);
}

static bool start_in(struct world *world, const struct node *node, const char *const *argv,
		     const struct held_sockets *passed, struct process *process,
		     struct failure *failure)
{
	struct world_node *where = world_node(world, node);
	int output;

	*process = (struct process){ .pidfd = -1, .output = -1 };
	if (!where->on)
		return failure_set(failure, ENETDOWN, "%s is off", node->name);
	output = memfd_create("output", MFD_CLOEXEC);
	if (output < 0)
		return failure_set(failure, errno, "memfd_create");
	if (!program_start_passing(world, place_of(where), argv, world->null, output, passed,
				   process, failure)) {
		close(output);
		return false;
	}
	process->output = output;
	return true;
}

bool process_start(struct world *world, const struct node *node, const char *const *argv,
		   struct process *process, struct failure *failure)
{
	return start_in(world, node, argv, NULL, process, failure);
}

bool process_start_service(struct world *world, const struct node *node, const char *const *argv,
			   struct process *process, struct failure *failure)
{
	return start_in(world, node, argv, world_sockets(world, node), process, failure);
}

static void process_close(struct process *process)
{
	if (process->pidfd >= 0)
		close(process->pidfd);
	if (process->output >= 0)
		close(process->output);
	*process = (struct process){ .pidfd = -1, .output = -1 };
}

static const char *output_text(int fd, struct arena *arena)
{
	struct stat status;
	char *text;
	ssize_t length;

	if (fd < 0 || fstat(fd, &status) < 0)
		return "";
	text = arena_alloc(arena, (size_t)status.st_size + 1);
	length = pread(fd, text, (size_t)status.st_size, 0);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

/* Reaps it: its exit status. */
static int process_reap(const struct process *process)
{
	siginfo_t end = { 0 };

	while (waitid(P_PID, (id_t)process->pid, &end, WEXITED) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

int process_end(struct process *process, const char **output, struct arena *arena)
{
	int status = process_reap(process);

	if (output)
		*output = output_text(process->output, arena);
	process_close(process);
	return status;
}

void process_kill(struct process *process)
{
	if (process->pid > 0) {
		/* It leads a process group, unless it failed before. */
		if (kill(-process->pid, SIGKILL) < 0)
			kill(process->pid, SIGKILL);
		process_reap(process);
	}
	process_close(process);
}

static int process_wait(struct process *process, const char **output, struct arena *arena,
			struct failure *failure)
{
	struct pollfd ended = { .fd = process->pidfd, .events = POLLIN };
	int n;

	do {
		n = poll(&ended, 1, COMMAND_MAX_MS);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return process_end(process, output, arena);
	process_kill(process);
	failure_set(failure, ETIMEDOUT, "no end after %d s", COMMAND_MAX_MS / MSEC_PER_SEC);
	return -1;
}

int process_run(struct world *world, const struct node *node, const char *const *argv,
		const char **output, struct arena *arena, struct failure *failure)
{
	struct process process;

	if (!process_start(world, node, argv, &process, failure))
		return -1;
	return process_wait(&process, output, arena, failure);
}

/* The text that a shell was given is more informative than the shell's name. */
static const char *command_name(const char *const *argv)
{
	return !strcmp(argv[0], "sh") && argv[1] && argv[2] ? argv[2] : argv[0];
}

bool command_run(struct world *world, const struct world_node *node, const char *const *argv,
		 struct failure *failure)
{
	struct arena *arena = arena_new();
	const char *output = "";
	int status = process_run(world, node->node, argv, &output, arena, failure);

	if (status > 0)
		failure_set(failure, 0, "%s: '%s' ended with status %d%s%.*s", node->node->name,
			    first_line(arena, command_name(argv)), status,
			    *output ? ": " : " and printed nothing", (int)strcspn(output, "\n"),
			    output);
	arena_free(arena);
	return status == 0;
}

/* A file with the text, read from its start. */
static int text_file(const char *text)
{
	size_t length = strlen(text);
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (write(fd, text, length) == (ssize_t)length && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

/* iproute2 prints "Command failed -:3" after the reason: shows that line, too. */
static bool tool_failed(const char *tool, const char *text, const char *output,
			struct failure *failure)
{
	const char *where = strstr(output, "failed -:");
	unsigned line = 0;

	if (where && sscanf(where, "failed -:%u", &line) == 1) {
		while (line-- > 1 && strchr(text, '\n'))
			text = strchr(text, '\n') + 1;
		return failure_set(failure, 0, "%s: %.*s (%.*s)", tool, (int)strcspn(output, "\n"),
				   output, (int)strcspn(text, "\n"), text);
	}
	return failure_set(failure, 0, "%s: %.*s", tool, (int)strcspn(output, "\n"), output);
}

static bool tool_finish(struct process *process, const char *const *argv, const char *text,
			struct failure *failure)
{
	struct arena *arena = arena_new();
	const char *output = "";
	int status = process_wait(process, &output, arena, failure);
	bool done = status == 0;

	if (status > 0)
		tool_failed(argv[0], text, output, failure);
	arena_free(arena);
	return done;
}

bool tool_run(struct world *world, struct place place, const char *const *argv, const char *text,
	      struct failure *failure)
{
	int input, output;
	struct process process;
	bool started;

	if (!*text)
		return true;
	input = text_file(text);
	output = memfd_create("output", MFD_CLOEXEC);
	if (input < 0 || output < 0) {
		failure_set(failure, errno, "memfd_create");
		started = false;
	} else {
		started = program_start(world, place, argv, input, output, &process, failure);
	}
	if (input >= 0)
		close(input);
	if (!started) {
		if (output >= 0)
			close(output);
		return false;
	}
	process.output = output;
	return tool_finish(&process, argv, text, failure);
}
