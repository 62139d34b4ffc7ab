/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include "workplace.h"

#include "base/os/deadline.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Interval of progress callbacks. */
#define WATCH_EVERY_MS 200
/* Time for a terminated one to end. */
#define STOP_GRACE_MS 3000

struct state {
	const struct runner *runner;
	struct arena *arena;
	struct task **running; /* jobs of them, NULL: free */
	unsigned jobs;
	bool dry; /* there are no more */
	bool stopping;
	int interrupted; /* the signal */
	unsigned started;
	int signals;
	sigset_t mask_before;
};

unsigned runner_jobs(const struct runner *runner)
{
	cpu_set_t cores;

	if (runner->jobs)
		return runner->jobs;
	if (sched_getaffinity(0, sizeof(cores), &cores) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&cores);
}

static bool signals_open(struct state *state)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &mask, &state->mask_before) < 0)
		return false;
	state->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return state->signals >= 0;
}

/* Signals repeated during the end are discarded. */
static void signals_close(struct state *state)
{
	struct signalfd_siginfo info;

	if (state->signals >= 0) {
		while (read(state->signals, &info, sizeof(info)) > 0)
			;
		close(state->signals);
	}
	sigprocmask(SIG_SETMASK, &state->mask_before, NULL);
}

/* ---- One task ---- */

static void task_stop(struct task *task)
{
	task->stopping = true;
	task->deadline = clock_boot() + STOP_GRACE_MS;
	job_stop(&task->job);
}

/* A second signal ends at once. */
static void stop_all(struct state *state)
{
	for (unsigned i = 0; i < state->jobs; i++) {
		struct task *task = state->running[i];

		if (task && !task->stopping)
			task_stop(task);
		else if (task)
			job_kill(&task->job);
	}
	state->stopping = true;
}

static void task_end(struct state *state, struct task *task, const struct task_end *end)
{
	const struct runner *runner = state->runner;

	if (!runner->ended(runner->context, task, end) && !state->stopping)
		stop_all(state);
	if (end->directory)
		directory_remove(end->directory);
	arena_free(task->arena);
}

static msec_t time_allowed(const struct runner *runner, const struct task *task)
{
	if (runner->timeout)
		return runner->timeout;
	return TIMEOUT_MS + (backend_in_real_time(runner->backend) ? task->scenario->duration : 0);
}

static bool task_start(struct state *state, struct task *task)
{
	const struct runner *runner = state->runner;
	const struct job_spec spec = {
		.tools = runner->tools,
		.directory = arena_printf(task->arena, "%s/%u", runner->directory,
					  ++state->started),
		.name = task->name,
		.text = task->text,
		.seed = task->seed,
		.backend = runner->backend,
		.memory = runner->memory,
		.at = -1,
	};
	struct task_end end = { .outcome = TASK_UNPLAYED, .directory = spec.directory };
	struct failure failure = { 0 };

	if (job_start(&task->job, &spec, task->arena, &failure)) {
		task->deadline = task->job.began + time_allowed(runner, task);
		return true;
	}
	end.error = failure_text(&failure, task->arena);
	task_end(state, task, &end);
	return false;
}

static void task_collect(struct state *state, unsigned slot)
{
	struct task *task = state->running[slot];
	struct task_end end = {
		.outcome = task->late	    ? TASK_LATE
			   : task->stopping ? TASK_STOPPED
					    : TASK_ENDED,
		.directory = task->job.directory,
		.took = clock_boot() - task->job.began,
	};

	end.status = job_end(&task->job);
	state->running[slot] = NULL;
	task_end(state, task, &end);
}

static void task_late(struct task *task)
{
	if (task->stopping) {
		job_kill(&task->job);
		task->killed = true;
		return;
	}
	task->late = true;
	task_stop(task);
}

static bool is_running(const struct state *state, pid_t pid)
{
	for (unsigned i = 0; i < state->jobs; i++)
		if (state->running[i] && state->running[i]->job.pid == pid)
			return true;
	return false;
}

/* A killed machine leaves its children to us, as their subreaper: not every init process of
 * a container reaps orphans. */
static void reap_orphans(const struct state *state)
{
	for (;;) {
		siginfo_t end = { 0 };

		if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || !end.si_pid ||
		    is_running(state, end.si_pid))
			return;
		waitpid(end.si_pid, NULL, WNOHANG);
	}
}

/* ---- Entry point ---- */

static void fill(struct state *state)
{
	const struct runner *runner = state->runner;

	for (unsigned i = 0; i < state->jobs; i++) {
		while (!state->running[i] && !state->dry && !state->stopping) {
			struct task task = { 0 };
			struct task *kept;

			if (!runner->next(runner->context, &task)) {
				state->dry = true;
				return;
			}
			kept = arena_alloc(task.arena, sizeof(*kept));
			*kept = task;
			if (task_start(state, kept))
				state->running[i] = kept;
		}
	}
}

static size_t count_running(const struct state *state)
{
	size_t n = 0;

	for (unsigned i = 0; i < state->jobs; i++)
		n += state->running[i] != NULL;
	return n;
}

static int time_to_wait(const struct state *state)
{
	msec_t now = clock_boot();
	msec_t wait = state->runner->watch ? WATCH_EVERY_MS : INT32_MAX;

	for (unsigned i = 0; i < state->jobs; i++) {
		const struct task *task = state->running[i];

		if (task && !task->killed && task->deadline - now < wait)
			wait = task->deadline - now;
	}
	return wait > 0 ? (int)wait : 0;
}

static void take_signal(struct state *state)
{
	struct signalfd_siginfo info;

	while (read(state->signals, &info, sizeof(info)) == sizeof(info)) {
		if (!state->interrupted)
			state->interrupted = (int)info.ssi_signo;
		stop_all(state);
	}
}

static void watch(const struct state *state)
{
	const struct runner *runner = state->runner;
	const struct task *running[JOB_SLOTS_MAX];
	size_t n = 0;

	if (!runner->watch)
		return;
	for (unsigned i = 0; i < state->jobs; i++)
		if (state->running[i])
			running[n++] = state->running[i];
	runner->watch(runner->context, running, n);
}

static void turn(struct state *state)
{
	struct pollfd polled[JOB_SLOTS_MAX + 1];
	msec_t now;

	for (unsigned i = 0; i < state->jobs; i++)
		polled[i] = (struct pollfd){
			.fd = state->running[i] ? state->running[i]->job.pidfd : -1,
			.events = POLLIN,
		};
	polled[state->jobs] = (struct pollfd){ .fd = state->signals, .events = POLLIN };
	if (poll(polled, state->jobs + 1, time_to_wait(state)) < 0 && errno != EINTR)
		stop_all(state);
	for (unsigned i = 0; i < state->jobs; i++)
		if (state->running[i] && polled[i].revents)
			task_collect(state, i);
	reap_orphans(state);
	if (polled[state->jobs].revents)
		take_signal(state);
	now = clock_boot();
	for (unsigned i = 0; i < state->jobs; i++)
		if (state->running[i] && !state->running[i]->killed &&
		    state->running[i]->deadline <= now)
			task_late(state->running[i]);
}

int runner_run(const struct runner *runner)
{
	struct state state = {
		.runner = runner,
		.arena = arena_new(),
		.jobs = runner_jobs(runner),
		.signals = -1,
	};

	if (state.jobs > JOB_SLOTS_MAX)
		state.jobs = JOB_SLOTS_MAX;
	state.running = arena_alloc(state.arena, state.jobs * sizeof(struct task *));
	if (!signals_open(&state))
		state.interrupted = SIGINT;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	while (!state.interrupted || count_running(&state)) {
		fill(&state);
		if (!count_running(&state))
			break;
		/* Before the wait, so that even a short case is shown. */
		watch(&state);
		turn(&state);
	}
	signals_close(&state);
	arena_free(state.arena);
	return state.interrupted;
}
