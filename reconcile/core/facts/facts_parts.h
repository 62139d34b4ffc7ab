/* SPDX-License-Identifier: MIT */
/*
 * facts_parts: the parts of facts. Private to this directory.
 */
#pragma once

#include "facts.h"

/* Inputs and result of a step, and the interface it is about. */
struct facts_step {
	struct facts *facts;
	const struct facts_input *input;
	struct facts_view *view;
	const struct facts_link *before; /* NULL: the exchange begins */
	struct samples *samples; /* with those of this run */
	msec_t now;
};

/* facts_view: node the peers are. */
void facts_view_make(struct facts_step *step);

/* facts_trust: what a source's fact may change. */
enum trust facts_needed(enum fact_attribute attribute, bool known);
enum facts_verdict facts_judge(const struct facts_view *view, const struct fact *fact,
			       const struct wg_key *source);
void facts_trust_levels(struct facts_view *view);

/* facts_own: what this node knows itself. */
void facts_own(struct facts_step *step);

/* facts_receive: packets, and the expiry of what they brought. */
void facts_receive(struct facts_step *step);

/* Whether the fact's endpoint is one that a peer may have, outside the tunnel. */
enum facts_verdict facts_endpoint_check(const struct observed *observed,
					const struct facts_view *view, const struct ip *ip,
					uint16_t port);

/* facts_health: healthy, alive, direct. */
void facts_health(struct facts_step *step);

/* facts_effect: additions to the desired state. */
void facts_additions(struct facts_step *step);

/* The name that other nodes report of a member; NULL: none. */
const char *facts_member_name(const struct facts_view *view, const struct wg_key *key,
			      struct arena *arena);

/* Whether the peer has been alive and healthy long enough to have said everything. */
bool facts_is_settled(const struct facts_node *node, msec_t now);

struct facts_node *facts_node_of(const struct facts_view *view, const struct wg_key *public_key);

void facts_event(struct facts *facts, const char *interface, const char *peer, const char *text);

/* A global unicast address in the sense of Go's IsGlobalUnicast(), which includes private ones. */
bool facts_is_unicast(const struct ip *ip);

/* Whether the address lies in a network of the interface and of no other link. */
bool facts_in_tunnel(const struct observed *observed, const char *interface, const struct ip *ip);
