/* SPDX-License-Identifier: MIT */
#include "look_around.h"

#include "say.h"
#include "workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

/* How long the play may be made to go on behind its end. */
#define LONGER_MS (INT64_C(24) * 3600 * MSEC_PER_SEC)
/* How often the shell is looked after where time does not stand still. */
#define LOOK_EVERY_MS 100

bool pass_address(const char *directory, struct sockaddr_un *address, int *directory_fd)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*directory_fd < 0)
		return false;
	/* A name in sun_path is shorter than some directories' names. */
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/" PASS_SOCKET,
		 *directory_fd);
	return true;
}

/* ---- What the shell finds ---- */

static bool put_file(struct looking *looking, const char *name, mode_t mode, const char *text)
{
	const char *path = arena_printf(looking->arena, "%s/%s", looking->directory, name);

	if (file_write(path, text) && chmod(path, mode) == 0)
		return true;
	say("%s: %s", path, strerror(errno));
	return false;
}

static bool put_time(struct looking *looking)
{
	return put_file(looking, "now", 0644, duration_human(looking->arena, looking->now));
}

static bool put_programs(struct looking *looking)
{
	struct arena *arena = looking->arena;
	const char *directory = looking->directory;
	char self[PATH_MAX] = "";
	const char *still = looking->job->backend == BACKEND_TIME_TRAVEL
				    ? "Time stands still; \"pass 10s\" or \"pass 10s COMMAND\" "
				      "lets it pass."
				    : "Time passes as ours does.";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		say("/proc/self/exe: %s", strerror(errno));
		return false;
	}
	return put_file(looking, "pass", 0755,
			arena_printf(arena, "#!/bin/sh\nexec '%s' pass '%s' -- \"$@\"\n", self,
				     directory)) &&
	       put_file(looking, "rc", 0644,
			arena_printf(arena,
				     "PS1='%s, $(cat \"%s/now\")# '\nunset HISTFILE\n"
				     "echo \"This is %s, $(cat '%s/now') after the start. "
				     "exit ends it.\"\necho '%s'\n",
				     looking->job->node, directory, looking->job->node, directory,
				     still));
}

static bool listen_for_pass(struct looking *looking)
{
	struct sockaddr_un address;
	int directory;
	bool done;

	looking->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	done = looking->listener >= 0 && pass_address(looking->directory, &address, &directory);
	if (done) {
		done = bind(looking->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		       listen(looking->listener, 1) == 0;
		close(directory);
	}
	if (!done)
		say("%s/" PASS_SOCKET ": %s", looking->directory, strerror(errno));
	return done;
}

static const char *directory_beside(struct arena *arena, const char *nodes)
{
	const char *slash = strrchr(nodes, '/');

	return arena_printf(arena, "%.*s/shell", (int)(slash - nodes), nodes);
}

msec_t look_around_begin(struct looking *looking, const struct play_job *job,
			 struct scenario *scenario, struct arena *arena)
{
	msec_t stop_at = job->stop_at >= 0 ? job->stop_at : scenario->duration;
	const char *error;

	*looking = (struct looking){ .job = job,
				     .scenario = scenario,
				     .arena = arena,
				     .directory = directory_beside(arena, job->directory),
				     .now = stop_at,
				     .listener = -1,
				     .asker = -1 };
	if (stop_at > scenario->duration)
		scenario->duration = stop_at;
	scenario->duration += LONGER_MS;
	if (mkdir(looking->directory, 0755) < 0) {
		say("%s: %s", looking->directory, strerror(errno));
		return -1;
	}
	error = play_job_write(job, looking->directory, arena);
	if (error)
		say("%s", error);
	if (error || !put_programs(looking) || !put_time(looking) || !listen_for_pass(looking))
		return -1;
	return stop_at;
}

/* ---- Time ---- */

static void freeze(struct looking *looking)
{
	pid_t parent = getpid();

	if (looking->job->backend != BACKEND_TIME_TRAVEL)
		return;
	looking->freezer = fork();
	if (looking->freezer < 0)
		say("time cannot be stopped: fork: %s", strerror(errno));
	if (looking->freezer != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		sched_yield();
	_exit(0);
}

static void thaw(struct looking *looking)
{
	if (looking->freezer <= 0)
		return;
	kill(looking->freezer, SIGKILL);
	while (waitpid(looking->freezer, NULL, 0) < 0 && errno == EINTR)
		;
	looking->freezer = 0;
}

/* ---- The shell ---- */

static bool shell_start(struct looking *looking, struct world *world)
{
	const char *const argv[] = { "/proc/self/exe", "terminal", looking->directory, NULL };
	const struct node *node = scenario_node(looking->scenario, looking->job->node);
	struct failure failure = { 0 };

	if (!node) {
		say("there is no node %s", looking->job->node);
		return false;
	}
	looking->started = process_start(world, node, argv, &looking->shell, &failure);
	if (!looking->started)
		say("the shell: %s", failure_text(&failure, looking->arena));
	return looking->started;
}

/* Whether it has; what it could not do is passed on. */
static bool shell_ended(struct looking *looking)
{
	struct pollfd ended = { .fd = looking->shell.pidfd, .events = POLLIN };
	const char *output;

	if (poll(&ended, 1, 0) <= 0)
		return false;
	process_end(&looking->shell, &output, looking->arena);
	looking->started = false;
	if (*output)
		say("%s", text_printable(looking->arena, output));
	return true;
}

/* ---- "pass" ---- */

static void answer(struct looking *looking)
{
	const char *text;

	if (looking->asker < 0 || looking->now < looking->until)
		return;
	text = arena_printf(looking->arena, "%s\n", duration_human(looking->arena, looking->now));
	/* Who asked may have gone meanwhile. */
	send(looking->asker, text, strlen(text), MSG_NOSIGNAL);
	close(looking->asker);
	looking->asker = -1;
}

/* True when somebody wants time to pass. */
static bool hear(struct looking *looking)
{
	char text[PASS_TEXT_MAX] = "";
	msec_t wanted;

	if (looking->asker >= 0)
		return true;
	looking->asker = accept4(looking->listener, NULL, NULL, SOCK_CLOEXEC);
	if (looking->asker < 0)
		return false;
	if (read(looking->asker, text, sizeof(text) - 1) > 0 &&
	    sscanf(text, "%" SCNd64, &wanted) == 1 && wanted > 0) {
		looking->until = looking->now + wanted;
		return true;
	}
	close(looking->asker);
	looking->asker = -1;
	return false;
}

/* False: the shell has ended. */
static bool stand_still(struct looking *looking)
{
	struct pollfd polled[] = {
		{ .fd = looking->shell.pidfd, .events = POLLIN },
		{ .fd = looking->listener, .events = POLLIN },
	};
	bool goes_on;

	freeze(looking);
	for (;;) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			say("poll: %s", strerror(errno));
		goes_on = !shell_ended(looking);
		if (!goes_on || hear(looking))
			break;
	}
	thaw(looking);
	return goes_on;
}

bool look_around(struct looking *looking, struct world *world, msec_t *time)
{
	looking->now = *time;
	put_time(looking);
	if (!looking->started && !shell_start(looking, world))
		return false;
	answer(looking);
	if (looking->job->backend == BACKEND_TIME_TRAVEL) {
		if (!stand_still(looking))
			return false;
		*time = looking->until;
		return true;
	}
	if (shell_ended(looking))
		return false;
	hear(looking);
	*time = looking->now + LOOK_EVERY_MS;
	return true;
}

void look_around_end(struct looking *looking)
{
	thaw(looking);
	if (looking->asker >= 0)
		close(looking->asker);
	if (looking->listener >= 0)
		close(looking->listener);
	if (looking->started)
		process_kill(&looking->shell);
}
