/* SPDX-License-Identifier: MIT */
#include "gnuplot.h"

#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The largest plots take a second. */
#define GNUPLOT_TIMEOUT_MS 60000

extern char **environ;

bool gnuplot_begin(struct gnuplot *gnuplot, struct arena *arena, struct failure *failure)
{
	int fd = memfd_create("gnuplot", MFD_CLOEXEC);

	*gnuplot = (struct gnuplot){ .arena = arena };
	if (fd < 0)
		return failure_set(failure, errno, "memory for a plot");
	gnuplot->script = fdopen(fd, "w");
	if (gnuplot->script)
		return true;
	failure_set(failure, errno, "memory for a plot");
	close(fd);
	return false;
}

/* A quote is concatenated as a separate text: two quotes are one only within a text; at its
 * beginning they are an empty text. */
void gnuplot_quote(const struct gnuplot *gnuplot, const char *text)
{
	fputc('\'', gnuplot->script);
	for (text = text_printable(gnuplot->arena, text); *text; text++) {
		if (*text == '\'')
			fputs("'.\"'\".'", gnuplot->script);
		else
			fputc(*text, gnuplot->script);
	}
	fputc('\'', gnuplot->script);
}

/* Its three standard streams; all other descriptors are closed by exec. Returns an errno. */
static int spawn(int input, int output, int errors, pid_t *pid)
{
	/* -d: without the user's own settings */
	static const char *const argv[] = { "gnuplot", "-d", NULL };
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Its wait status; killed on a timeout. */
static int wait_for(pid_t pid)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int status = -1;

	/* Without pidfd support there is no limit. */
	if (ended.fd >= 0) {
		int n;

		do {
			n = poll(&ended, 1, GNUPLOT_TIMEOUT_MS);
		} while (n < 0 && errno == EINTR);
		if (n == 0)
			kill(pid, SIGKILL);
		close(ended.fd);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool read_back(int fd, struct arena *arena, struct picture *picture, struct failure *failure)
{
	struct stat status;
	size_t done = 0;
	char *data;

	if (fstat(fd, &status) < 0)
		return failure_set(failure, errno, "gnuplot's output");
	data = arena_alloc(arena, (size_t)status.st_size + 1);
	while (done < (size_t)status.st_size) {
		ssize_t n = pread(fd, data + done, (size_t)status.st_size - done, (off_t)done);

		if (n <= 0)
			return failure_set(failure, n ? errno : EIO, "gnuplot's output");
		done += (size_t)n;
	}
	*picture = (struct picture){ data, done };
	return true;
}

static bool is_blank(const char *line, size_t length)
{
	return strspn(line, " \t^") >= length;
}

/* The last line of its errors: the others show the location. */
static bool complain_last_line(const struct picture *said, int status, struct failure *failure)
{
	const char *last = "it said nothing";
	size_t length = strlen(last);

	for (const char *line = said->data; *line;) {
		size_t n = strcspn(line, "\n");

		if (!is_blank(line, n)) {
			last = line;
			length = n;
		}
		line += n + (line[n] != '\0');
	}
	while (length && *last == ' ') {
		last++;
		length--;
	}
	if (WIFSIGNALED(status))
		return failure_set(failure, 0, "gnuplot was killed by signal %d", WTERMSIG(status));
	return failure_set(failure, 0, "gnuplot failed: %.*s", (int)(length < 150 ? length : 150),
			   last);
}

static bool not_installed(struct failure *failure)
{
	return failure_set(failure, 0, "gnuplot is not installed; Debian's package is gnuplot-nox");
}

/* With the streams open. */
static bool run(struct gnuplot *gnuplot, int output, int errors, struct picture *picture,
		struct failure *failure)
{
	int input = fileno(gnuplot->script);
	struct picture said;
	pid_t pid;
	int error, status;

	if (fflush(gnuplot->script) || ferror(gnuplot->script) || lseek(input, 0, SEEK_SET) < 0)
		return failure_set(failure, errno, "a plot's script");
	error = spawn(input, output, errors, &pid);
	if (error == ENOENT)
		return not_installed(failure);
	if (error)
		return failure_set(failure, error, "gnuplot cannot be started");
	status = wait_for(pid);
	/* The other error of posix_spawn() for that. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return not_installed(failure);
	if (!read_back(output, gnuplot->arena, picture, failure) ||
	    !read_back(errors, gnuplot->arena, &said, failure))
		return false;
	if (status == 0 && picture->length)
		return true;
	return complain_last_line(&said, status, failure);
}

bool gnuplot_run(struct gnuplot *gnuplot, struct picture *picture, struct failure *failure)
{
	int output = memfd_create("picture", MFD_CLOEXEC);
	int errors = memfd_create("errors", MFD_CLOEXEC);
	bool drawn = output >= 0 && errors >= 0 ? run(gnuplot, output, errors, picture, failure)
						: failure_set(failure, errno, "memory for a plot");

	if (output >= 0)
		close(output);
	if (errors >= 0)
		close(errors);
	fclose(gnuplot->script);
	gnuplot->script = NULL;
	return drawn;
}
