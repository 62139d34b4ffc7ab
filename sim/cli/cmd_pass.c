/* SPDX-License-Identifier: MIT */
/*
 * "pass 10s [COMMAND...]" in wgsim shell: advances time, while the command runs.
 */
#include "base/cli/message.h"
#include "options.h"
#include "run/visit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int connect_to_play(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pass_address(&address);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	message_error("the play does not answer: %s", strerror(errno));
	return -1;
}

/* Blocks until the time has passed. */
static bool wait_for_time(int fd, msec_t duration)
{
	char text[PASS_TEXT_MAX];
	int length = snprintf(text, sizeof(text), "%" PRId64 "\n", duration);
	ssize_t got;

	if (write(fd, text, (size_t)length) != length) {
		message_error("the play does not listen: %s", strerror(errno));
		return false;
	}
	do {
		got = read(fd, text, sizeof(text));
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

/* argv ends with NULL. 0 if there is none, -1 if it cannot be started. */
static pid_t start(const char *const *argv)
{
	pid_t pid;

	if (!argv[0])
		return 0;
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		message_error("%s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		message_error("fork: %s", strerror(errno));
	return pid;
}

/* A program still running at the end is interrupted: ping and tcpdump then print their
 * statistics. */
static int end(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, WNOHANG) == 0) {
		kill(pid, SIGINT);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

enum exit_code wgsim_pass(void *given)
{
	struct sim_options *options = given;
	const char *duration = options->arguments.n ? options->arguments.at[0] : "";
	msec_t wanted = 0;
	bool passed;
	pid_t pid;
	int fd;

	if (!duration_parse(duration, &wanted) || wanted <= 0) {
		fputs("usage: pass DURATION [COMMAND...], such as: pass 10s ping -c 3 192.0.2.1\n",
		      stderr);
		return EXIT_USAGE;
	}
	fd = connect_to_play();
	if (fd < 0)
		return EXIT_ERROR;
	*vec_push(options->arena, &options->arguments) = NULL;
	/* Ctrl-C is the command's. */
	pid = start(options->arguments.at + 1);
	if (pid < 0)
		return EXIT_ERROR;
	if (pid > 0)
		signal(SIGINT, SIG_IGN);
	passed = wait_for_time(fd, wanted);
	if (pid > 0)
		return (enum exit_code)end(pid);
	return passed ? EXIT_DONE : EXIT_ERROR;
}
