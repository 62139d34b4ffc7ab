/* SPDX-License-Identifier: MIT */
/*
 * files: files of other programs (the include file of a routing daemon): their content on
 * disk, their replacement, and the command that makes the program read them.
 *
 * As long as the command has not succeeded, an empty file ".NAME.load" stands beside the
 * file: the next run loads it again, however this one ended.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/desired/desired.h"
#include "core/observed/observed.h"

/* Reads the files of desired into observed->files, again. */
void files_observe(const struct desired *desired, struct observed *observed);

/* Replaces the file, whose directory must exist, and loads it. NULL, or the error: one line
 * that names the file, allocated in arena. Readers see the old file or the complete new one. */
const char *file_write(const struct desired_file *file, struct arena *arena,
		       const struct deadline *deadline);
