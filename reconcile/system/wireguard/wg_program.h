/* SPDX-License-Identifier: MIT */
/*
 * wg_program: starts a WireGuard program, which creates its interface and keeps running.
 */
#pragma once

#include "base/os/child.h"
#include "base/os/deadline.h"
#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "wg_backend.h"

/* A program to start; all fields except desired and backend are outputs. */
struct wg_program {
	const struct desired_interface *desired;
	const struct wg_backend *backend; /* of a program */
	bool answers;
	struct failure failure; /* the reason if it does not */
	struct child child;
	bool started;
};

/*
 * Starts all programs at once, so that one that hangs does not delay the others. Each is
 * desired->program, or the backend's, with the interface's name as its last argument,
 * without a shell and with its output discarded. Returns when all control sockets answer. A
 * program may daemonise, as wireguard-go does, or stay in the foreground; it outlives this
 * process and inherits no descriptors. A program fails at the deadline, or if it ends
 * without having made its socket.
 */
void wg_programs_start(struct wg_program *programs, size_t n, const struct deadline *deadline);
