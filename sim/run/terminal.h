/* SPDX-License-Identifier: MIT */
/*
 * terminal: a terminal of its own for a program that runs elsewhere, connected with
 * ours, as script(1) does it.
 */
#pragma once

#include "job.h"

struct terminal {
	int master, slave;
	const char *path; /* of the slave */
	unsigned rows, columns; /* of ours; 0: it is none */
};

/* raw: who is on the other side does with the bytes what a terminal does. */
bool terminal_open(struct terminal *terminal, bool raw, struct arena *arena,
		   struct failure *failure);

/* Passes on what is typed and what is printed until the job ends, or a signal ends
 * us: its number, else 0. */
int terminal_relay(struct terminal *terminal, const struct job *job);

void terminal_close(struct terminal *terminal);
