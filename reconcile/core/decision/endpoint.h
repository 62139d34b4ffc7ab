/* SPDX-License-Identifier: MIT */
/*
 * endpoint: which address a peer is tried at; the same for plain peers and for members of
 * selectors. The candidates are the declared address, the addresses of the declared name,
 * and the endpoint that the kernel has. They take turns: each is tried once before any is
 * tried twice. When to try another one is decided by plan and by select.
 */
#pragma once

#include "core/desired/desired.h"
#include "core/observed/observed.h"
#include "core/recorded/recorded.h"
#include "query.h"

/* Where a candidate comes from. Of those whose turn it is, earlier ones are tried first. */
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

/* What the choice among candidates depends on, besides them. */
struct endpoint_turn {
	const struct endpoint *in_use; /* the kernel has it; NULL: none */
	enum family prefer; /* FAMILY_NONE: none */
	msec_t now; /* boot time */
	bool in_order; /* equals are tried in their order, not drawn */
	uint64_t draw; /* a random number */
};

/* The candidate to try. Its turn comes when its address is among record->untried, or when
 * none of these is a candidate any more. What has expired is none. The endpoint in use has
 * its turn after the others, a roamed one only when there is nothing else. Among those left
 * the preferred family comes first; of equals the first is taken, or one is drawn. NULL:
 * there is no candidate.
 * Sets record->untried, allocated in arena, to the addresses whose turn comes later. */
const struct endpoint_candidate *endpoint_next(const struct endpoint_candidates *candidates,
					       const struct endpoint_turn *turn,
					       struct recorded_endpoint *record,
					       struct arena *arena);

struct endpoint_request {
	const struct desired_peer *peer; /* with a declared endpoint */
	const char *interface;
	const struct observed *observed;
	const struct observed_peer *in_kernel; /* NULL: the kernel does not have it */
	const struct recorded_endpoint *before; /* NULL: nothing is recorded of it */
	bool keep; /* the kernel's endpoint, where there is one, stays */
	bool anew; /* the name is asked for even while addresses of an earlier answer are untried */
	bool routed; /* a declared address needs a route, too; it is asked for like a name */
	/* Addresses of a name are tried as the answer sorts them, IPv4 first: a plain peer finds
	 * out only slowly that an address does not answer. Members draw, to spread their load. */
	bool in_order;
	uint64_t seed; /* of the run; what is drawn depends on it and on the peer's key alone */
};

enum endpoint_result {
	ENDPOINT_CHOSEN,
	ENDPOINT_ASKED, /* with the answer the plan is made again */
	ENDPOINT_OUT_OF_TIME, /* nothing can be asked for any more in this run */
	ENDPOINT_UNRESOLVED,
	ENDPOINT_NO_ROUTE, /* to any address of the name */
};

struct endpoint_choice {
	/* ENDPOINT_CHOSEN: */
	struct endpoint_candidate chosen;
	struct recorded_endpoint record; /* to be recorded when it is set */
	/* ENDPOINT_UNRESOLVED, ENDPOINT_NO_ROUTE: */
	const char *problem; /* one line */
};

/* Chooses for one peer, or adds a question to queries. Sets *choice, which refers to the
 * request's data and to arena. */
enum endpoint_result endpoint_choose(const struct endpoint_request *request,
				     struct queries *queries, struct arena *arena,
				     struct endpoint_choice *choice);
