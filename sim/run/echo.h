/* SPDX-License-Identifier: MIT */
/*
 * echo: the streams of echo requests of a scenario's probes, whose answers tell
 * who reaches whom.
 */
#pragma once

#include "base/os/icmp.h"
#include "trace/record.h"
#include "world/world.h"

/* Sequence numbers have 16 bits; those under way at a time are far fewer. */
#define ECHO_WINDOW 4096

struct echo_stream {
	const struct probe *probe;
	unsigned number;
	struct icmp icmp;
	unsigned sent; /* so far */
	unsigned settled; /* of them: answered, or given up, all before as well */
	msec_t next_at; /* of the next request */
	struct {
		int64_t nanoseconds; /* when it was sent */
		bool answered;
		msec_t at;
	} window[ECHO_WINDOW];
};

/* What is done with each answer, and with each request that got none. */
typedef void echo_result(void *context, const struct record_echo *echo);

/* number tells the streams of a scenario apart. */
bool echo_open(struct echo_stream *stream, struct world *world, const struct probe *probe,
	       unsigned number, struct failure *failure);
void echo_close(struct echo_stream *stream);

/* Goes on with a new socket: at a boot the node's network is a new one. */
bool echo_reopen(struct echo_stream *stream, struct world *world, struct failure *failure);

/* Sends what is due at `now`, and gives up what waited too long. */
void echo_step(struct echo_stream *stream, msec_t now, echo_result *result, void *context);

/* Reads the answers that are there. */
void echo_receive(struct echo_stream *stream, msec_t now, echo_result *result, void *context);

/* When echo_step() has something to do. */
msec_t echo_due(const struct echo_stream *stream);
