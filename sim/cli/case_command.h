/* SPDX-License-Identifier: MIT */
/*
 * case_command: the command line that repeats one case.
 */
#pragma once

#include "options.h"
#include "run/cases.h"

/* The command that repeats the case. */
const char *case_command(const struct play_case *which, const struct sim_options *options,
			 struct arena *arena);

/* A word quoted for shells. */
const char *shell_word(struct arena *arena, const char *word);
