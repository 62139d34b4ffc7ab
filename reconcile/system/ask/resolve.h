/* SPDX-License-Identifier: MIT */
/*
 * resolve: resolves endpoints' names, all at once, by c-ares.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/observed/observed.h"

struct resolve_request {
	const char *endpoint; /* HOST:PORT as declared */
	uint32_t fwmark; /* of the query's packets; 0: none */
};

/*
 * Resolves the n endpoints (HOST may also be a literal address with a zone,
 * [fe80::1%eth0]:51820) at the same time, A and AAAA, and fills answers[i]: either addresses
 * (sorted, no duplicates) or an error text ("office.example.com: no such name"). Honours
 * /etc/hosts and /etc/resolv.conf. At the deadline, unanswered ones get an error.
 *
 * A query carries the fwmark of its request, so that rules which keep the tunnel's own
 * packets out of the tunnel also apply to it. If that is not permitted the query has no
 * mark, and *warning is a line that reports it, otherwise NULL.
 */
void resolve_endpoints(const struct resolve_request *requests, size_t n,
		       struct observed_answer *answers, const char **warning, struct arena *arena,
		       const struct deadline *deadline);
