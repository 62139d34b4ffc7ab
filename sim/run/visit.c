/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "base/cli/message.h"
#include "workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Maximum prolongation of the simulation. */
#define LONGER_MS (INT64_C(24) * 3600 * MSEC_PER_SEC)
/* Polling interval for the shell with real time. */
#define LOOK_EVERY_MS 100

void pass_address(struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "wgsim pass");
}

/* ---- Environment of the shell ---- */

static bool put_file(struct visit *visit, const char *name, mode_t mode, const char *text)
{
	const char *path = arena_printf(visit->arena, "%s/%s", visit->directory, name);

	if (text_write(path, text) && chmod(path, mode) == 0)
		return true;
	message_error("%s: %s", path, strerror(errno));
	return false;
}

static bool put_time(struct visit *visit)
{
	return put_file(visit, "now", 0644, duration_human(visit->arena, visit->now));
}

static bool put_programs(struct visit *visit)
{
	struct arena *arena = visit->arena;
	const char *directory = visit->directory;
	char self[PATH_MAX] = "";
	const char *still = visit->job->backend == BACKEND_TIME_TRAVEL
				    ? "Time stands still; \"pass 10s\" or \"pass 10s COMMAND\" "
				      "lets it pass."
				    : "Time passes as ours does.";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		message_error("/proc/self/exe: %s", strerror(errno));
		return false;
	}
	return put_file(visit, "pass", 0755,
			arena_printf(arena, "#!/bin/sh\nexec '%s' pass -- \"$@\"\n", self)) &&
	       put_file(visit, "rc", 0644,
			arena_printf(arena,
				     "PS1='%s, $(cat \"%s/now\")# '\nunset HISTFILE\n"
				     "echo \"This is %s, $(cat '%s/now') after the start. "
				     "exit ends it.\"\necho '%s'\n",
				     visit->job->node, directory, visit->job->node, directory,
				     still));
}

static const char *directory_beside(struct arena *arena, const char *nodes)
{
	const char *slash = strrchr(nodes, '/');

	return arena_printf(arena, "%.*s/shell", (int)(slash - nodes), nodes);
}

msec_t visit_begin(struct visit *visit, const struct play_job *job, struct scenario *scenario,
		   struct arena *arena)
{
	msec_t stop_at = job->stop_at >= 0 ? job->stop_at : scenario->duration;
	const char *error;

	*visit = (struct visit){ .job = job,
				 .scenario = scenario,
				 .arena = arena,
				 .directory = directory_beside(arena, job->directory),
				 .now = stop_at,
				 .listener = -1,
				 .asker = -1 };
	if (stop_at > scenario->duration)
		scenario->duration = stop_at;
	scenario->duration += LONGER_MS;
	if (mkdir(visit->directory, 0755) < 0) {
		message_error("%s: %s", visit->directory, strerror(errno));
		return -1;
	}
	error = play_job_write(job, visit->directory, arena);
	if (error)
		message_error("%s", error);
	if (error || !put_programs(visit) || !put_time(visit))
		return -1;
	return stop_at;
}

/* ---- Time ---- */

static void freeze(struct visit *visit)
{
	pid_t parent = getpid();

	if (visit->job->backend != BACKEND_TIME_TRAVEL)
		return;
	visit->freezer = fork();
	if (visit->freezer < 0)
		message_error("time cannot be stopped: fork: %s", strerror(errno));
	if (visit->freezer != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		sched_yield();
	_exit(0);
}

static void thaw(struct visit *visit)
{
	if (visit->freezer <= 0)
		return;
	kill(visit->freezer, SIGKILL);
	while (waitpid(visit->freezer, NULL, 0) < 0 && errno == EINTR)
		;
	visit->freezer = 0;
}

/* ---- The shell ---- */

static bool listen_for_pass(struct visit *visit, struct failure *failure)
{
	struct sockaddr_un address;

	pass_address(&address);
	visit->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (visit->listener < 0 ||
	    bind(visit->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(visit->listener, 1) < 0)
		return failure_set(failure, errno, "a socket for pass");
	return true;
}

static bool listen_in_node(struct visit *visit, struct world *world, const struct node *node,
			   struct failure *failure)
{
	struct failure leaving = { 0 };
	bool done;

	if (!world_enter(world, node, failure))
		return false;
	done = listen_for_pass(visit, failure);
	return world_leave(world, done ? failure : &leaving) && done;
}

static bool shell_start(struct visit *visit, struct world *world)
{
	const char *const argv[] = { "/proc/self/exe", "terminal", visit->directory, NULL };
	const struct node *node = scenario_node(visit->scenario, visit->job->node);
	struct failure failure = { 0 };

	if (!node) {
		message_error("there is no node %s", visit->job->node);
		return false;
	}
	visit->started = listen_in_node(visit, world, node, &failure) &&
			 process_start(world, node, argv, &visit->shell, &failure);
	if (!visit->started)
		message_error("the shell: %s", failure_text(&failure, visit->arena));
	return visit->started;
}

/* Whether it has ended; its failure is passed on. */
static bool shell_ended(struct visit *visit)
{
	struct pollfd ended = { .fd = visit->shell.pidfd, .events = POLLIN };
	const char *output;

	if (poll(&ended, 1, 0) <= 0)
		return false;
	process_end(&visit->shell, &output, visit->arena);
	visit->started = false;
	if (*output)
		message_error("%s", text_printable(visit->arena, output));
	return true;
}

/* ---- "pass" ---- */

static void answer(struct visit *visit)
{
	const char *text;

	if (visit->asker < 0 || visit->now < visit->until)
		return;
	text = arena_printf(visit->arena, "%s\n", duration_human(visit->arena, visit->now));
	/* The client may have ended meanwhile. */
	send(visit->asker, text, strlen(text), MSG_NOSIGNAL);
	close(visit->asker);
	visit->asker = -1;
}

/* True after a request to pass time. */
static bool hear(struct visit *visit)
{
	char text[PASS_TEXT_MAX] = "";
	msec_t wanted;

	if (visit->asker >= 0)
		return true;
	visit->asker = accept4(visit->listener, NULL, NULL, SOCK_CLOEXEC);
	if (visit->asker < 0)
		return false;
	if (read(visit->asker, text, sizeof(text) - 1) > 0 &&
	    sscanf(text, "%" SCNd64, &wanted) == 1 && wanted > 0) {
		visit->until = visit->now + wanted;
		return true;
	}
	close(visit->asker);
	visit->asker = -1;
	return false;
}

/* False: the shell has ended. */
static bool stand_still(struct visit *visit)
{
	struct pollfd polled[] = {
		{ .fd = visit->shell.pidfd, .events = POLLIN },
		{ .fd = visit->listener, .events = POLLIN },
	};
	bool goes_on;

	freeze(visit);
	for (;;) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			message_error("poll: %s", strerror(errno));
		goes_on = !shell_ended(visit);
		if (!goes_on || hear(visit))
			break;
	}
	thaw(visit);
	return goes_on;
}

bool visit(struct visit *visit, struct world *world, msec_t *time)
{
	visit->now = *time;
	put_time(visit);
	if (!visit->started && !shell_start(visit, world))
		return false;
	answer(visit);
	if (visit->job->backend == BACKEND_TIME_TRAVEL) {
		if (!stand_still(visit))
			return false;
		*time = visit->until;
		return true;
	}
	if (shell_ended(visit))
		return false;
	hear(visit);
	*time = visit->now + LOOK_EVERY_MS;
	return true;
}

void visit_end(struct visit *visit)
{
	thaw(visit);
	if (visit->asker >= 0)
		close(visit->asker);
	if (visit->listener >= 0)
		close(visit->listener);
	if (visit->started)
		process_kill(&visit->shell);
}
