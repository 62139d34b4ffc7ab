/* SPDX-License-Identifier: MIT */
/*
 * palette: the colours of all plots. gnuplot draws with those for a light
 * background; in SVG each of them has a class, so that a style sheet can give it
 * another one on dark. Members' are those of Okabe and Ito, which people of all
 * kinds of colour vision can tell apart (https://jfly.uni-koeln.de/color/).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum palette {
	PALETTE_INK, /* text */
	PALETTE_MUTED, /* axes */
	PALETTE_GRID,
	PALETTE_FAULT,
	PALETTE_GOOD, /* answered */
	PALETTE_BAD, /* vermillion: not answered, failed; for nothing else */
	PALETTE_OFF, /* a node without power */
	PALETTE_BLACK, /* on a member's colour */
	PALETTE_WHITE,
	PALETTE_MEMBER, /* the first of PALETTE_MEMBERS */
};
#define PALETTE_MEMBERS 6
#define PALETTE_N (PALETTE_MEMBER + PALETTE_MEMBERS)

struct palette_color {
	const char *name; /* of its class */
	uint32_t light, dark; /* 0xRRGGBB */
	uint32_t light_line, dark_line; /* of lines, which need more contrast than areas */
};

extern const struct palette_color palette[PALETTE_N];

/* The colour of the nth member (they come again after the last), and what is
 * written on it. */
enum palette palette_member(size_t n);
enum palette palette_on(enum palette color);

/* The one with that light colour; PALETTE_N: none. */
size_t palette_find(uint32_t rgb);
