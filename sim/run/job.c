/* SPDX-License-Identifier: MIT */
#include "job.h"

#include "workplace.h"

#include "base/os/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* guest.sh's names for the job's directory inside, and for a terminal. */
#define GUEST_JOB "/run/guest/job"
#define GUEST_TERMINAL "/dev/tty1"
/* Directory of the nodes' files inside: in memory, because the host's directory order and
 * inode numbers must not be visible. */
#define GUEST_NODES "/tmp/nodes"
/* Host directories hidden in a guest (guest.sh); files below them are copied. */
static const char *const covered[] = { "/tmp/", "/run/", "/var/tmp/", "/dev/shm/", "/dev/" };

struct words {
	VEC(const char *) list;
};

static void add(struct words *words, struct arena *arena, const char *word)
{
	*vec_push(arena, &words->list) = word;
}

/* ---- Input ---- */

static bool is_covered(const char *path)
{
	for (size_t i = 0; i < sizeof(covered) / sizeof(covered[0]); i++)
		if (strncmp(path, covered[i], strlen(covered[i])) == 0)
			return true;
	return false;
}

/* The program under the name that a guest sees: below /tmp/bin if it was copied. */
static const char *guest_program(const struct job_spec *spec, const char *program, bool *taken,
				 struct arena *arena, struct failure *failure)
{
	const char *name = strrchr(program, '/') + 1;
	const char *bin = arena_printf(arena, "%s/bin", spec->directory);

	if (!is_covered(program))
		return program;
	*taken = true;
	if ((mkdir(bin, 0755) < 0 && errno != EEXIST)) {
		failure_set(failure, errno, "%s", bin);
		return NULL;
	}
	if (!program_copy(program, arena_printf(arena, "%s/%s", bin, name), failure))
		return NULL;
	return arena_printf(arena, "/tmp/bin/%s", name);
}

static bool guest_words(struct words *words, const struct job_spec *spec, struct play_job *given,
			struct arena *arena, struct failure *failure)
{
	bool taken = false;
	const char *self = guest_program(spec, spec->tools->self, &taken, arena, failure);

	given->program = guest_program(spec, spec->tools->program, &taken, arena, failure);
	given->directory = GUEST_NODES;
	given->terminal = GUEST_TERMINAL;
	if (!self || !given->program)
		return false;
	add(words, arena, "sh");
	add(words, arena, spec->tools->guest);
	add(words, arena, "--job");
	add(words, arena, spec->directory);
	add(words, arena, "--seed");
	add(words, arena, arena_printf(arena, "%" PRIu64, spec->seed));
	if (spec->backend == BACKEND_GUEST)
		add(words, arena, "--real-time");
	if (spec->node)
		add(words, arena, "--terminal");
	if (spec->memory) {
		add(words, arena, "--memory");
		add(words, arena, spec->memory);
	}
	add(words, arena, "--");
	if (taken) {
		add(words, arena, "sh");
		add(words, arena, "-c");
		add(words, arena, "cp -r " GUEST_JOB "/bin /tmp/bin && exec \"$0\" \"$@\"");
	}
	add(words, arena, self);
	add(words, arena, "play");
	add(words, arena, GUEST_JOB);
	return true;
}

static void host_words(struct words *words, const struct job_spec *spec, struct play_job *given,
		       struct arena *arena)
{
	given->program = spec->tools->program;
	given->directory = arena_printf(arena, "%s/nodes", spec->directory);
	given->terminal = spec->terminal_path;
	add(words, arena, spec->tools->self);
	add(words, arena, "play");
	add(words, arena, spec->directory);
}

/* ---- The child ---- */

static bool redirect(const struct job_spec *spec)
{
	const char output[] = JOB_OUTPUT;
	bool on_terminal = spec->node && backend_in_guest(spec->backend);
	int in = on_terminal ? spec->terminal : open("/dev/null", O_RDONLY);
	int directory = open(spec->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int out = openat(directory, output, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	return in >= 0 && out >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
	       dup2(on_terminal ? spec->terminal : out, STDOUT_FILENO) >= 0 &&
	       dup2(out, STDERR_FILENO) >= 0;
}

static _Noreturn void job_exec(const struct job_spec *spec, const char *const *argv, pid_t parent)
{
	sigset_t none;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Our inherited descriptors would change the numbers of a guest's own. */
	if (redirect(spec) && close_range(STDERR_FILENO + 1, UINT_MAX, 0) == 0) {
		/* guest.sh's temporary directory is removed with the job. */
		setenv("TMPDIR", spec->directory, 1);
		execvp(argv[0], (char *const *)argv);
	}
	dprintf(STDERR_FILENO, "wgsim: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool job_fork(struct job *job, const struct job_spec *spec, const char *const *argv,
		     struct failure *failure)
{
	pid_t parent = getpid();

	job->pid = fork();
	if (job->pid == 0)
		job_exec(spec, argv, parent);
	if (job->pid < 0)
		return failure_set(failure, errno, "fork");
	job->pidfd = (int)syscall(SYS_pidfd_open, job->pid, 0);
	if (job->pidfd >= 0)
		return true;
	failure_set(failure, errno, "pidfd_open");
	job_kill(job);
	waitpid(job->pid, NULL, 0);
	return false;
}

bool job_start(struct job *job, const struct job_spec *spec, struct arena *arena,
	       struct failure *failure)
{
	const char *scenario = arena_printf(arena, "%s/" JOB_SCENARIO, spec->directory);
	struct play_job given = {
		.name = spec->name,
		.backend = spec->backend,
		.node = spec->node,
		.terminal_kind = spec->terminal_kind,
		.rows = spec->rows,
		.columns = spec->columns,
		.stop_at = spec->at,
	};
	struct words words = { 0 };
	const char *error;

	*job = (struct job){ .directory = spec->directory, .pidfd = -1, .began = clock_boot() };
	if (mkdir(spec->directory, 0700) < 0)
		return failure_set(failure, errno, "%s", spec->directory);
	if (!text_write(scenario, spec->text))
		return failure_set(failure, errno, "%s", scenario);
	if (!backend_in_guest(spec->backend))
		host_words(&words, spec, &given, arena);
	else if (!guest_words(&words, spec, &given, arena, failure))
		return false;
	add(&words, arena, NULL);
	error = play_job_write(&given, spec->directory, arena);
	if (error)
		return failure_set(failure, 0, "%s", error);
	return job_fork(job, spec, words.list.at, failure);
}

/* Before its setsid() the group does not exist yet. */
static void signal_group(const struct job *job, int number)
{
	if (kill(-job->pid, number) < 0)
		kill(job->pid, number);
}

void job_stop(const struct job *job)
{
	signal_group(job, SIGTERM);
}

void job_kill(const struct job *job)
{
	signal_group(job, SIGKILL);
}

int job_end(struct job *job)
{
	int status = 0;

	/* As long as it is a zombie, its group id is not reused. */
	kill(-job->pid, SIGKILL);
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (job->pidfd >= 0)
		close(job->pidfd);
	job->pidfd = -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
