/* SPDX-License-Identifier: MIT */
/*
 * scenario: a network, its failures and the expectations, as plain data. wgsim.yaml(5)
 * describes each part; scenario_read.h makes it from YAML. It does not depend on the back
 * end.
 */
#pragma once

#include "base/address.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/yaml_tree.h"
#include "core/recorded/recorded.h"

/* Parts per million, for loss and similar: 1 % is 10,000. */
typedef uint32_t ppm_t;
#define PPM_ALL 1000000

/* The quality of a cable; see tc-netem(8), tc-tbf(8). */
struct quality {
	msec_t delay, jitter;
	ppm_t loss, reorder, duplicate, corrupt;
	uint64_t rate; /* bits per second; 0: no limit */
};

static inline bool quality_is_perfect(const struct quality *quality)
{
	return !quality->delay && !quality->jitter && !quality->loss && !quality->reorder &&
	       !quality->duplicate && !quality->corrupt && !quality->rate;
}

/* An Ethernet with any number of attached interfaces. */
struct link {
	const char *name;
	struct quality quality; /* of each attachment's sending direction */
};

/* A node's end of a cable. */
struct attachment {
	const char *name; /* eth0 */
	const struct link *link;
	VEC(struct prefix) addresses;
	uint32_t mtu; /* 0: 1500 */
	struct quality out; /* what the node sends: the link's, unless given */
	struct quality in; /* what it receives: perfect, unless given */
};

struct static_route {
	struct prefix to;
	struct ip via;
};

enum nat_kind {
	NAT_FULL_CONE, /* any sender may use the outer port */
	NAT_PORT_RESTRICTED, /* the same outer port for all, answers only (RFC 4787) */
	NAT_SYMMETRIC, /* another outer port for each destination */
};

struct nat {
	const char *inside, *outside; /* attachments; inside NULL: no NAT */
	enum nat_kind kind;
	msec_t timeout; /* of an idle UDP mapping; 0: the kernel's (30 s, 120 s) */
};

struct name_answer {
	const char *name; /* gw1.example */
	VEC(struct ip) addresses; /* none: the name does not exist */
};

enum service_kind {
	SERVICE_NAMES, /* dnsmasq */
	SERVICE_TIME, /* chronyd, which serves the machine's clock */
	SERVICE_COMMAND,
};

struct service {
	const char *name;
	enum service_kind kind;
	VEC(struct name_answer) names; /* SERVICE_NAMES */
	VEC(const char *) command; /* SERVICE_COMMAND; no NULL at the end */
};

struct text_file {
	const char *path; /* below the node's /etc, without a leading / */
	const char *text;
};

enum timer_kind {
	TIMER_NONE, /* no desired state, or never started */
	TIMER_ONCE, /* one run at each boot */
	TIMER_EVERY,
};

struct timer {
	enum timer_kind kind;
	msec_t every;
	msec_t jitter; /* maximum delay of each run */
	msec_t phase; /* of the first run after a boot; -1: random below every */
	bool wait; /* also one whenever wgreconcile wait returns */
	VEC(const char *) options; /* further arguments of wgreconcile apply */
};

struct node {
	const char *name;
	struct where where;
	VEC(struct attachment) attachments;
	VEC(struct ip) gateways; /* next hops of default routes, one per family */
	VEC(struct static_route) routes;
	bool forward;
	struct nat nat;
	VEC(struct ip) resolvers;
	VEC(struct name_answer) hosts; /* /etc/hosts */
	VEC(struct text_file) files;
	VEC(struct service) services;
	VEC(const char *) boot; /* shell commands at each boot, before the first run */
	/* The text of its wgreconcile/default.yaml, NULL: none. wireguard lists the
	 * interfaces in it, whose keys are wireguard_key()'s. */
	const char *desired;
	VEC(const char *) wireguard;
	struct timer timer;
};

/* A stream of echo requests. */
struct probe {
	const char *name;
	const struct node *from;
	struct ip to;
	msec_t every, timeout;
};

enum fault_kind {
	FAULT_LINK_DOWN, /* of one attachment or of a whole link; undone: up */
	FAULT_LINK_UP,
	FAULT_QUALITY, /* undone: as declared */
	FAULT_PARTITION, /* undone: healed */
	FAULT_CRASH, /* the node is off; undone: it boots */
	FAULT_BOOT,
	FAULT_REBOOT, /* off for off, then on */
	FAULT_KILL_RECONCILER, /* the next run is killed at a system call */
	FAULT_PAUSE, /* no runs; undone: again */
	FAULT_RESUME,
	FAULT_RUN, /* one extra run */
	FAULT_OVERLAP, /* two runs at the same time */
	FAULT_STATE_FILE,
	FAULT_DISK_FULL, /* undone: free space again */
	FAULT_NAMES,
	FAULT_ADDRESS, /* undone: the opposite change */
	FAULT_NAT_REBIND,
	FAULT_CLOCK,
	FAULT_REPLACE_KEY,
	FAULT_DELETE_INTERFACE,
	FAULT_COMMAND,
	FAULT_DESIRED,
	FAULT_DROP, /* packets at a hook, by nftables; undone: no longer */
	FAULT_SERVICE_STOP, /* undone: started */
	FAULT_SERVICE_START,
};

enum direction {
	DIRECTION_BOTH,
	DIRECTION_OUT, /* what the node sends */
	DIRECTION_IN,
};

enum state_damage {
	STATE_TRUNCATE, /* cut to half its length */
	STATE_CORRUPT, /* some bytes changed */
	STATE_DELETE,
	STATE_EMPTY,
};

enum names_mode {
	NAMES_ANSWER,
	NAMES_REFUSE, /* an error at once */
	NAMES_SILENT, /* no answer at all */
};

struct fault {
	enum fault_kind kind;
	const char *name; /* given, or as fault_kind_word() and a number */
	struct where where;

	/* Time: fixed, or random between two; then repeated. */
	msec_t at, at_latest; /* equal unless random */
	msec_t every; /* 0: once */
	unsigned times;
	msec_t undo_after; /* "for"; 0: never */

	/* The target. Each kind uses some of these. */
	const struct node *node;
	const char *attachment; /* LINK_*, QUALITY, ADDRESS: with node; NULL: the whole link */
	const struct link *link; /* LINK_*, QUALITY without node, PARTITION */
	const char *object; /* interface, service, REPLACE_KEY's interface */
	enum direction direction;
	struct quality quality;
	VEC(unsigned) groups; /* PARTITION: group of each node of the scenario, 0: in none */
	bool lose_state; /* BOOT, REBOOT: the recorded state is lost, too */
	msec_t off; /* REBOOT */
	unsigned at_call; /* KILL_RECONCILER: 0: random */
	enum state_damage damage;
	enum names_mode names_mode;
	VEC(struct name_answer) names;
	VEC(struct prefix) add, remove; /* ADDRESS */
	msec_t clock_step; /* CLOCK: of the wall clock */
	VEC(const char *) command; /* COMMAND */
	const char *text; /* DESIRED; DROP: what is matched, "" for all */
	const char *hook; /* DROP: input, forward, output */
};

enum condition_kind {
	CONDITION_ANSWERS, /* the last echo request of the probe was answered */
	CONDITION_OUTAGE, /* longest time without an answer in the window */
	CONDITION_LOSS, /* unanswered requests of the window */
	CONDITION_RTT, /* median of the window */
	CONDITION_SELECTED, /* active members, as recorded */
	CONDITION_SELECTIONS, /* number of activations in the window */
	CONDITION_EVENT, /* such decisions in the window */
	CONDITION_HANDSHAKE, /* with the peer, younger than */
	CONDITION_PEERS, /* the kernel's, on the interface */
	CONDITION_ALLOWED_IPS, /* the kernel's, of the peer */
	CONDITION_ROUTE,
	CONDITION_ADDRESS,
	CONDITION_INTERFACE,
	CONDITION_RUN, /* the last run: exit code, what it printed, changes */
	CONDITION_CONVERGED, /* `wgreconcile plan` finds nothing to do */
	CONDITION_FILE,
	CONDITION_COMMAND,
	CONDITION_INVARIANT,
};

/* What must hold in any world. */
enum invariant {
	INVARIANT_CARRIERS, /* never more peers with allowed IPs than active says */
	INVARIANT_STATE, /* the state file can always be read */
	INVARIANT_EXIT, /* all runs end with 0, 1 or 75, and within their deadline */
	INVARIANT_OBJECTS, /* foreign objects are unchanged, none of ours is left over */
	INVARIANT_SECRETS, /* no private key is printed or in the recorded state */
};

struct condition {
	enum condition_kind kind;
	struct where where;
	const char *text; /* as written, on one line, for output */

	const struct probe *probe;
	const struct node *node;
	const char *selector; /* NULL: the only one */
	const char *interface; /* NULL: the only one of the desired state */
	const char *peer; /* its name; NULL: any */
	VEC(const char *) names; /* SELECTED, PEERS: those, in any order; SELECTED: any of them */
	bool all; /* SELECTED: exactly these */
	bool has_at_most, has_at_least;
	uint64_t at_most, at_least; /* a count, or milliseconds; LOSS in ppm when relative */
	bool relative;
	const char *event; /* EVENT: its kind's word; NULL: any */
	const char *reason; /* EVENT left: its reason's word; NULL: any */
	msec_t age; /* HANDSHAKE */
	VEC(struct prefix) prefixes; /* ALLOWED_IPS, ROUTE (one), ADDRESS (one) */
	bool absent; /* ROUTE, ADDRESS, INTERFACE, FILE: must not be there; SELECTED: none of names
		      */
	VEC(unsigned) exits; /* RUN, COMMAND: one of these */
	const char *prints; /* RUN, COMMAND: a part of the output; FILE: of its text */
	VEC(const char *) command;
	const char *path; /* FILE: as the node sees it */
	enum invariant invariant;
};

enum expectation_kind {
	EXPECT_EVENTUALLY, /* at some time in the window */
	EXPECT_SETTLES, /* continuously from some time of the first `within` until the window's end
			 */
	EXPECT_ALWAYS,
	EXPECT_NEVER,
	EXPECT_AT, /* at a single time */
};

/* A point in time: relative to the start, or to each occurrence of a fault. */
struct reference {
	const struct fault *fault; /* NULL: the start */
	msec_t offset;
	bool undone; /* counts from the end of the fault */
	bool end; /* the scenario's end */
};

struct expectation {
	enum expectation_kind kind;
	struct where where;
	const char *text; /* as written, on one line */
	struct condition condition;
	struct reference from; /* AT: the time */
	struct reference until;
	msec_t within; /* EVENTUALLY, SETTLES */
};

/* A number to be measured, for tune and the reports. */
enum measure_kind {
	MEASURE_OUTAGE, /* longest, ms */
	MEASURE_LOST, /* echo requests */
	MEASURE_SELECTIONS, /* activations */
	MEASURE_TRAFFIC, /* bytes the node sent on its attachments */
	MEASURE_RTT, /* median, ms */
};

struct measure {
	enum measure_kind kind;
	const char *name;
	const struct probe *probe;
	const struct node *node;
	struct reference from, until;
};

struct scenario {
	struct arena *arena;
	const char *name;
	const char *story; /* of the description; "" */
	uint64_t seed;
	msec_t duration;
	msec_t observe; /* sampling interval of the kernel's state, for conditions on it */
	VEC(struct link) links;
	VEC(struct node) nodes;
	VEC(struct probe) probes;
	VEC(struct fault) timeline;
	VEC(struct expectation) expect;
	VEC(struct measure) measures;
};

/* Lookups by name; NULL when there is none. */
struct link *scenario_link(const struct scenario *scenario, const char *name);
struct node *scenario_node(const struct scenario *scenario, const char *name);
struct probe *scenario_probe(const struct scenario *scenario, const char *name);
struct fault *scenario_fault(const struct scenario *scenario, const char *name);
struct attachment *node_attachment(const struct node *node, const char *name);

/* Features it requires of the back end. */
bool scenario_needs_netem(const struct scenario *scenario);
bool scenario_needs_clock(const struct scenario *scenario); /* sets the wall clock */

/* The words of the YAML: "link_down", "carriers", "eventually", ... */
const char *fault_kind_word(enum fault_kind kind);
const char *condition_kind_word(enum condition_kind kind);
const char *invariant_word(enum invariant invariant);
const char *expectation_kind_word(enum expectation_kind kind);
/* By enum measure_kind, with a NULL at the end. */
extern const char *const measure_words[];
