/* SPDX-License-Identifier: MIT */
/*
 * schedule: a scenario's faults at the times that its seed gives them, with their
 * repetitions, and the end of each.
 */
#pragma once

#include "scenario.h"

struct occurrence {
	msec_t at; /* since the start */
	const struct fault *fault;
	unsigned number; /* of the fault's occurrences, from 0 */
	bool undo;
};

struct schedule {
	VEC(struct occurrence) list; /* by time; at equal times in the file's order, ends first */
};

/* Times after the scenario's end are omitted. The same scenario gives the same schedule, and
 * a fault's random time depends on its name and the seed alone: removing a fault does not
 * move others. */
struct schedule schedule_make(const struct scenario *scenario, struct arena *arena);

/* A random number below `below` (at least 1) that depends on the scenario's seed
 * and on this purpose (and number) alone. */
uint64_t scenario_random(const struct scenario *scenario, const char *purpose, uint64_t number,
			 uint64_t below);
