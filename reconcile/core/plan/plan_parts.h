/* SPDX-License-Identifier: MIT */
/*
 * plan_parts: what the parts of plan share. Not for use outside of them.
 *
 *	plan.c              the order of things, time, what is recorded
 *	plan_peers.c        peers of one interface, and who is wanted
 *	plan_prefixes.c     which peer is to have which prefix: declared, or by a route of others
 *	plan_allowed_ips.c  the difference between that and the kernel's allowed IPs
 *	plan_addresses.c    addresses, and their order
 *	plan_passing.c      what passes from one interface to another
 *	plan_owner.c        which interfaces this instance may configure
 *	plan_link.c         the link and its device's settings
 *	plan_undeclared.c   what is left of interfaces that are no longer declared
 *	plan_mtu.c          the MTU that the routes to the endpoints give
 *	plan_rules.c        policy rules
 *	plan_close.c        what keeps all traffic from the main table (kill switch)
 *	plan_routes.c       routes
 *	plan_files.c        files of other programs
 *	plan_cutoff.c       routes that would cut the tunnel's own packets off
 *	plan_wait.c         what all traffic has to wait for: names, the clock
 *	plan_dirty.c      single prefixes between two runs
 *	plan_outcome.c      what is recorded of the changes once they were made
 */
#pragma once

#include "plan.h"

/* A plain peer's session is dead when its keys are. Less would take live ones for dead:
 * with a keepalive of 25 s the handshake of an idle one gets 145 s old. */
#define PEER_DEAD_AFTER_MS REJECT_AFTER_TIME_MS
/* Names of dead peers are asked for no more often than this, as by wireguard-tools'
 * contrib/reresolve-dns. */
#define NAMES_EVERY_MS 30000
/* An endpoint gets this long before the next address is set. */
#define ENDPOINT_TRIAL_MS (REKEY_TIMEOUT_MS + KEEPALIVE_TIMEOUT_MS)

/* A peer that is to be on the interface. */
struct wanted_peer {
	const struct desired_peer *peer;
	const char *selector; /* NULL: a plain peer */
	const struct placement *placement; /* a selector's: never NULL; has a slot */
	bool has_allowed_ips;
	size_t in_kernel; /* its place in the kernel's peers, or NOT_IN_KERNEL */
	VEC(struct prefix) gets; /* what it does not have yet, sorted */
};
#define NOT_IN_KERNEL SIZE_MAX

/* Which wanted peer a prefix belongs to. */
struct prefix_owner {
	struct prefix prefix; /* first: prefix_order() */
	struct wanted_peer *owner;
};

/* Whoever is declared on an interface, wanted now or not. */
struct declared_peer {
	const struct desired_peer *peer;
	const char *selector; /* NULL: a plain peer */
};

/* Where the followed routes of one path lead. */
struct followed_path {
	struct wanted_peer *peer; /* NULL: nobody has the next hop */
	size_t table_rank; /* lower is preferred */
};

/* A route that is to be there. */
struct wanted_route {
	struct prefix to; /* first: prefix_order() */
	uint32_t table;
	uint32_t metric; /* 0: any will do */
	struct ip source; /* FAMILY_NONE: none */
	const struct prefix *of_address; /* the kernel makes it for this address; NULL: not so */
};

enum own_kind {
	OWN_ENDPOINT, /* of a declared peer */
	OWN_ROAMED, /* where a peer came from by itself */
	OWN_NAME_SERVER, /* asked for endpoints' names */
};

/* Where the tunnel's own packets go, and the questions that it needs answered. */
struct own_address {
	struct ip ip;
	enum own_kind kind;
	const char *peer; /* NULL: of none */
	bool asked; /* how it is reached */
};

/* One interface, while its plan is made. */
struct interface_plan {
	struct plan *plan;
	const struct desired *desired;
	const struct desired_interface *interface;
	const struct observed *observed;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	const struct recorded_interface *before; /* NULL: nothing recorded */
	const struct samples *last_samples;
	uint64_t seed; /* of the run */
	int64_t endpoints_digest; /* of what is declared now */
	VEC(struct wanted_peer) wanted; /* sorted by key */
	VEC(struct prefix_owner) owners; /* of what is declared, sorted by prefix */
	const struct followed_path *paths; /* of in_kernel->paths; NULL: nothing is followed */
	size_t followed_n; /* prefixes that peers get by routes of others */
	VEC(struct declared_peer) declared; /* sorted by key, empty until needed */
	VEC(struct own_address) own_addresses; /* sorted by address, empty until needed */
	bool own_addresses_known;
	VEC(struct ip) endpoints; /* that the wanted peers are to have; with mtu: auto only */
	bool endpoint_unknown; /* of some peer that has one declared */
	bool addresses_late; /* IPv4 ones are added when others have been released */
	bool addresses_removed; /* some are */
};

/* Collects the wanted peers: the plain ones and the selectors' slots, whose
 * transitions have been made already. */
void plan_wanted_peers(struct interface_plan *part);

/* Changes of peers, and what is recorded of them. */
void plan_peers(struct interface_plan *part);

/* A walk over all prefixes that some peer is to have, in their order, each once. */
struct prefix_walk {
	const struct interface_plan *part;
	size_t owner; /* the next of part->owners */
	size_t via; /* the next of part->in_kernel->via */
	struct walk_report *report; /* NULL: nothing is counted */
	struct prefix prefix; /* where the walk is */
	struct wanted_peer *peer;
};

/* Finds the peers of the next hops, and reports what cannot be followed. */
void plan_followed(struct interface_plan *part);

/* The peer whom a declared prefix belongs to, and the one with this address of its
 * own; NULL: nobody. */
struct wanted_peer *plan_owner_of(const struct interface_plan *part, const struct prefix *prefix);
struct wanted_peer *plan_peer_at(const struct interface_plan *part, const struct ip *address);

/* Begins before the first prefix. plan_followed() must have been called. */
void prefix_walk_begin(struct prefix_walk *walk, const struct interface_plan *part);
/* Goes to the next prefix; false when there is none. */
bool prefix_walk_next(struct prefix_walk *walk);

/* The endpoint that a peer has after this run; NULL: none, or not known yet. */
void plan_mtu_endpoint(struct interface_plan *part, const struct desired_peer *peer,
		       const struct endpoint *endpoint);

/* The MTU, where it is not declared as a number. plan_peers() must have been called. */
void plan_mtu(struct interface_plan *part);

/* Changes of the allowed IPs of peers that the kernel has; fills gets of all. */
void plan_allowed_ips(struct interface_plan *part);

/* Whether the kernel has this followed route, or one to the same place. */
bool plan_is_followed(const struct interface_plan *part, const struct wanted_route *route);

/* Whether the tunnel's own packets go on as they do now when this route is added.
 * False, too, when that is not known yet and has been asked for. */
bool plan_route_is_safe(struct interface_plan *part, const struct wanted_route *route);

/* Whether this route, which is in the kernel, leads them into the tunnel, and has to be
 * withdrawn; reports it. */
bool plan_route_catches(struct interface_plan *part, const struct wanted_route *route);

/* Likewise of the route to the network of an address; the latter only reports. */
bool plan_address_is_safe(struct interface_plan *part, const struct desired_address *address);
void plan_address_check(struct interface_plan *part, const struct desired_address *address);

/* Whether the peer's keys live. */
bool plan_is_alive(const struct interface_plan *part, const struct observed_peer *peer);

/* A plain peer whose name has to be asked for, and is not answered. present: a route that
 * would catch the question is in the kernel. NULL: none. */
const struct desired_peer *plan_peer_asking(const struct interface_plan *part, bool present);

/* Whether the address of a plain peer's name is not known yet. */
bool plan_lacks_endpoint(const struct interface_plan *part, const struct wanted_peer *wanted);

/* Whether a default route in the main table has to wait, and the rules. present: it is, or
 * they are, in the kernel. */
bool plan_all_traffic_waits(struct interface_plan *part, bool present);
bool plan_rules_wait(struct interface_plan *part, bool present);

/* Has the kernel asked how it reaches an address, outside of the tunnel. */
void plan_ask_lookup(struct interface_plan *part, const struct ip *to);

/* The declared name of a peer, or its key. */
const char *plan_name_of(struct interface_plan *part, const struct wg_key *key);

/* A change of a wanted peer. */
struct change *plan_peer_change(struct interface_plan *part, enum change_kind kind,
				const struct wanted_peer *wanted);

/* A change of what belongs to the interface. */
struct change *plan_part_change(const struct interface_plan *part, enum change_kind kind);

/* Takes a route of this tool's away. */
struct change *plan_remove_route(struct plan *plan, const char *interface,
				 const struct observed_route *route);

/* Link and device. Returns false when nothing else can be done on it. */
bool plan_link(struct interface_plan *part);

/* What becomes of a route when the planned changes of addresses are made. */
enum route_fate {
	ROUTE_STAYS,
	ROUTE_GOES, /* until the addresses are all there */
	ROUTE_GOES_AT_LAST, /* the kernel's own, to the network of an address: with that */
};

/* plan_addresses() must have been called. */
enum route_fate plan_route_fate(const struct interface_plan *part,
				const struct observed_route *route);

/* Whether this source address is there before the addresses of other interfaces are
 * released. */
bool plan_source_is_early(const struct interface_plan *part, const struct ip *source);

/* Takes away what this tool put there, but what part (NULL: nothing) declares. */
void plan_remove_addresses(struct plan *plan, const struct observed *observed,
			   const struct observed_interface *in_kernel,
			   const struct recorded_interface *before,
			   const struct interface_plan *part);

/* Addresses, routes and rules. */
void plan_addresses(struct interface_plan *part);
void plan_routes(struct interface_plan *part);
void plan_rules(struct interface_plan *part);

bool plan_same_rule(const struct observed_rule *a, const struct observed_rule *b);

/* The unreachable route that closes the table of the rules, and its removal where nothing
 * wants it any more; the latter after all rules are planned. */
void plan_close(struct interface_plan *part);
void plan_open(struct plan *plan, const struct desired *desired, const struct recorded *before,
	       const struct observed *observed);

/* Whether traffic of the family that no peer takes is to go nowhere. */
bool plan_closes(const struct desired *desired, const struct desired_interface *interface,
		 enum family family);

/* A default route, or half of one. */
bool plan_is_default(const struct prefix *prefix);

/* Removes the rules of this tool that nothing declares and no other instance needs. */
void plan_remove_rules(struct plan *plan, const struct desired *desired,
		       const struct recorded *before, const struct observed *observed);

/* Files whose content is another one, or was not loaded. */
void plan_files(struct plan *plan, const struct desired *desired, const struct observed *observed);

/* Whether the interface is this instance's, by its alias. */
bool plan_owns(const struct desired *desired, const struct observed_interface *in_kernel);

/* The name of the other instance that the alias shows; NULL: none. */
const char *plan_other_instance(const struct desired *desired,
				const struct observed_interface *in_kernel);

/* Why this instance leaves a declared interface alone, with the remedy; NULL: it does not. */
const char *plan_refusal(struct arena *arena, const struct desired *desired,
			 const struct desired_interface *interface, const struct recorded *before,
			 const struct observed_interface *in_kernel);

/* Takes away what is left of interfaces that are no longer declared. */
void plan_undeclared(struct plan *plan, const struct desired *desired,
		     const struct recorded *before, const struct observed *observed);

/* Releases what passes from one interface to another. All else must be planned. */
void plan_passing(struct plan *plan, const struct desired *desired,
		  const struct observed *observed);

/* An event about an interface; selector and peer may be NULL. */
void plan_event(struct plan *plan, enum event_kind kind, const char *interface,
		const char *selector, const char *peer, const char *text);
