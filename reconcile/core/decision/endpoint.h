/* SPDX-License-Identifier: MIT */
/*
 * endpoint: choice of a peer's endpoint address, for plain peers and for members of
 * selectors. The candidates are the declared address, the addresses of the declared name,
 * and the endpoint that the kernel has. Each is tried once before any is tried twice. plan
 * and select decide when to try another one.
 */
#pragma once

#include "core/desired/desired.h"
#include "core/observed/observed.h"
#include "core/recorded/recorded.h"
#include "query.h"

/* Origin of a candidate. Of untried candidates, earlier origins are tried first. */
enum endpoint_origin {
	ENDPOINT_LITERAL, /* declared as an address */
	ENDPOINT_NAME, /* an address of the declared name */
	ENDPOINT_ROAMED, /* the kernel's: learned from the peer's packets, or set before */
};

struct endpoint_candidate {
	struct endpoint address;
	enum endpoint_origin origin;
	msec_t expires; /* on the boot clock (struct now); 0: never */
};

struct endpoint_candidates {
	VEC(struct endpoint_candidate) list;
};

/* What the choice depends on besides the candidates. */
struct endpoint_turn {
	const struct endpoint *in_use; /* the kernel has it; NULL: none */
	enum family prefer; /* FAMILY_NONE: none */
	msec_t now; /* boot time */
	bool in_order; /* equals are tried in their order, not drawn */
	uint64_t draw; /* a random number */
};

/* The candidate to try. It is one whose address is in record->untried, or any if none of
 * these is a candidate any more. Expired candidates are ignored. The endpoint in use comes
 * after the others, a roamed one only if there is no other. Of the rest the preferred family
 * comes first; among equals the choice is random, or the first (in_order). NULL: there is no
 * candidate. Sets record->untried, allocated in arena, to the remaining untried addresses. */
const struct endpoint_candidate *endpoint_next(const struct endpoint_candidates *candidates,
					       const struct endpoint_turn *turn,
					       struct recorded_endpoint *record,
					       struct arena *arena);

struct endpoint_request {
	const struct desired_peer *peer; /* with a declared endpoint */
	const char *interface;
	const struct observed *observed;
	const struct observed_peer *in_kernel; /* NULL: the kernel does not have it */
	const struct recorded_endpoint *before; /* NULL: no record of it */
	bool keep; /* the kernel's endpoint, if any, is kept */
	bool anew; /* resolve the name even while addresses of an earlier answer are untried */
	bool routed; /* a declared address needs a route, too: query it like a name */
	/* Addresses of a name are tried in the answer's order, IPv4 first: a plain peer's dead
	 * address is noticed late. Members draw, to spread their load. */
	bool in_order;
	uint64_t seed; /* of the run; the random choice depends only on it and on the peer's key */
};

enum endpoint_result {
	ENDPOINT_CHOSEN,
	ENDPOINT_ASKED, /* plan again with the answer */
	ENDPOINT_OUT_OF_TIME, /* no more queries in this run */
	ENDPOINT_UNRESOLVED,
	ENDPOINT_NO_ROUTE, /* to any address of the name */
};

struct endpoint_choice {
	/* ENDPOINT_CHOSEN: */
	struct endpoint_candidate chosen;
	struct recorded_endpoint record; /* to record when it is set */
	/* ENDPOINT_UNRESOLVED, ENDPOINT_NO_ROUTE: */
	const char *problem; /* one line */
};

/* Chooses for one peer, or adds a question to queries. Sets *choice, which refers to the
 * request's data and to arena. */
enum endpoint_result endpoint_choose(const struct endpoint_request *request,
				     struct queries *queries, struct arena *arena,
				     struct endpoint_choice *choice);
