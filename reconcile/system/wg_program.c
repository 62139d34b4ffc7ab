/* SPDX-License-Identifier: MIT */
#include "wg_program.h"

#include "../core/desired_default.h"
#include "child.h"
#include "wg_user.h"

#include <errno.h>
#include <poll.h>

/* Between two looks at the program and its socket. wireguard-go takes some 20 ms. */
#define LOOK_PAUSE_MS 5

/* wireguard-go declines to run where it believes that the kernel could do it. */
#define INSIST "WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD"

/* NULL-terminated. */
static const char **program_argv(const struct desired_interface *desired, struct arena *arena)
{
	const char **argv = arena_alloc(arena, (desired->program.n + 3) * sizeof(*argv));
	size_t used = 0;

	for (size_t i = 0; i < desired->program.n; i++)
		argv[used++] = desired->program.at[i];
	if (used == 0)
		argv[used++] = DEFAULT_USERSPACE_PROGRAM;
	argv[used] = desired->name;
	return argv;
}

/* Until the socket answers. The first process of a program that goes into the
 * background ends, with status 0, before or after that; one in the foreground stays. */
static bool wait_for_socket(const char *interface, const struct child *child,
			    const struct deadline *deadline, struct failure *failure)
{
	siginfo_t end;

	while (!wg_user_answers(interface, deadline)) {
		if (child_ended(child, &end) && !child_succeeded(child, &end, failure))
			return false;
		if (deadline_passed(deadline))
			return failure_set(failure, ETIMEDOUT,
					   "%s did not answer before the deadline", child->name);
		poll(NULL, 0, LOOK_PAUSE_MS);
	}
	return true;
}

static bool program_run(const struct desired_interface *desired,
			const struct child_program *program, const struct deadline *deadline,
			struct failure *failure)
{
	struct child child;
	siginfo_t end;
	bool started;

	if (!child_start(&child, program, deadline, failure))
		return false;
	started = wait_for_socket(desired->name, &child, deadline, failure);
	/* Half started, it would be in the way of the next run's. */
	if (!started && !child_ended(&child, &end))
		child_kill(&child);
	else
		child_leave(&child);
	return started;
}

bool wg_program_start(const struct desired_interface *desired, const struct deadline *deadline,
		      struct failure *failure)
{
	struct arena *arena = arena_new();
	struct child_program program = { .argv = program_argv(desired, arena),
					 .variable = INSIST,
					 .value = "1",
					 .outlives_us = true };
	bool started;

	wg_user_forget(desired->name);
	started = program_run(desired, &program, deadline, failure);
	arena_free(arena);
	return started;
}
