/* SPDX-License-Identifier: MIT */
#include "state_file.h"

#include "core/recorded/samples.h"
#include "recorded_file.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
/* Owned neither by root nor by the user running this. */
#define STRANGER 65533

struct fixture {
	struct arena *arena;
	char *root;
	struct state_dirs dirs;
	struct recorded recorded;
	bool kept;
	const char *warning;
	const char *error;
};

static void setup(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->arena = arena_new();
	fixture->root = fixture_directory(fixture->arena);
	fixture->dirs.state = arena_printf(fixture->arena, "%s/lib/wgreconcile", fixture->root);
	fixture->dirs.run = arena_printf(fixture->arena, "%s/run/wgreconcile", fixture->root);
	recorded_init(&fixture->recorded, fixture->arena);
}

static void teardown(struct fixture *fixture)
{
	fixture_directory_remove(fixture->root);
	arena_free(fixture->arena);
}

static const char *in_state(struct fixture *fixture, const char *name)
{
	return arena_printf(fixture->arena, "%s/%s", fixture->dirs.state, name);
}

static void make_directories(struct fixture *fixture)
{
	ck_assert_ptr_null(
		recorded_file_write(&fixture->dirs, "made", &fixture->recorded, fixture->arena));
}

static void put(const char *path, const char *content)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_msg(file >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(file, content, strlen(content)), (int)strlen(content));
	close(file);
}

static const char *get(struct fixture *fixture, const char *path)
{
	char *content = arena_alloc(fixture->arena, 4096);
	int file = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_msg(file >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_ge(read(file, content, 4095), 0);
	close(file);
	return content;
}

static unsigned mode_of(const char *path)
{
	struct stat status;

	ck_assert_msg(lstat(path, &status) == 0, "%s: %s", path, strerror(errno));
	return status.st_mode & 07777u;
}

static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static bool read_it(struct fixture *fixture, bool set_aside)
{
	return recorded_file_read(&fixture->dirs, "default", set_aside, &fixture->recorded,
				  &fixture->kept, fixture->arena, &fixture->warning,
				  &fixture->error);
}

/* A state identified by its number. */
static const char *write_it(struct fixture *fixture, int number)
{
	struct recorded recorded;

	recorded_init(&recorded, fixture->arena);
	recorded.time_attempt = number;
	return recorded_file_write(&fixture->dirs, "default", &recorded, fixture->arena);
}

static void check_holds(struct fixture *fixture, int number)
{
	ck_assert(read_it(fixture, true));
	ck_assert_msg(!fixture->warning, "%s", fixture->warning);
	ck_assert_int_eq(fixture->recorded.time_attempt, number);
}

START_TEST(missing)
{
	struct fixture fixture;

	setup(&fixture);
	strcpy(fixture.recorded.boot_id, "x");
	ck_assert(read_it(&fixture, true));
	ck_assert_ptr_null(fixture.warning);
	ck_assert_ptr_null(fixture.error);
	ck_assert_str_eq(fixture.recorded.boot_id, "");
	ck_assert(!exists(fixture.dirs.state));
	make_directories(&fixture);
	ck_assert(read_it(&fixture, true));
	ck_assert_ptr_null(fixture.warning);
	teardown(&fixture);
}
END_TEST

START_TEST(written_and_read)
{
	struct fixture fixture;

	setup(&fixture);
	for (int i = 1; i < 4; i++) {
		ck_assert_ptr_null(write_it(&fixture, i));
		check_holds(&fixture, i);
	}
	ck_assert_uint_eq(mode_of(fixture.dirs.state), 0700);
	ck_assert_uint_eq(mode_of(in_state(&fixture, "default.json")), 0600);
	ck_assert(!exists(in_state(&fixture, "default.json.tmp")));
	ck_assert(!exists(in_state(&fixture, "default.json.bad")));
	teardown(&fixture);
}
END_TEST

static void make_text(const char *path, const char *content)
{
	put(path, content);
}

static void make_open_to_group(const char *path, const char *content)
{
	put(path, content);
	ck_assert_int_eq(chmod(path, 0620), 0);
}

static void make_open_to_others(const char *path, const char *content)
{
	put(path, content);
	ck_assert_int_eq(chmod(path, 0602), 0);
}

static void make_link(const char *path, const char *content)
{
	ck_assert_int_eq(symlink(content, path), 0);
}

static void make_directory(const char *path, const char *content)
{
	(void)content;
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void make_pipe(const char *path, const char *content)
{
	(void)content;
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_huge(const char *path, const char *content)
{
	put(path, content);
	ck_assert_int_eq(truncate(path, (off_t)RECORDED_SIZE_MAX + 1), 0);
}

static const struct {
	void (*make)(const char *path, const char *content);
	const char *content;
	const char *reason;
} unusable[] = {
	{ make_text, "", "line 1" },
	{ make_text, "{\"boot_id\":\"\",\"vers", "line 1, column" },
	{ make_text, "#!/bin/sh\n", "expected near" },
	{ make_text, "{\"version\":2,\"new\":[]}", "version 2 is newer than this program's 1" },
	{ make_open_to_group, "{\"boot_id\":\"\",\"version\":1}", "others may write" },
	{ make_open_to_others, "{\"boot_id\":\"\",\"version\":1}", "others may write" },
	{ make_link, "/etc/passwd", "symbolic link" },
	{ make_link, "nowhere", "symbolic link" },
	{ make_directory, "", "not a regular file" },
	{ make_pipe, "", "not a regular file" },
	{ make_huge, "{}", "too large" },
};

START_TEST(unusable_is_set_aside)
{
	for (int i = 0; i < COUNT(unusable); i++) {
		struct fixture fixture;
		const char *path, *bad;
		unsigned mode;

		setup(&fixture);
		make_directories(&fixture);
		path = in_state(&fixture, "default.json");
		bad = in_state(&fixture, "default.json.bad");
		unusable[i].make(path, unusable[i].content);
		mode = mode_of(path);
		/* A dry run leaves it. */
		ck_assert(read_it(&fixture, false));
		ck_assert_msg(strstr(fixture.warning, unusable[i].reason) &&
				      strstr(fixture.warning, path),
			      "%s", fixture.warning);
		ck_assert(exists(path) && !exists(bad));
		strcpy(fixture.recorded.boot_id, "x");
		ck_assert(read_it(&fixture, true));
		ck_assert_msg(strstr(fixture.warning, unusable[i].reason) != NULL, "%s",
			      fixture.warning);
		ck_assert_ptr_nonnull(strstr(fixture.warning, "set aside as default.json.bad"));
		ck_assert_ptr_null(fixture.error);
		ck_assert_str_eq(fixture.recorded.boot_id, "");
		ck_assert(!exists(path));
		ck_assert_uint_eq(mode_of(bad), mode);
		/* From then on everything is as at the first start. */
		ck_assert(read_it(&fixture, true));
		ck_assert_ptr_null(fixture.warning);
		ck_assert_ptr_null(write_it(&fixture, 5));
		check_holds(&fixture, 5);
		teardown(&fixture);
	}
}
END_TEST

START_TEST(second_bad_file_replaces_the_first)
{
	struct fixture fixture;

	setup(&fixture);
	make_directories(&fixture);
	for (int i = 0; i < 2; i++) {
		put(in_state(&fixture, "default.json"), i ? "second" : "first");
		ck_assert(read_it(&fixture, true));
	}
	ck_assert_str_eq(get(&fixture, in_state(&fixture, "default.json.bad")), "second");
	teardown(&fixture);
}
END_TEST

START_TEST(cannot_be_set_aside)
{
	struct fixture fixture;

	setup(&fixture);
	make_directories(&fixture);
	put(in_state(&fixture, "default.json"), "?");
	make_directory(in_state(&fixture, "default.json.bad"), NULL);
	put(in_state(&fixture, "default.json.bad/in_the_way"), "");
	ck_assert(read_it(&fixture, true));
	ck_assert_ptr_nonnull(strstr(fixture.warning, "cannot be set aside"));
	ck_assert_str_eq(get(&fixture, in_state(&fixture, "default.json")), "?");
	teardown(&fixture);
}
END_TEST

START_TEST(of_somebody_else)
{
	struct fixture fixture;
	const char *path;

	if (geteuid() != 0) {
		fprintf(stderr, "of_somebody_else: only root can give files away, not tried\n");
		return;
	}
	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 5));
	path = in_state(&fixture, "default.json");
	ck_assert_int_eq(chown(path, STRANGER, STRANGER), 0);
	ck_assert(read_it(&fixture, true));
	ck_assert_ptr_nonnull(strstr(fixture.warning, "belongs to somebody else"));
	ck_assert_int_eq(fixture.recorded.time_attempt, 0);
	/* A directory is not removed. */
	ck_assert_ptr_null(write_it(&fixture, 6));
	ck_assert_int_eq(chown(fixture.dirs.state, STRANGER, STRANGER), 0);
	ck_assert(!read_it(&fixture, true));
	ck_assert_ptr_nonnull(strstr(fixture.error, "belongs to somebody else"));
	ck_assert_ptr_nonnull(strstr(write_it(&fixture, 7), "belongs to somebody else"));
	ck_assert_int_eq(chown(fixture.dirs.state, 0, 0), 0);
	check_holds(&fixture, 6);
	teardown(&fixture);
}
END_TEST

/* It may be valid: that is an error, and no reason to start from scratch. */
START_TEST(cannot_be_read)
{
	uid_t before = geteuid();
	struct fixture fixture;
	const char *path;

	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 5));
	path = in_state(&fixture, "default.json");
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_int_eq(chmod(fixture.root, 0755), 0);
	/* Root can read files without read permission. */
	if (before == 0) {
		ck_assert_int_eq(chown(fixture.dirs.state, STRANGER, STRANGER), 0);
		ck_assert_int_eq(seteuid(STRANGER), 0);
	}
	ck_assert(!read_it(&fixture, true));
	ck_assert_msg(strstr(fixture.error, path) && strstr(fixture.error, "Permission denied"),
		      "%s", fixture.error);
	ck_assert_ptr_null(fixture.warning);
	ck_assert_int_eq(fixture.recorded.time_attempt, 0);
	ck_assert_int_eq(seteuid(before), 0);
	ck_assert(!exists(in_state(&fixture, "default.json.bad")));
	teardown(&fixture);
}
END_TEST

START_TEST(directories)
{
	struct fixture fixture;
	const char *file, *path;

	setup(&fixture);
	file = arena_printf(fixture.arena, "%s/file", fixture.root);
	put(file, "");
	path = fixture.dirs.state;
	/* A file in place of the directory, and of its parent. */
	fixture.dirs.state = file;
	ck_assert(!read_it(&fixture, true));
	ck_assert_ptr_nonnull(strstr(fixture.error, "Not a directory"));
	ck_assert_ptr_nonnull(strstr(write_it(&fixture, 1), "Not a directory"));
	fixture.dirs.state = arena_printf(fixture.arena, "%s/below/below", file);
	ck_assert_ptr_nonnull(strstr(write_it(&fixture, 1), "Not a directory"));
	fixture.dirs.state = "";
	ck_assert_ptr_nonnull(write_it(&fixture, 1));
	/* Open to the group, and to others. */
	fixture.dirs.state = path;
	ck_assert_ptr_null(write_it(&fixture, 1));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(chmod(path, i ? 0770 : 0702), 0);
		ck_assert_ptr_nonnull(strstr(write_it(&fixture, 2), "chmod go-w"));
		ck_assert(!read_it(&fixture, true));
	}
	ck_assert_int_eq(chmod(path, 0750), 0);
	check_holds(&fixture, 1);
	/* A link of our own, as systemd makes one. */
	fixture.dirs.state = arena_printf(fixture.arena, "%s/link", fixture.root);
	ck_assert_int_eq(symlink(path, fixture.dirs.state), 0);
	check_holds(&fixture, 1);
	if (geteuid() == 0) {
		ck_assert_int_eq(lchown(fixture.dirs.state, STRANGER, STRANGER), 0);
		ck_assert(!read_it(&fixture, true));
		ck_assert_ptr_nonnull(strstr(fixture.error, "symbolic link"));
	}
	teardown(&fixture);
}
END_TEST

START_TEST(names)
{
	static const char *const table[] = { "", ".", "..", "../x", "a/b", "/etc/x", ".hidden" };
	struct fixture fixture;

	setup(&fixture);
	for (int i = 0; i < COUNT(table); i++) {
		ck_assert(!recorded_file_read(&fixture.dirs, table[i], true, &fixture.recorded,
					      &fixture.kept, fixture.arena, &fixture.warning,
					      &fixture.error));
		ck_assert_ptr_nonnull(fixture.error);
		ck_assert_ptr_nonnull(recorded_file_write(&fixture.dirs, table[i],
							  &fixture.recorded, fixture.arena));
		ck_assert_ptr_nonnull(state_text_write(&fixture.dirs, table[i], STATE_SAMPLES, "",
						       fixture.arena));
		ck_assert_ptr_nonnull(state_text_write(&fixture.dirs, table[i], STATE_NOTICES, NULL,
						       fixture.arena));
		fixture.error = NULL;
		ck_assert_int_eq(state_lock(&fixture.dirs, table[i], fixture.arena, &fixture.error),
				 -1);
		ck_assert_int_eq(errno, EINVAL);
		ck_assert_ptr_nonnull(fixture.error);
	}
	ck_assert(!exists(fixture.dirs.state) && !exists(fixture.dirs.run));
	teardown(&fixture);
}
END_TEST

/* Remains of a killed run, or of an attacker, in place of the temporary file. */
START_TEST(stale_temporary_file)
{
	struct fixture fixture;
	const char *temporary, *victim;

	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 1));
	temporary = in_state(&fixture, "default.json.tmp");
	victim = arena_printf(fixture.arena, "%s/victim", fixture.root);
	put(temporary, "{\"boot_id\":\"half a st");
	ck_assert_ptr_null(write_it(&fixture, 2));
	check_holds(&fixture, 2);
	put(victim, "whole");
	ck_assert_int_eq(symlink(victim, temporary), 0);
	ck_assert_ptr_null(write_it(&fixture, 3));
	check_holds(&fixture, 3);
	ck_assert_str_eq(get(&fixture, victim), "whole");
	make_directory(temporary, NULL);
	ck_assert_ptr_nonnull(strstr(write_it(&fixture, 4), "default.json.tmp: File exists"));
	check_holds(&fixture, 3);
	teardown(&fixture);
}
END_TEST

START_TEST(target_is_a_directory)
{
	struct fixture fixture;

	setup(&fixture);
	make_directories(&fixture);
	make_directory(in_state(&fixture, "default.json"), NULL);
	ck_assert_ptr_nonnull(strstr(write_it(&fixture, 4), "default.json: Is a directory"));
	ck_assert(!exists(in_state(&fixture, "default.json.tmp")));
	teardown(&fixture);
}
END_TEST

/* The write fails after each number of bytes. */
START_TEST(file_size_limit)
{
	struct rlimit before, limit;
	struct fixture fixture;
	struct stat status;
	const char *error;

	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 1));
	ck_assert_int_eq(stat(in_state(&fixture, "default.json"), &status), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	for (off_t size = 0; size <= status.st_size; size++) {
		limit = before;
		limit.rlim_cur = (rlim_t)size;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		error = write_it(&fixture, size < status.st_size ? 2 : 3);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
		ck_assert(!exists(in_state(&fixture, "default.json.tmp")));
		check_holds(&fixture, size < status.st_size ? 1 : 3);
		ck_assert_msg(!error == (size == status.st_size), "%d: %s", (int)size, error);
		if (error)
			ck_assert_ptr_nonnull(strstr(error, "default.json.tmp: File too large"));
	}
	teardown(&fixture);
}
END_TEST

static bool write_map(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	bool done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);

	if (file >= 0)
		close(file);
	return done;
}

/* Makes us root in a user namespace. */
static bool own_users(void)
{
	char users[40], groups[40];

	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	return unshare(CLONE_NEWUSER) == 0 && write_map("/proc/self/setgroups", "deny") &&
	       write_map("/proc/self/gid_map", groups) && write_map("/proc/self/uid_map", users);
}

static bool own_mounts(void)
{
	return (geteuid() == 0 || own_users()) && fixture_unshare(CLONE_NEWNS);
}

static void fill(const char *path)
{
	static const char block[4096];
	int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	while (write(file, block, sizeof(block)) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	close(file);
}

static void check_full_and_read_only(struct fixture *fixture)
{
	const char *state = fixture->dirs.state;
	const char *error;

	ck_assert_ptr_null(write_it(fixture, 1));
	fill(in_state(fixture, "ballast"));
	error = write_it(fixture, 2);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, "default.json.tmp: No space left on device: free some space"),
		      "%s", error);
	ck_assert(!exists(in_state(fixture, "default.json.tmp")));
	check_holds(fixture, 1);
	ck_assert_int_eq(unlink(in_state(fixture, "ballast")), 0);
	ck_assert_ptr_null(write_it(fixture, 3));
	check_holds(fixture, 3);

	put(in_state(fixture, "bad.json"), "?");
	ck_assert_int_eq(mount("none", state, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k"), 0);
	error = write_it(fixture, 4);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, "Read-only file system: make the file system writable"), "%s",
		      error);
	check_holds(fixture, 3);
	ck_assert(recorded_file_read(&fixture->dirs, "bad", true, &fixture->recorded,
				     &fixture->kept, fixture->arena, &fixture->warning,
				     &fixture->error));
	ck_assert_ptr_nonnull(
		strstr(fixture->warning, "cannot be set aside: Read-only file system"));
}

START_TEST(full_and_read_only_file_system)
{
	struct fixture fixture;
	int status;
	pid_t child;

	setup(&fixture);
	make_directories(&fixture);
	child = fixture_fork();
	if (child == 0) {
		if (!own_mounts() ||
		    mount("none", fixture.dirs.state, "tmpfs", 0, "size=64k,mode=0700")) {
			fprintf(stderr,
				"full_and_read_only_file_system: not tried, no mounts: %s\n",
				strerror(errno));
			_exit(77);
		}
		check_full_and_read_only(&fixture);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
	teardown(&fixture);
}
END_TEST

START_TEST(too_large_to_write)
{
	struct recorded_selector *selector;
	struct fixture fixture;
	char name[RECORDED_NAME_MAX + 1];

	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 1));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	selector = recorded_selector_get(&fixture.recorded, "uplink");
	for (int i = 0; i < 65536; i++)
		*vec_push(fixture.arena, &selector->tried) = name;
	ck_assert_ptr_nonnull(strstr(
		recorded_file_write(&fixture.dirs, "default", &fixture.recorded, fixture.arena),
		"too large"));
	check_holds(&fixture, 1);
	teardown(&fixture);
}
END_TEST

/* Writes continuously until killed. */
static void write_forever(struct fixture *fixture)
{
	for (int i = 1;; i++) {
		if (write_it(fixture, i % 1000 + 1))
			_exit(1);
	}
}

START_TEST(killed_while_writing)
{
	struct fixture fixture;
	int status;

	setup(&fixture);
	ck_assert_ptr_null(write_it(&fixture, 1));
	for (int i = 0; i < 50; i++) {
		pid_t child = fixture_fork();

		if (child == 0)
			write_forever(&fixture);
		usleep((useconds_t)(1000 + i * 337));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
		ck_assert(read_it(&fixture, true));
		ck_assert_msg(!fixture.warning, "%s", fixture.warning);
		ck_assert_int_gt(fixture.recorded.time_attempt, 0);
	}
	ck_assert_ptr_null(write_it(&fixture, 7));
	ck_assert(!exists(in_state(&fixture, "default.json.tmp")));
	teardown(&fixture);
}
END_TEST

static int lock_it(struct fixture *fixture, const char *name)
{
	fixture->error = "unset";
	return state_lock(&fixture->dirs, name, fixture->arena, &fixture->error);
}

static bool lock_begin(void *data)
{
	return lock_it(data, "default") >= 0;
}

START_TEST(lock_of_another_process)
{
	struct fixture fixture;
	int lock, other;
	pid_t holder;

	setup(&fixture);
	holder = fixture_holder(lock_begin, &fixture);
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	ck_assert_ptr_null(fixture.error);
	other = lock_it(&fixture, "other");
	ck_assert_int_ge(other, 0);
	ck_assert_ptr_null(fixture.error);
	ck_assert_int_eq(fcntl(other, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	/* The lock is free however it ends. */
	fixture_kill(holder);
	lock = lock_it(&fixture, "default");
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	close(lock);
	lock = lock_it(&fixture, "default");
	ck_assert_int_ge(lock, 0);
	ck_assert_uint_eq(mode_of(fixture.dirs.run), 0700);
	close(lock);
	close(other);
	teardown(&fixture);
}
END_TEST

START_TEST(lock_that_cannot_be)
{
	struct fixture fixture;
	const char *path, *victim;

	setup(&fixture);
	close(lock_it(&fixture, "made"));
	path = arena_printf(fixture.arena, "%s/default.lock", fixture.dirs.run);
	victim = arena_printf(fixture.arena, "%s/victim", fixture.root);
	ck_assert_int_eq(symlink(victim, path), 0);
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_ptr_nonnull(strstr(fixture.error, "default.lock"));
	ck_assert(!exists(victim));
	ck_assert_int_eq(unlink(path), 0);
	make_pipe(path, NULL);
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	ck_assert_int_ne(errno, EWOULDBLOCK);
	ck_assert_ptr_nonnull(strstr(fixture.error, "not a regular file"));
	ck_assert_int_eq(chmod(fixture.dirs.run, 0777), 0);
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	ck_assert_ptr_nonnull(strstr(fixture.error, "others may write"));
	fixture.dirs.run = path;
	ck_assert_int_eq(lock_it(&fixture, "default"), -1);
	ck_assert_ptr_nonnull(strstr(fixture.error, "Not a directory"));
	teardown(&fixture);
}
END_TEST

static struct samples samples_of(struct fixture *fixture, const char *name)
{
	struct state_text text = state_text_read(&fixture->dirs, name, STATE_SAMPLES,
						 fixture->arena);
	struct samples samples;

	ck_assert_int_eq(!text.error, text.result == STATE_READ);
	ck_assert(text.result == STATE_READ || !text.length);
	samples_decode(text.text, text.length, &samples, fixture->arena);
	return samples;
}

static const char *write_samples(struct fixture *fixture, const struct samples *samples)
{
	return state_text_write(&fixture->dirs, "default", STATE_SAMPLES,
				samples_encode(samples, fixture->arena), fixture->arena);
}

START_TEST(samples_too)
{
	struct fixture fixture;
	struct samples samples;
	const char *path;

	setup(&fixture);
	samples = samples_of(&fixture, "default");
	ck_assert_int_eq(samples.at, 0);
	samples.at = 42;
	ck_assert_ptr_null(write_samples(&fixture, &samples));
	samples = samples_of(&fixture, "default");
	ck_assert_int_eq(samples.at, 42);
	path = arena_printf(fixture.arena, "%s/default.marks", fixture.dirs.run);
	ck_assert_uint_eq(mode_of(path), 0600);
	for (int i = 0; i < COUNT(unusable); i++) {
		ck_assert_int_eq(remove(path), 0);
		unusable[i].make(path, unusable[i].content);
		samples = samples_of(&fixture, "default");
		ck_assert_int_eq(samples.at, 0);
	}
	samples.at = 43;
	ck_assert_ptr_null(write_samples(&fixture, &samples));
	samples = samples_of(&fixture, "../run/default");
	ck_assert_int_eq(samples.at, 0);
	fixture.dirs.run = path;
	samples = samples_of(&fixture, "default");
	ck_assert_int_eq(samples.at, 0);
	ck_assert_ptr_nonnull(write_samples(&fixture, &samples));
	teardown(&fixture);
}
END_TEST

static bool is_kept(struct fixture *fixture, const char *name)
{
	recorded_file_read(&fixture->dirs, name, false, &fixture->recorded, &fixture->kept,
			   fixture->arena, &fixture->warning, &fixture->error);
	return fixture->kept;
}

static const char *forget(struct fixture *fixture)
{
	return state_text_write(&fixture->dirs, "default", STATE_KEPT, NULL, fixture->arena);
}

START_TEST(kept_until_written)
{
	struct fixture fixture;
	struct recorded recorded;
	const char *path;

	setup(&fixture);
	recorded_init(&recorded, fixture.arena);
	recorded.time_attempt = 7;
	ck_assert(!is_kept(&fixture, "default"));
	ck_assert(!exists(fixture.dirs.run));
	ck_assert_ptr_null(recorded_file_keep(&fixture.dirs, "default", &recorded, fixture.arena));
	ck_assert(is_kept(&fixture, "default"));
	ck_assert_int_eq(fixture.recorded.time_attempt, 7);
	ck_assert(!exists(fixture.dirs.state));
	ck_assert(!is_kept(&fixture, "other"));
	ck_assert_ptr_null(forget(&fixture));
	ck_assert(!is_kept(&fixture, "default"));
	ck_assert_ptr_null(forget(&fixture));
	path = arena_printf(fixture.arena, "%s/default.json", fixture.dirs.run);
	for (int i = 0; i < COUNT(unusable); i++) {
		unusable[i].make(path, unusable[i].content);
		ck_assert(!is_kept(&fixture, "default"));
		ck_assert_int_eq(fixture.recorded.time_attempt, 0);
		ck_assert_int_eq(remove(path), 0);
	}
	ck_assert_ptr_nonnull(recorded_file_keep(&fixture.dirs, "../x", &recorded, fixture.arena));
	ck_assert(!is_kept(&fixture, "../x"));
	teardown(&fixture);
}
END_TEST

static const char *write_pending(struct fixture *fixture, const char *text)
{
	return state_text_write(&fixture->dirs, "default", STATE_PENDING, text, fixture->arena);
}

static bool is_pending(struct fixture *fixture, const char *name, const char *text)
{
	struct state_text content = state_text_read(&fixture->dirs, name, STATE_PENDING,
						    fixture->arena);

	if (!text)
		return content.result == STATE_MISSING;
	return content.result == STATE_READ && content.length == strlen(text) &&
	       !memcmp(content.text, text, content.length);
}

START_TEST(removed_and_compared)
{
	struct fixture fixture;
	struct stat before, after;
	const char *path;

	setup(&fixture);
	path = arena_printf(fixture.arena, "%s/default.pending", fixture.dirs.run);
	ck_assert(is_pending(&fixture, "default", NULL));
	/* No file is created only to be removed. */
	ck_assert_ptr_null(write_pending(&fixture, NULL));
	ck_assert(!exists(fixture.dirs.run));
	ck_assert_ptr_null(write_pending(&fixture, "one\n"));
	ck_assert(is_pending(&fixture, "default", "one\n"));
	ck_assert(is_pending(&fixture, "other", NULL));
	/* Unchanged content is not written again. */
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_ptr_null(write_pending(&fixture, "one\n"));
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_ptr_null(write_pending(&fixture, "two\n"));
	ck_assert(is_pending(&fixture, "default", "two\n"));
	ck_assert_ptr_null(write_pending(&fixture, NULL));
	ck_assert(!exists(path));
	make_directory(path, NULL);
	ck_assert_ptr_nonnull(strstr(write_pending(&fixture, NULL), "default.pending: "));
	ck_assert_ptr_nonnull(
		state_text_write(&fixture.dirs, "../x", STATE_PENDING, "", fixture.arena));
	ck_assert(!is_pending(&fixture, "../x", NULL));
	teardown(&fixture);
}
END_TEST

/* Each file of an instance has its own path. */
START_TEST(places)
{
	static const struct {
		enum state_file file;
		const char *path;
	} table[] = {
		{ STATE_RECORDED, "lib/wgreconcile/default.json" },
		{ STATE_KEPT, "run/wgreconcile/default.json" },
		{ STATE_SAMPLES, "run/wgreconcile/default.marks" },
		{ STATE_NOTICES, "run/wgreconcile/default.notices" },
		{ STATE_PENDING, "run/wgreconcile/default.pending" },
	};
	struct fixture fixture;

	setup(&fixture);
	for (int i = 0; i < COUNT(table); i++)
		ck_assert_ptr_null(state_text_write(&fixture.dirs, "default", table[i].file,
						    table[i].path, fixture.arena));
	for (int i = 0; i < COUNT(table); i++) {
		const char *path = arena_printf(fixture.arena, "%s/%s", fixture.root,
						table[i].path);
		struct state_text text = state_text_read(&fixture.dirs, "default", table[i].file,
							 fixture.arena);

		ck_assert_str_eq(get(&fixture, path), table[i].path);
		ck_assert_uint_eq(mode_of(path), 0600);
		ck_assert_int_eq(text.result, STATE_READ);
		ck_assert_str_eq(text.path, path);
		ck_assert_uint_eq(text.length, strlen(table[i].path));
		ck_assert_mem_eq(text.text, table[i].path, text.length);
	}
	teardown(&fixture);
}
END_TEST

/* Data of a later version is kept, without a message. */
START_TEST(of_a_later_version)
{
	static const char text[] =
		"{\"boot_id\":\"\",\"facts\":[1,{\"a\":null}],\"time_attempt\":3,\"version\":1}\n";
	struct fixture fixture;

	setup(&fixture);
	make_directories(&fixture);
	put(in_state(&fixture, "default.json"), text);
	check_holds(&fixture, 3);
	ck_assert_ptr_null(
		recorded_file_write(&fixture.dirs, "default", &fixture.recorded, fixture.arena));
	ck_assert_str_eq(get(&fixture, in_state(&fixture, "default.json")), text);
	ck_assert(!exists(in_state(&fixture, "default.json.bad")));
	ck_assert_ptr_null(
		recorded_file_keep(&fixture.dirs, "default", &fixture.recorded, fixture.arena));
	ck_assert(is_kept(&fixture, "default"));
	ck_assert_str_eq(recorded_encode(&fixture.recorded, fixture.arena), text);
	teardown(&fixture);
}
END_TEST

START_TEST(locked_or_not)
{
	struct fixture fixture;
	const char *error = NULL;
	int lock;

	setup(&fixture);
	ck_assert(!state_locked(&fixture.dirs, "default", fixture.arena, &error));
	ck_assert_ptr_null(error);
	/* It does not hold the lock. */
	lock = state_lock(&fixture.dirs, "default", fixture.arena, &error);
	ck_assert_int_ge(lock, 0);
	ck_assert(state_locked(&fixture.dirs, "default", fixture.arena, &error));
	ck_assert_ptr_null(error);
	ck_assert(!state_locked(&fixture.dirs, "other", fixture.arena, &error));
	close(lock);
	ck_assert(!state_locked(&fixture.dirs, "default", fixture.arena, &error));
	ck_assert_ptr_null(error);
	ck_assert(!state_locked(&fixture.dirs, "../x", fixture.arena, &error));
	ck_assert_ptr_nonnull(error);
	teardown(&fixture);
}
END_TEST

#define ONE_BOOT "11111111-2222-3333-4444-555555555555"
#define OTHER_BOOT "99999999-8888-7777-6666-555555555555"

static const char *boot_seen(struct fixture *fixture, bool make, const char *own)
{
	char boot_id[BOOT_ID_SIZE];

	snprintf(boot_id, sizeof(boot_id), "%s", own);
	state_boot_id(&fixture->dirs, make, boot_id, fixture->arena);
	return arena_strdup(fixture->arena, boot_id);
}

/* The run directory on its own file system; false if mounting is not permitted. */
static bool run_directory_on(struct fixture *fixture, const char *type)
{
	struct recorded recorded;

	recorded_init(&recorded, fixture->arena);
	ck_assert_ptr_null(recorded_file_keep(&fixture->dirs, "made", &recorded, fixture->arena));
	return !type ||
	       (!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		!mount(type, fixture->dirs.run, type, 0, "mode=700"));
}

START_TEST(boot_id_of_all_runs)
{
	struct fixture fixture;
	const char *file;

	setup(&fixture);
	ck_assert_str_eq(boot_seen(&fixture, true, ONE_BOOT), ONE_BOOT); /* no directory */
	if (!run_directory_on(&fixture, "tmpfs")) {
		ck_assert_msg(errno == EPERM, "%s", strerror(errno));
		teardown(&fixture);
		return;
	}
	file = arena_printf(fixture.arena, "%s/boot", fixture.dirs.run);
	ck_assert_str_eq(boot_seen(&fixture, false, ONE_BOOT), ONE_BOOT);
	ck_assert_int_ne(access(file, F_OK), 0);
	ck_assert_str_eq(boot_seen(&fixture, true, ""), "");
	ck_assert_int_ne(access(file, F_OK), 0);
	ck_assert_str_eq(boot_seen(&fixture, true, ONE_BOOT), ONE_BOOT);
	ck_assert_str_eq(boot_seen(&fixture, true, OTHER_BOOT), ONE_BOOT);
	ck_assert_str_eq(boot_seen(&fixture, false, OTHER_BOOT), ONE_BOOT);
	ck_assert_str_eq(boot_seen(&fixture, false, ""), ONE_BOOT);
	/* An unusable one is replaced by the next run with permission. */
	put(file, "no boot id\n");
	ck_assert_str_eq(boot_seen(&fixture, false, OTHER_BOOT), OTHER_BOOT);
	ck_assert_str_eq(get(&fixture, file), "no boot id\n");
	ck_assert_str_eq(boot_seen(&fixture, true, OTHER_BOOT), OTHER_BOOT);
	ck_assert_str_eq(get(&fixture, file), OTHER_BOOT "\n");
	ck_assert_int_eq(umount(fixture.dirs.run), 0);
	teardown(&fixture);
}
END_TEST

/* Files that may outlive the boot do not identify it. */
START_TEST(boot_id_on_a_disk)
{
	struct fixture fixture;
	struct statfs status;

	setup(&fixture);
	ck_assert(run_directory_on(&fixture, NULL));
	ck_assert_int_eq(statfs(fixture.dirs.run, &status), 0);
	if (status.f_type != TMPFS_MAGIC) {
		put(arena_printf(fixture.arena, "%s/boot", fixture.dirs.run), ONE_BOOT "\n");
		ck_assert_str_eq(boot_seen(&fixture, true, OTHER_BOOT), OTHER_BOOT);
	}
	teardown(&fixture);
}
END_TEST

SUITE("state_file", missing, written_and_read, unusable_is_set_aside,
      second_bad_file_replaces_the_first, cannot_be_set_aside, of_somebody_else, cannot_be_read,
      directories, names, stale_temporary_file, target_is_a_directory, file_size_limit,
      full_and_read_only_file_system, too_large_to_write, killed_while_writing,
      lock_of_another_process, lock_that_cannot_be, samples_too, kept_until_written,
      removed_and_compared, places, of_a_later_version, locked_or_not, boot_id_of_all_runs,
      boot_id_on_a_disk)
