/* SPDX-License-Identifier: MIT */
/*
 * player: simulates a scenario in a world from beginning to end, in this kernel's time:
 * starts the runs of wgreconcile like their timers, injects the faults, sends the echo
 * requests, reads the nodes' state, and calls the judge.
 */
#pragma once

#include "judge/judge.h"
#include "world/world.h"

enum backend {
	BACKEND_TIME_TRAVEL, /* user-mode Linux, virtual time */
	BACKEND_GUEST, /* user-mode Linux, real time */
	BACKEND_KERNEL, /* this machine's kernel and its WireGuard */
	BACKEND_USERSPACE, /* this machine's kernel, wireguard-go */
};

const char *backend_word(enum backend backend);

struct play_options {
	const char *text; /* of the expanded scenario, for the trace */
	const char *name; /* with the varied values */
	enum backend backend;
	const char *program; /* wgreconcile */
	const char *directory; /* for the nodes' files; empty */
	/* Each record, when it is made. */
	void (*record)(void *context, const struct record *record);
	void *context;
	/* Time at which the simulation stops for a shell; -1: never. The callback gets the
	 * time, may set the next stop, and returns whether to continue. */
	msec_t stop_at;
	bool (*stopped)(void *context, struct world *world, msec_t *time);
};

enum play_outcome {
	PLAY_PASSED,
	PLAY_FAILED, /* an expectation did not hold */
	PLAY_BROKEN, /* simulation failed; the last record has the reason */
};

enum play_outcome play(const struct scenario *scenario, const struct play_options *options);
