/* SPDX-License-Identifier: MIT */
/*
 * echo: the streams of echo requests of a scenario's probes, whose answers show
 * reachability.
 */
#pragma once

#include "base/os/icmp.h"
#include "trace/record.h"
#include "world/world.h"

/* Sequence numbers have 16 bits; far fewer are in flight at a time. */
#define ECHO_WINDOW 4096

struct echo_stream {
	const struct probe *probe;
	unsigned number;
	struct icmp icmp;
	unsigned sent; /* so far */
	unsigned settled; /* of them: answered or given up, and all before */
	msec_t next_at; /* of the next request */
	struct {
		int64_t nanoseconds; /* time of sending */
		bool answered;
		msec_t at;
	} window[ECHO_WINDOW];
};

/* Called for each answer, and for each request without one. */
typedef void echo_result(void *context, const struct record_echo *echo);

/* number identifies the stream in the scenario. */
bool echo_open(struct echo_stream *stream, struct world *world, const struct probe *probe,
	       unsigned number, struct failure *failure);
void echo_close(struct echo_stream *stream);

/* Continues with a new socket: after a boot the node's network is a new one. */
bool echo_reopen(struct echo_stream *stream, struct world *world, struct failure *failure);

/* Sends requests due at `now`, and gives up those that timed out. */
void echo_step(struct echo_stream *stream, msec_t now, echo_result *result, void *context);

/* Reads the available answers. */
void echo_receive(struct echo_stream *stream, msec_t now, echo_result *result, void *context);

/* The time of the next echo_step(). */
msec_t echo_due(const struct echo_stream *stream);
