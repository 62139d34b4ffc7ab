/* SPDX-License-Identifier: MIT */
/*
 * cases: the cases to simulate: each selected row of each file's matrix with each seed.
 */
#pragma once

#include "scenario_files.h"

/* Selection of the files' cases. */
struct case_choice {
	VEC(struct variable) settings; /* values for variables, before the file's own */
	bool has_seed; /* otherwise each file's own */
	uint64_t seed, seed_last;
	const char *only; /* of case names; NULL: all */
	unsigned shard, shards; /* the part, from 1, of `shards` */
};

struct play_case {
	const struct scenario_file *file;
	struct scenario_case which;
	const char *file_name; /* valid as a file name, and unique: "standby.warm=1.7" */
};

struct play_cases {
	VEC(struct play_case) list;
	size_t n_all; /* the list after only and shard */
};

/* The chosen cases. False, with the errors in diags, if a row is invalid. The same selection
 * gives the same list everywhere. */
bool cases_choose(struct play_cases *cases, const struct scenario_files *files,
		  const struct case_choice *choice, struct diags *diags);

/* Whether all rows of all files are scenarios, with all errors in diags. Seeds only change
 * random times. */
bool cases_check(const struct play_cases *cases, struct diags *diags);

/* A case's name and seed as a file name. */
const char *case_file_name(struct arena *arena, const char *name, uint64_t seed);

/* The part, from 1, of `shards`, that has the case. */
unsigned case_shard(const char *name, uint64_t seed, unsigned shards);
