/* SPDX-License-Identifier: MIT */
/*
 * facts: the exchange of facts between the nodes of a network, as wirelink does it. One run
 * makes one step:
 *
 *	facts_step(desired, observed, notes, packets) -> notes', additions to desired
 *	facts_send(notes') -> messages
 *
 * between which the caller merges the additions, plans and applies. No function here calls
 * the system: packets come from the caller, messages go to it, and it gives the random
 * numbers.
 */
#pragma once

#include "core/desired/desired_merge.h"
#include "core/observed/observed.h"
#include "core/recorded/samples.h"
#include "facts_store.h"

/* wirelink's constants (server/udp-server.go, apply/health.go), in milliseconds. */
#define FACTS_TTL_MS 255000
#define FACTS_ALIVE_EVERY_MS 30000
#define FACTS_WAIT_MS 2000 /* of the node with the greater key, before a first packet */
#define FACTS_ALIVE_AGAIN_MS 10000 /* to a peer that is reached and has not answered */
/* Alive for less than this counts as not alive for allowed IPs; the peers that decide about
 * members must have been alive and healthy for long, and stay alive for some time. */
#define FACTS_ALIVE_LEAST_MS 2500
#define FACTS_SETTLED_MS 260000
#define FACTS_SETTLED_LEAST_MS 7500
/* wirelink repeats a fact that its recipient forgets within 132.5 s. Here all facts are
 * repeated at once: what was received with the least rest, 127 s, is then told again in time. */
#define FACTS_REPEAT_MS 90000
/* Runs that packets start belong to one burst if they follow each other within this time. */
#define FACTS_BURST_MS 2000
/* Facts of one source that are kept, and refused ones of all. */
#define FACTS_OF_SOURCE_MAX 16384
#define FACTS_REFUSED_MAX 64
/* Reported endpoints of one peer that are tried. */
#define FACTS_ENDPOINTS_MAX 64

/* A datagram received at the port of an interface. */
struct facts_packet {
	const char *interface;
	struct ip source;
	const uint8_t *at;
	size_t n;
};

struct facts_packets {
	VEC(struct facts_packet) list;
};

struct facts_input {
	struct desired *desired; /* of the files; facts_apply() completes it */
	const struct samples *samples; /* of the last run */
	const struct observed *observed;
	struct facts_store *before; /* its notes are used up */
	const struct facts_packets *packets;
	/* Random bytes, from the kernel, new in each run. */
	uint8_t random[FACT_BOOT_ID_LENGTH];
};

/* One peer of an interface in this run. */
struct facts_node {
	struct wg_key public_key; /* first: key_order() */
	const struct desired_peer *declared; /* in a file; NULL: no */
	const struct observed_peer *in_kernel; /* NULL: no */
	struct facts_peer *notes;
	const char *name; /* declared, or a member's, or the key */
	bool router;
	bool basic;
	bool healthy; /* a session is alive */
	bool alive; /* an Alive fact is valid */
	enum trust trust; /* effective */
	const char *trust_reason; /* "declared", "a router", "default" */
};

/* The exchange on one interface in this run. */
struct facts_view {
	const struct desired_interface *interface;
	const struct observed_interface *in_kernel; /* NULL: does not exist yet */
	uint32_t in_kernel_index; /* of the interface after the changes, set by facts_send() */
	struct facts_link *link;
	struct wg_key private_key, public_key; /* zero: not known yet, nothing is exchanged */
	bool router; /* this node is */
	bool may_remove; /* peers that nothing declares may be removed, and the routers of them */
	bool may_remove_routers;
	VEC(struct facts_node) peers; /* sorted by key; of the files and of the kernel */
};

struct facts_event {
	const char *interface, *peer; /* peer may be NULL */
	const char *text;
};

struct facts_message {
	const struct facts_view *view;
	struct wg_key to;
	const uint8_t *inner; /* at most FACT_GROUP_MAX bytes */
	size_t n;
};

struct facts_messages {
	VEC(struct facts_message) list;
};

struct facts {
	struct arena *arena;
	struct facts_store store; /* to be kept */
	VEC(struct facts_view) views; /* of the interfaces with facts */
	VEC(struct desired_addition) additions;
	VEC(struct facts_event) events;
	bool any; /* an interface has facts */
	bool changed; /* the store must be written: it differs by more than the time of the run */
};

/* Receives the packets, judges the facts, and fills facts->additions. */
void facts_step(struct facts *facts, struct arena *arena, const struct facts_input *input);

/* After the additions were merged: completes the desired state with the link-local addresses,
 * and removes the allowed IPs of peers without a direct link that a router has, too. */
void facts_apply(struct facts *facts, const struct facts_input *input);

/* The messages to send now, and notes of them. after: the state after the changes. */
void facts_send(struct facts *facts, const struct observed *after, struct facts_messages *messages);

/* The UDP port of the exchange; 0: not known yet. */
uint16_t facts_port(const struct desired_interface *interface,
		    const struct observed_interface *in_kernel);

/* NULL: none. */
const struct facts_view *facts_view_find(const struct facts *facts, const char *interface);
const struct facts_node *facts_node_find(const struct facts_view *view,
					 const struct wg_key *public_key);

/* One line: why a note was accepted or refused. */
const char *facts_verdict_text(const struct facts_view *view, const struct facts_note *note,
			       struct arena *arena);
