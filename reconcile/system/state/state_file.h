/* SPDX-License-Identifier: MIT */
/*
 * state_file: the small files of an instance, which are read and replaced as a whole,
 * and the lock that keeps two runs of one instance apart. Knows files; what is in
 * them is decoded and encoded by others.
 */
#pragma once

#include "base/arena.h"

/* 36 characters and the end. */
#define BOOT_ID_SIZE 37
/* Larger files are neither read nor written. */
#define STATE_TEXT_MAX ((size_t)64 << 20)

struct state_dirs {
	const char *state; /* /var/lib/wgreconcile */
	const char *run; /* /run/wgreconcile */
};

/* The lock, /run/wgreconcile/NAME.lock. Returns a descriptor to keep open until
 * the end of the run (the kernel frees the lock whatever happens), -1 with
 * errno EWOULDBLOCK when another run holds it, -1 with another errno and *error
 * on failure. Makes the directory (0700) where it is missing. Where /run is full, the
 * lock is /var/lib/wgreconcile/NAME.lock. */
int state_lock(const struct state_dirs *dirs, const char *name, struct arena *arena,
	       const char **error);

/* Takes the right to write to the directories of dirs away from all but their owner, where
 * that is us or root: what others could have put there is not used by its name alone.
 * Returns what was done, one line, or NULL. */
const char *state_dirs_repair(const struct state_dirs *dirs, struct arena *arena);

/* Whether a run holds the lock now. False with *error when none could take it. */
bool state_locked(const struct state_dirs *dirs, const char *name, struct arena *arena,
		  const char **error);

/* All are of mode 0600 and replaced by rename. Those in /var/lib are made durable first. */
enum state_file {
	STATE_RECORDED, /* /var/lib/wgreconcile/NAME.json: see recorded_file.h */
	STATE_KEPT, /* /run/wgreconcile/NAME.json: likewise */
	STATE_SAMPLES, /* /run/wgreconcile/NAME.marks: see samples.h */
	STATE_NOTICES, /* /run/wgreconcile/NAME.notices: what was printed, see notices.h */
	STATE_PENDING, /* /run/wgreconcile/NAME.pending: what was tried in vain, see pending.h */
};

enum state_result {
	STATE_READ,
	STATE_MISSING,
	STATE_UNUSABLE, /* not a regular file of ours, or too large: it will never be any better */
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

/* Puts text in its place: a temporary file in the same directory, and a rename. The old
 * file stays whole whatever happens. NULL for text removes it. A STATE_PENDING that
 * holds the same text already is not written. Returns NULL, or the error. */
const char *state_text_write(const struct state_dirs *dirs, const char *name, enum state_file file,
			     const char *text, struct arena *arena);

/* Renames a file that cannot be used to NAME.json.bad (and so on). Returns what was done,
 * the end of a message. */
const char *state_set_aside(const struct state_dirs *dirs, const char *name, enum state_file file,
			    struct arena *arena);

/*
 * Which boot this is. Containers show one boot id in a shell and another where procfs is
 * mounted anew (ProtectKernelTunables=), so the first run (make) keeps its own in
 * /run/wgreconcile/boot, and every later one takes that: boot_id is replaced by it. Only on
 * a tmpfs, which does not outlive the boot; elsewhere, and where the file cannot be used,
 * boot_id stays as it is.
 */
void state_boot_id(const struct state_dirs *dirs, bool make, char boot_id[BOOT_ID_SIZE],
		   struct arena *arena);
