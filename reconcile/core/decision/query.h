/* SPDX-License-Identifier: MIT */
/*
 * query: the names, probes, routes and clock state that a decision depends on.
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

/* How would the kernel reach this address with the interface's fwmark? */
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

/* True when there is no query. */
static inline bool queries_none(const struct queries *queries)
{
	return queries->names.n == 0 && queries->probes.n == 0 && queries->lookups.n == 0 &&
	       !queries->time;
}
