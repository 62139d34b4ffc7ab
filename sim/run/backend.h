/* SPDX-License-Identifier: MIT */
/*
 * backend: back ends for simulation on this machine, and their features.
 */
#pragma once

#include "player.h"

bool backend_parse(const char *word, enum backend *backend);

/* All words that --backend takes, with a NULL at the end, for nearest_word(). */
const char *const *backend_names(struct arena *arena);

/* Simulated in a machine booted by guest.sh. */
bool backend_in_guest(enum backend backend);

/* Time is real time. */
bool backend_in_real_time(enum backend backend);

/* The programs needed for a simulation. */
struct tools {
	const char *self; /* wgsim */
	const char *program; /* wgreconcile */
	const char *guest; /* guest.sh; NULL: not found */
};

/* Finds the programs and a back end; NULL, or an error. program NULL: it is searched.
 * chosen: *backend is used, and prepared (time-travel, guest: the kernel is built if needed;
 * this takes minutes). Otherwise *backend becomes the best available one: the time-travel
 * kernel if it is built, this machine's kernel if it has WireGuard, a userspace WireGuard. */
const char *backend_find(enum backend *backend, bool chosen, struct tools *tools,
			 const char *program, struct arena *arena);

/* A requirement of the scenario that the back end lacks; NULL: none. */
const char *backend_lacks(enum backend backend, const struct scenario *scenario);
