/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* Maximum size forwarded at once. */
#define CHUNK 4096
/* End of transmission: what Ctrl-D sends. */
#define EOT 4

bool terminal_open(struct terminal *terminal, bool raw, struct arena *arena,
		   struct failure *failure)
{
	struct winsize size = { 0 };
	struct termios modes;

	*terminal = (struct terminal){ .slave = -1 };
	terminal->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->master < 0 || grantpt(terminal->master) || unlockpt(terminal->master))
		return failure_set(failure, errno, "a terminal");
	terminal->path = arena_strdup(arena, ptsname(terminal->master));
	terminal->slave = open(terminal->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->slave < 0)
		return failure_set(failure, errno, "%s", terminal->path);
	if (raw && tcgetattr(terminal->slave, &modes) == 0) {
		cfmakeraw(&modes);
		tcsetattr(terminal->slave, TCSANOW, &modes);
	}
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
		ioctl(terminal->master, TIOCSWINSZ, &size);
		terminal->rows = size.ws_row;
		terminal->columns = size.ws_col;
	}
	return true;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal->slave >= 0)
		close(terminal->slave);
	if (terminal->master >= 0)
		close(terminal->master);
}

/* Every key is forwarded, including signal keys. */
static bool make_raw(struct termios *before)
{
	struct termios modes;

	if (tcgetattr(STDIN_FILENO, before) < 0)
		return false;
	modes = *before;
	cfmakeraw(&modes);
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) == 0;
}

static int open_signals(sigset_t *before)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_BLOCK, &mask, before);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
		}
	}
}

/* False at the end. */
static bool pass_on(int from, int to)
{
	char chunk[CHUNK];
	ssize_t got = read(from, chunk, sizeof(chunk));

	if (got > 0)
		write_all(to, chunk, (size_t)got);
	return got > 0 || (got < 0 && errno == EINTR);
}

/* The number of a terminating signal, otherwise 0. */
static int take_signal(const struct terminal *terminal, int fd)
{
	struct signalfd_siginfo info;
	struct winsize size;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo != SIGWINCH)
		return (int)info.ssi_signo;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(terminal->master, TIOCSWINSZ, &size);
	return 0;
}

enum watched {
	TYPED,
	PRINTED,
	ENDED,
	SIGNALS,
	WATCHED_N,
};

static int relay(struct terminal *terminal, const struct job *job, int signals)
{
	static const char end_of_input = EOT;
	struct pollfd polled[WATCHED_N] = {
		/* Data sent before there is a reader would be lost. */
		[TYPED] = { .fd = -1, .events = POLLIN },
		[PRINTED] = { .fd = terminal->master, .events = POLLIN },
		[ENDED] = { .fd = job->pidfd, .events = POLLIN },
		[SIGNALS] = { .fd = signals, .events = POLLIN },
	};
	bool begun = false;

	for (;;) {
		int number = 0;

		if (poll(polled, WATCHED_N, -1) < 0 && errno != EINTR)
			return 0;
		if (polled[TYPED].revents && !pass_on(STDIN_FILENO, terminal->master)) {
			write_all(terminal->master, &end_of_input, 1);
			polled[TYPED].fd = -1;
		}
		if (polled[SIGNALS].revents)
			number = take_signal(terminal, signals);
		if (number)
			return number;
		if (polled[PRINTED].revents & POLLIN) {
			pass_on(terminal->master, STDOUT_FILENO);
			if (!begun)
				polled[TYPED].fd = STDIN_FILENO;
			begun = true;
		} else if (polled[ENDED].revents) {
			return 0;
		}
	}
}

int terminal_relay(struct terminal *terminal, const struct job *job)
{
	struct termios modes;
	sigset_t before;
	int signals = open_signals(&before);
	bool is_raw = make_raw(&modes);
	int number = relay(terminal, job, signals);

	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	if (signals >= 0)
		close(signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return number;
}
