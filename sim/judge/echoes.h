/* SPDX-License-Identifier: MIT */
/*
 * echoes: what became of the echo requests of one probe, and what a window of
 * them amounts to. A window is made of the requests that were sent in it, both
 * ends included.
 */
#pragma once

#include "trace/record.h"

struct echo {
	msec_t sent; /* first: time_order() */
	double rtt; /* ms; negative: no answer in time */
	unsigned sequence;
	unsigned lost; /* how many up to this one, with it, got no answer */
	size_t answered; /* index of the latest one up to this that was answered, plus 1; 0: none */
};

/* A time without an answer, from the first request that got none to the next
 * one that did. */
struct gap {
	msec_t end, begin; /* the end first: time_order() */
	size_t index; /* of the echo that ended it */
};

struct echoes {
	const struct probe *probe;
	VEC(struct echo) list; /* by time, then sequence */
	VEC(struct gap) gaps; /* those that are over, by time */
};

void echoes_add(struct echoes *echoes, const struct record_echo *record, struct arena *arena);

/* The latest one sent up to that time of which it is known what became of it, or NULL. */
const struct echo *echoes_latest(const struct echoes *echoes, msec_t until);

/* Where the requests without an answer begin that end with this one, which has none. */
msec_t echoes_unanswered_since(const struct echoes *echoes, const struct echo *echo);

struct echo_count {
	unsigned sent, lost;
};
struct echo_count echoes_count(const struct echoes *echoes, msec_t from, msec_t until);

/* The longest time without an answer. One that goes on is counted as far as it is
 * certain, so that it can only become longer. Requests that should have been sent
 * and were not count as unanswered. length 0: there is none. */
struct outage {
	msec_t begin, length;
};
struct outage echoes_outage(const struct echoes *echoes, msec_t from, msec_t until);

/* Of the answered ones; NAN when there is none. scratch is for its work. */
double echoes_median(const struct echoes *echoes, msec_t from, msec_t until, struct arena *scratch);
