/* SPDX-License-Identifier: MIT */
/*
 * observed: what is, as the shell found it: the kernel's WireGuard devices,
 * links, addresses, routes and rules, the clocks, and the answers to what plan
 * asked for (names, probes). Plain data; nothing in it says how it was read.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/key.h"
#include "base/text.h"
#include "core/desired/desired.h"

/* The alias of an interface that instance NAME made is this followed by NAME. */
#define OWNER_ALIAS "wgreconcile:"

/* A handshake as the kernel stamps it: wall clock, zero when there was none. */
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

/* Where followed routes lead: one for each combination that occurs. */
struct observed_path {
	struct ip gateway; /* FAMILY_NONE: a next hop that could not be read */
	uint32_t table;
	uint32_t metric;
	uint32_t nexthop; /* number of the next hop object when only that is known, else 0 */
	uint16_t weight; /* of one hop among several (RTA_MULTIPATH), 1 to 256; else 0 */
};

/* A route of others with a next hop, for follow_routes: one for each of its hops.
 * There may be a million, so they are small, and refer to their path by its place. */
struct observed_via {
	struct prefix destination; /* first: prefix_order() */
	uint32_t path; /* index into the interface's paths */
} __attribute__((packed));

/* What a link is. The kernel's word for it (IFLA_INFO_KIND) is its implementation's. */
enum link_kind {
	LINK_OTHER, /* nothing that this tool makes; a program's tun device that was not read */
	LINK_WIREGUARD, /* of whatever implementation */
};

struct observed_interface {
	const char *name;
	uint32_t index;
	enum implementation implementation;
	enum link_kind kind;
	/* Why nothing is known of the device although a program's control socket is there;
	 * NULL: it was read, or there is no such socket. */
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

	/* The routes that are to be followed. They are not among observed->routes. */
	const struct desired_follow *follow; /* NULL: none */
	VEC(struct observed_path) paths;
	VEC(struct observed_via) via; /* sorted by destination, then path; each once */
};

/* A link of this network namespace, whatever it is. */
struct observed_link {
	uint32_t index;
	const char *name;
	uint32_t mtu;
};

struct observed_address {
	uint32_t index; /* of the interface */
	struct prefix prefix; /* see struct desired_address */
	struct ip other_end;
	bool secondary; /* IPv4: another one is the source address of the network */
	uint8_t protocol; /* IFA_PROTO, 0 when the kernel has none (before 5.18) */
};

struct observed_route {
	uint32_t index; /* output interface */
	struct prefix destination;
	uint32_t table;
	uint32_t metric; /* as declared: IPv6's default 1024 is shown as 0 */
	uint8_t protocol;
	struct ip source; /* preferred source address; FAMILY_NONE: none */
	bool unreachable; /* leads nowhere (RTN_UNREACHABLE); index is 0 */
};

/* A policy rule that this tool made (FRA_PROTOCOL is OWNER_PROTOCOL). */
struct observed_rule {
	enum family family;
	uint32_t priority;
	uint32_t table;
	bool not_fwmark; /* "not from all fwmark FWMARK lookup TABLE" */
	uint32_t fwmark;
	int32_t suppress_prefix_length; /* -1: none */
	struct prefix to; /* of what goes there alone; length 0: all */
};

/* A WireGuard interface that this instance neither declares nor made. */
struct observed_other {
	const char *name;
	bool unreadable; /* fwmark is not known */
	uint32_t fwmark;
};

/* A desired file, as it is on disk. */
struct observed_file {
	const char *path;
	bool exists; /* false, too: it cannot be read, or is not a regular file */
	uint64_t size;
	uint64_t digest; /* of the content: hash_bytes() from HASH_BASIS on */
	bool unloaded; /* its load command has not succeeded since it was written */
};

/* The answer to a name that plan asked for. */
struct observed_answer {
	const char *endpoint; /* HOST:PORT as asked */
	const char *error; /* NULL: resolved */
	/* Sorted; only addresses of families that have a route (see unroutable). */
	VEC(struct endpoint) addresses;
	unsigned unroutable; /* how many were left out because no route leads there */
};

/* The answer to a probe that plan asked for. */
struct observed_probe {
	const char *interface;
	struct ip target;
	unsigned sent;
	unsigned received;
	msec_t rtt; /* shortest, of those received */
	const char *error; /* could not even be sent; NULL when it was */
};

/* The answer to a route lookup that plan asked for: how the kernel would reach an
 * address now. */
struct observed_lookup {
	const char *interface; /* as asked */
	struct ip to;
	bool found;
	uint32_t index; /* of the interface it leaves by */
	const char *device; /* its name, or "" */
	struct prefix destination; /* of the route that was found */
	uint32_t table; /* of that route */
	uint32_t metric; /* of that route; IPv6's default 1024 is shown as 0 */
	uint8_t protocol; /* of that route */
	uint32_t mtu; /* of that route (RTAX_MTU); 0: that of the interface it leaves by */
	struct ip gateway; /* of that route; FAMILY_NONE: none */
	bool has_hops; /* it has several hops, or a next hop object */
};

struct observed {
	struct arena *arena;
	/* Of the peers' allowed IPs, which may be most of all that was read: who needs
	 * them no more lets go of them by observed_forget_allowed_ips(). NULL: arena. */
	struct arena *prefixes;
	/* An observation made before in this run, whose followed routes are taken over
	 * instead of being read again. It outlives this one. NULL: none. */
	const struct observed *earlier;
	bool routes_untouched; /* with earlier: nothing was done since that concerns routes */
	struct now now;
	bool clock_synchronised; /* the kernel's view, adjtimex(2) without STA_UNSYNC */
	bool time_answered; /* the synchroniser ran in this run */
	const char *time_error; /* and failed with this, or NULL */
	bool out_of_time; /* the deadline has passed: nothing more will be answered */
	bool read_back; /* after the changes: selectors decide nothing more in this run */
	/* A resolver of this machine asks other name servers, which are not known, and its
	 * questions do not carry the tunnel's mark. */
	bool forwarder;
	VEC(struct ip) name_servers; /* that questions for names go to */

	VEC(struct observed_interface) interfaces; /* those desired or owned, and those asked for */
	VEC(struct observed_link) links; /* all */
	VEC(struct observed_address) addresses; /* of these interfaces, in the kernel's order */
	VEC(struct observed_route) routes; /* of these interfaces */
	VEC(struct observed_rule) rules;
	VEC(struct observed_file) files; /* those desired */
	/* Read where observed_has_unclear_rules() only. */
	VEC(struct observed_other) others;
	VEC(struct observed_route) unreachable; /* this tool's, in tables of such rules */
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

/* Whether a rule of this tool may be of another instance: no interface declares it. */
bool observed_has_unclear_rules(const struct observed *observed, const struct desired *desired);

/* Sorts peers by key, their allowed IPs and the followed routes, as the lookups need, and
 * brings what a device tells of its peers to where it can be calculated with and recorded:
 * stamps within HANDSHAKE_SEC_MAX, counters within INT64_MAX, no endpoint of port 0. */
void observed_sort(struct observed *observed);

/* Frees the arena of the allowed IPs, and makes it NULL; no peer has any afterwards. */
void observed_forget_allowed_ips(struct observed *observed);
