/* SPDX-License-Identifier: MIT */
#include "between.h"

#include "base/os/deadline.h"
#include "base/os/signals.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool between_open(struct between *between, bool follow, bool with_hangup)
{
	*between = (struct between){
		.signals = -1,
		.scope_arena = arena_new(),
		.news_arena = arena_new(),
	};
	between->signals = signals_open(with_hangup);
	if (between->signals < 0)
		return failure_set(&between->failure, errno, "signals");
	if (follow)
		between->watch = watch_open(&between->failure);
	return !follow || between->watch;
}

void between_close(struct between *between)
{
	watch_close(between->watch);
	if (between->signals >= 0)
		close(between->signals);
	arena_free(between->scope_arena);
	arena_free(between->news_arena);
}

void between_ran(struct between *between, const struct desired *desired,
		 const struct observed *observed, msec_t began)
{
	between->run_at = began;
	between->run_took = clock_boot() - began;
	arena_free(between->scope_arena);
	between->scope_arena = arena_new();
	watch_scope_make(&between->scope, between->scope_arena, desired, observed);
}

void between_touched(struct between *between, msec_t began)
{
	between->run_at = began;
	between->run_took = 0;
}

void between_forget(struct between *between)
{
	arena_free(between->news_arena);
	between->news_arena = arena_new();
	between->news = (struct watch_news){ 0 };
}

static bool take_signal(struct between *between)
{
	between->signal_number = signals_take(between->signals);
	return between->signal_number;
}

static bool take_messages(struct between *between)
{
	bool had_news = between->news.any;

	between->news.any = false;
	if (!watch_read(between->watch, &between->scope, &between->news, between->news_arena,
			&between->failure))
		return false;
	if (between->news.any)
		between->last = clock_boot();
	if (between->news.any && !had_news)
		between->first = between->last;
	between->news.any |= had_news;
	return true;
}

/* When the wait is over, if nothing more comes. */
static msec_t over_at(const struct between *between, msec_t until)
{
	msec_t settled;

	if (!between->news.any)
		return until;
	settled = watch_settled_at(between->run_at, between->run_took, between->first,
				   between->last);
	return settled < until ? settled : until;
}

static int milliseconds_until(msec_t at)
{
	struct deadline deadline = { .at = at };

	return deadline_left(&deadline);
}

enum between_end between_wait(struct between *between, msec_t until)
{
	struct pollfd polled[] = {
		{ .fd = between->signals, .events = POLLIN },
		{ .fd = between->watch ? watch_descriptor(between->watch) : -1, .events = POLLIN },
	};

	/* However fast things come, the time is looked at. */
	while (clock_boot() < over_at(between, until)) {
		int ready = poll(polled, 2, milliseconds_until(over_at(between, until)));

		if (ready < 0 && errno != EINTR) {
			failure_set(&between->failure, errno, "poll");
			return BETWEEN_FAILED;
		}
		if (ready > 0 && polled[0].revents && take_signal(between))
			return BETWEEN_SIGNAL;
		if (ready > 0 && polled[1].revents && !take_messages(between))
			return BETWEEN_FAILED;
	}
	return between->news.any ? BETWEEN_NEWS : BETWEEN_DUE;
}
