/* SPDX-License-Identifier: MIT */
/*
 * The machine's clock must stay as it is: CAP_SYS_TIME is dropped for good
 * before a real chronyd is started, and it is told not to control the clock (-x).
 */
#include "../test/unit.h"
#include "timesync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena;
static char directory[64];

static void directory_make(void)
{
	strcpy(directory, "/tmp/timesync_test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	arena = arena_new();
}

static void directory_remove(void)
{
	ck_assert_int_eq(system(arena_printf(arena, "rm -r '%s'", directory)), 0);
	arena_free(arena);
}

/* An executable script in the directory. */
static void script_write(const char *name, const char *text)
{
	const char *path = arena_printf(arena, "%s/%s", directory, name);
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	fprintf(file, "#!/bin/sh\ncd '%s' || exit 99\n%s", directory, text);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

/* The text of a file in the directory, "" when there is none. */
static const char *file_text(const char *name)
{
	char text[4096] = "";
	FILE *file = fopen(arena_printf(arena, "%s/%s", directory, name), "re");
	size_t length;

	if (!file)
		return "";
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	return arena_strndup(arena, text, length);
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

static unsigned open_descriptors(void)
{
	DIR *listing = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(listing);
	while (readdir(listing))
		n++;
	closedir(listing);
	return n;
}

/* Gone, or a zombie that its new parent has not collected yet. */
static bool process_ended(const char *pid)
{
	char stat[256] = "";
	const char *state;
	FILE *file = fopen(arena_printf(arena, "/proc/%d/stat", atoi(pid)), "re");

	ck_assert_int_gt(atoi(pid), 0);
	if (!file)
		return true;
	if (!fgets(stat, sizeof(stat), file))
		stat[0] = '\0';
	fclose(file);
	state = strrchr(stat, ')');
	return !state || state[2] == 'Z';
}

START_TEST(outcomes)
{
	static const struct {
		const char *word[4];
		const char *error; /* NULL: success */
	} rows[] = {
		{ { "true" }, NULL },
		{ { "sh", "-c", "exit 0" }, NULL },
		{ { "false" }, "false: exit code 1" },
		{ { "sh", "-c", "exit 7" }, "sh: exit code 7" },
		{ { "sh", "-c", "kill -TERM $$" }, "sh: ended by signal 15 (Terminated)" },
		{ { "no-such-program" },
		  "no-such-program: cannot be started: No such file or directory" },
		{ { "/no/such/program" },
		  "/no/such/program: cannot be started: No such file or directory" },
		{ { "/etc/passwd" }, "/etc/passwd: cannot be started: Permission denied" },
		{ { "/" }, "/: cannot be started: Permission denied" },
	};

	directory_make();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const *word = rows[i].word;
		unsigned descriptors = open_descriptors();
		const char *error = run(5000, word[0], word[1], word[2], word[3]);

		if (rows[i].error)
			ck_assert_pstr_eq(error, rows[i].error);
		else
			ck_assert_ptr_null(error);
		ck_assert_uint_eq(open_descriptors(), descriptors);
		/* Nothing is left to be collected. */
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
	directory_remove();
}
END_TEST

START_TEST(hanging_family_is_killed)
{
	msec_t before, took;

	directory_make();
	script_write("hang", "trap '' TERM INT HUP\n"
			     "sleep 1000 &\necho $! >child\necho $$ >parent\nsleep 1000\n");
	before = clock_boot();
	ck_assert_pstr_eq(
		run(400, arena_printf(arena, "%s/hang", directory), NULL),
		arena_printf(arena, "%s/hang: did not end in time and was killed", directory));
	took = clock_boot() - before;
	ck_assert_int_ge(took, 400);
	ck_assert_int_lt(took, 400 + 500);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	usleep(100000);
	ck_assert(process_ended(file_text("parent")));
	ck_assert(process_ended(file_text("child")));
	directory_remove();
}
END_TEST

START_TEST(what_a_successful_command_leaves_is_killed)
{
	directory_make();
	script_write("leave", "sleep 1000 &\necho $! >child\n");
	ck_assert_ptr_null(run(5000, arena_printf(arena, "%s/leave", directory), NULL));
	usleep(100000);
	ck_assert(process_ended(file_text("child")));
	directory_remove();
}
END_TEST

START_TEST(command_gets_a_clean_world)
{
	int leak;

	directory_make();
	script_write("look", "printf '%s\\n' \"$@\" >arguments\n"
			     "for fd in /proc/$$/fd/*; do readlink $fd; done >descriptors\n"
			     "ps -o pid=,pgid=,tty= -p $$ | tr -s ' ' | sed 's/^ //' >ids\n"
			     "echo $$ $$ '?' >ids.expected\n"
			     "grep -E 'Sig(Blk|Ign)' /proc/self/status >signals\n");
	/* Without O_CLOEXEC, as a careless library would open it. */
	leak = open("/dev/zero", O_RDONLY);
	ck_assert_int_ge(leak, 0);
	ck_assert_int_eq(dup2(leak, 200), 200);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_ptr_null(
		run(5000, arena_printf(arena, "%s/look", directory), "a b", "$HOME;x", "", NULL));
	ck_assert_str_eq(file_text("arguments"), "a b\n$HOME;x\n\n");
	ck_assert_ptr_null(strstr(file_text("descriptors"), "/dev/zero"));
	ck_assert_ptr_null(strstr(file_text("descriptors"), "pipe:"));
	ck_assert_int_eq(strncmp(file_text("descriptors"), "/dev/null\n", 10), 0);
	ck_assert_str_eq(file_text("ids"), file_text("ids.expected"));
	ck_assert_str_eq(file_text("signals"), "SigBlk:\t0000000000000000\n"
					       "SigIgn:\t0000000000000000\n");
	close(leak);
	close(200);
	directory_remove();
}
END_TEST

START_TEST(found_with_a_poor_path)
{
	static const char *const paths[] = { NULL, "", "/nowhere", "/bin:/usr/bin" };

	directory_make();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i])
			ck_assert_int_eq(setenv("PATH", paths[i], 1), 0);
		else
			ck_assert_int_eq(unsetenv("PATH"), 0);
		/* Debian keeps it in /usr/sbin. */
		ck_assert_ptr_null(run(5000, "chroot", "--version", NULL));
	}
	ck_assert_int_eq(setenv("PATH", "/bin:/usr/bin", 1), 0);
	directory_remove();
}
END_TEST

START_TEST(exit_code_seen_though_children_are_ignored)
{
	directory_make();
	ck_assert_ptr_ne(signal(SIGCHLD, SIG_IGN), SIG_ERR);
	ck_assert_pstr_eq(run(5000, "false", NULL), "false: exit code 1");
	ck_assert_ptr_eq(signal(SIGCHLD, SIG_DFL), SIG_IGN);
	directory_remove();
}
END_TEST

START_TEST(nothing_without_time)
{
	directory_make();
	script_write("touched", "touch yes\n");
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
	script_write("chronyd", "printf '%s\\n' \"$@\" >arguments\n"
				"for a; do case $a in pidfile*) echo $$ >\"${a#pidfile }\";;"
				" esac; done\n");
	*vec_push(arena, &desired.servers) = "ntp1.example.com";
	*vec_push(arena, &desired.servers) = "192.0.2.1";
	ck_assert_ptr_null(timesync_run(&desired, arena, &deadline));
	arguments = file_text("arguments");
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
	/* It, and the directory made for it, are gone. */
	*strrchr(pid_file, '/') = '\0';
	ck_assert_int_ne(access(pid_file, F_OK), 0);
	directory_remove();
}
END_TEST

/* A directive on its command line would keep chronyd from reading its own file. */
START_TEST(chronyd_with_its_own_configuration)
{
	struct desired_time desired = { .enabled = true };
	struct deadline deadline = deadline_in(2500);

	directory_make();
	path_begin_with_directory();
	script_write("chronyd", "printf '%s\\n' \"$@\" >arguments\n");
	ck_assert_ptr_null(timesync_run(&desired, arena, &deadline));
	ck_assert_str_eq(file_text("arguments"), "-q\n-t\n3\n");
	directory_remove();
}
END_TEST

static void process_end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* A server on 127.0.0.1 that says its own clock is right. */
static pid_t chronyd_serve(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		/* Also when a check fails and nobody else ends it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
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
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_int_eq(system("ip link set lo up"), 0);
}

/* Has chronyd synchronise from the server; tries for a while, as the server has
 * to start. */
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
		printf("real_chronyd: skipped, needs root and chronyd\n");
		return;
	}
	directory_make();
	time_namespace_enter();
	/* The one that is found first passes everything on, and -x. */
	script_write("chronyd", arena_printf(arena,
					     "PATH=${PATH#*:}\n"
					     "chronyd -x -l %s/client.log \"$@\"\n"
					     "code=$?\necho $code >code\nexit $code\n",
					     directory));
	ck_assert_int_eq(setenv("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", 1), 0);
	server = chronyd_serve();
	path_begin_with_directory();
	ck_assert_ptr_null(chronyd_ask("127.0.0.1", 10));
	ck_assert_str_eq(file_text("code"), "0\n");
	ck_assert_ptr_nonnull(strstr(file_text("client.log"), "Disabled control of system clock"));
	ck_assert_ptr_nonnull(strstr(file_text("client.log"), "System clock wrong by"));
	ck_assert_ptr_nonnull(chronyd_ask("127.0.0.2", 1));
	process_end(server);
	directory_remove();
}
END_TEST

SUITE("timesync", outcomes, hanging_family_is_killed, what_a_successful_command_leaves_is_killed,
      command_gets_a_clean_world, found_with_a_poor_path,
      exit_code_seen_though_children_are_ignored, nothing_without_time, default_command_is_chronyd,
      chronyd_with_its_own_configuration, real_chronyd)
