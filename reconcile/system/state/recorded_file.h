/* SPDX-License-Identifier: MIT */
/*
 * recorded_file: the recorded state on disk.
 *
 * A state that could not be written is kept in /run/wgreconcile/NAME.json until it can be
 * written: otherwise the next run would continue from an older state, and a full disk would
 * prevent every failover.
 */
#pragma once

#include "core/recorded/recorded.h"
#include "state_file.h"

/*
 * Reads the kept one (*kept is set), otherwise /var/lib/wgreconcile/NAME.json. A missing
 * file is an empty state. A file that cannot be used (truncated, corrupt, of a higher
 * version, not a regular file of ours, too large) is set aside as NAME.json.bad if
 * set_aside, with *warning; the state is empty then. Returns false, with *error, only when
 * the file may be good but cannot be read.
 */
bool recorded_file_read(const struct state_dirs *dirs, const char *name, bool set_aside,
			struct recorded *recorded, bool *kept, struct arena *arena,
			const char **warning, const char **error);

/* Writes it durably; NULL, or the error. */
const char *recorded_file_write(const struct state_dirs *dirs, const char *name,
				const struct recorded *recorded, struct arena *arena);

/* Keeps a state that could not be written; NULL, or the error. */
const char *recorded_file_keep(const struct state_dirs *dirs, const char *name,
			       const struct recorded *recorded, struct arena *arena);
