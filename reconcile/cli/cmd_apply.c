/* SPDX-License-Identifier: MIT */
#include "between.h"
#include "message.h"
#include "output.h"
#include "repeat.h"
#include "step.h"

#include <signal.h>

/* Runs one after the other, for some time. */
struct repeating {
	const struct options *options;
	struct between between;
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

static void whole_run(struct repeating *repeating)
{
	head(repeating);
	repeating->worst = repeat_worst(repeating->worst,
					step(repeating->options, RUN_APPLY, &repeating->between));
}

/* Prefixes that routes came to or went from are dealt with alone, where that can be
 * told; all else takes a whole run. */
static void run_for_news(struct repeating *repeating)
{
	struct between *between = &repeating->between;
	bool whole = between->news.other || !step_touched(repeating->options, between);

	between_forget(between);
	if (whole)
		whole_run(repeating);
}

static enum between_end wait_until(struct repeating *repeating, msec_t until)
{
	enum between_end end = between_wait(&repeating->between, until);

	while (end == BETWEEN_NEWS) {
		run_for_news(repeating);
		end = between_wait(&repeating->between, until);
	}
	return end;
}

/* Without --follow there is nothing to stay for after the last run. */
static bool is_over(const struct repeating *repeating, msec_t next)
{
	return !repeating->options->follow &&
	       next - repeating->start >= repeating->options->repeat_for;
}

static enum exit_code repeat(struct repeating *repeating)
{
	const struct options *options = repeating->options;
	msec_t over = repeating->start + options->repeat_for;

	for (;;) {
		enum between_end end;
		msec_t next;

		whole_run(repeating);
		next = repeat_next(repeating->start, options->every, clock_boot());
		if (is_over(repeating, next))
			return repeating->worst;
		end = wait_until(repeating, next < over ? next : over);
		if (end == BETWEEN_FAILED)
			return EXIT_ERROR;
		if (end == BETWEEN_SIGNAL)
			return repeating->between.signal_number == SIGINT ? EXIT_INTERRUPTED
									  : repeating->worst;
		if (next >= over)
			return repeating->worst;
	}
}

static enum exit_code apply_repeatedly(const struct options *options)
{
	struct repeating repeating = {
		.options = options,
		.start = clock_boot(),
		.worst = EXIT_LOCKED,
	};
	struct between *between = &repeating.between;
	enum exit_code code = EXIT_ERROR;

	if (between_open(between, options->follow))
		code = repeat(&repeating);
	if (between->failure.code)
		complain("%s", failure_text(&between->failure, options->arena));
	between_close(between);
	return code;
}

enum exit_code cmd_apply(struct options *options)
{
	enum exit_code code;

	if (!options->repeat_for)
		return step(options, RUN_APPLY, NULL);
	code = apply_repeatedly(options);
	if (code == EXIT_LOCKED && options->quiet)
		complain("all the time another run of this instance was under way");
	return code;
}
