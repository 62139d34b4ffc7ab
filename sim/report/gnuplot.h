/* SPDX-License-Identifier: MIT */
/*
 * gnuplot: a picture by gnuplot(1), which is given a script on its standard input
 * and has nothing else of ours.
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

/* After it has returned true, gnuplot_run has to follow. */
bool gnuplot_begin(struct gnuplot *gnuplot, struct arena *arena, struct failure *failure);

/* Runs the script; the picture is what it wrote to its standard output. */
bool gnuplot_run(struct gnuplot *gnuplot, struct picture *picture, struct failure *failure);

/* A text, in single quotes, in which gnuplot replaces nothing. */
void gnuplot_quote(const struct gnuplot *gnuplot, const char *text);
