/* SPDX-License-Identifier: MIT */
/*
 * cases: what is to be played: each row of each file's matrix with each seed,
 * as far as it is chosen.
 */
#pragma once

#include "scenario_files.h"

/* Which cases of the files. */
struct case_choice {
	VEC(struct variable) settings; /* values for variables, before the file's own */
	bool has_seed; /* else each file's own */
	uint64_t seed, seed_last;
	const char *only; /* of case names; NULL: all */
	unsigned shard, shards; /* the part, from 1, of so many */
};

struct play_case {
	const struct scenario_file *file;
	struct scenario_case which;
	const char *file_name; /* fit for a file, and no other case's: "standby.warm=1.7" */
};

struct play_cases {
	VEC(struct play_case) list;
	size_t n_all; /* of which only and shard left the list */
};

/* The chosen cases. False, with the errors in diags, when a row cannot be made. The
 * same choice gives the same list in any place. */
bool cases_choose(struct play_cases *cases, const struct scenario_files *files,
		  const struct case_choice *choice, struct diags *diags);

/* Whether all rows of all files are scenarios, all errors of them in diags. Seeds
 * change no more than random times. */
bool cases_check(const struct play_cases *cases, struct diags *diags);

/* What a case's name and seed become in the name of a file. */
const char *case_file_name(struct arena *arena, const char *name, uint64_t seed);

/* The part, from 1, of so many that the case is in. */
unsigned case_shard(const char *name, uint64_t seed, unsigned shards);
