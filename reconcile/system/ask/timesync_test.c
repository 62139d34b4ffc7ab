/* SPDX-License-Identifier: MIT */
/*
 * The machine's clock must not change: CAP_SYS_TIME is dropped permanently before a real
 * chronyd is started, and -x disables clock control.
 */
#include "test/fixture.h"
#include "test/unit.h"
#include "timesync.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static const char *directory;

static void directory_make(void)
{
	arena = arena_new();
	directory = fixture_directory(arena);
}

static void directory_remove(void)
{
	fixture_directory_remove(directory);
	arena_free(arena);
}

/* Runs the command whose words end with NULL, with PATH beginning with the directory. */
static const char *run(msec_t time, const char *word, ...)
{
	struct desired_time desired = { .enabled = true };
	struct deadline deadline = deadline_in(time);
	va_list words;

	va_start(words, word);
	for (; word; word = va_arg(words, const char *))
		*vec_push(arena, &desired.command) = word;
	va_end(words);
	return timesync_run(&desired, arena, &deadline);
}

static void path_begin_with_directory(void)
{
	ck_assert_int_eq(setenv("PATH", arena_printf(arena, "%s:%s", directory, getenv("PATH")), 1),
			 0);
}

START_TEST(outcomes)
{
	static const struct {
		const char *word[4];
		const char *error; /* NULL: success */
	} rows[] = {
		{ { "true" }, NULL },
		{ { "sh", "-c", "exit 0" }, NULL },
		{ { "false" }, "false ended with status 1" },
		{ { "sh", "-c", "exit 7" }, "sh ended with status 7" },
		{ { "sh", "-c", "kill -TERM $$" }, "sh was killed by signal 15 (Terminated)" },
		{ { "no-such-program" },
		  "no-such-program cannot be started: No such file or directory" },
		{ { "/no/such/program" },
		  "/no/such/program cannot be started: No such file or directory" },
		{ { "/etc/passwd" }, "/etc/passwd cannot be started: Permission denied" },
		{ { "/" }, "/ cannot be started: Permission denied" },
	};

	directory_make();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const *word = rows[i].word;
		unsigned descriptors = fixture_descriptors();
		const char *error = run(5000, word[0], word[1], word[2], word[3]);

		if (rows[i].error)
			ck_assert_pstr_eq(error, rows[i].error);
		else
			ck_assert_ptr_null(error);
		ck_assert_uint_eq(fixture_descriptors(), descriptors);
		/* No child is left to reap. */
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
	directory_remove();
}
END_TEST

START_TEST(hanging_is_killed)
{
	msec_t before, took;

	directory_make();
	before = clock_boot();
	ck_assert_pstr_eq(run(400, "sleep", "1000", NULL),
			  "sleep did not end in time and was killed");
	took = clock_boot() - before;
	ck_assert_int_ge(took, 400);
	ck_assert_int_lt(took, 400 + 500);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	directory_remove();
}
END_TEST

START_TEST(nothing_without_time)
{
	directory_make();
	fixture_script(directory, "touched", "touch yes\n");
	ck_assert_pstr_eq(run(0, arena_printf(arena, "%s/touched", directory), NULL),
			  "no time left to synchronise the clock");
	ck_assert_int_ne(access(arena_printf(arena, "%s/yes", directory), F_OK), 0);
	directory_remove();
}
END_TEST

START_TEST(default_command_is_chronyd)
{
	struct desired_time desired = { .enabled = true };
	struct deadline deadline = deadline_in(2500);
	const char *arguments, *expected, *pid_file;

	directory_make();
	path_begin_with_directory();
	fixture_script(directory, "chronyd",
		       "printf '%s\\n' \"$@\" >arguments\n"
		       "for a; do case $a in pidfile*) echo $$ >\"${a#pidfile }\";;"
		       " esac; done\n");
	*vec_push(arena, &desired.servers) = "ntp1.example.com";
	*vec_push(arena, &desired.servers) = "192.0.2.1";
	ck_assert_ptr_null(timesync_run(&desired, arena, &deadline));
	arguments = fixture_text(directory, "arguments", arena);
	pid_file = strstr(arguments, "pidfile /");
	ck_assert_ptr_nonnull(pid_file);
	pid_file = arena_strndup(arena, pid_file + strlen("pidfile "),
				 strcspn(pid_file, "\n") - strlen("pidfile "));
	expected = arena_printf(arena,
				"-q\n-t\n3\nuser root\ncmdport 0\nbindcmdaddress /\npidfile %s\n"
				"server ntp1.example.com iburst maxsamples 1\n"
				"server 192.0.2.1 iburst maxsamples 1\n",
				pid_file);
	ck_assert_str_eq(arguments, expected);
	/* The file and its directory are removed. */
	*strrchr(pid_file, '/') = '\0';
	ck_assert_int_ne(access(pid_file, F_OK), 0);
	directory_remove();
}
END_TEST

/* A directive on its command line would prevent chronyd from reading its own file. */
START_TEST(chronyd_with_its_own_configuration)
{
	struct desired_time desired = { .enabled = true };
	struct deadline deadline = deadline_in(2500);

	directory_make();
	path_begin_with_directory();
	fixture_script(directory, "chronyd", "printf '%s\\n' \"$@\" >arguments\n");
	ck_assert_ptr_null(timesync_run(&desired, arena, &deadline));
	ck_assert_str_eq(fixture_text(directory, "arguments", arena), "-q\n-t\n3\n-u\nroot\n");
	directory_remove();
}
END_TEST

/* A server on 127.0.0.1 with the local clock as its reference. */
static pid_t chronyd_serve(void)
{
	pid_t pid = fixture_fork();

	if (pid == 0) {
		execlp("chronyd", "chronyd", "-x", "-n", "-u", "root", "-l",
		       arena_printf(arena, "%s/server.log", directory), "local stratum 1", "allow",
		       "bindaddress 127.0.0.1", "cmdport 0", "bindcmdaddress /",
		       arena_printf(arena, "pidfile %s/server.pid", directory), NULL);
		_exit(127);
	}
	return pid;
}

static void time_namespace_enter(void)
{
	ck_assert_int_eq(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME), 0);
	ck_assert(fixture_unshare(CLONE_NEWNET));
	fixture_shell("ip link set lo up");
}

/* Makes chronyd synchronise from the server; retries while the server starts. */
static const char *chronyd_ask(const char *server, unsigned tries)
{
	struct desired_time desired = { .enabled = true };
	const char *error;

	*vec_push(arena, &desired.servers) = server;
	do {
		struct deadline deadline = deadline_in(1200);

		error = timesync_run(&desired, arena, &deadline);
	} while (error && --tries);
	return error;
}

START_TEST(real_chronyd)
{
	pid_t server;

	if (geteuid() != 0 || system("PATH=$PATH:/usr/sbin chronyd -v >/dev/null 2>&1") != 0) {
		fixture_skip("real_chronyd: needs root and chronyd");
		return;
	}
	directory_make();
	time_namespace_enter();
	/* The first one found passes its arguments on, with -x. */
	fixture_script(directory, "chronyd",
		       arena_printf(arena,
				    "PATH=${PATH#*:}\n"
				    "chronyd -x -l %s/client.log \"$@\"\n"
				    "code=$?\necho $code >code\nexit $code\n",
				    directory));
	ck_assert_int_eq(setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", 1), 0);
	server = chronyd_serve();
	path_begin_with_directory();
	ck_assert_ptr_null(chronyd_ask("127.0.0.1", 10));
	ck_assert_str_eq(fixture_text(directory, "code", arena), "0\n");
	ck_assert_ptr_nonnull(strstr(fixture_text(directory, "client.log", arena),
				     "Disabled control of system clock"));
	ck_assert_ptr_nonnull(
		strstr(fixture_text(directory, "client.log", arena), "System clock wrong by"));
	ck_assert_ptr_nonnull(chronyd_ask("127.0.0.2", 1));
	fixture_kill(server);
	directory_remove();
}
END_TEST

SUITE("timesync", outcomes, hanging_is_killed, nothing_without_time, default_command_is_chronyd,
      chronyd_with_its_own_configuration, real_chronyd)
