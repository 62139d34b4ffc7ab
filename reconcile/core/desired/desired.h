/* SPDX-License-Identifier: MIT */
/*
 * desired: the declared state. Plain data, filled by desired_yaml from files (by import and
 * show from other programs' files and the kernel), merged with declarations of other sources
 * by desired_merge, and compared with the kernel by plan. It does not change during the rest
 * of a run.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/key.h"
#include "base/text.h"
#include "wireguard_times.h"

/* Defaults. try_for and established_for are wgpeerselector's. */
#define DEFAULT_TRY_FOR_MS 5000
#define DEFAULT_ESTABLISHED_FOR_MS 150000
/* Twice the time within which a live peer answers data and WireGuard itself, without an
 * answer, has begun a new handshake. */
#define DEFAULT_SILENT_FOR_MS (2 * (KEEPALIVE_TIMEOUT_MS + REKEY_TIMEOUT_MS))
/* The keepalive wg(8) recommends behind NAT; selectors need one, see select.h. */
#define DEFAULT_SELECTOR_KEEPALIVE 25
#define DEFAULT_PROBE_COUNT 3
#define DEFAULT_PROBE_TIMEOUT_MS 500
#define DEFAULT_PROBE_FAIL_AFTER 3
#define DEFAULT_TIME_BACKOFF_MS 600000
#define DEFAULT_RULE_PRIORITY 30000
/* RT_TABLE_MAIN (linux/rtnetlink.h). */
#define TABLE_MAIN 254
/* Routes not followed when no protocols are listed: redirects, the kernel's own and those of
 * router advertisements (RTPROT_*, linux/rtnetlink.h). */
#define PROTOCOL_REDIRECT 1
#define PROTOCOL_KERNEL 2
#define PROTOCOL_RA 9
/* The protocol number that marks this tool's routes, rules and addresses. Unused in
 * iproute2's etc/rt_protos and if_addr.h; 'W'. */
#define OWNER_PROTOCOL 0x57

enum implementation {
	IMPLEMENTATION_KERNEL,
	IMPLEMENTATION_USERSPACE,
};

enum route_policy {
	ROUTES_NONE,
	ROUTES_ALLOWED_IPS,
};

enum rule_policy {
	RULES_NONE,
	RULES_FWMARK, /* packets without fwmark look up table, as with wg-quick */
};

enum unmanaged_peers {
	UNMANAGED_REMOVE,
	UNMANAGED_KEEP,
};

enum strategy {
	STRATEGY_RANDOM,
	STRATEGY_ORDERED,
	STRATEGY_WEIGHTED,
};

enum failback {
	FAILBACK_NEVER,
	FAILBACK_WHEN_BETTER,
	FAILBACK_AFTER,
};

/* What kind of source declares something. Of two conflicting declarations, the one of the
 * earlier kind is used. */
enum origin {
	ORIGIN_FILE,
	ORIGIN_FACT, /* a peer reports it */
};

/* Location of a declaration, and until when it is valid. */
struct declaration {
	struct where where; /* in a file; none for other sources */
	enum origin origin;
	bool left_out; /* a check found that another declaration is used instead */
	const char *from; /* of a fact: the name of the peer that reports it; otherwise NULL */
	msec_t expires; /* on the boot clock (struct now); 0: never */
};

/* Locations of a mapping's value and its key. */
struct entry_where {
	struct where value;
	uint32_t key_line, key_column;
};

/* Data of an allowed IP besides the prefix. */
struct desired_allowed_ip {
	struct declaration declared;
	uint32_t index; /* in the list of the file */
	bool of_route; /* declared only by a route through the peer */
};

/* What a peer's facts may change (see core/facts). Each level has the rights of the earlier
 * ones. */
enum trust {
	TRUST_UNSET, /* not declared */
	TRUST_UNTRUSTED,
	TRUST_ENDPOINT, /* endpoints of known peers */
	TRUST_ALLOWED_IPS, /* and their allowed IPs */
	TRUST_MEMBERSHIP, /* and which peers exist */
	TRUST_DELEGATE, /* accepted from wirelink's files; as membership */
};

enum facts_router {
	ROUTER_AUTO, /* this node is a router if none of its peers is */
	ROUTER_NO,
	ROUTER_YES,
};

/* The exchange of facts with the peers of an interface. */
struct desired_facts {
	bool enabled;
	struct where where;
	uint16_t port; /* UDP, the same for all peers; 0: listen port + 1 */
	struct where port_where; /* of its value; where if it is not declared */
	enum facts_router router;
	bool chatty; /* send all facts to all peers, as a router does */
	const char *name; /* this node's name for other nodes; NULL: none */
	enum trust trust; /* this node's own: what it reports about peers */
	/* Names of interfaces, patterns of fnmatch(3), whose addresses are reported as this
	 * node's endpoints: those of report (empty: all) and not of hide. */
	VEC(const char *) report;
	VEC(const char *) hide;
};

/* A further endpoint of a peer, besides the peer's own. */
struct desired_endpoint {
	struct declaration declared;
	const char *text; /* HOST:PORT */
	bool is_literal; /* then address has the value */
	struct endpoint address;
	bool near; /* in a network of this machine: tried before others */
};

struct desired_peer {
	const char *name;
	struct declaration declared; /* where: the name; also for the endpoint */
	bool enabled;
	struct wg_key public_key;
	struct entry_where public_key_where;

	/* At most one of the two. With neither, the peer has no preshared key. */
	const char *preshared_key_file;
	struct where key_file_where; /* of that name */
	bool preshared_key_keep; /* do not change the kernel's */
	struct wg_key preshared_key; /* from the file, set by reconcile/system; otherwise zero */

	const char *endpoint; /* HOST:PORT as declared, NULL: learned from the peer's packets */
	bool endpoint_is_literal; /* then endpoint_address has the value */
	struct endpoint endpoint_address;
	enum family prefer_family; /* FAMILY_NONE: no preference */
	VEC(struct desired_endpoint)
	candidates; /* sorted by text, without duplicates; the file's: endpoints */

	VEC(struct prefix) allowed_ips; /* masked, sorted, no duplicates */
	/* For each of them, in the same order. Empty if nothing is checked or merged. */
	VEC(struct desired_allowed_ip) allowed_ips_declared;
	uint16_t persistent_keepalive; /* seconds, 0: off */

	/* With facts on the interface. */
	enum trust trust;
	bool facts_exchanger; /* gets all facts */
	bool basic; /* the peer knows nothing of facts */

	/* For members of a selector only. */
	unsigned weight; /* 1.. */
	struct ip probe_target; /* FAMILY_NONE: the selector's */
};

/* A declared route through a peer: both the kernel's route and the peer's allowed IP. The
 * prefix is also in the peer's allowed_ips. */
struct desired_route {
	struct where where;
	uint32_t index; /* in the list of the file */
	struct prefix to; /* masked */
	struct entry_where to_where;
	const char *via_peer; /* the name of a plain peer of this interface */
	size_t peer_place; /* index of that peer in the interface's peers */
	bool enabled; /* that peer is */
	uint32_t table; /* the interface's table unless it has its own */
	uint32_t metric; /* likewise; 0: the kernel's default */
	struct ip source; /* preferred source address; FAMILY_NONE: the kernel chooses */
};

/* Which foreign routes move allowed IPs (follow_routes). A route counts if it leads into
 * this interface and its next hop is a host address (/32, /128) among the allowed IPs that a
 * peer declares; its destination is then an allowed IP of that peer. */
struct desired_follow {
	bool enabled;
	VEC(uint32_t) tables; /* in the order of preference; never empty */
	/* Protocol numbers of routes (/etc/iproute2/rt_protos), sorted; empty: all except
	 * the kernel's own and this tool's. */
	VEC(uint8_t) protocols;
};

/* An address of an interface, as made by `ip address add`. */
struct desired_address {
	struct prefix
		prefix; /* the address; its length is that of the network, or of the peer address */
	struct ip other_end; /* of a point-to-point address; FAMILY_NONE: none */
};

struct desired_interface {
	const char *name;
	size_t first_selector; /* 1 + index; 0: none; see desired_index() */
	struct where where; /* location of the name */
	bool create; /* false: foreign; wait for it, never delete it */
	bool take_over; /* configure it even if it is foreign, and set this instance's owner mark */
	enum implementation implementation;
	VEC(const char *) program; /* userspace: argv; the interface's name is appended */

	const char *private_key_file; /* NULL: do not change the kernel's */
	struct where key_file_where; /* of that name */
	struct wg_key private_key; /* from the file, set by reconcile/system */
	struct wg_key public_key; /* its public key, likewise; zero: not known */
	int32_t listen_port; /* -1: leave */
	struct entry_where listen_port_where;
	int64_t fwmark; /* -1: leave */
	uint32_t mtu; /* 0: leave, or mtu_auto */
	bool mtu_auto; /* from the routes to the endpoints */
	/* In the order of addition: the first IPv4 address is the source address of the
	 * interface. */
	VEC(struct desired_address) addresses;

	enum route_policy routes;
	uint32_t table;
	uint32_t metric; /* 0: the kernel's default */
	VEC(struct desired_route) via_routes; /* sorted by destination, table, metric */
	struct desired_follow follow;
	enum rule_policy rules;
	uint32_t rule_priority; /* the pair uses this and the next number */
	/* With rules: while no peer has the default route, such traffic is dropped instead
	 * of using the main table. */
	bool kill_switch;

	enum unmanaged_peers unmanaged_peers;
	struct desired_facts facts;
	VEC(struct desired_peer) peers;
};

struct desired_probe {
	bool enabled;
	struct ip target;
	unsigned count;
	msec_t timeout; /* of one echo */
	unsigned fail_after; /* runs in a row without any answer */
};

struct desired_selector {
	const char *name;
	struct where where;
	const struct desired_interface *interface;
	size_t next; /* 1 + index of the next one on the same interface; 0: none */
	unsigned active;
	unsigned standby;
	enum strategy strategy;
	msec_t try_for;
	msec_t established_for;
	msec_t silent_for; /* 0: off */
	struct desired_probe probe;
	enum failback failback;
	msec_t failback_after;
	VEC(struct desired_peer) peers; /* in the order of the file */
};

struct desired_time {
	bool enabled;
	VEC(const char *) servers; /* for the default command */
	VEC(const char *) command; /* argv; empty: chronyd -q */
	msec_t backoff; /* between two attempts */
};

/* Index of an object of that name in its list. */
struct desired_name {
	const char *name; /* first: text_order() */
	size_t place;
};

/* Desired content of another program's file. No YAML key declares one yet. */
struct desired_file {
	const char *path; /* absolute */
	const char *text; /* never printed */
	size_t length;
	unsigned mode; /* 0644; for a secret, no rights for others, and the digest is not printed */
	VEC(const char *)
	load; /* argv of the command that makes the program read it; empty: none */
};

static inline bool desired_file_is_secret(const struct desired_file *file)
{
	return !(file->mode & 07);
}

struct desired {
	struct arena *arena;
	const char *name; /* of the instance: names the recorded state and the owner mark */
	const char *group; /* NULL: none */
	struct desired_time time;
	VEC(struct desired_interface) interfaces;
	VEC(struct desired_selector) selectors;
	VEC(struct desired_file) files;
	/* Counts at the time of desired_index(). */
	VEC(struct desired_name) interface_names; /* sorted */
	VEC(struct desired_name) selector_names; /* sorted */
};

/* Indexes lookups by name, and the selectors of an interface, so that their cost does not
 * grow with the number. Lookups by name work without it. */
void desired_index(struct desired *desired);

/* Whether an interface exchanges facts. */
bool desired_has_facts(const struct desired *desired);

/* Whether name is a valid interface name for both Linux's dev_valid_name() (net/core/dev.c)
 * and wg-quick, [A-Za-z0-9_=+.-]{1,15}. */
bool interface_name_valid(const char *name);

/* Adds an allowed IP; desired_allowed_ips_tidy() then sorts. Of duplicate declarations of a
 * prefix the one of the earliest origin is kept: for files the first, for other sources the
 * one valid longest. */
void desired_allowed_ip_add(struct desired_peer *peer, const struct prefix *prefix,
			    const struct desired_allowed_ip *declared, struct arena *arena);
void desired_allowed_ips_tidy(struct desired_peer *peer, struct arena *scratch);

/* Sets the peer's own endpoint. */
void desired_endpoint_set(struct desired_peer *peer, const struct desired_endpoint *endpoint);

/* Sorts the candidates. The first becomes the peer's own endpoint if it has none. */
void desired_candidates_arrange(struct desired_peer *peer);

/* Whether both are one endpoint; names are the same in upper case. */
bool desired_endpoint_equal(const struct desired_endpoint *a, const struct desired_endpoint *b);

/* Whether a is kept rather than b, if both declare the same. */
bool declaration_stands(const struct declaration *a, const struct declaration *b);

/* Location of the key. */
static inline struct where key_where(const struct entry_where *entry)
{
	return (struct where){ entry->value.file, entry->key_line, entry->key_column };
}

/* "FILE:LINE:COLUMN" for a file, with where instead of the declaration's own; otherwise the
 * origin: "fact from hub". */
const char *declaration_text(const struct declaration *declared, struct where where,
			     struct arena *arena);

/* The UDP port of the interface's exchange of facts; 0: not known. */
uint16_t desired_facts_port(const struct desired_interface *interface);

/* Words of the enums as written in the file; NULL for an unknown value. */
const char *implementation_word(enum implementation value);
const char *strategy_word(enum strategy value);
const char *failback_word(enum failback value);
const char *trust_word(enum trust value); /* NULL for TRUST_UNSET, too */

/* Whether both are equal in the kernel; and the network of an address. */
bool desired_address_equal(const struct desired_address *a, const struct desired_address *b);
struct prefix desired_address_network(const struct desired_address *address);

/* The address itself, and with its peer address: "10.0.0.1 peer 10.0.0.2/32". */
const char *desired_address_text(const struct desired_address *address, struct arena *arena);

/* Whether routes of this table and protocol are followed. */
bool desired_follows(const struct desired_follow *follow, uint32_t table, uint8_t protocol);

const struct desired_interface *desired_interface_find(const struct desired *desired,
						       const char *name);
const struct desired_selector *desired_selector_find(const struct desired *desired,
						     const char *name);
/* The selectors of an interface, in the order of the file: the first, and the one after
 * another; NULL after the last. */
const struct desired_selector *desired_selector_first(const struct desired *desired,
						      const struct desired_interface *interface);
const struct desired_selector *desired_selector_next(const struct desired *desired,
						     const struct desired_selector *selector);

#define desired_each_selector(selector, desired, interface)                                        \
	for (const struct desired_selector *selector =                                             \
		     desired_selector_first((desired), (interface));                               \
	     selector; selector = desired_selector_next((desired), selector))

const struct desired_peer *desired_member_find(const struct desired_selector *selector,
					       const char *name);
