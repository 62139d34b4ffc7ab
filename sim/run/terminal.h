/* SPDX-License-Identifier: MIT */
/*
 * terminal: a pseudo-terminal for a program that runs elsewhere, connected with ours, as in
 * script(1).
 */
#pragma once

#include "job.h"

struct terminal {
	int master, slave;
	const char *path; /* of the slave */
	unsigned rows, columns; /* of our terminal; 0: none */
};

/* raw: the other side does the terminal processing. */
bool terminal_open(struct terminal *terminal, bool raw, struct arena *arena,
		   struct failure *failure);

/* Forwards input and output until the job ends (0) or a signal arrives (its number). */
int terminal_relay(struct terminal *terminal, const struct job *job);

void terminal_close(struct terminal *terminal);
