/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include <errno.h>
#include <time.h>

#define NSEC_PER_MSEC 1e6

static int64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

bool echo_reopen(struct echo_stream *stream, struct world *world, struct failure *failure)
{
	const struct probe *probe = stream->probe;
	uint8_t nonce[ICMP_NONCE] = "wgsim";
	bool opened;
	int error;

	icmp_close(&stream->icmp);
	if (!world_enter(world, probe->from, failure))
		return false;
	opened = icmp_open(&stream->icmp, &probe->to);
	error = errno;
	if (!world_leave(world, failure))
		return false;
	if (!opened)
		return failure_set(failure, error, "probe %s: no ICMP socket in %s", probe->name,
				   probe->from->name);
	/* The identifier is the first two of them: streams of one node must differ. */
	nonce[0] = (uint8_t)(stream->number >> 8);
	nonce[1] = (uint8_t)stream->number;
	icmp_set_nonce(&stream->icmp, nonce);
	return true;
}

bool echo_open(struct echo_stream *stream, struct world *world, const struct probe *probe,
	       unsigned number, struct failure *failure)
{
	*stream = (struct echo_stream){ .probe = probe, .number = number, .icmp.fd = -1 };
	return echo_reopen(stream, world, failure);
}

void echo_close(struct echo_stream *stream)
{
	icmp_close(&stream->icmp);
}

static void report(struct echo_stream *stream, unsigned sequence, double rtt, echo_result *result,
		   void *context)
{
	struct record_echo echo = {
		.probe = stream->probe->name,
		.sequence = sequence,
		.sent = stream->window[sequence % ECHO_WINDOW].at,
		.rtt = rtt,
	};

	result(context, &echo);
}

static void give_up(struct echo_stream *stream, msec_t now, echo_result *result, void *context)
{
	for (; stream->settled < stream->sent; stream->settled++) {
		unsigned slot = stream->settled % ECHO_WINDOW;

		if (stream->window[slot].answered)
			continue;
		/* Maximum number of pending requests. */
		if (stream->window[slot].at + stream->probe->timeout > now &&
		    stream->sent - stream->settled < ECHO_WINDOW)
			return;
		report(stream, stream->settled, -1, result, context);
	}
}

void echo_step(struct echo_stream *stream, msec_t now, echo_result *result, void *context)
{
	give_up(stream, now, result, context);
	if (stream->next_at > now)
		return;
	stream->window[stream->sent % ECHO_WINDOW].at = now;
	stream->window[stream->sent % ECHO_WINDOW].answered = false;
	stream->window[stream->sent % ECHO_WINDOW].nanoseconds = nanoseconds();
	/* One that cannot be sent (no route, no key) stays without an answer. */
	icmp_send(&stream->icmp, (uint16_t)stream->sent);
	stream->sent++;
	/* Missed requests are not sent later. */
	while (stream->next_at <= now)
		stream->next_at += stream->probe->every;
}

/* The pending request with these 16 bits; false: none. */
static bool find_request(const struct echo_stream *stream, uint16_t sequence, unsigned *found)
{
	for (unsigned i = stream->settled; i < stream->sent; i++) {
		if ((uint16_t)i != sequence)
			continue;
		*found = i;
		return !stream->window[i % ECHO_WINDOW].answered;
	}
	return false;
}

void echo_receive(struct echo_stream *stream, msec_t now, echo_result *result, void *context)
{
	enum icmp_answer answer;
	uint16_t sequence;
	unsigned request;

	while ((answer = icmp_receive(&stream->icmp, &sequence)) != ICMP_NOTHING) {
		if (answer != ICMP_ANSWER || !find_request(stream, sequence, &request))
			continue;
		stream->window[request % ECHO_WINDOW].answered = true;
		report(stream, request,
		       (double)(nanoseconds() - stream->window[request % ECHO_WINDOW].nanoseconds) /
			       NSEC_PER_MSEC,
		       result, context);
	}
	give_up(stream, now, result, context);
}

msec_t echo_due(const struct echo_stream *stream)
{
	msec_t due = stream->next_at;

	for (unsigned i = stream->settled; i < stream->sent; i++) {
		const msec_t given_up = stream->window[i % ECHO_WINDOW].at + stream->probe->timeout;

		if (stream->window[i % ECHO_WINDOW].answered)
			continue;
		return given_up < due ? given_up : due;
	}
	return due;
}
