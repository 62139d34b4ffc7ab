/* SPDX-License-Identifier: MIT */
#include "base/cli/message.h"
#include "base/os/signals.h"
#include "core/report/pending.h"
#include "output.h"
#include "step.h"
#include "system/follow/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* WireGuard tells nothing of its peers, so that they are looked at from time to time;
 * a selector's members every 5 s, as wgpeerselector does it. */
#define TIMEOUT_MS 30000
#define SELECTORS_TIMEOUT_MS 5000

/* How often it is seen whether another run has come to its end. */
#define LOCK_GRAIN_MS 50

struct waiting {
	const struct options *options;
	struct arena *arena;
	int signals;
	struct watch *watch;
	struct watch_scope scope;

	msec_t begun;
	msec_t look_begun;
	msec_t look_took;
	struct deadline deadline;

	bool has_news;
	msec_t first; /* of the news */
	msec_t last;
	enum wait_reason reason;
	const char *text;

	const char *error; /* the wait has failed */
	int signal_number; /* that ended it */
};

static bool fail(struct waiting *waiting, const char *error)
{
	waiting->error = error;
	return false;
}

static bool fail_by(struct waiting *waiting, const struct failure *failure)
{
	return fail(waiting, failure_text(failure, waiting->arena));
}

/* ---- Begin and end ---- */

/* They wait while a look is under way, as they do during a run. */
static bool take_signals(struct waiting *waiting)
{
	waiting->signals = signals_open(false);
	if (waiting->signals >= 0)
		return true;
	return fail(waiting,
		    arena_printf(waiting->arena, "cannot take signals: %s", strerror(errno)));
}

static bool begin(struct waiting *waiting, const struct options *options)
{
	struct failure failure;

	*waiting = (struct waiting){
		.options = options,
		.arena = options->arena,
		.signals = -1,
		.begun = clock_boot(),
	};
	if (!take_signals(waiting))
		return false;
	waiting->watch = watch_open(&failure);
	return waiting->watch || fail_by(waiting, &failure);
}

static void end(struct waiting *waiting)
{
	watch_close(waiting->watch);
	if (waiting->signals >= 0)
		close(waiting->signals);
}

/* ---- Looking ---- */

static void note_news(struct waiting *waiting, enum wait_reason reason, const char *text)
{
	waiting->last = clock_boot();
	if (waiting->has_news)
		return;
	waiting->has_news = true;
	waiting->first = waiting->last;
	waiting->reason = reason;
	waiting->text = text;
}

static const char *changes_text(const struct run *run, struct arena *arena)
{
	size_t n = changes_count(&run->plan.changes);

	if (!n)
		return "a selector has a step to make";
	return arena_printf(arena, "%zu %s to make", n, n == 1 ? "change" : "changes");
}

static void understand(struct waiting *waiting, const struct run *run)
{
	msec_t timeout = waiting->options->timeout;

	watch_scope_make(&waiting->scope, waiting->arena, run->desired, &run->observed);
	if (!timeout)
		timeout = run->desired->selectors.n ? SELECTORS_TIMEOUT_MS : TIMEOUT_MS;
	waiting->deadline.at = waiting->begun + timeout;
	waiting->reason = WAIT_TIMEOUT;
	waiting->text = run->pending ? "only changes that already failed" : "nothing has happened";
	if (run->pending && run->pending != run->tried)
		note_news(waiting, WAIT_CHANGES, changes_text(run, waiting->arena));
}

static enum exit_code print_failure(const struct options *options, const struct run *run,
				    enum run_outcome outcome)
{
	const struct output *output = options->output;
	struct printer printer = printer_open(options);
	struct report report;

	report_make(&report, run, options->name, RUN_WATCH, outcome);
	output->failure(&printer, &report);
	return printer_close(&printer) ? report_exit(&report) : EXIT_ERROR;
}

/* What was read is let go of at once: it may be much, and the wait may be long. */
static enum exit_code look(struct waiting *waiting)
{
	const struct options *options = waiting->options;
	struct run_options run_options = options_for_run(options);
	enum exit_code code = EXIT_DONE;
	struct run run;
	enum run_outcome outcome;

	waiting->look_begun = clock_boot();
	outcome = run_make(&run, &run_options, RUN_WATCH);
	diags_sort(&run.diags);
	if (outcome == RUN_DONE)
		understand(waiting, &run);
	else
		code = print_failure(options, &run, outcome);
	run_free(&run);
	waiting->look_took = clock_boot() - waiting->look_begun;
	return code;
}

/* ---- Waiting ---- */

static int milliseconds_until(msec_t at)
{
	struct deadline until = { .at = at };

	return deadline_left(&until);
}

static bool take_signal(struct waiting *waiting)
{
	waiting->signal_number = signals_take(waiting->signals);
	return !waiting->signal_number;
}

static bool take_messages(struct waiting *waiting)
{
	struct watch_news news = { .other = true }; /* what is touched is not collected */
	struct failure failure;

	if (!watch_read(waiting->watch, &waiting->scope, &news, waiting->arena, &failure))
		return fail_by(waiting, &failure);
	if (news.any)
		note_news(waiting, WAIT_EVENT, news.text);
	return true;
}

/* Until then, or until something has come. False when the wait is over for good. */
static bool sleep_until(struct waiting *waiting, msec_t at)
{
	struct pollfd polled[] = {
		{ .fd = waiting->signals, .events = POLLIN },
		{ .fd = watch_descriptor(waiting->watch), .events = POLLIN },
	};
	int ready = poll(polled, 2, milliseconds_until(at));

	if (ready < 0 && errno != EINTR)
		return fail(waiting, arena_printf(waiting->arena, "poll: %s", strerror(errno)));
	if (ready > 0 && polled[0].revents && !take_signal(waiting))
		return false;
	return ready <= 0 || !polled[1].revents || take_messages(waiting);
}

static msec_t until(const struct waiting *waiting)
{
	msec_t settled;

	if (!waiting->has_news)
		return waiting->deadline.at;
	settled = watch_settled_at(waiting->look_begun, waiting->look_took, waiting->first,
				   waiting->last);
	return settled < waiting->deadline.at ? settled : waiting->deadline.at;
}

static bool wait_for_news(struct waiting *waiting)
{
	while (clock_boot() < until(waiting))
		if (!sleep_until(waiting, until(waiting)))
			return false;
	return true;
}

static bool is_locked(struct waiting *waiting)
{
	const struct options *options = waiting->options;

	return state_locked(&options->dirs, options->name, waiting->arena, &waiting->error);
}

/* What another run is about to do is nothing to come back for, and while it is under
 * way a loop would only run against its lock. */
static bool wait_for_lock(struct waiting *waiting)
{
	while (is_locked(waiting) && !deadline_passed(&waiting->deadline))
		if (!sleep_until(waiting, clock_boot() + LOCK_GRAIN_MS))
			return false;
	return !waiting->error;
}

/* Looks, and looks again after another run that was under way. */
static enum exit_code look_unlocked(struct waiting *waiting)
{
	for (;;) {
		enum exit_code code = look(waiting);

		if (code || waiting->reason != WAIT_CHANGES || !is_locked(waiting))
			return code;
		if (!wait_for_lock(waiting) || deadline_passed(&waiting->deadline))
			return EXIT_DONE;
		waiting->has_news = false;
	}
}

/* ---- The command ---- */

static enum exit_code complain_error(struct waiting *waiting)
{
	struct run run = { .arena = waiting->arena, .error = waiting->error };

	return print_failure(waiting->options, &run, RUN_FAILED);
}

static enum exit_code print_result(const struct waiting *waiting)
{
	struct printer printer = printer_open(waiting->options);
	struct wait_result result = {
		.instance = waiting->options->name,
		.reason = waiting->reason,
		.text = waiting->text,
		.waited = clock_boot() - waiting->begun,
	};

	waiting->options->output->wait(&printer, &result, waiting->arena);
	return printer_close(&printer) ? EXIT_DONE : EXIT_ERROR;
}

static enum exit_code wait_until_over(struct waiting *waiting)
{
	enum exit_code code = look_unlocked(waiting);

	if (code)
		return code;
	if (!waiting->error && !waiting->signal_number)
		wait_for_news(waiting);
	if (waiting->error)
		return complain_error(waiting);
	if (waiting->signal_number)
		return waiting->signal_number == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED;
	return print_result(waiting);
}

enum exit_code cmd_wait(struct options *options)
{
	struct waiting waiting;
	enum exit_code code;

	say_instance(options);
	if (begin(&waiting, options))
		code = wait_until_over(&waiting);
	else
		code = complain_error(&waiting);
	end(&waiting);
	return code;
}
