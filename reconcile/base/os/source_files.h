/* SPDX-License-Identifier: MIT */
/*
 * source_files: the texts of the desired state, from files and directories.
 */
#pragma once

#include "base/yaml/yaml_tree.h"

struct sources {
	VEC(struct source) list;
};

/*
 * Reads the n paths into sources, allocated in diags->arena. Of a directory the files *.yaml
 * are read in the order of their names, those that begin with a dot left out; "-" is the
 * standard input. Unreadable files are errors in diags.
 *
 * Pipes and devices (/dev/stdin, /dev/fd/N of a shell's <(...), a FIFO) are read to their
 * end where named by the user, for 30 seconds at most; elsewhere only regular files are
 * read.
 */
void sources_read(struct sources *sources, const char *const *paths, size_t n, bool named,
		  struct diags *diags);

/* One file; false, with the error in diags, when it cannot be read. */
bool source_read(struct source *source, const char *path, bool named, struct diags *diags);
