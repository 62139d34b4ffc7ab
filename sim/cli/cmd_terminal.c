/* SPDX-License-Identifier: MIT */
/*
 * Runs in a node for wgsim shell: takes its terminal and executes a shell.
 */
#include "base/cli/message.h"
#include "options.h"
#include "run/play_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool take_terminal(const struct play_job *job)
{
	const struct winsize size = {
		.ws_row = (unsigned short)job->rows,
		.ws_col = (unsigned short)job->columns,
	};
	int fd;

	/* Fails for a session leader, which is fine. */
	setsid();
	fd = open(job->terminal, O_RDWR);
	if (fd < 0)
		return false;
	/* Without it the shell has no job control. */
	ioctl(fd, TIOCSCTTY, 0);
	if (size.ws_row && size.ws_col)
		ioctl(fd, TIOCSWINSZ, &size);
	return dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 &&
	       dup2(fd, STDERR_FILENO) >= 0;
}

static bool set_environment(const struct play_job *job, const char *directory, struct arena *arena)
{
	const char *path = getenv("PATH");
	const char *rc = arena_printf(arena, "%s/rc", directory);

	return setenv("PATH", arena_printf(arena, "%s:%s", directory, path ? path : "/bin"), 1) ==
		       0 &&
	       setenv("TERM", job->terminal_kind ? job->terminal_kind : "dumb", 1) == 0 &&
	       setenv("ENV", rc, 1) == 0;
}

enum exit_code wgsim_terminal(void *given)
{
	struct sim_options *options = given;
	const char *directory = options->arguments.at[0];
	struct play_job job;
	const char *error = play_job_read(&job, directory, options->arena);

	if (error) {
		message_error("%s", error);
		return EXIT_ERROR;
	}
	if (!job.terminal || !take_terminal(&job)) {
		message_error("%s: %s", job.terminal ? job.terminal : "terminal", strerror(errno));
		return EXIT_ERROR;
	}
	if (set_environment(&job, directory, options->arena)) {
		execlp("bash", "bash", "--rcfile", getenv("ENV"), "-i", (char *)NULL);
		/* Its kind reads what ENV names. */
		execl("/bin/sh", "sh", "-i", (char *)NULL);
	}
	message_error("the shell: %s", strerror(errno));
	return EXIT_ERROR;
}
