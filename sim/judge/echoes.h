/* SPDX-License-Identifier: MIT */
/*
 * echoes: results of the echo requests of one probe, and statistics of a window. A window
 * consists of the requests sent in it, both ends included.
 */
#pragma once

#include "trace/record.h"

struct echo {
	msec_t sent; /* first: time_order() */
	double rtt; /* ms; negative: no answer in time */
	unsigned sequence;
	unsigned lost; /* number of requests without an answer up to and including this one */
	size_t answered; /* index of the latest answered one up to this, plus 1; 0: none */
};

/* A time without an answer, from the first request without one to the next request with one. */
struct gap {
	msec_t end, begin; /* first: the end, for time_order() */
	size_t index; /* of the echo that ended it */
};

struct echoes {
	const struct probe *probe;
	VEC(struct echo) list; /* by time, then sequence */
	VEC(struct gap) gaps; /* ended ones, by time */
};

void echoes_add(struct echoes *echoes, const struct record_echo *record, struct arena *arena);

/* The latest one sent up to that time with a known result, or NULL. */
const struct echo *echoes_latest(const struct echoes *echoes, msec_t until);

/* The first of the unanswered requests that end with this unanswered one. */
msec_t echoes_unanswered_since(const struct echoes *echoes, const struct echo *echo);

struct echo_count {
	unsigned sent, lost;
};
struct echo_count echoes_count(const struct echoes *echoes, msec_t from, msec_t until);

/* The longest time without an answer. A continuing one is counted as far as it is certain,
 * so that it can only become longer. Requests that were due but not sent count as
 * unanswered. length 0: none. */
struct outage {
	msec_t begin, length;
};
struct outage echoes_outage(const struct echoes *echoes, msec_t from, msec_t until);

/* Of the answered ones; NAN if there is none. scratch is for temporary memory. */
double echoes_median(const struct echoes *echoes, msec_t from, msec_t until, struct arena *scratch);
