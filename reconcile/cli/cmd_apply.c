/* SPDX-License-Identifier: MIT */
#include "message.h"
#include "output.h"
#include "repeat.h"
#include "step.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

/* Between two runs SIGINT and SIGTERM are waited for like the time; during a run
 * they wait, so that no run is cut off. */
static void block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, signals, NULL))
		complain("cannot block signals: %s", strerror(errno));
}

/* The signal that ended the sleep, or 0. */
static int sleep_until(msec_t at, const sigset_t *signals)
{
	for (;;) {
		msec_t left = at - clock_boot();
		struct timespec wait = {
			.tv_sec = left / MSEC_PER_SEC,
			.tv_nsec = left % MSEC_PER_SEC * 1000000,
		};
		int number;

		if (left <= 0)
			return 0;
		number = sigtimedwait(signals, NULL, &wait);
		if (number > 0)
			return number;
	}
}

static void head(const struct options *options, unsigned number)
{
	if (!options->quiet && options->output == &output_text)
		printf("%sRun %u\n", number > 1 ? "\n" : "", number);
}

static enum exit_code apply_repeatedly(const struct options *options)
{
	msec_t start = clock_boot();
	enum exit_code worst = EXIT_LOCKED;
	sigset_t signals;

	block_signals(&signals);
	for (unsigned number = 1;; number++) {
		msec_t next;
		int signal_number;

		head(options, number);
		worst = repeat_worst(worst, step(options, RUN_APPLY));
		next = repeat_next(start, options->every, clock_boot());
		if (next - start >= options->repeat_for)
			return worst;
		signal_number = sleep_until(next, &signals);
		if (signal_number)
			return signal_number == SIGINT ? EXIT_INTERRUPTED : worst;
	}
}

enum exit_code cmd_apply(struct options *options)
{
	enum exit_code code;

	if (!options->repeat_for)
		return step(options, RUN_APPLY);
	code = apply_repeatedly(options);
	if (code == EXIT_LOCKED && options->quiet)
		complain("all the time another run of this instance was under way");
	return code;
}
