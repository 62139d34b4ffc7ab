/* SPDX-License-Identifier: MIT */
/*
 * wg_program: starts a WireGuard program, which makes its interface and stays.
 */
#pragma once

#include "../core/desired.h"
#include "deadline.h"
#include "failure.h"

/*
 * Starts desired->program, or the default, with the interface's name as its last
 * argument, without a shell and with its output discarded, and returns when its
 * control socket answers. The program may go into the background by itself, as
 * wireguard-go does, or stay in the foreground; it outlives this process and
 * inherits none of its descriptors. At the deadline, or when the program ends
 * without having made its socket, returns false.
 */
bool wg_program_start(const struct desired_interface *desired, const struct deadline *deadline,
		      struct failure *failure);
