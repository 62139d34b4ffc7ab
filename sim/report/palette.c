/* SPDX-License-Identifier: MIT */
#include "palette.h"

/* The light colours differ from each other: they identify a colour in gnuplot's output. */
const struct palette_color palette[PALETTE_N] = {
	[PALETTE_INK] = { "ink", 0x1b2330, 0xe7eaef, 0x1b2330, 0xe7eaef },
	[PALETTE_MUTED] = { "muted", 0x6b7582, 0x98a3b0, 0x6b7582, 0x98a3b0 },
	[PALETTE_GRID] = { "grid", 0xd9dee4, 0x343c47, 0xd9dee4, 0x343c47 },
	[PALETTE_FAULT] = { "fault", 0x59626e, 0xb4bdc8, 0x59626e, 0xb4bdc8 },
	[PALETTE_GOOD] = { "good", 0x9db4c8, 0x51687d, 0x7f99b0, 0x7390aa },
	[PALETTE_BAD] = { "bad", 0xd55e00, 0xff7a1f, 0xd55e00, 0xff7a1f },
	[PALETTE_OFF] = { "off", 0xa3acb7, 0x5b6572, 0xa3acb7, 0x5b6572 },
	[PALETTE_BLACK] = { "black", 0x000000, 0x000000, 0x000000, 0x000000 },
	[PALETTE_WHITE] = { "white", 0xffffff, 0xffffff, 0xffffff, 0xffffff },
	/* Okabe and Ito: blue, orange, bluish green, reddish purple, sky blue, yellow. */
	[PALETTE_MEMBER + 0] = { "m0", 0x0072b2, 0x0072b2, 0x0072b2, 0x3aa0e0 },
	[PALETTE_MEMBER + 1] = { "m1", 0xe69f00, 0xe69f00, 0xc98b00, 0xe69f00 },
	[PALETTE_MEMBER + 2] = { "m2", 0x009e73, 0x009e73, 0x008f68, 0x15b98b },
	[PALETTE_MEMBER + 3] = { "m3", 0xcc79a7, 0xcc79a7, 0xc0669a, 0xd98bb6 },
	[PALETTE_MEMBER + 4] = { "m4", 0x56b4e9, 0x56b4e9, 0x35a0dc, 0x56b4e9 },
	[PALETTE_MEMBER + 5] = { "m5", 0xf0e442, 0xf0e442, 0xa79d00, 0xf0e442 },
};

enum palette palette_member(size_t n)
{
	return (enum palette)(PALETTE_MEMBER + n % PALETTE_MEMBERS);
}

/* Only on the blue is white better. */
enum palette palette_on(enum palette color)
{
	return color == PALETTE_MEMBER ? PALETTE_WHITE : PALETTE_BLACK;
}

size_t palette_find(uint32_t rgb)
{
	size_t i = 0;

	while (i < PALETTE_N && palette[i].light != rgb)
		i++;
	return i;
}
