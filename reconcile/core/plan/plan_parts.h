/* SPDX-License-Identifier: MIT */
/*
 * plan_parts: shared by the parts of plan, and private to them.
 *
 *	plan.c              order of the parts, time, recorded state
 *	plan_peers.c        peers of one interface, and the desired ones
 *	plan_candidates.c   the endpoint of a peer that has several
 *	plan_prefixes.c     the desired peer of each prefix: declared, or by a foreign route
 *	plan_allowed_ips.c  the difference between that and the kernel's allowed IPs
 *	plan_addresses.c    addresses, and their order
 *	plan_passing.c      objects that move from one interface to another
 *	plan_owner.c        which interfaces this instance may configure
 *	plan_link.c         the link and its device's settings
 *	plan_undeclared.c   remains of interfaces that are no longer declared
 *	plan_mtu.c          the MTU from the routes to the endpoints
 *	plan_rules.c        policy rules
 *	plan_close.c        keeps all traffic from the main table (kill switch)
 *	plan_routes.c       routes
 *	plan_files.c        files of other programs
 *	plan_cutoff.c       routes that would cut the tunnel's own packets off
 *	plan_wait.c         what must precede routing all traffic: names, the clock
 *	plan_dirty.c      single prefixes between two runs
 *	plan_outcome.c      the recorded state after the changes
 */
#pragma once

#include "plan.h"

/* A plain peer's session is dead when its keys are. A shorter time would treat live sessions
 * as dead: with a keepalive of 25 s the handshake of an idle session reaches 145 s. */
#define PEER_DEAD_AFTER_MS REJECT_AFTER_TIME_MS
/* Minimum interval between queries for names of dead peers, as in wireguard-tools'
 * contrib/reresolve-dns. */
#define NAMES_EVERY_MS 30000
/* Time before the next address is set as endpoint. */
#define ENDPOINT_TRIAL_MS (REKEY_TIMEOUT_MS + KEEPALIVE_TIMEOUT_MS)

/* A desired peer of the interface. */
struct wanted_peer {
	const struct desired_peer *peer;
	const char *selector; /* NULL: a plain peer */
	const struct placement *placement; /* a selector's: never NULL; has a slot */
	bool has_allowed_ips;
	size_t in_kernel; /* index in the kernel's peers, or NOT_IN_KERNEL */
	VEC(struct prefix) gets; /* missing allowed IPs, sorted */
};
#define NOT_IN_KERNEL SIZE_MAX

/* The desired peer of a prefix. */
struct prefix_owner {
	struct prefix prefix; /* first: prefix_order() */
	struct wanted_peer *owner;
};

/* A peer declared on an interface, desired now or not. */
struct declared_peer {
	const struct desired_peer *peer;
	const char *selector; /* NULL: a plain peer */
};

/* The peer of one path's followed routes. */
struct followed_path {
	struct wanted_peer *peer; /* NULL: no peer has the next hop */
	size_t table_rank; /* lowest is preferred */
};

/* A desired route. */
struct wanted_route {
	struct prefix to; /* first: prefix_order() */
	uint32_t table;
	uint32_t metric; /* 0: any */
	struct ip source; /* FAMILY_NONE: none */
	const struct prefix *of_address; /* address for which the kernel adds it; NULL: none */
};

enum own_kind {
	OWN_ENDPOINT, /* of a declared peer */
	OWN_ROAMED, /* endpoint of a roamed peer */
	OWN_NAME_SERVER, /* asked for endpoints' names */
};

/* A destination of the tunnel's own packets, and of the queries it depends on. */
struct own_address {
	struct ip ip;
	enum own_kind kind;
	const char *peer; /* NULL: of none */
	bool asked; /* a query for its route */
};

/* One interface during planning. */
struct interface_plan {
	struct plan *plan;
	const struct desired *desired;
	const struct desired_interface *interface;
	const struct observed *observed;
	const struct observed_interface *in_kernel; /* NULL: does not exist */
	const struct recorded_interface *before; /* NULL: nothing recorded */
	const struct samples *last_samples;
	uint64_t seed; /* of the run */
	int64_t endpoints_digest; /* declared now */
	VEC(struct wanted_peer) wanted; /* sorted by key */
	VEC(struct prefix_owner) owners; /* of the declared peers, sorted by prefix */
	const struct followed_path *paths; /* of in_kernel->paths; NULL: nothing is followed */
	size_t followed_n; /* prefixes that peers get by foreign routes */
	VEC(struct declared_peer) declared; /* sorted by key, empty until needed */
	VEC(struct own_address) own_addresses; /* sorted by address, empty until needed */
	bool own_addresses_known;
	VEC(struct ip) endpoints; /* of the desired peers; with mtu: auto only */
	bool endpoint_unknown; /* some peer has one declared */
	bool addresses_late; /* IPv4 addresses are added after others have been released */
	bool addresses_removed; /* some were released */
};

/* Collects the desired peers: plain peers and the selectors' slots after their transitions. */
void plan_wanted_peers(struct interface_plan *part);

/* Changes of peers, and their recorded state. */
void plan_peers(struct interface_plan *part);

/* An iterator over all desired prefixes, in order, each once. */
struct prefix_walk {
	const struct interface_plan *part;
	size_t owner; /* the next of part->owners */
	size_t via; /* the next of part->in_kernel->via */
	struct walk_report *report; /* NULL: nothing is counted */
	struct prefix prefix; /* current position */
	struct wanted_peer *peer;
};

/* Finds the peers of the next hops, and reports routes that cannot be followed. */
void plan_followed(struct interface_plan *part);

/* The peer that declares a prefix, and the one with this address of its own; NULL: none. */
struct wanted_peer *plan_owner_of(const struct interface_plan *part, const struct prefix *prefix);
struct wanted_peer *plan_peer_at(const struct interface_plan *part, const struct ip *address);

/* Starts before the first prefix. plan_followed() must have been called. */
void prefix_walk_begin(struct prefix_walk *walk, const struct interface_plan *part);
/* Advances to the next prefix; false when there is none. */
bool prefix_walk_next(struct prefix_walk *walk);

/* The endpoint that a peer has after this run; NULL: none, or not known yet. */
void plan_mtu_endpoint(struct interface_plan *part, const struct desired_peer *peer,
		       const struct endpoint *endpoint);

/* The MTU, where it is not declared as a number. plan_peers() must have been called. */
void plan_mtu(struct interface_plan *part);

/* Changes of the allowed IPs of existing peers; fills gets for all peers. */
void plan_allowed_ips(struct interface_plan *part);

/* Whether the kernel has this followed route, or one to the same next hop. */
bool plan_is_followed(const struct interface_plan *part, const struct wanted_route *route);

/* Whether adding this route leaves the path of the tunnel's own packets unchanged. Also
 * false while a query for that is unanswered. */
bool plan_route_is_safe(struct interface_plan *part, const struct wanted_route *route);

/* Whether this existing route leads these packets into the tunnel and must be removed;
 * reports it. */
bool plan_route_catches(struct interface_plan *part, const struct wanted_route *route);

/* The same for the route to the network of an address; the second function only reports. */
bool plan_address_is_safe(struct interface_plan *part, const struct desired_address *address);
void plan_address_check(struct interface_plan *part, const struct desired_address *address);

/* Whether the peer's keys are valid. */
bool plan_is_alive(const struct interface_plan *part, const struct observed_peer *peer);

/* A plain peer with an unanswered name query. present: the kernel has a route that would
 * capture the query. NULL: none. */
const struct desired_peer *plan_peer_asking(const struct interface_plan *part, bool present);

/* Whether a plain peer's name is still unresolved. */
bool plan_lacks_endpoint(const struct interface_plan *part, const struct wanted_peer *wanted);

/* Whether a default route in the main table must wait, and whether the rules must. present:
 * the kernel already has the route or rules. */
bool plan_all_traffic_waits(struct interface_plan *part, bool present);
bool plan_rules_wait(struct interface_plan *part, bool present);

/* Adds a query for the kernel's route to an address outside the tunnel. */
void plan_ask_lookup(struct interface_plan *part, const struct ip *to);

/* The declared name of a peer, or its key. */
const char *plan_name_of(struct interface_plan *part, const struct wg_key *key);

/* The endpoint to set for a plain peer with candidates; NULL: keep the kernel's. */
const struct endpoint *plan_candidate(struct interface_plan *part, const struct desired_peer *peer,
				      const struct observed_peer *in_kernel, const char **reason);

/* A change of a desired peer. */
struct change *plan_peer_change(struct interface_plan *part, enum change_kind kind,
				const struct wanted_peer *wanted);

/* A change of an object of the interface. */
struct change *plan_part_change(const struct interface_plan *part, enum change_kind kind);

/* Removes a route of this tool. */
struct change *plan_remove_route(struct plan *plan, const char *interface,
				 const struct observed_route *route);

/* Link and device. Returns false when no other change of the interface is possible. */
bool plan_link(struct interface_plan *part);

/* The effect of the planned address changes on a route. */
enum route_fate {
	ROUTE_STAYS,
	ROUTE_GOES, /* until all addresses are installed */
	ROUTE_GOES_AT_LAST, /* the kernel's own, to the network of an address: removed with that
			       address */
};

/* plan_addresses() must have been called. */
enum route_fate plan_route_fate(const struct interface_plan *part,
				const struct observed_route *route);

/* Whether this source address exists before the addresses of other interfaces are released. */
bool plan_source_is_early(const struct interface_plan *part, const struct ip *source);

/* Removes this tool's objects except those that part (NULL: none) declares. */
void plan_remove_addresses(struct plan *plan, const struct observed *observed,
			   const struct observed_interface *in_kernel,
			   const struct recorded_interface *before,
			   const struct interface_plan *part);

/* Addresses, routes and rules. */
void plan_addresses(struct interface_plan *part);
void plan_routes(struct interface_plan *part);
void plan_rules(struct interface_plan *part);

bool plan_same_rule(const struct observed_rule *a, const struct observed_rule *b);

/* Adds the unreachable route that closes the table of the rules; removes it when no longer
 * needed, after all rules are planned. */
void plan_close(struct interface_plan *part);
void plan_open(struct plan *plan, const struct desired *desired, const struct recorded *before,
	       const struct observed *observed);

/* Whether to drop traffic of the family that no peer accepts. */
bool plan_closes(const struct desired *desired, const struct desired_interface *interface,
		 enum family family);

/* A default route, or one half of it. */
bool plan_is_default(const struct prefix *prefix);

/* Removes the rules of this tool that are neither declared nor needed by another instance. */
void plan_remove_rules(struct plan *plan, const struct desired *desired,
		       const struct recorded *before, const struct observed *observed);

/* Files with different content, or not loaded. */
void plan_files(struct plan *plan, const struct desired *desired, const struct observed *observed);

/* Whether the interface is this instance's, by its alias. */
bool plan_owns(const struct desired *desired, const struct observed_interface *in_kernel);

/* The name of the other instance that the alias shows; NULL: none. */
const char *plan_other_instance(const struct desired *desired,
				const struct observed_interface *in_kernel);

/* Why this instance leaves a declared interface alone, with the remedy; NULL: it is configured. */
const char *plan_refusal(struct arena *arena, const struct desired *desired,
			 const struct desired_interface *interface, const struct recorded *before,
			 const struct observed_interface *in_kernel);

/* Removes the remains of interfaces that are no longer declared. */
void plan_undeclared(struct plan *plan, const struct desired *desired,
		     const struct recorded *before, const struct observed *observed);

/* Releases objects that move from one interface to another. All else must be planned before. */
void plan_passing(struct plan *plan, const struct desired *desired,
		  const struct observed *observed);

/* An event about an interface; selector and peer may be NULL. */
void plan_event(struct plan *plan, enum event_kind kind, const char *interface,
		const char *selector, const char *peer, const char *text);
