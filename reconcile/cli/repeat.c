/* SPDX-License-Identifier: MIT */
#include "repeat.h"

msec_t repeat_next(msec_t start, msec_t every, msec_t now)
{
	return start + ((now - start) / every + 1) * every;
}

static int badness(enum exit_code code)
{
	switch (code) {
	case EXIT_LOCKED:
		return 0;
	case EXIT_DONE:
		return 1;
	case EXIT_ERROR:
		return 2;
	default:
		return 3;
	}
}

enum exit_code repeat_worst(enum exit_code a, enum exit_code b)
{
	return badness(b) > badness(a) ? b : a;
}
