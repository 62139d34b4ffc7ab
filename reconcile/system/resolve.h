/* SPDX-License-Identifier: MIT */
/*
 * resolve: endpoints' names to addresses, all at once, by c-ares.
 */
#pragma once

#include "../core/observed.h"
#include "deadline.h"

/*
 * Resolves the n endpoints (HOST:PORT as declared; HOST may also be a literal
 * address with a zone, [fe80::1%eth0]:51820) at the same time, A and AAAA, and
 * fills answers[i]: either addresses (sorted, no duplicates) or error, a line
 * for people ("office.example.com: no such name"). Honours /etc/hosts and
 * /etc/resolv.conf. Leaves at the deadline with an error for those unanswered.
 */
void resolve_endpoints(const char *const *endpoints, size_t n, struct observed_answer *answers,
		       struct arena *arena, const struct deadline *deadline);
