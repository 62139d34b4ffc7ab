/* SPDX-License-Identifier: MIT */
/*
 * wg_program: starts a WireGuard program, which makes its interface and stays.
 */
#pragma once

#include "base/os/child.h"
#include "base/os/deadline.h"
#include "base/os/failure.h"
#include "core/desired/desired.h"
#include "wg_backend.h"

/* One that is to be started; all but desired and backend is filled in. */
struct wg_program {
	const struct desired_interface *desired;
	const struct wg_backend *backend; /* of a program */
	bool answers;
	struct failure failure; /* why it does not */
	struct child child;
	bool started;
};

/*
 * Starts the programs, all at once, so that one that hangs does not keep the others
 * from being started. Each is desired->program, or the backend's, with the interface's
 * name as its last argument, without a shell and with its output discarded. Returns
 * when all control sockets answer. A program may go into the background by itself, as
 * wireguard-go does, or stay in the foreground; it outlives this process and
 * inherits none of its descriptors. At the deadline, or when the program ends
 * without having made its socket, that is its failure.
 */
void wg_programs_start(struct wg_program *programs, size_t n, const struct deadline *deadline);
