/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "output.h"
#include "repeat.h"
#include "service.h"
#include "step.h"
#include "system/follow/loop.h"

#include <signal.h>

/* Consecutive runs, for some time. */
struct repeating {
	const struct options *options;
	struct loop loop;
	msec_t start;
	unsigned number; /* of the latest run */
	enum exit_code worst;
};

static void head(struct repeating *repeating)
{
	const struct options *options = repeating->options;

	repeating->number++;
	if (!options->quiet && options->output == &output_text)
		printf("%sRun %u\n", repeating->number > 1 ? "\n" : "", repeating->number);
}

/* The watchdog checks that runs happen, whatever their result. */
static void notify(enum exit_code code)
{
	switch (code) {
	case EXIT_INPUT:
		service_notify("READY=1\nWATCHDOG=1\nSTATUS=The configuration is wrong; "
			       "nothing is changed until it is right.");
		return;
	case EXIT_ERROR:
		service_notify("READY=1\nWATCHDOG=1\nSTATUS=The latest run failed.");
		return;
	default:
		service_notify("READY=1\nWATCHDOG=1\nSTATUS=The latest run is done.");
	}
}

static bool is_forever(const struct options *options)
{
	return options->repeat_for == FOREVER_MS;
}

/* False: a service that starts with a wrong configuration must not appear started. */
static bool whole_run(struct repeating *repeating)
{
	enum exit_code code;

	head(repeating);
	code = step(repeating->options, RUN_APPLY, &repeating->loop);
	repeating->worst = repeat_worst(repeating->worst, code);
	if (is_forever(repeating->options) && repeating->number == 1 && code == EXIT_INPUT)
		return false;
	notify(code);
	return true;
}

/* Prefixes with added or removed routes are handled separately where possible; everything
 * else needs a full run. */
static void run_for_news(struct repeating *repeating)
{
	struct loop *loop = &repeating->loop;
	bool whole = loop->news.other || !step_dirty(repeating->options, loop);

	loop_forget(loop);
	if (whole)
		whole_run(repeating);
}

static enum loop_end wait_until(struct repeating *repeating, msec_t until)
{
	enum loop_end end = loop_wait(&repeating->loop, until);

	while (end == LOOP_NEWS) {
		run_for_news(repeating);
		end = loop_wait(&repeating->loop, until);
	}
	return end;
}

/* Without --follow the loop ends with the last run. */
static bool is_over(const struct repeating *repeating, msec_t next)
{
	return !repeating->options->follow &&
	       next - repeating->start >= repeating->options->repeat_for;
}

/* The effect of a signal on the loop. A stopped service has not failed. */
static enum exit_code end_by_signal(const struct repeating *repeating)
{
	if (repeating->loop.signal_number == SIGINT)
		return EXIT_INTERRUPTED;
	return is_forever(repeating->options) ? EXIT_DONE : repeating->worst;
}

/* With --follow as with wait: the kernel notifies of most changes. */
static msec_t period(const struct repeating *repeating)
{
	return repeating->options->every ? repeating->options->every : repeating->loop.period;
}

static enum exit_code repeat(struct repeating *repeating)
{
	msec_t over = repeating->start + repeating->options->repeat_for;

	for (;;) {
		enum loop_end end;
		msec_t next;

		if (!whole_run(repeating))
			return repeating->worst;
		next = repeat_next(repeating->start, period(repeating), clock_boot());
		if (is_over(repeating, next))
			return repeating->worst;
		end = wait_until(repeating, next < over ? next : over);
		if (end == LOOP_FAILED)
			return EXIT_ERROR;
		/* SIGHUP: the next run is due now. */
		if (end == LOOP_SIGNAL && repeating->loop.signal_number != SIGHUP)
			return end_by_signal(repeating);
		if (next >= over)
			return repeating->worst;
	}
}

static void forget_notices(const struct options *options)
{
	state_text_write(&options->dirs, options->name, STATE_NOTICES, NULL, options->arena);
}

static enum exit_code apply_repeatedly(const struct options *options)
{
	struct repeating repeating = {
		.options = options,
		.start = clock_boot(),
		.worst = EXIT_LOCKED,
	};
	struct loop *loop = &repeating.loop;
	enum exit_code code = EXIT_ERROR;

	/* Problems that persist when a service starts are printed again. */
	if (is_forever(options))
		forget_notices(options);
	if (loop_open(loop, options->follow ? LOOP_PREFIXES : LOOP_TIME, is_forever(options)) &&
	    loop_hold_sockets(loop))
		code = repeat(&repeating);
	if (loop->failure.code)
		message_error("%s", failure_text(&loop->failure, options->arena));
	loop_close(loop);
	return code;
}

enum exit_code cmd_apply(void *given)
{
	struct options *options = given;
	enum exit_code code;

	if (!options->repeat_for)
		return step(options, RUN_APPLY, NULL);
	code = apply_repeatedly(options);
	if (code == EXIT_LOCKED && options->quiet)
		message_error("another run of this instance held the lock the whole time");
	return code;
}
