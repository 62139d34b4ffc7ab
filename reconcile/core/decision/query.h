/* SPDX-License-Identifier: MIT */
/*
 * query: what a decision needs to know of names, probes, routes and the clock.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/text.h"

struct query_name {
	const char *endpoint; /* HOST:PORT */
	const char *interface; /* whose fwmark the route lookup must carry */
};

struct query_probe {
	const char *interface;
	struct ip target;
	unsigned count;
	msec_t timeout;
};

/* How would the kernel reach this address, with the interface's fwmark? */
struct query_lookup {
	const char *interface;
	struct ip to;
};

struct queries {
	VEC(struct query_name) names;
	VEC(struct query_probe) probes;
	VEC(struct query_lookup) lookups;
	bool time; /* run the synchroniser */
};

/* True when there is nothing to ask. */
static inline bool queries_none(const struct queries *queries)
{
	return queries->names.n == 0 && queries->probes.n == 0 && queries->lookups.n == 0 &&
	       !queries->time;
}
