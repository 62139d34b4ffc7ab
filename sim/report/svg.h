/* SPDX-License-Identifier: MIT */
/*
 * svg: what gnuplot writes as SVG, made fit to stand in a page: no identifiers,
 * definitions and titles, which would be there many times over, no background,
 * and a class for each colour of the palette ("f-m1" where an area or text has
 * it, "s-m1" where a line has it).
 *
 * As gnuplot writes it, each picture has the same 18 identifiers, so that a page of
 * several is not valid HTML; texts have a font of their own; "&#" in a text is taken for
 * a character's number. Inverting a picture for dark would change the hues by which
 * members are told apart without colour vision, and the contrast of the texts on them:
 * the palette has its own shades for dark, for which classes are needed.
 */
#pragma once

#include "gnuplot.h"

struct svg_options {
	unsigned width, height;
	const char *class; /* of the svg element; NULL: none */
	const char *label; /* for those who cannot see it */
	bool alone; /* a file of its own: with a style sheet for light and dark */
};

/* Writes the element. */
void svg_write(FILE *out, const struct picture *picture, const struct svg_options *options,
	       struct arena *arena);

/* The rules for the classes on dark (with dark) or for the lines on light. */
void svg_style(FILE *out, bool dark);
