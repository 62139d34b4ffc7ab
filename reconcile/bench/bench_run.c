/* SPDX-License-Identifier: MIT */
/*
 * bench_run: measures a job, which is one command or several in a row.
 *
 * usage: bench_run time|again SAMPLES RUNS [prepare|run COMMAND [ARGUMENT...] ";"]...
 *        bench_run calls FILE [prepare|run COMMAND [ARGUMENT...] ";"]...
 *        bench_run netlink LIBRARY FILE [prepare|run COMMAND [ARGUMENT...] ";"]...
 *
 * All commands are run in order, but only those after "run" are measured.
 *
 * time: a sample is RUNS times the job. For each sample, after one that is discarded, a line
 * is printed: wall time and processor time of one job in microseconds, and the greatest
 * resident set of any of its processes in KiB. Many runs make a sample because a kernel that
 * counts processor time in ticks, as user-mode Linux does, measures a single one less
 * precisely.
 *
 * again: likewise, but none is discarded; for a job that has just been run.
 *
 * calls: the number of system calls, counted by strace(1) with the help of FILE; without
 * processes that a command starts, because some of them keep running.
 *
 * netlink: bytes sent to and received from netlink sockets, counted by a library
 * (bench_routes_netlink.c) with the help of FILE, including processes that a command starts.
 *
 * A failing command ends the measurement.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 16
#define ARGUMENTS_MAX 64
#define WARM_UP_RUNS 5

struct command {
	char **argv;
	bool measured;
};

struct job {
	struct command commands[COMMANDS_MAX];
	size_t n;
};

struct cost {
	int64_t wall; /* microseconds */
	int64_t cpu;
	long memory; /* KiB */
};

static void die(const char *what, int error)
{
	fprintf(stderr, "bench_run: %s%s%s\n", what, error ? ": " : "",
		error ? strerror(error) : "");
	exit(1);
}

static int64_t now(void)
{
	struct timespec time;

	if (clock_gettime(CLOCK_MONOTONIC, &time))
		die("clock_gettime", errno);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int64_t microseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void become(char **argv)
{
	int null = open("/dev/null", O_WRONLY);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("/dev/null", errno);
	execvp(argv[0], argv);
	fprintf(stderr, "bench_run: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static void run(char **argv, struct rusage *usage)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork", errno);
	if (child == 0)
		become(argv);
	if (wait4(child, &status, 0, usage) != child)
		die("wait4", errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die(argv[0], 0);
}

/* ---- time ---- */

static void run_timed(const struct command *command, struct cost *cost)
{
	int64_t start = now();
	struct rusage usage;

	run(command->argv, &usage);
	if (!command->measured)
		return;
	cost->wall += now() - start;
	cost->cpu += microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
	if (usage.ru_maxrss > cost->memory)
		cost->memory = usage.ru_maxrss;
}

static struct cost sample(const struct job *job, long runs)
{
	struct cost cost = { 0 };

	for (long i = 0; i < runs; i++)
		for (size_t j = 0; j < job->n; j++)
			run_timed(&job->commands[j], &cost);
	cost.wall /= runs;
	cost.cpu /= runs;
	return cost;
}

static void warm_up(const struct job *job, long runs)
{
	sample(job, runs > WARM_UP_RUNS ? WARM_UP_RUNS : runs);
}

static void print_samples(const struct job *job, long samples, long runs)
{
	for (long i = 0; i < samples; i++) {
		struct cost cost = sample(job, runs);

		printf("%lld\t%lld\t%ld\n", (long long)cost.wall, (long long)cost.cpu, cost.memory);
	}
}

/* ---- calls ---- */

/* The last line of the output of strace -c -U calls,name: NUMBER total. */
static long read_total(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	long total = -1;

	if (!file)
		die(path, errno);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, " total"))
			total = strtol(line, NULL, 10);
	fclose(file);
	if (total < 0)
		die("strace did not count", 0);
	return total;
}

static long calls_of(const struct command *command, char *path)
{
	char *argv[ARGUMENTS_MAX] = { "strace", "-c", "-U", "calls,name", "-o", path };
	size_t n = 6;
	struct rusage usage;

	for (char **word = command->argv; *word; word++) {
		if (n == ARGUMENTS_MAX - 1)
			die("too many arguments", 0);
		argv[n++] = *word;
	}
	run(argv, &usage);
	return read_total(path);
}

static void print_calls(const struct job *job, char *path)
{
	struct rusage usage;
	long calls = 0;

	for (size_t i = 0; i < job->n; i++) {
		if (job->commands[i].measured)
			calls += calls_of(&job->commands[i], path);
		else
			run(job->commands[i].argv, &usage);
	}
	printf("%ld\n", calls);
}

/* ---- netlink ---- */

static void set_counter(const char *library, const char *path)
{
	if (setenv("LD_PRELOAD", library, 1) || setenv("BENCH_NETLINK", path, 1))
		die("setenv", errno);
}

static void clear_counter(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv("BENCH_NETLINK");
}

/* Each process has added a line. */
static void print_bytes(const char *path)
{
	unsigned long long sent, received, all_sent = 0, all_received = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		die(path, errno);
	while (fscanf(file, "%llu %llu", &sent, &received) == 2) {
		all_sent += sent;
		all_received += received;
	}
	fclose(file);
	printf("%llu\t%llu\n", all_sent, all_received);
}

static void print_netlink(const struct job *job, const char *library, const char *path)
{
	struct rusage usage;

	if (unlink(path) && errno != ENOENT)
		die(path, errno);
	for (size_t i = 0; i < job->n; i++) {
		if (job->commands[i].measured)
			set_counter(library, path);
		run(job->commands[i].argv, &usage);
		clear_counter();
	}
	print_bytes(path);
}

/* ---- The command line ---- */

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1)
		die("SAMPLES and RUNS are numbers from 1", 0);
	return value;
}

/* The words up to ";" become one command; the first word that follows it. */
static char **parse_command(struct job *job, char **word)
{
	struct command *command = &job->commands[job->n];

	if (job->n++ == COMMANDS_MAX)
		die("too many commands", 0);
	command->measured = strcmp(*word, "run") == 0;
	if (!command->measured && strcmp(*word, "prepare") != 0)
		die("a command begins with prepare or run", 0);
	command->argv = ++word;
	while (*word && strcmp(*word, ";") != 0)
		word++;
	if (!*word || word == command->argv)
		die("a command ends with \";\"", 0);
	*word = NULL;
	return word + 1;
}

/* The number of arguments before the commands; 0: not a mode. */
static int arguments_of(const char *mode)
{
	static const char *const with_two[] = { "time", "again", "netlink" };

	for (size_t i = 0; i < sizeof(with_two) / sizeof(*with_two); i++)
		if (strcmp(mode, with_two[i]) == 0)
			return 2;
	return strcmp(mode, "calls") == 0 ? 1 : 0;
}

int main(int argc, char *argv[])
{
	int arguments = argc > 1 ? arguments_of(argv[1]) : 0;
	struct job job = { .n = 0 };

	if (arguments == 0 || argc < arguments + 3)
		die("usage: bench_run time|again SAMPLES RUNS|calls FILE|netlink LIBRARY FILE "
		    "[prepare|run COMMAND... \";\"]...",
		    0);
	for (char **word = argv + 2 + arguments; *word;)
		word = parse_command(&job, word);
	if (strcmp(argv[1], "time") == 0)
		warm_up(&job, number(argv[3]));
	if (strcmp(argv[1], "calls") == 0)
		print_calls(&job, argv[2]);
	else if (strcmp(argv[1], "netlink") == 0)
		print_netlink(&job, argv[2], argv[3]);
	else
		print_samples(&job, number(argv[2]), number(argv[3]));
	return fflush(stdout) ? 1 : 0;
}
