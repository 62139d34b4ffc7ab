/* SPDX-License-Identifier: MIT */
/*
 * palette: the colours of all plots. gnuplot uses those for a light background; in SVG each
 * has a class, so that a style sheet can replace it on dark. Members' colours are those of
 * Okabe and Ito, distinguishable with all kinds of colour vision
 * (https://jfly.uni-koeln.de/color/).
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
	PALETTE_BAD, /* vermillion: only for unanswered and failed */
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
	uint32_t light_line, dark_line; /* for lines, which need more contrast than areas */
};

extern const struct palette_color palette[PALETTE_N];

/* The colour of the nth member (repeated after the last), and the text colour on it. */
enum palette palette_member(size_t n);
enum palette palette_on(enum palette color);

/* The index of that light colour; PALETTE_N: none. */
size_t palette_find(uint32_t rgb);
