/* SPDX-License-Identifier: MIT */
/*
 * desired: what is declared. Plain data, filled by desired_yaml from files (and
 * by import and show from other programs' and the kernel's), joined with what other
 * sources declare by desired_merge, and compared with the kernel by plan. After that
 * nothing in it changes during a run.
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
/* Routes that are not meant when no protocols are listed: redirects, the kernel's own
 * and those of router advertisements (RTPROT_*, linux/rtnetlink.h). */
#define PROTOCOL_REDIRECT 1
#define PROTOCOL_KERNEL 2
#define PROTOCOL_RA 9
/* This tool's mark on what it made: the protocol number of its routes, rules
 * and addresses. Not taken in iproute2's etc/rt_protos and if_addr.h; 'W'. */
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
	RULES_FWMARK, /* everything not marked with fwmark looks table up, as wg-quick does */
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

/* What kind of source declares something. Of two declarations that cannot both hold, the
 * one of the earlier kind stands. */
enum origin {
	ORIGIN_FILE,
	ORIGIN_FACT, /* a peer reports it */
};

/* Where something is declared, and until when that holds. */
struct declaration {
	struct where where; /* in a file; of other sources: none */
	enum origin origin;
	bool left_out; /* a check found that another declaration stands instead */
	const char *from; /* of a fact: the name of the peer that reports it; else NULL */
	msec_t expires; /* on the boot clock (struct now); 0: never */
};

/* Where a value of a mapping and its key stand. */
struct entry_where {
	struct where value;
	uint32_t key_line, key_column;
};

/* Of an allowed IP, besides the prefix. */
struct desired_allowed_ip {
	struct declaration declared;
	uint32_t index; /* in the list of the file */
	bool of_route; /* declared by a route through the peer alone */
};

/* One more endpoint of a peer, beside the one that stands with the peer. */
struct desired_endpoint {
	struct declaration declared;
	const char *text; /* HOST:PORT */
	bool is_literal; /* then address holds it */
	struct endpoint address;
};

struct desired_peer {
	const char *name;
	struct declaration declared; /* where: the name; holds for the endpoint, too */
	bool enabled;
	struct wg_key public_key;
	struct entry_where public_key_where;

	/* At most one of the two. With neither, the peer has no preshared key. */
	const char *preshared_key_file;
	struct where key_file_where; /* of that name */
	bool preshared_key_keep; /* leave the kernel's as it is */
	struct wg_key preshared_key; /* from the file, set by the shell; else zero */

	const char *endpoint; /* HOST:PORT as declared, NULL: learned from the peer's packets */
	bool endpoint_is_literal; /* then endpoint_address holds it */
	struct endpoint endpoint_address;
	enum family prefer_family; /* FAMILY_NONE: no preference */
	VEC(struct desired_endpoint) candidates; /* of other sources; sorted by text, each once */

	VEC(struct prefix) allowed_ips; /* masked, sorted, no duplicates */
	/* Of each of them, in the same order. Empty where nothing is to be checked or merged. */
	VEC(struct desired_allowed_ip) allowed_ips_declared;
	uint16_t persistent_keepalive; /* seconds, 0: off */

	/* For members of a selector only. */
	unsigned weight; /* 1.. */
	struct ip probe_target; /* FAMILY_NONE: the selector's */
};

/* A declared route through a peer: the kernel's route and the peer's allowed IP in
 * one. The prefix stands among the peer's allowed_ips, too. */
struct desired_route {
	struct where where;
	uint32_t index; /* in the list of the file */
	struct prefix to; /* masked */
	struct entry_where to_where;
	const char *via_peer; /* the name of a plain peer of this interface */
	size_t peer_place; /* of that peer, among the interface's */
	bool enabled; /* that peer is */
	uint32_t table; /* the interface's unless it has its own */
	uint32_t metric; /* likewise; 0: the kernel's default */
	struct ip source; /* preferred source address; FAMILY_NONE: the kernel chooses */
};

/* Which routes of others choose the peer (follow_routes). A route counts when it
 * leads into this interface and its next hop is a host address (/32, /128) among
 * the allowed IPs that a peer declares; its destination is then an allowed IP of
 * that peer. */
struct desired_follow {
	bool enabled;
	VEC(uint32_t) tables; /* in the order in which they are preferred; never empty */
	/* Protocol numbers of routes (/etc/iproute2/rt_protos), sorted; empty: all but
	 * the kernel's own and this tool's. */
	VEC(uint8_t) protocols;
};

/* An address of an interface, as `ip address add` makes it. */
struct desired_address {
	struct prefix prefix; /* the address; its length is the network's, or the other end's */
	struct ip other_end; /* of a point-to-point address; FAMILY_NONE: none */
};

struct desired_interface {
	const char *name;
	size_t first_selector; /* 1 + its place; 0: none; see desired_index() */
	struct where where; /* of the name */
	bool create; /* false: somebody else's; wait for it, never delete it */
	bool take_over; /* configure it though others made it, and mark it as this instance's */
	enum implementation implementation;
	VEC(const char *) program; /* userspace: argv; the interface's name is appended */

	const char *private_key_file; /* NULL: leave the kernel's as it is */
	struct where key_file_where; /* of that name */
	struct wg_key private_key; /* from the file, set by the shell */
	struct wg_key public_key; /* of that, likewise; zero: not known */
	int32_t listen_port; /* -1: leave */
	struct entry_where listen_port_where;
	int64_t fwmark; /* -1: leave */
	uint32_t mtu; /* 0: leave, or mtu_auto */
	bool mtu_auto; /* from the routes to the endpoints */
	/* In the order in which they are added: the first IPv4 address is the source of what
	 * the interface sends. */
	VEC(struct desired_address) addresses;

	enum route_policy routes;
	uint32_t table;
	uint32_t metric; /* 0: the kernel's default */
	VEC(struct desired_route) via_routes; /* sorted by destination, table, metric */
	struct desired_follow follow;
	enum rule_policy rules;
	uint32_t rule_priority; /* the pair uses this and the next number */
	/* With rules: what would go to a peer by a default route goes nowhere while there
	 * is no such peer, instead of by the main table's. */
	bool kill_switch;

	enum unmanaged_peers unmanaged_peers;
	VEC(struct desired_peer) peers;
};

struct desired_probe {
	bool enabled;
	struct ip target;
	unsigned count;
	msec_t timeout; /* of one echo */
	unsigned fail_after; /* runs without any answer */
};

struct desired_selector {
	const char *name;
	struct where where;
	const struct desired_interface *interface;
	size_t next; /* 1 + place of the next one on the same interface; 0: none */
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

/* Where one of that name stands in its list. */
struct desired_name {
	const char *name; /* first: text_order() */
	size_t place;
};

/* A file of another program that is to have this content. No key of the YAML declares one
 * yet. */
struct desired_file {
	const char *path; /* absolute */
	const char *text; /* never printed */
	size_t length;
	unsigned mode; /* 0644; of a secret, with no rights for others, nor is the digest printed */
	VEC(const char *) load; /* argv of what makes the program read it; empty: nothing */
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
	/* Of as many as were there when desired_index() was called. */
	VEC(struct desired_name) interface_names; /* sorted */
	VEC(struct desired_name) selector_names; /* sorted */
};

/* Makes lookups by name, and the selectors of an interface, cost little however many there
 * are. Lookups by name work without it. */
void desired_index(struct desired *desired);

/* Whether any name is acceptable as an interface's: what Linux's dev_valid_name()
 * (net/core/dev.c) and wg-quick both take, [A-Za-z0-9_=+.-]{1,15}. */
bool interface_name_valid(const char *name);

/* Adds an allowed IP; desired_allowed_ips_tidy() then sorts. Of several declarations of one
 * prefix the one of the earliest origin stays: of a file the first, of other sources the one
 * that holds longest. */
void desired_allowed_ip_add(struct desired_peer *peer, const struct prefix *prefix,
			    const struct desired_allowed_ip *declared, struct arena *arena);
void desired_allowed_ips_tidy(struct desired_peer *peer, struct arena *scratch);

/* Whether a stands rather than b, where both declare the same. */
bool declaration_stands(const struct declaration *a, const struct declaration *b);

/* Of the key. */
static inline struct where key_where(const struct entry_where *entry)
{
	return (struct where){ entry->value.file, entry->key_line, entry->key_column };
}

/* "FILE:LINE:COLUMN" for a file, with where instead of the declaration's own; else the
 * origin: "fact from hub". */
const char *declaration_text(const struct declaration *declared, struct where where,
			     struct arena *arena);

/* Words of the enums as they stand in the file; NULL for an unknown value. */
const char *implementation_word(enum implementation value);
const char *strategy_word(enum strategy value);
const char *failback_word(enum failback value);

/* Whether both are the same in the kernel; and the network that an address is in. */
bool desired_address_equal(const struct desired_address *a, const struct desired_address *b);
struct prefix desired_address_network(const struct desired_address *address);

/* The address itself, and with its other end: "10.0.0.1 peer 10.0.0.2/32". */
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
