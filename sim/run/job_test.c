/* SPDX-License-Identifier: MIT */
/*
 * Data exchanged between a job and its runner, and the files left.
 */
#include "result.h"

#include "scenario_files.h"
#include "test/unit.h"
#include "workplace.h"

#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *directory_new(struct arena *arena)
{
	char *path = arena_strdup(arena, "/tmp/job_test.XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(path));
	return path;
}

START_TEST(options_file)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	const struct play_job given = {
		.name = "a[b=\"c\"]",
		.backend = BACKEND_GUEST,
		.program = "/usr/sbin/wgreconcile",
		.directory = "/tmp/nodes",
		.node = "client",
		.terminal = "/dev/tty1",
		.terminal_kind = "xterm",
		.rows = 24,
		.columns = 80,
		.stop_at = 90000,
	};
	struct play_job read;

	ck_assert_ptr_null(play_job_write(&given, directory, arena));
	ck_assert_ptr_null(play_job_read(&read, directory, arena));
	ck_assert_str_eq(read.name, given.name);
	ck_assert_int_eq(read.backend, given.backend);
	ck_assert_str_eq(read.program, given.program);
	ck_assert_str_eq(read.directory, given.directory);
	ck_assert_str_eq(read.node, given.node);
	ck_assert_str_eq(read.terminal, given.terminal);
	ck_assert_uint_eq(read.rows, 24);
	ck_assert_uint_eq(read.columns, 80);
	ck_assert_int_eq(read.stop_at, 90000);
	ck_assert_ptr_null(
		play_job_write(&(struct play_job){ .name = "a", .stop_at = -1 }, directory, arena));
	ck_assert_ptr_nonnull(strstr(play_job_read(&read, directory, arena), "not complete"));
	ck_assert(directory_remove(directory));
	ck_assert_ptr_nonnull(play_job_read(&read, directory, arena));
	arena_free(arena);
}
END_TEST

START_TEST(progress_file)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	struct play_progress progress;
	int fd;

	ck_assert(!play_progress_read(directory, &progress, arena));
	fd = open(arena_printf(arena, "%s/" JOB_PROGRESS, directory), O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	/* The later is shorter. */
	ck_assert(play_progress_write(fd, &(struct play_progress){ 1234567, 123, 45 }));
	ck_assert(play_progress_write(fd, &(struct play_progress){ 9, 1, 2 }));
	ck_assert_int_eq(close(fd), 0);
	ck_assert(play_progress_read(directory, &progress, arena));
	ck_assert_int_eq(progress.at, 9);
	ck_assert_uint_eq(progress.passed, 1);
	ck_assert_uint_eq(progress.failed, 2);
	ck_assert(directory_remove(directory));
	arena_free(arena);
}
END_TEST

/* ---- Results ---- */

static const char scenario_text[] = "version: 1\n"
				    "duration: 1m\n"
				    "nodes: {one: {}}\n"
				    "expect: [{always: {interface: {node: one, name: lo}}}]\n";

static struct task task_new(struct arena *arena)
{
	struct diags diags = { .arena = arena };
	struct task task = { .name = "alpha", .seed = 3, .text = scenario_text, .arena = arena };

	task.scenario = scenario_of_text("alpha.yaml", scenario_text, &diags);
	vec_each (diag, &diags.list)
		ck_assert_msg(false, "%s", diag_text(&diags, diag));
	return task;
}

static void write_trace(struct arena *arena, const char *directory, const char *error)
{
	const struct record begin = { .kind = RECORD_BEGIN,
				      .begin = { .scenario = "alpha",
						 .text = scenario_text,
						 .seed = 3,
						 .backend = "guest",
						 .program = "wgreconcile 0" } };
	const struct record failed = { .kind = RECORD_EXPECTATION,
				       .at = 5000,
				       .expectation = { .text = "always: x",
							.line = 4,
							.seen = "no interface lo",
							.since = 5000,
							.node = "one" } };
	const struct record end = { .kind = RECORD_END,
				    .at = 60000,
				    .end = { .failed = 1, .error = error } };
	const char *text = arena_printf(arena, "%s\n%s\n%s\n", trace_line(&begin, arena),
					trace_line(&failed, arena), trace_line(&end, arena));

	ck_assert(text_write(arena_printf(arena, "%s/" JOB_TRACE, directory), text));
	ck_assert(text_write(arena_printf(arena, "%s/" JOB_PROGRESS, directory), "60000 0 1\n"));
	ck_assert(text_write(arena_printf(arena, "%s/" JOB_OUTPUT, directory), "a\nb\n"));
}

START_TEST(results)
{
	static const struct {
		struct task_end end;
		const char *error; /* in the trace */
		enum verdict verdict;
		const char *line, *details;
	} rows[] = {
		{ { .outcome = TASK_ENDED, .status = 0, .took = 100 },
		  NULL,
		  VERDICT_PASSED,
		  "alpha seed 3: 1 of 1 expectation failed, 1 m in 0.1 s (600x)",
		  "" },
		{ { .outcome = TASK_ENDED, .status = 1, .took = 100 },
		  NULL,
		  VERDICT_FAILED,
		  "alpha seed 3: 1 of 1 expectation failed, 1 m in 0.1 s (600x)",
		  "    expected: always: x\n"
		  "    seen:     no interface lo, at 5 s\n"
		  "    the last decisions of one: none\n" },
		{ { .outcome = TASK_ENDED, .status = 2, .took = 60000 },
		  "no disk",
		  VERDICT_BROKEN,
		  "alpha seed 3: no disk; 1 m in 1 m (1.0x)",
		  NULL },
		{ { .outcome = TASK_ENDED, .status = 137, .took = 60000 },
		  NULL,
		  VERDICT_BROKEN,
		  "alpha seed 3: it was killed by signal 9 (Killed); 1 m in 1 m (1.0x)",
		  "    expected: always: x\n"
		  "    seen:     no interface lo, at 5 s\n"
		  "    the last decisions of one: none\n"
		  "    a\n"
		  "    b\n" },
		{ { .outcome = TASK_LATE, .status = 143, .took = 60000 },
		  NULL,
		  VERDICT_BROKEN,
		  "alpha seed 3: it did not end in 1 m; 1 m in 1 m (1.0x)",
		  NULL },
		{ { .outcome = TASK_STOPPED, .status = 143, .took = 60000 },
		  NULL,
		  VERDICT_STOPPED,
		  "alpha seed 3: after 1 m in 1 m (1.0x)",
		  "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_new();
		const char *directory = directory_new(arena);
		struct task task = task_new(arena);
		struct task_end end = rows[i].end;
		struct result result;

		write_trace(arena, directory, rows[i].error);
		end.directory = directory;
		result = result_of(&task, &end, false, arena);
		ck_assert_int_eq(result.verdict, rows[i].verdict);
		ck_assert_str_eq(result_line(&result, arena), rows[i].line);
		if (rows[i].details)
			ck_assert_str_eq(result.details, rows[i].details);
		ck_assert(directory_remove(directory));
		arena_free(arena);
	}
}
END_TEST

/* A network that could not be built. */
START_TEST(unbuilt)
{
	const struct record begin = { .kind = RECORD_BEGIN,
				      .begin = { .scenario = "alpha",
						 .text = scenario_text,
						 .seed = 3,
						 .backend = "guest",
						 .program = "" } };
	const struct record record = { .kind = RECORD_END, .end = { .error = "no bridge" } };
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	struct task task = task_new(arena);
	struct task_end end = { .outcome = TASK_ENDED, .status = 2, .directory = directory };
	struct result result;

	ck_assert(text_write(arena_printf(arena, "%s/" JOB_TRACE, directory),
			     arena_printf(arena, "%s\n%s\n", trace_line(&begin, arena),
					  trace_line(&record, arena))));
	result = result_of(&task, &end, false, arena);
	ck_assert_str_eq(result.why, "no bridge");
	ck_assert_str_eq(result.details, "");
	end.outcome = TASK_UNPLAYED;
	end.error = "fork: no";
	result = result_of(&task, &end, false, arena);
	ck_assert_str_eq(result.why, "fork: no");
	ck_assert(directory_remove(directory));
	arena_free(arena);
}
END_TEST

/* ---- The workplace ---- */

static bool gone(const char *path)
{
	const struct timespec pause = { 0, 20000000 };

	for (int i = 0; i < 250; i++) {
		if (access(path, F_OK) < 0 && errno == ENOENT)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Makes one below directory and something in it. */
static struct workplace workplace_new(const char *directory, struct arena *arena)
{
	struct workplace workplace;
	struct failure failure;

	ck_assert_msg(workplace_make(&workplace, directory, arena, &failure), "%s", failure.text);
	ck_assert_int_eq(mkdir(arena_printf(arena, "%s/a", workplace.path), 0700), 0);
	ck_assert(text_write(arena_printf(arena, "%s/a/b", workplace.path), "c"));
	ck_assert_int_eq(symlink("/etc", arena_printf(arena, "%s/a/link", workplace.path)), 0);
	return workplace;
}

START_TEST(workplace_goes)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	struct workplace workplace = workplace_new(directory, arena);

	ck_assert(workplace_remove(&workplace));
	ck_assert(access(workplace.path, F_OK) < 0);
	ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
	/* Nothing else was left in it. */
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}
END_TEST

START_TEST(workplace_goes_with_us)
{
	struct arena *arena = arena_new();
	const char *directory = directory_new(arena);
	int ends[2];
	char path[256] = "";
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct workplace workplace = workplace_new(directory, arena);

		ck_assert_int_gt(write(ends[1], workplace.path, strlen(workplace.path)), 0);
		pause();
	}
	ck_assert_int_gt(read(ends[0], path, sizeof(path) - 1), 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(gone(path));
	ck_assert_int_eq(rmdir(directory), 0);
	arena_free(arena);
}
END_TEST

START_TEST(speeds)
{
	struct arena *arena = arena_new();

	ck_assert_str_eq(speed_text(300000, 800, arena), "375x");
	ck_assert_str_eq(speed_text(1000, 1050, arena), "1.0x");
	ck_assert_str_eq(speed_text(0, 0, arena), "0.0x");
	arena_free(arena);
}
END_TEST

SUITE("job", options_file, progress_file, results, unbuilt, workplace_goes, workplace_goes_with_us,
      speeds)
