/* SPDX-License-Identifier: MIT */
/*
 * result: the result of one case, and its text.
 */
#pragma once

#include "runner.h"

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED, /* an expectation did not hold */
	VERDICT_BROKEN, /* it could not be simulated to its end */
	VERDICT_SKIPPED, /* the back end lacks a requirement */
	VERDICT_STOPPED, /* interrupted */
};

struct result {
	enum verdict verdict;
	const char *name; /* of the case */
	uint64_t seed;
	unsigned passed, failed; /* expectations */
	msec_t simulated; /* simulated time */
	msec_t took; /* in real time */
	const char *why; /* BROKEN, SKIPPED: reason, one line */
	/* Expectations and observations, and the output of a machine at its end: lines, each
	 * with its newline. May be "". */
	const char *details;
	const char *measures; /* "outage 15 s, traffic 3 KiB"; NULL: none */
};

/* From the files in its directory. With all, every expectation is listed, not only failed
 * ones. Allocated in arena. */
struct result result_of(const struct task *task, const struct task_end *end, bool all,
			struct arena *arena);

/* "gateway-dies[warm=0] seed 1: 6 expectations, 5 m in 0.8 s (375x)" */
const char *result_line(const struct result *result, struct arena *arena);

/* Prefix of such a line: ok, FAILED, skipped:, stopped:. */
const char *verdict_word(enum verdict verdict);

/* "375x", "0.9x": speed of simulated time relative to real time. */
const char *speed_text(msec_t simulated, msec_t took, struct arena *arena);
