/* SPDX-License-Identifier: MIT */
/*
 * state_file: the recorded state on disk, the samples in /run, and the lock that
 * keeps two runs of one instance apart. Knows files; what is in them is
 * recorded's business.
 */
#pragma once

#include "base/arena.h"
#include "core/recorded/recorded.h"
#include "core/recorded/samples.h"
#include "core/report/notices.h"

/* 36 characters and the end. */
#define BOOT_ID_SIZE 37

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

/*
 * Reads /var/lib/wgreconcile/NAME.json. A missing file is an empty state. A file
 * that cannot be used (truncated, corrupt, of a later version, not a regular
 * file of ours, too large) is set aside as NAME.json.bad when set_aside is true
 * and *warning says so; the state is empty then. Returns false, with *error,
 * only when the file may be good but cannot be read.
 */
bool state_read(const struct state_dirs *dirs, const char *name, bool set_aside,
		struct recorded *recorded, struct arena *arena, const char **warning,
		const char **error);

/* Writes it: temporary file in the same directory, fsync, rename, fsync of the
 * directory. The old file stays whole whatever happens. NULL, or the error. */
const char *state_write(const struct state_dirs *dirs, const char *name,
			const struct recorded *recorded, struct arena *arena);

/*
 * A state that could not be written is kept in /run/wgreconcile/NAME.json until it
 * can: otherwise the next run would take up what an earlier one has left, and a
 * full disk would end every failover. Reading it is false where there is none that
 * can be used. Forgetting it is for when the state has been written.
 */
bool state_kept_read(const struct state_dirs *dirs, const char *name, struct recorded *recorded,
		     struct arena *arena);
const char *state_keep(const struct state_dirs *dirs, const char *name,
		       const struct recorded *recorded, struct arena *arena);
void state_kept_forget(const struct state_dirs *dirs, const char *name, struct arena *arena);

/* The samples, /run/wgreconcile/NAME.marks. Anything unusable reads as empty. They
 * are replaced by rename, without fsync. */
void samples_read(const struct state_dirs *dirs, const char *name, struct samples *samples,
		  struct arena *arena);
const char *samples_write(const struct state_dirs *dirs, const char *name,
			  const struct samples *samples, struct arena *arena);

/* What earlier runs have printed (see notices.h), /run/wgreconcile/NAME.notices: no
 * memory where there is none that can be used. It is replaced by rename, without fsync;
 * one that is empty is removed. */
void notices_read(const struct state_dirs *dirs, const char *name, struct notices *notices,
		  struct arena *arena);
const char *notices_write(const struct state_dirs *dirs, const char *name,
			  const struct notices *notices, struct arena *arena);

/*
 * Which boot this is. Containers show one boot id in a shell and another where procfs is
 * mounted anew (ProtectKernelTunables=), so the first run (make) keeps its own in
 * /run/wgreconcile/boot, and every later one takes that: boot_id is replaced by it. Only on
 * a tmpfs, which does not outlive the boot; elsewhere, and where the file cannot be used,
 * boot_id stays as it is.
 */
void state_boot_id(const struct state_dirs *dirs, bool make, char boot_id[BOOT_ID_SIZE],
		   struct arena *arena);

/* What the last run has left undone (see pending.h), /run/wgreconcile/NAME.pending: 0
 * where there is no such file, or none that can be used. 0 is written by removing it,
 * and what is there already is not written again. */
uint64_t pending_read(const struct state_dirs *dirs, const char *name, struct arena *arena);
const char *pending_write(const struct state_dirs *dirs, const char *name, uint64_t digest,
			  struct arena *arena);
