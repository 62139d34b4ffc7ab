/* SPDX-License-Identifier: MIT */
/*
 * world: a kernel and gateways in memory, in which plan is run as by the timer. It applies
 * changes like the kernel, refuses those the kernel would refuse, completes handshakes with
 * live gateways, and counts bytes. The recorded state passes through its file form at every
 * run.
 */
#pragma once

#include "core/desired/desired_yaml.h"
#include "core/plan/plan.h"

struct gateway {
	const char *name;
	struct wg_key key;
	struct ip ip; /* answers at this address only */
	bool alive; /* completes handshakes */
	bool forwards; /* answers probes */
	bool sends; /* data, asked or not, over each session */
};

/* The addresses of a name. */
struct world_name {
	const char *endpoint; /* HOST:PORT */
	const char *error;
	VEC(struct endpoint) addresses;
};

/* A violation of an invariant, with its time. */
struct complaint {
	msec_t at;
	const char *text;
};

struct world {
	struct arena *arena;
	struct desired *desired;
	struct now now;
	uint64_t seed;
	struct observed
		kernel; /* interfaces, links, addresses, routes, rules, files, name servers */
	VEC(struct gateway) gateways;
	VEC(struct world_name) names;
	struct observed_lookup underlay; /* the route to each endpoint */
	const char *recorded; /* the content on disk; NULL: no file */
	const char *samples;
	struct plan plan; /* of the latest run, freed by the next one */
	struct arena *run_arena;
	struct arena *recorded_arena;
	struct arena *samples_arena;
	const char *broken; /* interface on which changes fail; NULL: none */
	const char *refused; /* peer that WireGuard refuses; NULL: none */
	unsigned writes; /* of the recorded state */
	unsigned runs;
	bool cannot_write; /* the state directory is full */
	const char *probe_error; /* NULL: probes can be sent */
	bool unsynchronised;
	unsigned names_asked; /* number of name queries */
	unsigned synchronisations; /* number of synchroniser runs */
	const char *synchroniser_error;
	VEC(struct complaint) complaints;
};

/* A world with the desired state of a YAML text, in which $0 .. $9 are the keys world_key(0)
 * .. world_key(9); the test fails when it is not accepted. Interfaces with create: false are
 * missing at first. */
struct world *world_new(const char *yaml);
/* The same with ten dead gateways gw000 .., which have the keys $0 .. $9. */
struct world *world_with_gateways(const char *yaml);
void world_free(struct world *world);

/* Frees it; the test fails when there was a complaint. */
void world_finish(struct world *world);

/* Replaces the desired state, as a new commit would. */
void world_declare(struct world *world, const char *yaml);

/* wg0 with plain peers a and b, for world_with_gateways(). */
#define WORLD_SITE                                                                                        \
	"version: 1\n"                                                                                    \
	"interfaces:\n"                                                                                   \
	"  wg0:\n"                                                                                        \
	"    private_key_file: /dev/null\n"                                                               \
	"    listen_port: 51820\n"                                                                        \
	"    mtu: 1380\n"                                                                                 \
	"    addresses: [10.0.0.1/24]\n"                                                                  \
	"    peers:\n"                                                                                    \
	"      a: {public_key: $0, endpoint: \"192.0.0.1:1\", allowed_ips: [10.0.0.0/24, 10.1.0.0/16]}\n" \
	"      b: {public_key: $1, allowed_ips: [10.2.0.0/16], persistent_keepalive: 25}\n"

/* A YAML text with a selector "uplink" of n members gw000.. on wg0, and further
 * lines of the selector ("strategy: ordered\n"), each indented by the caller's
 * text with four spaces. */
const char *world_yaml(struct arena *arena, unsigned n, const char *selector_lines);

/* The same number of gateways, at the addresses of that text, all dead. */
void world_add_gateways(struct world *world, unsigned n);
struct gateway *world_gateway(struct world *world, const char *name);

/* One run, without time passing. */
void world_run(struct world *world);

/* A run; the test fails if it changes or records anything. */
void world_run_settled(struct world *world);

/* A run without problems, then one that has nothing to change. */
void world_settle(struct world *world);

/* Advances time, with handshakes and traffic. */
void world_pass(struct world *world, msec_t duration);

/* n times: a run, then period passes. */
void world_runs(struct world *world, unsigned n, msec_t period);

/* A reboot: the kernel's state and the samples are lost, the boot clock restarts; the wall
 * clock goes on from wall. */
void world_reboot(struct world *world, msec_t wall);

/* Interfaces by hand, as made and deleted by another program. */
struct observed_interface *world_interface(struct world *world, const char *name);
struct observed_interface *world_add_interface(struct world *world, const char *name);
void world_remove_interface(struct world *world, const char *name);
/* A file on disk, or NULL. */
struct observed_file *world_file(struct world *world, const char *path);
struct observed_peer *world_peer(struct world *world, const char *interface, const char *gateway);
void world_remove_peer(struct world *world, const char *interface, const char *gateway);

/* Number of live, forwarding gateways that have all their allowed IPs in the kernel. */
unsigned world_carrying(struct world *world);

/* The slot of a member in what the latest run recorded, or NULL. */
const struct recorded_slot *world_slot(struct world *world, const char *selector, const char *peer);

/* Whether the latest run has an event of this kind, of that peer (NULL: any). */
bool world_event(struct world *world, enum event_kind kind, const char *peer);

/* Number of changes of that kind in the latest run. */
unsigned world_changes(struct world *world, enum change_kind kind);

/* The only change of that kind in the latest run; the test fails if there is none or another. */
const struct change *world_only_change(struct world *world, enum change_kind kind);

/* A random, valid key that depends on the number alone, and its text. */
struct wg_key world_key(unsigned number);
