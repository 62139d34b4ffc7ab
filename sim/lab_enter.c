/* SPDX-License-Identifier: MIT */
/*
 * Runs a command in the namespaces of a machine of sim/lab.sh, as nsenter(1) and a shell would. The
 * tests do that thousands of times where starting a program is slow: this one is linked statically,
 * and starts one program, not three.
 *
 * usage: lab-enter PID DIRECTORY COMMAND [ARGUMENT...]
 *
 * PID holds the namespaces (network, host name, mounts). DIRECTORY is the current one there, or /
 * if it does not exist.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "lab-enter: %s: %s\n", what, strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	/* The mounts last: after them our /proc is gone. */
	static const char *const namespaces[] = { "net", "uts", "mnt" };

	if (argc < 4) {
		fprintf(stderr, "usage: lab-enter PID DIRECTORY COMMAND [ARGUMENT...]\n");
		return 64;
	}
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/ns/%s", argv[1], namespaces[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, 0) < 0)
			return fail(path);
	}
	if (chdir(argv[2]) < 0 && chdir("/") < 0)
		return fail("/");
	execvp(argv[3], argv + 3);
	return fail(argv[3]);
}
