/* SPDX-License-Identifier: MIT */
/*
 * player: plays a scenario in a world from beginning to end, in this kernel's
 * time: starts the runs of wgreconcile as their timers would, carries out the
 * faults, sends the echo requests, looks at the nodes, and asks the judge.
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
	const char *name; /* with what varies */
	enum backend backend;
	const char *program; /* wgreconcile */
	const char *directory; /* for the nodes' files; empty */
	/* Each record, as soon as it is there. */
	void (*record)(void *context, const struct record *record);
	void *context;
	/* Where the play stops for somebody to look around; -1: nowhere. He is told the
	 * time, may set it to where it stops again, and says whether it goes on. */
	msec_t stop_at;
	bool (*stopped)(void *context, struct world *world, msec_t *time);
};

enum play_outcome {
	PLAY_PASSED,
	PLAY_FAILED, /* an expectation did not hold */
	PLAY_BROKEN, /* it could not be played; the last record says why */
};

enum play_outcome play(const struct scenario *scenario, const struct play_options *options);
