/* SPDX-License-Identifier: MIT */
/*
 * result: what came out of one case, and how people are told.
 */
#pragma once

#include "runner.h"

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED, /* an expectation did not hold */
	VERDICT_BROKEN, /* it could not be played to its end */
	VERDICT_SKIPPED, /* the back end lacks what it needs */
	VERDICT_STOPPED, /* interrupted */
};

struct result {
	enum verdict verdict;
	const char *name; /* of the case */
	uint64_t seed;
	unsigned passed, failed; /* expectations */
	msec_t simulated; /* how far it came */
	msec_t took; /* in our time */
	const char *why; /* BROKEN, SKIPPED: in one line */
	/* What was expected and seen, and what a machine said at its end: lines for
	 * people, each with its newline. "" when there is nothing to say. */
	const char *details;
	const char *measures; /* "outage 15 s, traffic 3 KiB"; NULL: none */
};

/* From what it left in its directory. With all, every expectation is told of, not
 * only those that failed. Allocated in arena. */
struct result result_of(const struct task *task, const struct task_end *end, bool all,
			struct arena *arena);

/* "gateway-dies[warm=0] seed 1: 6 expectations, 5 m in 0.8 s (375x)" */
const char *result_line(const struct result *result, struct arena *arena);

/* What stands before such a line: ok, FAILED, skipped:, stopped:. */
const char *verdict_word(enum verdict verdict);

/* "375x", "0.9x": how much faster than ours simulated time went. */
const char *speed_text(msec_t simulated, msec_t took, struct arena *arena);
