/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include "base/os/deadline.h"
#include "base/os/signals.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool loop_open(struct loop *loop, enum loop_follows follows, bool with_hangup)
{
	*loop = (struct loop){
		.signals = -1,
		.scope_arena = arena_new(),
		.news_arena = arena_new(),
		.single_prefixes = follows == LOOP_PREFIXES,
		.news = { .other = follows != LOOP_PREFIXES },
		.period = LOOP_SELECTORS_PERIOD_MS,
	};
	loop->signals = signals_open(with_hangup);
	if (loop->signals < 0)
		return failure_set(&loop->failure, errno, "signals");
	if (follows != LOOP_TIME)
		loop->watch = watch_open(&loop->failure);
	return follows == LOOP_TIME || loop->watch;
}

bool loop_hold_sockets(struct loop *loop)
{
	loop->sockets = facts_sockets_new();
	if (!loop->sockets)
		return failure_set(&loop->failure, errno, "epoll");
	facts_sockets_take_passed(loop->sockets);
	return true;
}

void loop_close(struct loop *loop)
{
	watch_close(loop->watch);
	facts_sockets_free(loop->sockets);
	if (loop->signals >= 0)
		close(loop->signals);
	arena_free(loop->scope_arena);
	arena_free(loop->news_arena);
}

void loop_ran(struct loop *loop, const struct desired *desired, const struct observed *observed,
	      msec_t began)
{
	loop->run_at = began;
	loop->run_took = clock_boot() - began;
	loop->period = desired->selectors.n || desired_has_facts(desired) ? LOOP_SELECTORS_PERIOD_MS
									  : LOOP_PERIOD_MS;
	arena_free(loop->scope_arena);
	loop->scope_arena = arena_new();
	watch_scope_make(&loop->scope, loop->scope_arena, desired, observed);
}

void loop_dirty(struct loop *loop, msec_t began)
{
	loop->run_at = began;
	loop->run_took = 0;
}

void loop_forget(struct loop *loop)
{
	arena_free(loop->news_arena);
	loop->news_arena = arena_new();
	loop->news = (struct watch_news){ .other = !loop->single_prefixes };
	loop->has_packets = false;
}

void loop_note(struct loop *loop)
{
	loop->last = clock_boot();
	if (!loop->news.any)
		loop->first = loop->last;
	loop->news.any = true;
}

static bool take_messages(struct loop *loop)
{
	bool had_news = loop->news.any, has_news;

	loop->news.any = false;
	if (!watch_read(loop->watch, &loop->scope, &loop->news, loop->news_arena, &loop->failure))
		return false;
	has_news = loop->news.any;
	loop->news.any = had_news;
	if (has_news)
		loop_note(loop);
	return true;
}

/* The end of the wait without further events. */
static msec_t over_at(const struct loop *loop, msec_t until)
{
	msec_t settled;

	if (!loop->news.any)
		return until;
	settled = watch_settled_at(loop->run_at, loop->run_took, loop->first, loop->last);
	return settled < until ? settled : until;
}

enum loop_end loop_turn(struct loop *loop, msec_t until)
{
	struct pollfd polled[] = {
		{ .fd = loop->signals, .events = POLLIN },
		{ .fd = loop->watch ? watch_descriptor(loop->watch) : -1, .events = POLLIN },
		{ .fd = loop->sockets && !loop->has_packets ? loop->sockets->any : -1,
		  .events = POLLIN },
	};
	const struct deadline deadline = { .at = until };
	int ready = poll(polled, 3, deadline_left(&deadline));

	if (ready < 0 && errno != EINTR) {
		failure_set(&loop->failure, errno, "poll");
		return LOOP_FAILED;
	}
	if (ready > 0 && polled[0].revents) {
		loop->signal_number = signals_take(loop->signals);
		if (loop->signal_number)
			return LOOP_SIGNAL;
	}
	if (ready > 0 && polled[1].revents && !take_messages(loop))
		return LOOP_FAILED;
	if (ready > 0 && polled[2].revents) {
		loop->has_packets = loop->news.other = true;
		loop_note(loop);
	}
	return LOOP_DUE;
}

enum loop_end loop_wait(struct loop *loop, msec_t until)
{
	/* The time is checked even under a flood of events. */
	while (clock_boot() < over_at(loop, until)) {
		enum loop_end end = loop_turn(loop, over_at(loop, until));

		if (end != LOOP_DUE)
			return end;
	}
	return loop->news.any ? LOOP_NEWS : LOOP_DUE;
}
