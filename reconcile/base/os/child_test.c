/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MS 5000
/* Time until a killed process is gone. */
#define GONE_MS 2000

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

static const char *text_of(const char *name)
{
	return fixture_text(directory, name, arena);
}

/* Starts the script in the directory, with two arguments. */
static void start(struct child *child, const char *name, bool outlives_us)
{
	const char *const argv[] = { arena_printf(arena, "%s/%s", directory, name), "a b",
				     "$HOME;x", "", NULL };
	struct child_program program = {
		.argv = argv, .variable = "CHILD_TEST", .value = "1 2", .outlives_us = outlives_us
	};
	struct deadline deadline = deadline_in(RUN_MS);
	struct failure failure;

	ck_assert_msg(child_start(child, &program, &deadline, &failure), "%s",
		      failure_text(&failure, arena));
}

static void wait_for_end(const struct child *child, siginfo_t *end)
{
	struct deadline deadline = deadline_in(RUN_MS);

	ck_assert(child_wait(child, &deadline, end));
}

/* Gone, or a zombie not yet reaped by its new parent. */
static bool process_ended(pid_t pid)
{
	char stat[256] = "";
	const char *state;
	FILE *file = fopen(arena_printf(arena, "/proc/%d/stat", pid), "re");

	if (!file)
		return true;
	if (!fgets(stat, sizeof(stat), file))
		stat[0] = '\0';
	fclose(file);
	state = strrchr(stat, ')');
	return !state || state[2] == 'Z';
}

/* The process whose id the script wrote to the file. */
static pid_t process_of(const char *name)
{
	pid_t pid = atoi(text_of(name));

	ck_assert_int_gt(pid, 1);
	return pid;
}

static void check_gone(pid_t pid)
{
	struct deadline deadline = deadline_in(GONE_MS);

	while (!process_ended(pid)) {
		ck_assert_msg(!deadline_passed(&deadline), "%d lives on", pid);
		usleep(5000);
	}
}

/* Returns the error of a program that ran to its end, "" on success. */
static const char *outcome(const char *const *argv)
{
	struct child_program program = { .argv = argv };
	struct deadline deadline = deadline_in(RUN_MS);
	struct failure failure = { 0 };
	struct child child;
	siginfo_t end;

	if (!child_start(&child, &program, &deadline, &failure))
		return failure_text(&failure, arena);
	wait_for_end(&child, &end);
	child_succeeded(&child, &end, &failure);
	child_kill(&child);
	return failure_text(&failure, arena);
}

static void check_nothing_left(unsigned descriptors)
{
	ck_assert_uint_eq(fixture_descriptors(), descriptors);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(outcomes)
{
	static const struct {
		const char *argv[4];
		const char *said;
	} rows[] = {
		{ { "true" }, "" },
		{ { "false" }, "false ended with status 1" },
		{ { "sh", "-c", "exit 255" }, "sh ended with status 255" },
		{ { "sh", "-c", "kill -KILL $$" }, "sh was killed by signal 9 (Killed)" },
		{ { "no-such-program" },
		  "no-such-program cannot be started: No such file or directory" },
		{ { "" }, " cannot be started: No such file or directory" },
		{ { "/etc/passwd" }, "/etc/passwd cannot be started: Permission denied" },
	};
	unsigned descriptors;

	directory_make();
	descriptors = fixture_descriptors();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_str_eq(outcome(rows[i].argv), rows[i].said);
		check_nothing_left(descriptors);
	}
	directory_remove();
}
END_TEST

START_TEST(descriptors_run_out)
{
	const char *const argv[] = { "true", NULL };
	struct rlimit limit;
	int last = -1;

	directory_make();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int fd = 0; fd >= 0; fd = open("/dev/null", O_RDONLY | O_CLOEXEC))
		last = fd;
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_str_eq(outcome(argv), "true cannot be started: Too many open files");
	/* Enough for the pipe; without a pidfd the end is polled. */
	close(last);
	close(last - 1);
	ck_assert_str_eq(outcome(argv), "");
	for (int fd = last - 2; fd > last - 10; fd--)
		close(fd);
	directory_remove();
}
END_TEST

/* Those of a set in /proc/PID/status; 32 and 33 are the C library's own, which cannot be reset. */
static uint64_t standard_signals(const char *status, const char *set)
{
	const char *hex = strstr(status, set);

	ck_assert_ptr_nonnull(hex);
	return strtoull(hex + strlen(set), NULL, 16) & 0x7fffffff;
}

START_TEST(clean_world)
{
	struct child child;
	siginfo_t end;
	int leak;

	directory_make();
	fixture_script(directory, "look",
		       "printf '%s\\n' \"$@\" >arguments\n"
		       "echo \"$CHILD_TEST\" >variable\n"
		       "for fd in /proc/$$/fd/*; do readlink $fd; done >descriptors\n"
		       "ps -o pid=,pgid=,tty= -p $$ | tr -s ' ' | sed 's/^ //' >ids\n"
		       "echo $$ $$ '?' >ids.expected\n"
		       "grep -E 'Sig(Blk|Ign)' /proc/self/status >signals\n");
	/* Without O_CLOEXEC, as by a careless library. */
	leak = open("/dev/zero", O_RDONLY);
	ck_assert_int_ge(leak, 0);
	ck_assert_int_eq(dup2(leak, 200), 200);
	signal(SIGPIPE, SIG_IGN);
	start(&child, "look", false);
	wait_for_end(&child, &end);
	ck_assert_int_eq(end.si_status, 0);
	child_kill(&child);
	ck_assert_str_eq(text_of("arguments"), "a b\n$HOME;x\n\n");
	ck_assert_str_eq(text_of("variable"), "1 2\n");
	ck_assert_ptr_null(strstr(text_of("descriptors"), "/dev/zero"));
	ck_assert_ptr_null(strstr(text_of("descriptors"), "pipe:"));
	ck_assert_int_eq(strncmp(text_of("descriptors"), "/dev/null\n", 10), 0);
	ck_assert_str_eq(text_of("ids"), text_of("ids.expected"));
	ck_assert_uint_eq(standard_signals(text_of("signals"), "SigBlk:\t"), 0);
	ck_assert_uint_eq(standard_signals(text_of("signals"), "SigIgn:\t"), 0);
	close(leak);
	close(200);
	directory_remove();
}
END_TEST

/* If they are closed, 0 to 2 are given to the first files opened. */
START_TEST(stdio_is_there_though_ours_is_closed)
{
	struct child child;
	siginfo_t end;
	int kept[3];

	directory_make();
	fixture_script(
		directory, "look",
		"io=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo \"$io\" >io\n");
	for (int fd = 0; fd < 3; fd++) {
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
		ck_assert_int_ge(kept[fd], 100);
	}
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	start(&child, "look", false);
	wait_for_end(&child, &end);
	child_kill(&child);
	for (int fd = 0; fd < 3; fd++)
		ck_assert_int_eq(dup2(kept[fd], fd), fd);
	ck_assert_str_eq(text_of("io"), "/dev/null\n/dev/null\n/dev/null\n");
	directory_remove();
}
END_TEST

START_TEST(found_with_a_poor_path)
{
	static const char *const paths[] = { NULL, "", "/nowhere", "/bin:/usr/bin" };
	/* Debian keeps it in /usr/sbin. */
	static const char *const argv[] = { "chroot", "--version", NULL };

	directory_make();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i])
			ck_assert_int_eq(setenv("PATH", paths[i], 1), 0);
		else
			ck_assert_int_eq(unsetenv("PATH"), 0);
		ck_assert_str_eq(outcome(argv), "");
	}
	directory_remove();
}
END_TEST

START_TEST(end_seen_though_children_are_ignored)
{
	static const char *const bad[] = { "false", NULL };
	static const char *const none[] = { "no-such-program", NULL };

	directory_make();
	ck_assert_ptr_ne(signal(SIGCHLD, SIG_IGN), SIG_ERR);
	ck_assert_str_eq(outcome(bad), "false ended with status 1");
	ck_assert_ptr_eq(signal(SIGCHLD, SIG_IGN), SIG_IGN);
	ck_assert_ptr_nonnull(strstr(outcome(none), "cannot be started"));
	ck_assert_ptr_eq(signal(SIGCHLD, SIG_DFL), SIG_IGN);
	directory_remove();
}
END_TEST

START_TEST(family_is_killed)
{
	/* The second ends by itself and leaves its children. */
	static const char *const last_lines[] = { "sleep 1000\n", "" };
	unsigned descriptors;

	directory_make();
	descriptors = fixture_descriptors();
	for (int i = 0; i < 2; i++) {
		struct deadline deadline = deadline_in(400);
		struct child child;
		siginfo_t end;

		fixture_script(directory, "family",
			       arena_printf(arena,
					    "trap '' TERM INT HUP\nsleep 1000 &\necho $! >child\n"
					    "echo $$ >parent\n%s",
					    last_lines[i]));
		start(&child, "family", i == 1);
		ck_assert_int_eq(child_wait(&child, &deadline, &end), i == 1);
		ck_assert_int_eq(process_ended(process_of("parent")), i == 1);
		ck_assert(!process_ended(process_of("child")));
		child_kill(&child);
		check_gone(process_of("parent"));
		check_gone(process_of("child"));
		check_nothing_left(descriptors);
	}
	directory_remove();
}
END_TEST

START_TEST(left_lives_on)
{
	struct deadline deadline = deadline_in(300);
	unsigned descriptors;
	struct child child;
	siginfo_t end;

	directory_make();
	descriptors = fixture_descriptors();
	fixture_script(directory, "stay", "exec sleep 1000\n");
	start(&child, "stay", true);
	ck_assert(!child_wait(&child, &deadline, &end));
	child_leave(&child);
	ck_assert_uint_eq(fixture_descriptors(), descriptors);
	ck_assert(!process_ended(child.pid));
	fixture_kill(child.pid);
	directory_remove();
}
END_TEST

static bool begin_to_stay(void *data)
{
	struct child child;

	start(&child, "stay", *(bool *)data);
	return true;
}

START_TEST(killed_with_us_or_not)
{
	directory_make();
	fixture_script(directory, "stay", "echo $$ >pid.new && mv pid.new pid\nexec sleep 1000\n");
	for (int outlives_us = 0; outlives_us < 2; outlives_us++) {
		bool flag = outlives_us;
		pid_t holder = fixture_holder(begin_to_stay, &flag);
		struct deadline deadline = deadline_in(RUN_MS);

		while (!*text_of("pid")) {
			ck_assert(!deadline_passed(&deadline));
			usleep(5000);
		}
		fixture_kill(holder);
		if (outlives_us) {
			usleep(100000);
			ck_assert(!process_ended(process_of("pid")));
			ck_assert_int_eq(kill(process_of("pid"), SIGKILL), 0);
		}
		check_gone(process_of("pid"));
		ck_assert_int_eq(unlink(arena_printf(arena, "%s/pid", directory)), 0);
	}
	directory_remove();
}
END_TEST

SUITE("child", outcomes, descriptors_run_out, clean_world, stdio_is_there_though_ours_is_closed,
      found_with_a_poor_path, end_seen_though_children_are_ignored, family_is_killed, left_lives_on,
      killed_with_us_or_not)
