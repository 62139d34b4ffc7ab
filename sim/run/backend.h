/* SPDX-License-Identifier: MIT */
/*
 * backend: where scenarios can be played on this machine, and what each place has.
 */
#pragma once

#include "player.h"

bool backend_parse(const char *word, enum backend *backend);

/* All words that --backend takes, with a NULL at the end, for nearest_word(). */
const char *const *backend_names(struct arena *arena);

/* Played by a machine that guest.sh boots. */
bool backend_in_guest(enum backend backend);

/* Time passes as ours does. */
bool backend_in_real_time(enum backend backend);

/* The programs that a play needs. */
struct tools {
	const char *self; /* wgsim */
	const char *program; /* wgreconcile */
	const char *guest; /* guest.sh; NULL: not found */
};

/* Finds the programs and a back end; NULL, or what is missing. program NULL: it is looked
 * for. chosen: *backend is used, and made ready (time-travel, guest: the kernel is built
 * unless it was; this takes minutes). Else *backend becomes the best that there is: the
 * time-travel kernel where it is built, this machine's kernel where it has WireGuard, a
 * userspace WireGuard. */
const char *backend_find(enum backend *backend, bool chosen, struct tools *tools,
			 const char *program, struct arena *arena);

/* What the scenario needs and the back end has not; NULL: nothing. */
const char *backend_lacks(enum backend backend, const struct scenario *scenario);
