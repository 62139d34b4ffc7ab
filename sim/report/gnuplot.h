/* SPDX-License-Identifier: MIT */
/*
 * gnuplot: a picture by gnuplot(1), run with a script on its standard input and no other
 * resources of the process.
 */
#pragma once

#include "base/os/failure.h"

#include <stdio.h>

/* A script that is being written. */
struct gnuplot {
	FILE *script;
	struct arena *arena;
};

struct picture {
	const char *data; /* with a NUL behind it */
	size_t length;
};

/* After true, call gnuplot_run(). */
bool gnuplot_begin(struct gnuplot *gnuplot, struct arena *arena, struct failure *failure);

/* Runs the script; the picture is its standard output. */
bool gnuplot_run(struct gnuplot *gnuplot, struct picture *picture, struct failure *failure);

/* A text, in single quotes, which gnuplot does not expand. */
void gnuplot_quote(const struct gnuplot *gnuplot, const char *text);
