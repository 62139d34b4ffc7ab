/* SPDX-License-Identifier: MIT */
/*
 * plan_parts: what the parts of plan share. Not for use outside of them.
 *
 *	plan.c            the order of things, time, what is recorded
 *	plan_peers.c      peers and allowed IPs of one interface
 *	plan_interface.c  links, devices, addresses, routes, rules
 */
#pragma once

#include "plan.h"

/* A plain peer's session is dead when its keys are: REJECT_AFTER_TIME (Linux,
 * drivers/net/wireguard/messages.h). Less would take live ones for dead: with a
 * keepalive of 25 s the handshake of an idle one gets 145 s old. */
#define PEER_DEAD_AFTER_MS 180000
/* Names of dead peers are asked for no more often than this, as by wireguard-tools'
 * contrib/reresolve-dns. */
#define NAMES_EVERY_MS 30000
/* An endpoint gets this long before the next address is set: REKEY_TIMEOUT +
 * KEEPALIVE_TIMEOUT (Linux, drivers/net/wireguard/messages.h). */
#define ENDPOINT_TRIAL_MS 15000

/* A peer that is to be on the interface. */
struct wanted_peer {
	const struct desired_peer *peer;
	const char *selector; /* NULL: a plain peer */
	const struct recorded_slot *slot; /* a selector's: never NULL */
	bool has_allowed_ips;
	const char *reason; /* of the selector's decision in this run, or NULL */
};

/* Which wanted peer a prefix belongs to. */
struct prefix_owner {
	struct prefix prefix;
	const struct wanted_peer *owner;
};

/* Whoever is declared on an interface, wanted now or not. */
struct declared_peer {
	const struct wg_key *public_key;
	const char *name;
	const char *selector; /* NULL: a plain peer */
};

/* One interface, while its plan is made. */
struct interface_plan {
	struct plan *plan;
	const struct desired *desired;
	const struct desired_interface *interface;
	const struct observed *observed;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	const struct recorded_interface *before; /* NULL: nothing recorded */
	const struct marks *last_marks;
	int64_t endpoints_digest; /* of what is declared now */
	VEC(struct wanted_peer) wanted; /* sorted by key */
	VEC(struct prefix_owner) owners; /* sorted by prefix */
	VEC(struct declared_peer) declared; /* sorted by key, empty until needed */
};

/* Collects the wanted peers: the plain ones and the selectors' slots, whose
 * transitions have been made already. */
void plan_wanted_peers(struct interface_plan *part);

/* Changes of peers and allowed IPs, and what is recorded of them. */
void plan_peers(struct interface_plan *part);

/* Link and device. Returns false when nothing else can be done on it. */
bool plan_link(struct interface_plan *part);

/* Addresses, routes and rules. */
void plan_addresses(struct interface_plan *part);
void plan_routes(struct interface_plan *part);
void plan_rules(struct interface_plan *part);

/* Takes away what is left of interfaces that are no longer declared. */
void plan_undeclared(struct plan *plan, const struct desired *desired,
		     const struct recorded *before, const struct observed *observed);

/* An event about an interface; selector and peer may be NULL. */
void plan_event(struct plan *plan, enum event_kind kind, const char *interface,
		const char *selector, const char *peer, const char *text);
