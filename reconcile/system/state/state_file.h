/* SPDX-License-Identifier: MIT */
/*
 * state_file: the small files of an instance, which are read and replaced as a whole, and
 * the lock that excludes concurrent runs of one instance. It only handles files; other
 * modules encode and decode the content.
 */
#pragma once

#include "base/arena.h"

/* 36 characters and the terminating zero. */
#define BOOT_ID_SIZE 37
/* Larger files are neither read nor written. */
#define STATE_TEXT_MAX ((size_t)64 << 20)

struct state_dirs {
	const char *state; /* /var/lib/wgreconcile */
	const char *run; /* /run/wgreconcile */
};

/* The lock, /run/wgreconcile/NAME.lock. Returns a descriptor to keep open until the end of
 * the run (the kernel then releases the lock), -1 with errno EWOULDBLOCK if another run
 * holds it, -1 with another errno and *error on failure. Creates the directory (0700) if
 * missing. If /run is full, the lock is /var/lib/wgreconcile/NAME.lock. */
int state_lock(const struct state_dirs *dirs, const char *name, struct arena *arena,
	       const char **error);

/* Removes write permission on the directories of dirs for all but their owner, if that is us
 * or root: files that others may have put there are not trusted by name. Returns one line
 * about the change, or NULL. */
const char *state_dirs_repair(const struct state_dirs *dirs, struct arena *arena);

/* Whether a run holds the lock now. False with *error if no run could take it. */
bool state_locked(const struct state_dirs *dirs, const char *name, struct arena *arena,
		  const char **error);

/* All are of mode 0600 and replaced by rename. Those in /var/lib are made durable first. */
enum state_file {
	STATE_RECORDED, /* /var/lib/wgreconcile/NAME.json: see recorded_file.h */
	STATE_KEPT, /* /run/wgreconcile/NAME.json: likewise */
	STATE_SAMPLES, /* /run/wgreconcile/NAME.marks: see samples.h */
	STATE_NOTICES, /* /run/wgreconcile/NAME.notices: printed messages, see notices.h */
	STATE_FACTS, /* /run/wgreconcile/NAME.facts: see facts_store.h */
	STATE_PENDING, /* /run/wgreconcile/NAME.pending: changes that failed, see pending.h */
};

enum state_result {
	STATE_READ,
	STATE_MISSING,
	STATE_UNUSABLE, /* not a regular file of ours, or too large: permanent */
	STATE_FAILED, /* it may be good, but cannot be read */
};

struct state_text {
	enum state_result result;
	char *text; /* length bytes, in arena; length is 0 unless it was read */
	size_t length;
	const char *path; /* of the file */
	const char *error; /* one line that names it; NULL: it was read */
};

/* The whole text of the file. */
struct state_text state_text_read(const struct state_dirs *dirs, const char *name,
				  enum state_file file, struct arena *arena);

/* Replaces the file by a temporary file in the same directory and a rename. On failure the
 * old file is unchanged. NULL for text removes it. An unchanged STATE_PENDING is not
 * written. Returns NULL, or the error. */
const char *state_text_write(const struct state_dirs *dirs, const char *name, enum state_file file,
			     const char *text, struct arena *arena);

/* Renames an unusable file to NAME.json.bad (and so on). Returns the end of a message about it. */
const char *state_set_aside(const struct state_dirs *dirs, const char *name, enum state_file file,
			    struct arena *arena);

/*
 * The current boot. Containers show one boot id in a shell and another where procfs is
 * mounted again (ProtectKernelTunables=), so the first run (make) stores its boot id in
 * /run/wgreconcile/boot, and later runs replace boot_id by it. Only on a tmpfs, which does
 * not outlive the boot; otherwise, and if the file cannot be used, boot_id is unchanged.
 */
void state_boot_id(const struct state_dirs *dirs, bool make, char boot_id[BOOT_ID_SIZE],
		   struct arena *arena);
