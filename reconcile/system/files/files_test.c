/* SPDX-License-Identifier: MIT */
/*
 * With real files: observed, planned and applied as in a run.
 */
#include "files.h"

#include "base/hash.h"
#include "core/plan/plan.h"
#include "system/kernel/kernel.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_MS 20000
#define TEXT "protocol ospf {}\n"

struct scene {
	struct arena *arena;
	const char *directory;
	struct desired desired;
	struct observed observed; /* before the latest run */
	struct plan plan; /* of the latest run */
	msec_t deadline; /* of a run */
};

/* The file "wg.conf" in a directory of its own. */
static struct desired_file *scene_init(struct scene *scene, const char *text)
{
	struct desired_file *file;

	*scene = (struct scene){ .arena = arena_new(), .deadline = RUN_MS };
	scene->directory = fixture_directory(scene->arena);
	scene->desired.arena = scene->arena;
	scene->desired.name = "files_test";
	file = vec_push(scene->arena, &scene->desired.files);
	file->path = arena_printf(scene->arena, "%s/wg.conf", scene->directory);
	file->text = text;
	file->length = strlen(text);
	file->mode = 0644;
	return file;
}

static void scene_done(struct scene *scene)
{
	fixture_directory_remove(scene->directory);
	arena_free(scene->arena);
}

/* The loads are counted in the file "loads", a line each with the content found. */
static void load_by(struct scene *scene, const char *script)
{
	struct desired_file *file = &scene->desired.files.at[0];

	fixture_script(scene->directory, "load", script);
	file->load.n = 0;
	*vec_push(scene->arena, &file->load) = arena_printf(scene->arena, "%s/load",
							    scene->directory);
	*vec_push(scene->arena, &file->load) = "an argument";
}

/* One run. The only change of it, or NULL if there was nothing to do. */
static const struct change *run(struct scene *scene)
{
	struct recorded recorded;
	struct samples samples;
	const struct plan_input input = { &scene->desired, &recorded, &samples, &scene->observed,
					  1 };
	struct deadline deadline = deadline_in(scene->deadline);
	struct kernel *kernel = kernel_open();

	ck_assert_ptr_nonnull(kernel);
	recorded_init(&recorded, scene->arena);
	samples_init(&samples, scene->arena);
	memset(&scene->observed, 0, sizeof(scene->observed));
	scene->observed.arena = scene->arena;
	files_observe(&scene->desired, &scene->observed);
	plan_make(&scene->plan, scene->arena, &input);
	kernel_apply(kernel, scene->desired.name, &scene->observed, &scene->plan.changes,
		     &deadline);
	kernel_close(kernel);
	ck_assert_uint_le(scene->plan.changes.list.n, 1);
	return scene->plan.changes.list.n ? &scene->plan.changes.list.at[0] : NULL;
}

static void expect_done(struct scene *scene)
{
	const struct change *change = run(scene);

	ck_assert_ptr_nonnull(change);
	ck_assert_int_eq(change->kind, CHANGE_FILE_WRITE);
	ck_assert_msg(change->result == CHANGE_DONE, "%s", change->error);
	ck_assert_ptr_null(run(scene));
}

static void expect_failure(struct scene *scene, const char *error)
{
	const struct change *change = run(scene);

	ck_assert_ptr_nonnull(change);
	ck_assert_int_eq(change->result, CHANGE_FAILED);
	ck_assert_str_eq(change->error, error);
}

static const char *content(struct scene *scene)
{
	return fixture_text(scene->directory, "wg.conf", scene->arena);
}

static unsigned mode_of(const struct scene *scene)
{
	struct stat status;

	ck_assert_int_eq(stat(scene->desired.files.at[0].path, &status), 0);
	return status.st_mode & 07777;
}

/* The directory has only the given names. */
static void expect_names(const struct scene *scene, const char *names)
{
	fixture_shell("test \"$(ls -A %s | tr '\\n' ' ')\" = '%s'", scene->directory, names);
}

START_TEST(test_written_once)
{
	struct scene scene;
	struct desired_file *file = scene_init(&scene, TEXT);
	mode_t mask = umask(077);

	expect_done(&scene);
	umask(mask);
	ck_assert_str_eq(content(&scene), TEXT);
	ck_assert_uint_eq(mode_of(&scene), 0644);
	ck_assert_ptr_null(run(&scene));
	ck_assert(scene.observed.files.at[0].exists);
	ck_assert_uint_eq(scene.observed.files.at[0].digest, hash_text(HASH_BASIS, TEXT));
	ck_assert_uint_eq(scene.observed.files.at[0].size, strlen(TEXT));

	/* By another program, with the same length. */
	fixture_shell("tr o 0 <%s >%s/x && mv %s/x %s", file->path, scene.directory,
		      scene.directory, file->path);
	ck_assert_str_ne(content(&scene), TEXT);
	expect_done(&scene);
	ck_assert_str_eq(content(&scene), TEXT);

	/* Removed. */
	ck_assert_int_eq(unlink(file->path), 0);
	expect_done(&scene);

	/* Another content, and an empty one. */
	file->mode = 0600;
	file->text = "new\n";
	file->length = 4;
	expect_done(&scene);
	ck_assert_str_eq(content(&scene), "new\n");
	ck_assert_uint_eq(mode_of(&scene), 0600);
	file->length = 0;
	expect_done(&scene);
	ck_assert_str_eq(content(&scene), "");
	expect_names(&scene, "wg.conf ");
	scene_done(&scene);
}
END_TEST

START_TEST(test_loaded)
{
	struct scene scene;

	scene_init(&scene, TEXT);
	/* The command runs in the directory. */
	load_by(&scene, "echo \"$1: $(cat wg.conf)\" >>loads\n");
	expect_done(&scene);
	ck_assert_str_eq(fixture_text(scene.directory, "loads", scene.arena),
			 "an argument: protocol ospf {}\n");
	ck_assert_ptr_null(run(&scene));
	expect_names(&scene, "load loads wg.conf ");
	scene_done(&scene);
}
END_TEST

/* The file is kept, and loaded by a later run. */
START_TEST(test_load_fails)
{
	struct scene scene;
	const char *path, *script;

	path = scene_init(&scene, TEXT)->path;
	load_by(&scene, "test -e up\n");
	script = scene.desired.files.at[0].load.at[0];
	for (int i = 0; i < 2; i++) {
		expect_failure(&scene,
			       arena_printf(scene.arena,
					    "%s: written, but not loaded: %s ended with status 1",
					    path, script));
		ck_assert_str_eq(content(&scene), TEXT);
	}
	ck_assert_str_eq(scene.plan.changes.list.at[0].reason, "written before, but not loaded");
	fixture_shell("touch %s/up", scene.directory);
	expect_done(&scene);
	expect_names(&scene, "load up wg.conf ");

	/* A missing command, and one that hangs. */
	ck_assert_int_eq(unlink(path), 0);
	scene.desired.files.at[0].load.at[0] = "/nonexistent/birdc";
	expect_failure(&scene, arena_printf(scene.arena,
					    "%s: written, but not loaded: /nonexistent/birdc "
					    "cannot be started: No such file or directory",
					    path));
	scene.deadline = 300;
	load_by(&scene, "exec sleep 1000\n");
	expect_failure(&scene, arena_printf(scene.arena,
					    "%s: written, but not loaded: %s did not end in time "
					    "and was killed",
					    path, script));
	scene_done(&scene);
}
END_TEST

START_TEST(test_unwritable)
{
	struct scene scene;
	struct desired_file *file = scene_init(&scene, TEXT);
	const char *path = file->path;

	/* No directory. */
	file->path = arena_printf(scene.arena, "%s/none/wg.conf", scene.directory);
	load_by(&scene, "touch loads\n");
	expect_failure(&scene,
		       arena_printf(scene.arena, "%s: No such file or directory", file->path));
	/* A directory in its place, and a file that is not regular. */
	file->path = path;
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_failure(&scene, arena_printf(scene.arena, "%s: Is a directory", path));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	file->load.n = 0;
	expect_done(&scene);
	fixture_shell("test ! -e %s/loads", scene.directory);
	scene_done(&scene);
}
END_TEST

START_TEST(test_read_only)
{
	struct scene scene;
	const char *path;

	if (!fixture_unshare(CLONE_NEWNS))
		return;
	path = scene_init(&scene, TEXT)->path;
	load_by(&scene, "exit 0\n");
	fixture_shell("mount -t tmpfs -o ro none %s", scene.directory);
	expect_failure(&scene, arena_printf(scene.arena, "%s: Read-only file system", path));
	fixture_shell("umount %s", scene.directory);
	scene_done(&scene);
}
END_TEST

/* Killed while the new content is being written: the file is the old one. */
START_TEST(test_killed_while_writing)
{
	struct scene scene;
	struct desired_file *file = scene_init(&scene, TEXT);
	char *long_text = arena_alloc(scene.arena, 100000);
	int status;
	pid_t pid;

	expect_done(&scene);
	memset(long_text, 'x', 99999);
	file->text = long_text;
	file->length = 99999;
	pid = fixture_fork();
	if (pid == 0) {
		const struct rlimit limit = { 50000, 50000 };

		/* SIGXFSZ in the middle. */
		setrlimit(RLIMIT_FSIZE, &limit);
		run(&scene);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	ck_assert_str_eq(content(&scene), TEXT);
	expect_done(&scene);
	scene_done(&scene);
}
END_TEST

/* Killed while the new content is being loaded: the next run loads it. */
START_TEST(test_killed_while_loading)
{
	struct scene scene;
	int status;
	pid_t pid;

	scene_init(&scene, TEXT);
	load_by(&scene, "kill -9 $PPID\nsleep 1000\n");
	pid = fixture_fork();
	if (pid == 0) {
		run(&scene);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_str_eq(content(&scene), TEXT);
	load_by(&scene, "echo loaded >>loads\n");
	expect_done(&scene);
	ck_assert_str_eq(fixture_text(scene.directory, "loads", scene.arena), "loaded\n");
	expect_names(&scene, "load loads wg.conf ");
	scene_done(&scene);
}
END_TEST

/* Nothing is started after the deadline. */
START_TEST(test_no_time)
{
	struct scene scene;

	scene_init(&scene, TEXT);
	scene.deadline = 0;
	expect_failure(&scene, "the deadline passed");
	expect_names(&scene, "");
	scene_done(&scene);
}
END_TEST

SUITE("files", test_written_once, test_loaded, test_load_fails, test_unwritable, test_read_only,
      test_killed_while_writing, test_killed_while_loading, test_no_time)
