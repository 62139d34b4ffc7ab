/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/os/private_file.h"
#include "state_file.h"

/* Files are opened so that neither a link nor a pipe can block. */
#define OPEN_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static const struct {
	const char *suffix;
	bool durable; /* in the state directory, with fsync; otherwise in /run without */
	bool compared; /* not written again if unchanged */
} files[] = {
	[STATE_RECORDED] = { .suffix = ".json", .durable = true },
	[STATE_KEPT] = { .suffix = ".json" },
	[STATE_SAMPLES] = { .suffix = ".marks" },
	[STATE_NOTICES] = { .suffix = ".notices" },
	[STATE_FACTS] = { .suffix = ".facts", .compared = true },
	[STATE_PENDING] = { .suffix = ".pending", .compared = true },
};

static const char *directory_of(const struct state_dirs *dirs, enum state_file file)
{
	return files[file].durable ? dirs->state : dirs->run;
}

static const char *name_fault(const char *name, struct arena *arena)
{
	if (private_name_valid(name))
		return NULL;
	errno = EINVAL;
	return arena_printf(arena, "'%s' cannot name a state file", name);
}

static const char *file_fault(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return "not a regular file";
	if (!private_owner(status))
		return "belongs to somebody else";
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to it";
	if (status->st_size > (off_t)STATE_TEXT_MAX)
		return "too large";
	return NULL;
}

/* Closes descriptor and returns -1, keeping errno. */
static int close_failed(int descriptor)
{
	int code = errno;

	close(descriptor);
	errno = code;
	return -1;
}

static int lock_open(const char *run, const char *name, struct arena *arena, const char **error)
{
	int directory = private_directory_open(run, true, arena, error);
	struct stat status;
	const char *fault;
	int lock;

	if (directory < 0)
		return -1;
	lock = openat(directory, name, O_RDWR | O_CREAT | OPEN_FLAGS, 0600);
	if (lock < 0) {
		*error = private_file_error(run, name, arena);
		return close_failed(directory);
	}
	close(directory);
	fault = fstat(lock, &status) ? strerror(errno) : file_fault(&status);
	if (!fault)
		return lock;
	*error = arena_printf(arena, "%s/%s: %s", run, name, fault);
	errno = EPERM;
	return close_failed(lock);
}

/* If /run is full or read-only, the lock file is created in the state directory: a full /run
 * must not stop all runs. */
static bool is_no_room(int code)
{
	return code == ENOSPC || code == EDQUOT || code == EROFS;
}

int state_lock(const struct state_dirs *dirs, const char *name, struct arena *arena,
	       const char **error)
{
	const char *file_name = arena_printf(arena, "%s.lock", name);
	int lock;

	*error = name_fault(name, arena);
	if (*error)
		return -1;
	lock = lock_open(dirs->run, file_name, arena, error);
	if (lock < 0 && is_no_room(errno))
		lock = lock_open(dirs->state, file_name, arena, error);
	if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0)
		return lock;
	if (errno != EWOULDBLOCK)
		*error = private_file_error(dirs->run, file_name, arena);
	return close_failed(lock);
}

bool state_locked(const struct state_dirs *dirs, const char *name, struct arena *arena,
		  const char **error)
{
	int lock = state_lock(dirs, name, arena, error);

	if (lock < 0)
		return errno == EWOULDBLOCK;
	close(lock);
	return false;
}

static const char *directory_repair(const char *path, struct arena *arena)
{
	bool repaired = private_directory_repair(path);

	return repaired
		       ? arena_printf(arena,
				      "%s: others could write to it: their right to was taken away "
				      "(chmod go-w)",
				      path)
		       : NULL;
}

const char *state_dirs_repair(const struct state_dirs *dirs, struct arena *arena)
{
	const char *state = directory_repair(dirs->state, arena);
	const char *run = directory_repair(dirs->run, arena);

	return state && run ? arena_printf(arena, "%s; %s", state, run) : state ? state : run;
}

/* ---- Reading ---- */

/* Reads size bytes, or less if the file was truncated. */
static bool read_all(int file, struct state_text *content, size_t size)
{
	while (content->length < size) {
		ssize_t n = read(file, content->text + content->length, size - content->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		content->length += (size_t)n;
	}
	return true;
}

/* Why the file cannot be read; NULL on success. */
static const char *text_read(int file, struct arena *arena, struct state_text *content)
{
	struct stat status;
	const char *fault;

	/* A failing check does not mean that the file is invalid. */
	content->result = STATE_FAILED;
	if (fstat(file, &status))
		return strerror(errno);
	fault = file_fault(&status);
	if (fault) {
		content->result = STATE_UNUSABLE;
		return fault;
	}
	content->text = arena_alloc(arena, (size_t)status.st_size);
	if (!read_all(file, content, (size_t)status.st_size))
		return strerror(errno);
	content->result = STATE_READ;
	return NULL;
}

/* The same for a name. */
static const char *file_read(int directory, const char *name, struct arena *arena,
			     struct state_text *content)
{
	int file = openat(directory, name, O_RDONLY | OPEN_FLAGS);
	const char *fault;

	if (file < 0) {
		content->result = errno == ENOENT  ? STATE_MISSING
				  : errno == ELOOP ? STATE_UNUSABLE
						   : STATE_FAILED;
		return errno == ELOOP ? "is a symbolic link" : strerror(errno);
	}
	fault = text_read(file, arena, content);
	close(file);
	return fault;
}

struct state_text state_text_read(const struct state_dirs *dirs, const char *name,
				  enum state_file file, struct arena *arena)
{
	const char *path = directory_of(dirs, file);
	const char *file_name = arena_printf(arena, "%s%s", name, files[file].suffix);
	struct state_text content = {
		.result = STATE_FAILED,
		.text = arena_strdup(arena, ""),
		.path = arena_printf(arena, "%s/%s", path, file_name),
	};
	const char *fault;
	int directory;

	content.error = name_fault(name, arena);
	if (content.error)
		return content;
	directory = private_directory_open(path, false, arena, &content.error);
	if (directory < 0) {
		content.result = errno == ENOENT ? STATE_MISSING : STATE_FAILED;
		return content;
	}
	fault = file_read(directory, file_name, arena, &content);
	close(directory);
	content.error = fault ? arena_printf(arena, "%s: %s", content.path, fault) : NULL;
	if (fault)
		content.length = 0;
	return content;
}

/* ---- Writing ---- */

/* Replaces directory/name by text, atomically. A temporary file of a killed run is replaced:
 * we hold the lock. */
static const char *file_replace(const char *path, const char *name, const char *text, bool sync,
				struct arena *arena)
{
	const char *temporary = arena_printf(arena, "%s.tmp", name);
	const char *error;
	int directory;

	if (strlen(text) > STATE_TEXT_MAX)
		return arena_printf(arena, "%s/%s: it would be too large to be read again", path,
				    name);
	directory = private_directory_open(path, true, arena, &error);
	if (directory < 0)
		return error;
	unlinkat(directory, temporary, 0);
	if (!private_file_make(directory, temporary, text, strlen(text), sync)) {
		error = private_file_error(path, temporary, arena);
	} else if (renameat(directory, temporary, directory, name)) {
		error = private_file_error(path, name, arena);
		unlinkat(directory, temporary, 0);
	} else if (sync && !private_directory_sync(directory)) {
		error = private_file_error(path, "", arena);
	}
	close(directory);
	return error;
}

static bool holds(const struct state_dirs *dirs, const char *name, enum state_file file,
		  const char *text, struct arena *arena)
{
	struct state_text content = state_text_read(dirs, name, file, arena);

	return content.result == STATE_READ && content.length == strlen(text) &&
	       !memcmp(content.text, text, content.length);
}

/* Whether it does not exist afterwards. */
static bool file_remove(const char *path, const char *name, struct arena *arena)
{
	return !unlink(arena_printf(arena, "%s/%s", path, name)) || errno == ENOENT;
}

const char *state_text_write(const struct state_dirs *dirs, const char *name, enum state_file file,
			     const char *text, struct arena *arena)
{
	const char *file_name = arena_printf(arena, "%s%s", name, files[file].suffix);
	const char *path = directory_of(dirs, file);
	const char *error = name_fault(name, arena);

	if (error)
		return error;
	if (text && files[file].compared && holds(dirs, name, file, text, arena))
		return NULL;
	if (text)
		return file_replace(path, file_name, text, files[file].durable, arena);
	return file_remove(path, file_name, arena) ? NULL
						   : private_file_error(path, file_name, arena);
}

const char *state_set_aside(const struct state_dirs *dirs, const char *name, enum state_file file,
			    struct arena *arena)
{
	const char *path = directory_of(dirs, file);
	const char *from = arena_printf(arena, "%s%s", name, files[file].suffix);
	const char *bad = arena_printf(arena, "%s.bad", from);
	const char *error = name_fault(name, arena);
	int directory = error ? -1 : private_directory_open(path, false, arena, &error);

	if (directory < 0)
		return arena_printf(arena, "starting anew; it cannot be set aside: %s", error);
	error = renameat(directory, from, directory, bad) ? strerror(errno) : NULL;
	close(directory);
	return error ? arena_printf(arena, "starting anew; it cannot be set aside: %s", error)
		     : arena_printf(arena, "set aside as %s, starting anew", bad);
}

/* ---- The current boot ---- */

#define BOOT_FILE "boot"

static bool dies_with_boot(int directory)
{
	struct statfs status;

	return fstatfs(directory, &status) == 0 &&
	       (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

static bool boot_id_read(int directory, char boot_id[BOOT_ID_SIZE], struct arena *arena)
{
	static const char allowed[] = "0123456789abcdef-";
	struct state_text content = { .text = NULL };

	if (file_read(directory, BOOT_FILE, arena, &content) || content.length != BOOT_ID_SIZE ||
	    content.text[BOOT_ID_SIZE - 1] != '\n')
		return false;
	content.text[BOOT_ID_SIZE - 1] = '\0';
	if (strspn(content.text, allowed) != BOOT_ID_SIZE - 1)
		return false;
	memcpy(boot_id, content.text, BOOT_ID_SIZE);
	return true;
}

/* If two instances create it at the same time, the first one wins. A file that cannot be
 * used is replaced. */
static void boot_id_make(int directory, char boot_id[BOOT_ID_SIZE], struct arena *arena)
{
	const char *temporary = arena_printf(arena, BOOT_FILE ".%d.tmp", (int)getpid());
	const char *text = arena_printf(arena, "%s\n", boot_id);

	unlinkat(directory, temporary, 0);
	if (!private_file_make(directory, temporary, text, strlen(text), false))
		return;
	if (linkat(directory, temporary, directory, BOOT_FILE, 0) && errno == EEXIST &&
	    !boot_id_read(directory, boot_id, arena) &&
	    renameat(directory, temporary, directory, BOOT_FILE) == 0)
		return;
	unlinkat(directory, temporary, 0);
}

void state_boot_id(const struct state_dirs *dirs, bool make, char boot_id[BOOT_ID_SIZE],
		   struct arena *arena)
{
	const char *error;
	int directory = private_directory_open(dirs->run, false, arena, &error);

	if (directory < 0)
		return;
	make = make && strlen(boot_id) == BOOT_ID_SIZE - 1;
	if (dies_with_boot(directory) && !boot_id_read(directory, boot_id, arena) && make)
		boot_id_make(directory, boot_id, arena);
	close(directory);
}
