/* SPDX-License-Identifier: MIT */
/*
 * observed: the actual state, as read by reconcile/system: the kernel's WireGuard devices,
 * links, addresses, routes and rules, the clocks, and the answers to plan's queries (names,
 * probes). Plain data, independent of how it was read.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/key.h"
#include "base/text.h"
#include "core/desired/desired.h"

/* The alias of an interface made by instance NAME: this prefix and NAME. */
#define OWNER_ALIAS "wgreconcile:"

/* A handshake's kernel timestamp: wall clock, zero if there was none. */
struct handshake {
	int64_t sec;
	int32_t nsec;
};

struct observed_peer {
	struct wg_key public_key; /* first: key_order() */
	struct wg_key preshared_key; /* zero: none */
	bool has_endpoint;
	struct endpoint endpoint;
	uint16_t persistent_keepalive;
	struct handshake handshake;
	uint64_t rx_bytes;
	uint64_t tx_bytes;
	VEC(struct prefix) allowed_ips; /* sorted */
};

/* Next hops of followed routes: one for each distinct combination. */
struct observed_path {
	struct ip gateway; /* FAMILY_NONE: a next hop that could not be read */
	uint32_t table;
	uint32_t metric;
	uint32_t nexthop; /* id of the next hop object if only that is known, otherwise 0 */
	uint16_t weight; /* of one of several hops (RTA_MULTIPATH), 1 to 256; otherwise 0 */
};

/* A foreign route with a next hop, for follow_routes: one element per hop. There may be a
 * million, so they are small and refer to their path by index. */
struct observed_via {
	struct prefix destination; /* first: prefix_order() */
	uint32_t path; /* index into the interface's paths */
} __attribute__((packed));

/* The type of a link. The kernel's name for it (IFLA_INFO_KIND) depends on the implementation. */
enum link_kind {
	LINK_OTHER, /* not made by this tool; a program's tun device that was not read */
	LINK_WIREGUARD, /* of any implementation */
};

struct observed_interface {
	const char *name;
	uint32_t index;
	enum implementation implementation;
	enum link_kind kind;
	/* Why the device could not be read although a program's control socket exists; NULL:
	 * it was read, or there is no such socket. */
	const char *unreadable;
	bool up;
	uint32_t mtu;
	const char *alias; /* "" when none */

	bool has_private_key;
	struct wg_key private_key;
	struct wg_key public_key; /* zero without a private key */
	uint16_t listen_port;
	uint32_t fwmark;
	VEC(struct observed_peer) peers; /* sorted by public key */

	/* The followed routes. They are not in observed->routes. */
	const struct desired_follow *follow; /* NULL: none */
	VEC(struct observed_path) paths;
	VEC(struct observed_via) via; /* sorted by destination, then path; each once */
};

/* Any link of this network namespace. */
struct observed_link {
	uint32_t index;
	const char *name;
	uint32_t mtu;
};

struct observed_address {
	uint32_t index; /* of the interface */
	struct prefix prefix; /* see struct desired_address */
	struct ip other_end;
	bool secondary; /* IPv4: another address is the source address of the network */
	uint8_t protocol; /* IFA_PROTO, 0 if the kernel does not support it (before 5.18) */
};

/* An address of any link: peers may reach this node there. */
struct observed_host_address {
	uint32_t index; /* of the link */
	const char *link; /* its name */
	bool up;
	struct prefix prefix; /* the address; its length is that of the network */
};

struct observed_route {
	uint32_t index; /* output interface */
	struct prefix destination;
	uint32_t table;
	uint32_t metric; /* as declared: IPv6's default 1024 is stored as 0 */
	uint8_t protocol;
	struct ip source; /* preferred source address; FAMILY_NONE: none */
	bool unreachable; /* unreachable (RTN_UNREACHABLE); index is 0 */
};

/* A policy rule that this tool made (FRA_PROTOCOL is OWNER_PROTOCOL). */
struct observed_rule {
	enum family family;
	uint32_t priority;
	uint32_t table;
	bool not_fwmark; /* "not from all fwmark FWMARK lookup TABLE" */
	uint32_t fwmark;
	int32_t suppress_prefix_length; /* -1: none */
	struct prefix to; /* destination prefix; length 0: all */
};

/* A WireGuard interface that this instance neither declares nor made. */
struct observed_other {
	const char *name;
	bool unreadable; /* fwmark is not known */
	uint32_t fwmark;
};

/* A desired file's state on disk. */
struct observed_file {
	const char *path;
	bool exists; /* also false if it cannot be read, or is not a regular file */
	uint64_t size;
	uint64_t digest; /* of the content: hash_bytes() from HASH_BASIS on */
	bool unloaded; /* its load command has not succeeded since it was written */
};

/* The answer to a name query of plan. */
struct observed_answer {
	const char *endpoint; /* HOST:PORT of the query */
	const char *error; /* NULL: resolved */
	/* Sorted; only addresses of families that have a route (see unroutable). */
	VEC(struct endpoint) addresses;
	unsigned unroutable; /* number of addresses omitted because there is no route to them */
};

/* The answer to a probe query of plan. */
struct observed_probe {
	const char *interface;
	struct ip target;
	unsigned sent;
	unsigned received;
	msec_t rtt; /* shortest, of those received */
	const char *error; /* error if it could not be sent; otherwise NULL */
};

/* The answer to a route query of plan: how the kernel would reach an address now. */
struct observed_lookup {
	const char *interface; /* address of the query */
	struct ip to;
	bool found;
	uint32_t index; /* of the output interface */
	const char *device; /* its name, or "" */
	struct prefix destination; /* of the route that was found */
	uint32_t table; /* of that route */
	uint32_t metric; /* of that route; IPv6's default 1024 is shown as 0 */
	uint8_t protocol; /* of that route */
	uint32_t mtu; /* of that route (RTAX_MTU); 0: that of the output interface */
	struct ip gateway; /* of that route; FAMILY_NONE: none */
	bool has_hops; /* the route has several hops, or a next hop object */
};

struct observed {
	struct arena *arena;
	/* Arena of the peers' allowed IPs, possibly most of the data;
	 * observed_forget_allowed_ips() frees them when no longer needed. NULL: arena. */
	struct arena *prefixes;
	/* An earlier observation of this run, whose followed routes are reused instead of
	 * being read again. It must outlive this one. NULL: none. */
	const struct observed *earlier;
	bool routes_untouched; /* with earlier: no changes of routes since */
	struct now now;
	bool clock_synchronised; /* as reported by the kernel, adjtimex(2) without STA_UNSYNC */
	bool time_answered; /* the synchroniser ran in this run */
	const char *time_error; /* and failed with this, or NULL */
	bool out_of_time; /* the deadline has passed: no further queries are answered */
	bool read_back; /* after the changes: no more selector decisions in this run */
	/* A local resolver forwards queries to unknown name servers, and its queries do not
	 * carry the tunnel's mark. */
	bool forwarder;
	VEC(struct ip) name_servers; /* of the name servers queried */

	VEC(struct observed_interface) interfaces; /* desired, owned and queried ones */
	VEC(struct observed_link) links; /* all */
	VEC(struct observed_address) addresses; /* of these interfaces, in the kernel's order */
	/* Of all links; only if a desired interface has facts. */
	VEC(struct observed_host_address) host_addresses;
	VEC(struct observed_route) routes; /* of these interfaces */
	VEC(struct observed_rule) rules;
	VEC(struct observed_file) files; /* desired ones */
	/* Read only if observed_has_unclear_rules(). */
	VEC(struct observed_other) others;
	VEC(struct observed_route) unreachable; /* this tool's, in the tables of such rules */
	VEC(struct observed_answer) answers;
	VEC(struct observed_probe) probes;
	VEC(struct observed_lookup) lookups;
};

/* A thousand years, so that sums of times in milliseconds cannot overflow. */
#define HANDSHAKE_SEC_MAX (INT64_C(1000) * 366 * 24 * 3600)

static inline bool handshake_equal(struct handshake a, struct handshake b)
{
	return a.sec == b.sec && a.nsec == b.nsec;
}

static inline bool handshake_is_none(struct handshake handshake)
{
	return handshake.sec == 0 && handshake.nsec == 0;
}

/* Lookups; NULL when there is none. The peers must be sorted. */
const struct observed_interface *observed_interface_find(const struct observed *observed,
							 const char *name);
const struct observed_interface *observed_interface_at(const struct observed *observed,
						       uint32_t index);
const struct observed_peer *observed_peer_find(const struct observed_interface *interface,
					       const struct wg_key *public_key);
const struct observed_file *observed_file_find(const struct observed *observed, const char *path);
const struct observed_answer *observed_answer_find(const struct observed *observed,
						   const char *endpoint);
const struct observed_probe *observed_probe_find(const struct observed *observed,
						 const char *interface, const struct ip *target);

const struct observed_lookup *observed_lookup_find(const struct observed *observed,
						   const char *interface, const struct ip *to);

/* Whether a rule of this tool may belong to another instance: no interface declares it. */
bool observed_has_unclear_rules(const struct observed *observed, const struct desired *desired);

/* Sorts peers by key, their allowed IPs and the followed routes, as the lookups require, and
 * limits the peers' values: stamps to HANDSHAKE_SEC_MAX, counters to INT64_MAX, no endpoint
 * with port 0. */
void observed_sort(struct observed *observed);

/* Frees the arena of the allowed IPs, and sets it to NULL; all peers' lists are empty then. */
void observed_forget_allowed_ips(struct observed *observed);
