/* SPDX-License-Identifier: MIT */
/*
 * case_command: the command line that plays one case again.
 */
#pragma once

#include "options.h"
#include "run/cases.h"

/* The command that plays the case again. */
const char *case_command(const struct play_case *which, const struct sim_options *options,
			 struct arena *arena);

/* A word as shells read it. */
const char *shell_word(struct arena *arena, const char *word);
