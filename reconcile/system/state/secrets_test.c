/* SPDX-License-Identifier: MIT */
#include "secrets.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STRANGER 65533
/* RFC 7748, section 6.1: Alice's private key original and clamped. */
#define KEY "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="
#define KEY_CLAMPED "cAdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LGo="
#define OTHER "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

struct fixture {
	struct arena *arena;
	char *root;
	struct desired desired;
	struct diags diags;
	struct deadline deadline; /* passed, unless set */
};

static void setup(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->arena = arena_new();
	fixture->root = fixture_directory(fixture->arena);
	fixture->desired.arena = fixture->arena;
	fixture->diags.arena = fixture->arena;
}

static void teardown(struct fixture *fixture)
{
	fixture_directory_remove(fixture->root);
	arena_free(fixture->arena);
}

static const char *path_of(struct fixture *fixture, const char *name)
{
	return arena_printf(fixture->arena, "%s/%s", fixture->root, name);
}

static const char *put(struct fixture *fixture, const char *name, const char *content,
		       size_t length, mode_t mode)
{
	const char *path = path_of(fixture, name);
	int file;

	/* Not truncated: a read-only file can only be truncated by root. */
	ck_assert(unlink(path) == 0 || errno == ENOENT);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, content, length), (ssize_t)length);
	ck_assert_int_eq(fchmod(file, mode), 0);
	close(file);
	return path;
}

static struct desired_interface *interface_with(struct fixture *fixture, const char *key_file)
{
	struct desired_interface *interface = vec_push(fixture->arena,
						       &fixture->desired.interfaces);

	interface->name = "wg0";
	interface->private_key_file = key_file;
	interface->key_file_where = (struct where){ path_of(fixture, "etc.yaml"), 4, 9 };
	return interface;
}

static const char *shown(const struct wg_key *key)
{
	static char text[KEY_TEXT_MAX];

	return key_text(key, text);
}

/* NULL, or the whole text of the only error. */
static const char *read_one(struct fixture *fixture, const char *key_file)
{
	fixture->desired.interfaces.n = 0;
	fixture->diags.list.n = fixture->diags.errors = 0;
	interface_with(fixture, key_file);
	secrets_read(&fixture->desired, &fixture->diags, &fixture->deadline);
	ck_assert_uint_eq(fixture->diags.errors, fixture->diags.list.n);
	ck_assert_uint_le(fixture->diags.errors, 1);
	return fixture->diags.errors ? diag_text(&fixture->diags, fixture->diags.list.at) : NULL;
}

START_TEST(contents)
{
	static const struct {
		const char *content;
		const char *error; /* NULL: accepted */
	} table[] = {
		{ KEY "\n", NULL },
		{ KEY, NULL },
		{ KEY "\r\n", NULL },
		{ "", "holds no key" },
		{ "\n", "holds no key" },
		{ "\n" KEY, "holds no key" },
		{ " " KEY, "holds no key" },
		{ KEY " ", "holds no key" },
		{ KEY "\n" OTHER "\n", "holds no key" },
		{ KEY "\n# mine\n", "holds no key" },
		{ "PrivateKey = " KEY "\n", "holds no key" },
		{ "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LC\n", "holds no key" },
		{ ZEROS "\n", "zeros" },
	};
	struct fixture fixture;

	setup(&fixture);
	for (int i = 0; i < COUNT(table); i++) {
		const char *path = put(&fixture, "key", table[i].content, strlen(table[i].content),
				       0600);
		const char *error = read_one(&fixture, path);
		const struct wg_key *key = &fixture.desired.interfaces.at[0].private_key;

		ck_assert_msg(!error == !table[i].error, "%s: %s", table[i].content, error);
		if (!error) {
			ck_assert_str_eq(shown(key), KEY_CLAMPED);
			continue;
		}
		ck_assert(key_is_zero(key));
		ck_assert_msg(strstr(error, table[i].error) != NULL, "%s", error);
		/* Nothing of the file's content. */
		ck_assert_msg(!strstr(error, "dwdt") && !strstr(error, "mine"), "%s", error);
	}
	teardown(&fixture);
}
END_TEST

START_TEST(content_with_zero_bytes)
{
	static const char content[] = KEY "\0\n";
	struct fixture fixture;

	setup(&fixture);
	ck_assert_ptr_nonnull(
		read_one(&fixture, put(&fixture, "key", content, sizeof(content) - 1, 0600)));
	ck_assert_ptr_nonnull(read_one(&fixture, put(&fixture, "key", content, 45, 0600)));
	teardown(&fixture);
}
END_TEST

START_TEST(modes)
{
	static const mode_t good[] = { 0600, 0400, 0700 };
	static const mode_t bad[] = { 0644, 0640, 0604, 0620, 0601, 0610 };
	struct fixture fixture;
	const char *error;

	setup(&fixture);
	for (int i = 0; i < COUNT(good); i++)
		ck_assert_ptr_null(
			read_one(&fixture, put(&fixture, "key", KEY, strlen(KEY), good[i])));
	for (int i = 0; i < COUNT(bad); i++) {
		error = read_one(&fixture, put(&fixture, "key", KEY, strlen(KEY), bad[i]));
		ck_assert_ptr_nonnull(error);
		ck_assert_ptr_nonnull(
			strstr(error, arena_printf(fixture.arena, "mode %04o", bad[i])));
		ck_assert_ptr_nonnull(strstr(error, "chmod 600"));
	}
	error = read_one(&fixture, put(&fixture, "key", KEY, strlen(KEY), 0644));
	ck_assert_str_eq(error, arena_printf(fixture.arena,
					     "%s/etc.yaml:4:9: interfaces.wg0.private_key_file: "
					     "%s/key: mode 0644 is too permissive: chmod 600 it",
					     fixture.root, fixture.root));
	teardown(&fixture);
}
END_TEST

START_TEST(other_files)
{
	struct fixture fixture;
	const char *path;

	setup(&fixture);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, "absent"), "No such file"));
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, "/dev/null"), "not a regular file"));
	path = path_of(&fixture, "directory");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "not a regular file"));
	/* Without a writer: waiting ends at the deadline. */
	path = path_of(&fixture, "pipe");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "before the deadline"));
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "mode 0644"));
	/* A symbolic link is checked by its target. */
	put(&fixture, "key", KEY, strlen(KEY), 0600);
	path = path_of(&fixture, "link");
	ck_assert_int_eq(symlink("key", path), 0);
	ck_assert_ptr_null(read_one(&fixture, path));
	put(&fixture, "key", KEY, strlen(KEY), 0644);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "mode 0644"));
	put(&fixture, "key", KEY, strlen(KEY), 0600);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path_of(&fixture, "key"), STRANGER, STRANGER), 0);
		ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "belongs to user 65533"));
	} else {
		fprintf(stderr, "other_files: only root can give files away, not tried\n");
	}
	teardown(&fixture);
}
END_TEST

/* As in private_key_file: /dev/fd/63, from a shell's <(sops -d ...). */
START_TEST(pipes)
{
	struct fixture fixture;
	const char *path;
	int ends[2];

	setup(&fixture);
	fixture.deadline = deadline_in(60000);
	ck_assert_int_eq(pipe(ends), 0);
	path = arena_printf(fixture.arena, "/dev/fd/%d", ends[0]);
	ck_assert_int_eq(write(ends[1], KEY "\n", 45), 45);
	close(ends[1]);
	ck_assert_ptr_null(read_one(&fixture, path));
	ck_assert_str_eq(shown(&fixture.desired.interfaces.at[0].private_key), KEY_CLAMPED);
	/* It is empty now: the next run has the key from this one. */
	ck_assert_ptr_null(read_one(&fixture, path));
	ck_assert_str_eq(shown(&fixture.desired.interfaces.at[0].private_key), KEY_CLAMPED);
	close(ends[0]);
	/* Endless. */
	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(write(ends[1], "AAAAAAAAAA", 10), 10);
	path = arena_printf(fixture.arena, "/dev/../dev/fd/%d", ends[0]);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "holds no key"));
	teardown(&fixture);
}
END_TEST

/* LoadCredential= of systemd 254 and later. */
START_TEST(credentials)
{
	struct fixture fixture;
	const char *path;

	setup(&fixture);
	path = put(&fixture, "key", KEY, strlen(KEY), 0440);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "mode 0440"));
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", fixture.root, 1), 0);
	ck_assert_ptr_null(read_one(&fixture, path));
	path = put(&fixture, "key", KEY, strlen(KEY), 0444);
	ck_assert_ptr_nonnull(strstr(read_one(&fixture, path), "mode 0444"));
	unsetenv("CREDENTIALS_DIRECTORY");
	teardown(&fixture);
}
END_TEST

START_TEST(relative_names)
{
	struct fixture fixture;
	char before[4096];

	setup(&fixture);
	put(&fixture, "key", KEY, strlen(KEY), 0600);
	ck_assert_ptr_null(read_one(&fixture, "key"));
	ck_assert_ptr_null(read_one(&fixture, "./key"));
	ck_assert_ptr_nonnull(read_one(&fixture, "nowhere/key"));
	/* Of a YAML file without a directory, and without a file: from the current directory. */
	ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
	ck_assert_int_eq(chdir(fixture.root), 0);
	for (int i = 0; i < 2; i++) {
		fixture.desired.interfaces.n = 0;
		fixture.diags.list.n = fixture.diags.errors = 0;
		interface_with(&fixture, "key")->key_file_where.file = i ? NULL : "etc.yaml";
		secrets_read(&fixture.desired, &fixture.diags, &fixture.deadline);
		ck_assert_uint_eq(fixture.diags.errors, 0);
		ck_assert_str_eq(shown(&fixture.desired.interfaces.at[0].private_key), KEY_CLAMPED);
	}
	ck_assert_int_eq(chdir(before), 0);
	teardown(&fixture);
}
END_TEST

static struct desired_peer peer_with(struct fixture *fixture, const char *name, const char *file)
{
	return (struct desired_peer){
		.name = name,
		.preshared_key_file = file,
		.key_file_where = { path_of(fixture, "etc.yaml"), 8, 1 },
	};
}

START_TEST(everything_at_once)
{
	struct fixture fixture;
	struct desired_interface *interface;
	struct desired_selector *selector;

	setup(&fixture);
	put(&fixture, "key", KEY "\n", 45, 0600);
	put(&fixture, "open", OTHER "\n", 45, 0644);
	interface = interface_with(&fixture, "open");
	*vec_push(fixture.arena, &interface->peers) = peer_with(&fixture, "office", "key");
	*vec_push(fixture.arena, &interface->peers) = peer_with(&fixture, "home", "absent");
	*vec_push(fixture.arena, &interface->peers) = peer_with(&fixture, "bare", NULL);
	interface = interface_with(&fixture, NULL);
	selector = vec_push(fixture.arena, &fixture.desired.selectors);
	selector->name = "uplink";
	*vec_push(fixture.arena, &selector->peers) = peer_with(&fixture, "sn01", "key");
	*vec_push(fixture.arena, &selector->peers) = peer_with(&fixture, "sn02", "open");
	secrets_read(&fixture.desired, &fixture.diags, &fixture.deadline);
	ck_assert_uint_eq(fixture.diags.errors, 3);
	ck_assert_str_eq(fixture.diags.list.at[0].path, "interfaces.wg0.private_key_file");
	ck_assert_str_eq(fixture.diags.list.at[1].path,
			 "interfaces.wg0.peers.home.preshared_key_file");
	ck_assert_str_eq(fixture.diags.list.at[2].path,
			 "selectors.uplink.peers.sn02.preshared_key_file");
	ck_assert_uint_eq(fixture.diags.list.at[2].where.line, 8);
	/* Preshared keys are any 32 bytes: they are not clamped. */
	interface = &fixture.desired.interfaces.at[0];
	ck_assert_str_eq(shown(&interface->peers.at[0].preshared_key), KEY);
	ck_assert_str_eq(shown(&selector->peers.at[0].preshared_key), KEY);
	ck_assert(key_is_zero(&interface->private_key));
	ck_assert(key_is_zero(&interface->peers.at[1].preshared_key));
	ck_assert(key_is_zero(&interface->peers.at[2].preshared_key));
	ck_assert(key_is_zero(&fixture.desired.interfaces.at[1].private_key));
	teardown(&fixture);
}
END_TEST

START_TEST(protected_process)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct rlimit limit = { 1, 1 };

		secrets_protect_process();
		_exit(prctl(PR_GET_DUMPABLE) == 0 && !getrlimit(RLIMIT_CORE, &limit) &&
				      limit.rlim_cur == 0 && limit.rlim_max == 0
			      ? 0
			      : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(written)
{
	struct fixture fixture;
	struct wg_key key, other;
	const char *directory, *path;
	struct stat status;

	setup(&fixture);
	ck_assert(key_parse(KEY, &key) && key_parse(OTHER, &other));
	directory = path_of(&fixture, "made/keys");
	path = path_of(&fixture, "made/keys/wg0.key");
	umask(0);
	ck_assert_ptr_null(secrets_write(directory, "wg0.key", &key, fixture.arena));
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777u, 0600);
	ck_assert_int_eq(status.st_size, 45);
	ck_assert_int_eq(stat(directory, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777u, 0700);
	ck_assert_ptr_null(read_one(&fixture, path));
	ck_assert_str_eq(shown(&fixture.desired.interfaces.at[0].private_key), KEY_CLAMPED);
	/* Again: the same is accepted, another is not, and neither is written. */
	ck_assert_ptr_null(secrets_write(directory, "wg0.key", &key, fixture.arena));
	ck_assert_ptr_nonnull(strstr(secrets_write(directory, "wg0.key", &other, fixture.arena),
				     "wg0.key: holds another key"));
	ck_assert_ptr_null(read_one(&fixture, path));
	ck_assert_str_eq(shown(&fixture.desired.interfaces.at[0].private_key), KEY_CLAMPED);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_ptr_nonnull(
		strstr(secrets_write(directory, "wg0.key", &key, fixture.arena), "mode 0644"));
	teardown(&fixture);
}
END_TEST

START_TEST(not_written)
{
	static const char *const names[] = { "", ".", "..", "../key", "a/key", "/key" };
	struct fixture fixture;
	struct wg_key key;
	const char *error;

	setup(&fixture);
	ck_assert(key_parse(KEY, &key));
	for (int i = 0; i < COUNT(names); i++)
		ck_assert_ptr_nonnull(secrets_write(fixture.root, names[i], &key, fixture.arena));
	ck_assert_int_eq(symlink("victim", path_of(&fixture, "link")), 0);
	error = secrets_write(fixture.root, "link", &key, fixture.arena);
	ck_assert_ptr_nonnull(strstr(error, "symbolic links are not followed"));
	ck_assert_int_ne(access(path_of(&fixture, "victim"), F_OK), 0);
	put(&fixture, "text", "hello\n", 6, 0600);
	error = secrets_write(fixture.root, "text", &key, fixture.arena);
	ck_assert_ptr_nonnull(strstr(error, "text: holds no key"));
	error = secrets_write(path_of(&fixture, "text"), "key", &key, fixture.arena);
	ck_assert_ptr_nonnull(strstr(error, "Not a directory"));
	ck_assert_int_eq(chmod(fixture.root, 0777), 0);
	error = secrets_write(fixture.root, "key", &key, fixture.arena);
	ck_assert_ptr_nonnull(strstr(error, "others may write"));
	ck_assert_int_ne(access(path_of(&fixture, "key"), F_OK), 0);
	ck_assert_ptr_null(strstr(error, "dwdt"));
	teardown(&fixture);
}
END_TEST

SUITE("secrets", contents, content_with_zero_bytes, modes, other_files, pipes, credentials,
      relative_names, everything_at_once, protected_process, written, not_written)
