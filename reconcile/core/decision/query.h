/* SPDX-License-Identifier: MIT */
/*
 * query: what a decision needs that only the world can tell.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/text.h"

struct need_name {
	const char *endpoint; /* HOST:PORT */
	const char *interface; /* whose fwmark the route lookup must carry */
};

struct need_probe {
	const char *interface;
	struct ip target;
	unsigned count;
	msec_t timeout;
};

/* How would the kernel reach this address, with the interface's fwmark? */
struct need_lookup {
	const char *interface;
	struct ip to;
};

struct needs {
	VEC(struct need_name) names;
	VEC(struct need_probe) probes;
	VEC(struct need_lookup) lookups;
	bool time; /* run the synchroniser */
};

/* True when there is nothing to ask. */
static inline bool needs_none(const struct needs *needs)
{
	return needs->names.n == 0 && needs->probes.n == 0 && needs->lookups.n == 0 && !needs->time;
}
