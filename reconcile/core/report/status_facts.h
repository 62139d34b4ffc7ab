/* SPDX-License-Identifier: MIT */
/*
 * status_facts: the exchange of facts on one interface, for status: how each peer is reached
 * and at which endpoints, and each fact with the reason why it is used or not.
 */
#pragma once

#include "core/facts/facts.h"

/* An endpoint that a peer may have. */
struct status_endpoint {
	const char *text; /* HOST:PORT */
	const char *origin; /* "declared", "fact from hub" */
	msec_t left; /* how long it is valid; AGE_NONE: without an end */
	bool near; /* in a network of this machine */
	bool in_use; /* the kernel has it */
};

/* One peer. */
struct status_link {
	bool direct; /* its session is used; otherwise a router forwards to it */
	const char *router; /* the name of that peer; NULL: direct, or there is none */
	bool router_healthy;
	bool is_router, basic;
	bool healthy, alive; /* as in struct facts_node; a basic peer with a session is alive */
	msec_t alive_left; /* AGE_NONE: no Alive fact is valid */
	enum trust trust; /* of its facts; TRUST_UNSET: not a peer yet */
	const char *trust_reason;
	const char *origin; /* of a peer that facts added: "fact from hub"; NULL: another peer */
	msec_t origin_left; /* 0: that fact has expired, and the peer stays for the present */
	bool trying; /* the endpoint in use is on trial */
	VEC(struct status_endpoint) endpoints; /* in the order of the declarations; facts last */
};

struct status_fact {
	const struct facts_note *note;
	const char *subject; /* the name of the peer, or "this node"; NULL: no peer */
	const char *source; /* NULL: this node, or no peer any more */
	msec_t left; /* how long it is valid; 0: expired, and kept; AGE_NONE: an own one, which
			each run renews */
};

struct status_fact_list {
	VEC(struct status_fact) list; /* by subject, kind and value */
};

/* A peer that others are behind. */
struct status_router {
	const struct desired_peer *peer;
	const struct facts_node *node;
};

/* A peer that is not on the interface yet. */
struct status_newcomer {
	struct wg_key public_key; /* first: key_order() */
	const char *name;
};

/* One interface. */
struct status_exchange {
	const struct facts_view *view;
	VEC(struct status_newcomer) newcomers; /* sorted */
	VEC(struct status_router) routers;
	struct status_fact_list received; /* accepted; with Alive facts */
	struct status_fact_list own;
	struct status_fact_list refused; /* the latest last */
	uint64_t bad_packets;
	const char *bad_reason; /* of the latest one; NULL: none */
};

/* interface: with what facts added. NULL if it exchanges no facts. */
const struct status_exchange *status_exchange_make(const struct facts *facts,
						   const struct desired_interface *interface,
						   struct arena *arena);

/* The peer whose link is described. */
struct status_look_peer {
	const struct wg_key *public_key;
	const struct desired_peer *desired; /* with what facts added; NULL: undeclared */
	const struct observed_peer *in_kernel; /* NULL: not on the interface */
	const struct samples *samples; /* of this look */
	msec_t now;
};

const struct status_link *status_link_make(const struct status_exchange *exchange,
					   const struct status_look_peer *peer,
					   struct arena *arena);

/* "healthy and alive", "healthy but not alive", "unhealthy but alive?", "unhealthy": wirelink's
 * words. */
const char *status_link_word(const struct status_link *link);

/* The kind of a fact ("endpoint", "allowed_ip", "member", "alive"), its value (the name of a
 * member; NULL: none), and why it is used or not. */
const char *status_fact_kind(const struct status_fact *fact);
const char *status_fact_value(const struct status_fact *fact, struct arena *arena);
const char *status_fact_reason(const struct status_exchange *exchange,
			       const struct status_fact *fact, struct arena *arena);
