/* SPDX-License-Identifier: MIT */
#include "wg_program.h"

#include "base/os/child.h"
#include "wg_user.h"

#include <errno.h>
#include <poll.h>

/* Polling interval for the program and its socket. wireguard-go takes some 20 ms. */
#define LOOK_PAUSE_MS 5
/* Time for which the first check of a socket waits for an answer; doubled for each further one. */
#define LOOK_FIRST_MS 20

/* wireguard-go refuses to run if it assumes kernel support. */
#define INSIST "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD"

/* NULL-terminated. */
static const char **program_argv(const struct wg_program *program, struct arena *arena)
{
	const struct desired_interface *desired = program->desired;
	const char **argv = arena_alloc(arena, (desired->program.n + 3) * sizeof(*argv));
	size_t used = 0;

	for (size_t i = 0; i < desired->program.n; i++)
		argv[used++] = desired->program.at[i];
	if (used == 0)
		argv[used++] = program->backend->program;
	argv[used] = desired->name;
	return argv;
}

/* The first process of a daemonising program ends with status 0, before or after its socket
 * answers; a foreground program keeps running. */
static bool may_still_answer(struct wg_program *program)
{
	siginfo_t end;

	return !child_ended(&program->child, &end) ||
	       child_succeeded(&program->child, &end, &program->failure);
}

/* Checks each once; a program that only accepts is left after look_for. False when none is
 * pending. */
static bool look_at_all(struct wg_program *programs, size_t n, msec_t look_for,
			const struct deadline *deadline)
{
	bool waiting = false;

	for (struct wg_program *program = programs; program < programs + n; program++) {
		struct deadline look = deadline_in(look_for);

		if (!program->started || program->answers || program->failure.text[0])
			continue;
		if (look.at > deadline->at)
			look = *deadline;
		program->answers = wg_user_answers(program->backend->directory,
						   program->desired->name, &look);
		waiting |= !program->answers && may_still_answer(program);
	}
	return waiting;
}

static void wait_for_sockets(struct wg_program *programs, size_t n, const struct deadline *deadline)
{
	msec_t look_for = LOOK_FIRST_MS;

	while (look_at_all(programs, n, look_for, deadline) && !deadline_passed(deadline)) {
		poll(NULL, 0, LOOK_PAUSE_MS);
		look_for *= 2;
	}
}

static void program_start(struct wg_program *program, struct arena *arena,
			  const struct deadline *deadline)
{
	struct child_program child = { .argv = program_argv(program, arena),
				       .variable = INSIST,
				       .value = "1",
				       .outlives_us = true };

	wg_user_forget(program->backend->directory, program->desired->name);
	failure_set(&program->failure, 0, "%s", "");
	program->answers = false;
	program->started = child_start(&program->child, &child, deadline, &program->failure);
}

static void program_settle(struct wg_program *program)
{
	siginfo_t end;

	if (!program->started)
		return;
	if (!program->answers && !program->failure.text[0])
		failure_set(&program->failure, ETIMEDOUT,
			    "%s did not answer within its part of the deadline",
			    program->child.name);
	/* Half started, it would block the next run's program. */
	if (!program->answers && !child_ended(&program->child, &end))
		child_kill(&program->child);
	else
		child_leave(&program->child);
}

void wg_programs_start(struct wg_program *programs, size_t n, const struct deadline *deadline)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < n; i++)
		program_start(&programs[i], arena, deadline);
	wait_for_sockets(programs, n, deadline);
	/* Backwards, because each restores the previous SIGCHLD handling. */
	while (n-- > 0)
		program_settle(&programs[n]);
	arena_free(arena);
}
