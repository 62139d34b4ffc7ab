/* SPDX-License-Identifier: MIT */
/*
 * secrets: private and preshared keys from files, and protection of the process against
 * leaking them.
 */
#pragma once

#include "base/diag.h"
#include "base/os/deadline.h"
#include "core/desired/desired.h"

/*
 * Reads every private_key_file and preshared_key_file into desired. Each is opened once and
 * checked by fstat(2): a regular file or a pipe, owned by root or by us, no access for group
 * and others (a systemd credential may be readable for the group); its one line is a key. A
 * pipe is read until the deadline, and its content is kept for the next call, because it can
 * be read only once; deadline NULL: no pipe is read. Errors are added to diags with the
 * location where the file is named. Relative names are relative to the directory of the YAML
 * file that names them.
 */
void secrets_read(struct desired *desired, struct diags *diags, const struct deadline *deadline);

/* No core dumps and no ptrace by the same user: prctl(PR_SET_DUMPABLE, 0) and
 * RLIMIT_CORE. */
void secrets_protect_process(void);

/* Writes key and a newline to a new file (0600, O_EXCL) in directory, created if missing
 * (0700). A file that already has this key is kept. NULL, or the error (allocated in arena). */
const char *secrets_write(const char *directory, const char *name, const struct wg_key *key,
			  struct arena *arena);
