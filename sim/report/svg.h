/* SPDX-License-Identifier: MIT */
/*
 * svg: converts gnuplot's SVG for use in a page: without identifiers, definitions and
 * titles, which would be duplicated, without background, and with a class for each colour of
 * the palette ("f-m1" for areas and texts, "s-m1" for lines).
 *
 * In gnuplot's output each picture has the same 18 identifiers, so that a page with several
 * is not valid HTML; texts have their own font; "&#" in a text is read as a character
 * reference. Inverting a picture for dark mode would change the hues that distinguish
 * members for colour-blind readers, and the contrast of the texts on them: the palette has
 * its own shades for dark mode, which need classes.
 */
#pragma once

#include "gnuplot.h"

struct svg_options {
	unsigned width, height;
	const char *class; /* of the svg element; NULL: none */
	const char *label; /* alternative text */
	bool alone; /* a file of its own: with a style sheet for light and dark */
};

/* Writes the svg element. */
void svg_write(FILE *out, const struct picture *picture, const struct svg_options *options,
	       struct arena *arena);

/* The style rules of the classes in dark mode (with dark) or of the lines in light mode. */
void svg_style(FILE *out, bool dark);
