/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/os/private_file.h"
#include "state_file.h"

/* Files are opened so that neither a link nor a pipe can hold us up. */
#define OPEN_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

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
	if (status->st_size > (off_t)RECORDED_SIZE_MAX)
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

/* Where no lock file can be made in /run because that is full or read-only, it is made
 * beside the state: a full /run must not end all runs. */
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

enum read_result {
	READ_DONE,
	READ_MISSING,
	READ_UNUSABLE, /* it will never be any better */
	READ_FAILED, /* it may be good, but we cannot tell */
};

struct content {
	char *text;
	size_t length;
	const char *reason; /* of READ_UNUSABLE and READ_FAILED */
};

/* Reads size bytes, or what there is when the file has become shorter. */
static bool read_all(int file, struct content *content, size_t size)
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

static enum read_result file_read(int directory, const char *name, struct arena *arena,
				  struct content *content)
{
	int file = openat(directory, name, O_RDONLY | OPEN_FLAGS);
	enum read_result result = READ_DONE;
	struct stat status;

	memset(content, 0, sizeof(*content));
	if (file < 0) {
		content->reason = errno == ELOOP ? "is a symbolic link" : strerror(errno);
		return errno == ENOENT	? READ_MISSING
		       : errno == ELOOP ? READ_UNUSABLE
					: READ_FAILED;
	}
	/* A failing question says nothing of the file. */
	if (fstat(file, &status)) {
		content->reason = strerror(errno);
		close(file);
		return READ_FAILED;
	}
	content->reason = file_fault(&status);
	if (content->reason) {
		close(file);
		return READ_UNUSABLE;
	}
	content->text = arena_alloc(arena, (size_t)status.st_size);
	if (!read_all(file, content, (size_t)status.st_size)) {
		content->reason = strerror(errno);
		result = READ_FAILED;
	}
	close(file);
	return result;
}

/* Moves the unusable file out of the way, and says so. */
static const char *put_aside(const struct state_dirs *dirs, int directory, const char *name,
			     const char *reason, struct arena *arena)
{
	const char *bad = arena_printf(arena, "%s.bad", name);

	if (renameat(directory, name, directory, bad) == 0)
		return arena_printf(arena, "%s/%s: %s; set aside as %s, starting anew", dirs->state,
				    name, reason, bad);
	return arena_printf(arena, "%s/%s: %s; starting anew; it cannot be set aside: %s",
			    dirs->state, name, reason, strerror(errno));
}

static enum read_result state_take(int directory, const char *name, struct recorded *recorded,
				   struct arena *arena, const char **reason)
{
	struct content content;
	enum read_result result = file_read(directory, name, arena, &content);

	*reason = content.reason;
	if (result != READ_DONE)
		return result;
	*reason = recorded_decode(content.text, content.length, recorded, arena);
	return *reason ? READ_UNUSABLE : READ_DONE;
}

bool state_read(const struct state_dirs *dirs, const char *name, bool set_aside,
		struct recorded *recorded, struct arena *arena, const char **warning,
		const char **error)
{
	const char *file_name = arena_printf(arena, "%s.json", name);
	enum read_result result;
	const char *reason;
	int directory;

	recorded_init(recorded, arena);
	*warning = NULL;
	*error = name_fault(name, arena);
	if (*error)
		return false;
	directory = private_directory_open(dirs->state, false, arena, error);
	if (directory < 0 && errno == ENOENT) {
		*error = NULL;
		return true;
	}
	if (directory < 0)
		return false;
	result = state_take(directory, file_name, recorded, arena, &reason);
	if (result == READ_FAILED)
		*error = arena_printf(arena, "%s/%s: %s", dirs->state, file_name, reason);
	else if (result == READ_UNUSABLE && set_aside)
		*warning = put_aside(dirs, directory, file_name, reason, arena);
	else if (result == READ_UNUSABLE)
		*warning = arena_printf(arena, "%s/%s: %s; taken as empty", dirs->state, file_name,
					reason);
	close(directory);
	return result != READ_FAILED;
}

/* Puts text in the place of directory/name, at once or not at all. A temporary
 * file that a killed run left behind is replaced: we hold the lock. */
static const char *file_replace(const char *path, const char *name, const char *text, bool sync,
				struct arena *arena)
{
	const char *temporary = arena_printf(arena, "%s.tmp", name);
	const char *error;
	int directory;

	if (strlen(text) > RECORDED_SIZE_MAX)
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

const char *state_write(const struct state_dirs *dirs, const char *name,
			const struct recorded *recorded, struct arena *arena)
{
	const char *error = name_fault(name, arena);

	if (error)
		return error;
	error = file_replace(dirs->state, arena_printf(arena, "%s.json", name),
			     recorded_encode(recorded, arena), true, arena);
	if (!error)
		return NULL;
	return arena_printf(arena, "%s (the state is not recorded; the interfaces are as they are)",
			    error);
}

bool state_kept_read(const struct state_dirs *dirs, const char *name, struct recorded *recorded,
		     struct arena *arena)
{
	enum read_result result;
	const char *error;
	int directory;

	recorded_init(recorded, arena);
	if (name_fault(name, arena))
		return false;
	directory = private_directory_open(dirs->run, false, arena, &error);
	if (directory < 0)
		return false;
	result = state_take(directory, arena_printf(arena, "%s.json", name), recorded, arena,
			    &error);
	close(directory);
	return result == READ_DONE;
}

const char *state_keep(const struct state_dirs *dirs, const char *name,
		       const struct recorded *recorded, struct arena *arena)
{
	const char *error = name_fault(name, arena);

	if (error)
		return error;
	return file_replace(dirs->run, arena_printf(arena, "%s.json", name),
			    recorded_encode(recorded, arena), false, arena);
}

void state_kept_forget(const struct state_dirs *dirs, const char *name, struct arena *arena)
{
	unlink(arena_printf(arena, "%s/%s.json", dirs->run, name));
}

void samples_read(const struct state_dirs *dirs, const char *name, struct samples *samples,
		  struct arena *arena)
{
	const char *file_name = arena_printf(arena, "%s.marks", name);
	struct content content;
	const char *error;
	int directory;

	samples_init(samples, arena);
	if (name_fault(name, arena))
		return;
	directory = private_directory_open(dirs->run, false, arena, &error);
	if (directory < 0)
		return;
	if (file_read(directory, file_name, arena, &content) == READ_DONE)
		samples_decode(content.text, content.length, samples, arena);
	close(directory);
}

const char *samples_write(const struct state_dirs *dirs, const char *name,
			  const struct samples *samples, struct arena *arena)
{
	const char *error = name_fault(name, arena);

	if (error)
		return error;
	return file_replace(dirs->run, arena_printf(arena, "%s.marks", name),
			    samples_encode(samples, arena), false, arena);
}

/* ---- What was printed ---- */

void notices_read(const struct state_dirs *dirs, const char *name, struct notices *notices,
		  struct arena *arena)
{
	struct content content = { 0 };
	const char *error;
	int directory;

	notices_decode(notices, arena, "", 0);
	if (name_fault(name, arena))
		return;
	directory = private_directory_open(dirs->run, false, arena, &error);
	if (directory < 0)
		return;
	if (file_read(directory, arena_printf(arena, "%s.notices", name), arena, &content) ==
	    READ_DONE)
		notices_decode(notices, arena, content.text, content.length);
	close(directory);
}

const char *notices_write(const struct state_dirs *dirs, const char *name,
			  const struct notices *notices, struct arena *arena)
{
	const char *error = name_fault(name, arena);
	const char *file_name = arena_printf(arena, "%s.notices", name);

	if (error)
		return error;
	if (!notices->list.n) {
		unlink(arena_printf(arena, "%s/%s", dirs->run, file_name));
		return NULL;
	}
	return file_replace(dirs->run, file_name, notices_encode(notices), false, arena);
}

/* ---- Which boot this is ---- */

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
	struct content content;

	if (file_read(directory, BOOT_FILE, arena, &content) != READ_DONE ||
	    content.length != BOOT_ID_SIZE || content.text[BOOT_ID_SIZE - 1] != '\n')
		return false;
	content.text[BOOT_ID_SIZE - 1] = '\0';
	if (strspn(content.text, allowed) != BOOT_ID_SIZE - 1)
		return false;
	memcpy(boot_id, content.text, BOOT_ID_SIZE);
	return true;
}

/* Of two instances that make it at the same time, the first one has made it. A file that
 * cannot be used is replaced. */
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

/* Sixteen digits. */
#define PENDING_FORMAT "%016" PRIx64 "\n"
#define PENDING_LENGTH 17

static bool pending_decode(const struct content *content, uint64_t *digest)
{
	char text[PENDING_LENGTH + 1], again[PENDING_LENGTH + 1];

	if (content->length != PENDING_LENGTH)
		return false;
	memcpy(text, content->text, PENDING_LENGTH);
	text[PENDING_LENGTH] = '\0';
	*digest = strtoull(text, NULL, 16);
	snprintf(again, sizeof(again), PENDING_FORMAT, *digest);
	return !strcmp(text, again);
}

uint64_t pending_read(const struct state_dirs *dirs, const char *name, struct arena *arena)
{
	struct content content;
	uint64_t digest = 0;
	const char *error;
	int directory;

	if (name_fault(name, arena))
		return 0;
	directory = private_directory_open(dirs->run, false, arena, &error);
	if (directory < 0)
		return 0;
	if (file_read(directory, arena_printf(arena, "%s.pending", name), arena, &content) !=
		    READ_DONE ||
	    !pending_decode(&content, &digest))
		digest = 0;
	close(directory);
	return digest;
}

const char *pending_write(const struct state_dirs *dirs, const char *name, uint64_t digest,
			  struct arena *arena)
{
	const char *error = name_fault(name, arena);
	const char *file_name = arena_printf(arena, "%s.pending", name);

	if (error)
		return error;
	if (!digest && unlink(arena_printf(arena, "%s/%s", dirs->run, file_name)) &&
	    errno != ENOENT)
		return private_file_error(dirs->run, file_name, arena);
	if (!digest || digest == pending_read(dirs, name, arena))
		return NULL;
	return file_replace(dirs->run, file_name, arena_printf(arena, PENDING_FORMAT, digest),
			    false, arena);
}
