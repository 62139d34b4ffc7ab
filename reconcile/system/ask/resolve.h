/* SPDX-License-Identifier: MIT */
/*
 * resolve: endpoints' names to addresses, all at once, by c-ares.
 */
#pragma once

#include "base/os/deadline.h"
#include "core/observed/observed.h"

struct resolve_request {
	const char *endpoint; /* HOST:PORT as declared */
	uint32_t fwmark; /* of the question's packets; 0: none */
};

/*
 * Resolves the n endpoints (HOST may also be a literal address with a zone,
 * [fe80::1%eth0]:51820) at the same time, A and AAAA, and fills answers[i]: either
 * addresses (sorted, no duplicates) or error, a line for people
 * ("office.example.com: no such name"). Honours /etc/hosts and /etc/resolv.conf.
 * Leaves at the deadline with an error for those unanswered.
 *
 * A question carries the fwmark of its request, so that rules which keep the tunnel's
 * own packets out of the tunnel keep its questions out, too. Where that is not
 * permitted it goes without, and *warning is a line that says so, else NULL.
 */
void resolve_endpoints(const struct resolve_request *requests, size_t n,
		       struct observed_answer *answers, const char **warning, struct arena *arena,
		       const struct deadline *deadline);
