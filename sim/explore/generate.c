/* SPDX-License-Identifier: MIT */
/*
 * First a random world is made, as data; then it is written as text. The expectations follow
 * from the data: generate_expect() determines when each gateway was reachable.
 */
#include "generate.h"

#include "base/random.h"
#include "base/text.h"
#include "core/desired/desired.h"

#include <stdbool.h>

#define GATEWAYS_MAX 5
#define FAULTS_MAX 8

/* Interval of fault starts; before it the client has found its first gateway. */
#define FAULTS_FROM (120 * MSEC_PER_SEC)
#define FAULTS_DURING (600 * MSEC_PER_SEC)
/* After the time in which the network must have settled. */
#define REST_MS (60 * MSEC_PER_SEC)

/* Time to detect missing answers: silent_for, and WireGuard's own times for a new handshake. */
#define NOTICED_MS (DEFAULT_SILENT_FOR_MS + KEEPALIVE_TIMEOUT_MS + REKEY_TIMEOUT_MS)
/* wgreconcile's default deadline: a run that waits for names and probes has ended. */
#define RUN_MS (4 * MSEC_PER_SEC)

enum nuisance {
	GATEWAY_CRASH,
	GATEWAY_LINK,
	GATEWAY_LOSS_IN,
	GATEWAY_LOSS_OUT,
	GATEWAY_DROP, /* answers handshakes, does not forward: detected only by a probe */
	GATEWAY_REBOOT,
	CLIENT_LINK,
	CLIENT_REBOOT,
	CLIENT_REBOOT_LOST,
	CLIENT_KILL,
	CLIENT_PAUSE,
	CLIENT_OVERLAP,
	CLIENT_STATE,
	CLIENT_DISK,
	CLIENT_INTERFACE,
	CLIENT_ROUTE,
	CLIENT_PEER,
	CLIENT_ADDRESS,
	NAMES_SILENCE,
	NAMES_REFUSAL,
	NAMES_LIE,
	NAT_REBIND,
	CLOCK_FORWARD,
	NUISANCES,
};

struct drawn_fault {
	enum nuisance nuisance;
	unsigned gateway; /* from 1 */
	msec_t at, until; /* until == at: no duration */
	unsigned variant;
};

struct drawn {
	struct random random;
	struct arena *arena;
	unsigned gateways;
	const char *strategy, *failback;
	unsigned standby;
	msec_t try_for, every, jitter, delay;
	unsigned loss; /* per cent */
	bool probe, names;
	const char *nat; /* NULL: none */
	msec_t bound; /* time within which traffic must flow */
	msec_t duration;
	struct drawn_fault faults[FAULTS_MAX];
	unsigned faults_n;
	const char *text;
};

static unsigned draw(struct drawn *drawn, unsigned from, unsigned to)
{
	return from + (unsigned)random_below(&drawn->random, to - from + 1);
}

static bool draw_chance(struct drawn *drawn, unsigned per_cent)
{
	return random_below(&drawn->random, 100) < per_cent;
}

static const char *draw_word(struct drawn *drawn, const char *const *words, unsigned n)
{
	return words[random_below(&drawn->random, n)];
}

static msec_t draw_seconds(struct drawn *drawn, unsigned from, unsigned to)
{
	return (msec_t)draw(drawn, from, to) * MSEC_PER_SEC;
}

/* The worst case until traffic flows again: the loss is detected; then each gateway is tried
 * twice, because the working one may have been tried in the round before it recovered. Each
 * attempt lasts from one run of the timer to the first one after try_for; with loss an
 * attempt may fail. */
static msec_t bound_of(const struct drawn *drawn)
{
	msec_t runs = (drawn->try_for + drawn->every - 1) / drawn->every + 1;
	msec_t attempt = runs * (drawn->every + drawn->jitter) + RUN_MS;
	msec_t attempts = 2 * drawn->gateways;

	return NOTICED_MS + drawn->every + attempt * attempts * (drawn->loss ? 2 : 1);
}

static void draw_world(struct drawn *drawn)
{
	static const char *const strategies[] = { "random", "ordered", "weighted" };
	static const char *const failbacks[] = { "never", "when_better", "{after: 1m}" };
	static const char *const nats[] = { "full_cone", "port_restricted", "symmetric" };

	drawn->gateways = draw(drawn, 1, GATEWAYS_MAX);
	drawn->strategy = draw_word(drawn, strategies, 3);
	drawn->failback = strcmp(drawn->strategy, "random") ? draw_word(drawn, failbacks, 3)
							    : failbacks[0];
	drawn->standby = draw_chance(drawn, 30) ? draw(drawn, 1, 2) : 0;
	drawn->try_for = draw_seconds(drawn, 5, 12);
	drawn->every = draw_seconds(drawn, 2, 20);
	drawn->jitter = draw_chance(drawn, 50) ? draw_seconds(drawn, 1, 2) : 0;
	drawn->delay = draw(drawn, 0, 100);
	drawn->loss = draw_chance(drawn, 30) ? draw(drawn, 1, 4) : 0;
	drawn->probe = draw_chance(drawn, 50);
	drawn->names = draw_chance(drawn, 60);
	drawn->nat = draw_chance(drawn, 30) ? draw_word(drawn, nats, 3) : NULL;
	drawn->bound = bound_of(drawn);
	drawn->duration = FAULTS_FROM + FAULTS_DURING + drawn->bound + REST_MS;
}

static bool is_possible(const struct drawn *drawn, enum nuisance nuisance)
{
	switch (nuisance) {
	case GATEWAY_DROP:
		return drawn->probe;
	case NAMES_SILENCE:
	case NAMES_REFUSAL:
	case NAMES_LIE:
		return drawn->names;
	case NAT_REBIND:
		return drawn->nat;
	default:
		return true;
	}
}

static bool lasts(enum nuisance nuisance)
{
	switch (nuisance) {
	case GATEWAY_CRASH:
	case GATEWAY_LINK:
	case GATEWAY_LOSS_IN:
	case GATEWAY_LOSS_OUT:
	case GATEWAY_DROP:
	case GATEWAY_REBOOT:
	case CLIENT_LINK:
	case CLIENT_REBOOT:
	case CLIENT_REBOOT_LOST:
	case CLIENT_PAUSE:
	case CLIENT_DISK:
	case NAMES_SILENCE:
	case NAMES_REFUSAL:
	case NAMES_LIE:
		return true;
	default:
		return false;
	}
}

static bool is_of_gateway(enum nuisance nuisance)
{
	return nuisance <= GATEWAY_REBOOT;
}

/* Two faults of one kind with the same target must not overlap: the end of the first one
 * would undo the second one. */
static bool collides(const struct drawn *drawn, const struct drawn_fault *fault)
{
	for (unsigned i = 0; i < drawn->faults_n; i++) {
		const struct drawn_fault *other = &drawn->faults[i];
		bool same_thing = is_of_gateway(fault->nuisance)
					  ? is_of_gateway(other->nuisance) &&
						    fault->gateway == other->gateway
					  : !is_of_gateway(other->nuisance);

		if (same_thing && fault->at <= other->until + MSEC_PER_SEC &&
		    other->at <= fault->until + MSEC_PER_SEC)
			return true;
	}
	return false;
}

static void draw_fault(struct drawn *drawn)
{
	struct drawn_fault fault = { .nuisance = (enum nuisance)draw(drawn, 0, NUISANCES - 1) };

	fault.gateway = draw(drawn, 1, drawn->gateways);
	fault.at = FAULTS_FROM + draw_seconds(drawn, 0, FAULTS_DURING / 2 / MSEC_PER_SEC);
	fault.until = fault.at;
	fault.variant = draw(drawn, 0, 3);
	if (lasts(fault.nuisance))
		fault.until += draw_seconds(drawn, 5, 300);
	if (is_possible(drawn, fault.nuisance) && !collides(drawn, &fault))
		drawn->faults[drawn->faults_n++] = fault;
}

static void __attribute__((format(printf, 2, 3))) put(struct drawn *drawn, const char *format, ...)
{
	va_list args;
	const char *line;

	va_start(args, format);
	line = arena_vprintf(drawn->arena, format, args);
	va_end(args);
	drawn->text = arena_printf(drawn->arena, "%s%s\n", drawn->text, line);
}

static void put_links(struct drawn *drawn)
{
	put(drawn, "links:");
	put(drawn, "  wan: {delay: %dms, jitter: %dms, loss: %u%%}", (int)drawn->delay,
	    (int)drawn->delay / 10, drawn->loss);
	if (drawn->nat)
		put(drawn, "  lan: {}");
}

/* The client's own address is behind the NAT if there is one. */
static void put_client(struct drawn *drawn)
{
	put(drawn, "nodes:");
	if (drawn->nat) {
		put(drawn, "  box:");
		put(drawn, "    interfaces:");
		put(drawn, "      eth0: {link: wan, addresses: [192.0.2.1/24]}");
		put(drawn, "      eth1: {link: lan, addresses: [198.51.100.1/24]}");
		put(drawn, "    forward: true");
		put(drawn, "    nat: {inside: eth1, outside: eth0, kind: %s, timeout: 60s}",
		    drawn->nat);
	}
	put(drawn, "  client:");
	put(drawn, "    interfaces:");
	if (drawn->nat) {
		put(drawn, "      eth0: {link: lan, addresses: [198.51.100.2/24]}");
		put(drawn, "    gateway: 198.51.100.1");
	} else {
		put(drawn, "      eth0: {link: wan, addresses: [192.0.2.1/24]}");
	}
	if (drawn->names)
		put(drawn, "    resolver: 192.0.2.53");
	put(drawn, "    timer: {every: %ds, jitter: %ds}", (int)(drawn->every / MSEC_PER_SEC),
	    (int)(drawn->jitter / MSEC_PER_SEC));
}

static void put_selector(struct drawn *drawn)
{
	put(drawn, "    desired:");
	put(drawn, "      version: 1");
	put(drawn, "      interfaces:");
	put(drawn, "        wg0: {addresses: [10.9.0.2/32]}");
	put(drawn, "      selectors:");
	put(drawn, "        uplink:");
	put(drawn, "          interface: wg0");
	put(drawn, "          strategy: %s", drawn->strategy);
	put(drawn, "          failback: %s", drawn->failback);
	put(drawn, "          standby: %u", drawn->standby);
	put(drawn, "          try_for: %ds", (int)(drawn->try_for / MSEC_PER_SEC));
	if (drawn->probe)
		put(drawn, "          probe: {target: 10.9.0.1, fail_after: 2}");
	put(drawn, "          peers:");
	put(drawn, "            gw[1..${gateways}]:");
	put(drawn, "              public_key: ${gw${n}.wg0.public_key}");
	put(drawn, "              endpoint: %s:51820",
	    drawn->names ? "gw${n}.example" : "192.0.2.1${n}");
	put(drawn, "              allowed_ips: [10.9.0.0/24]");
}

static void put_gateways(struct drawn *drawn)
{
	put(drawn, "  gw[1..${gateways}]:");
	put(drawn, "    interfaces:");
	put(drawn, "      eth0: {link: wan, addresses: [\"192.0.2.1${n}/24\"]}");
	put(drawn, "    timer: once");
	put(drawn, "    desired:");
	put(drawn, "      version: 1");
	put(drawn, "      interfaces:");
	put(drawn, "        wg0:");
	put(drawn, "          listen_port: 51820");
	put(drawn, "          addresses: [10.9.0.1/24]");
	put(drawn, "          peers:");
	put(drawn, "            client:");
	put(drawn, "              public_key: ${client.wg0.public_key}");
	put(drawn, "              allowed_ips: [10.9.0.2/32]");
	if (!drawn->names)
		return;
	put(drawn, "  dns:");
	put(drawn, "    interfaces:");
	put(drawn, "      eth0: {link: wan, addresses: [192.0.2.53/24]}");
	put(drawn, "    services:");
	put(drawn, "      dns: {names: {\"gw[1..${gateways}].example\": [\"192.0.2.1${n}\"]}}");
}

/* The action of a fault, as in the timeline. */
static const char *action(const struct drawn_fault *fault, struct arena *arena)
{
	static const char *const damages[] = { "truncate", "corrupt", "delete", "empty" };
	unsigned gw = fault->gateway;
	int seconds = (int)((fault->until - fault->at) / MSEC_PER_SEC);

	switch (fault->nuisance) {
	case GATEWAY_CRASH:
		return arena_printf(arena, "crash: gw%u", gw);
	case GATEWAY_LINK:
		return arena_printf(arena, "link_down: gw%u.eth0", gw);
	case GATEWAY_LOSS_IN:
		return arena_printf(arena, "quality: {on: gw%u.eth0, direction: in, loss: 100%%}",
				    gw);
	case GATEWAY_LOSS_OUT:
		return arena_printf(arena, "quality: {on: gw%u.eth0, direction: out, loss: 100%%}",
				    gw);
	case GATEWAY_DROP:
		return arena_printf(
			arena, "drop: {node: gw%u, hook: input, match: 'iifname \"wg0\"'}", gw);
	case GATEWAY_REBOOT:
		return arena_printf(arena, "reboot: {node: gw%u, off: %ds}", gw, seconds);
	case CLIENT_LINK:
		return "link_down: client.eth0";
	case CLIENT_REBOOT:
		return arena_printf(arena, "reboot: {node: client, off: %ds}", seconds);
	case CLIENT_REBOOT_LOST:
		return arena_printf(arena, "reboot: {node: client, off: %ds, state: lost}",
				    seconds);
	case CLIENT_KILL:
		return "kill_reconciler: client";
	case CLIENT_PAUSE:
		return "pause: client";
	case CLIENT_OVERLAP:
		return "overlap: client";
	case CLIENT_STATE:
		return arena_printf(arena, "state_file: {node: client, do: %s}",
				    damages[fault->variant]);
	case CLIENT_DISK:
		return "disk_full: client";
	case CLIENT_INTERFACE:
		return "delete_interface: client.wg0";
	case CLIENT_ROUTE:
		return "command: {node: client, run: \"ip route del 10.9.0.0/24 || true\"}";
	case CLIENT_PEER:
		return "command: {node: client, run: \"wg set wg0 peer $$(wg show wg0 peers | "
		       "head -n 1) remove || true\"}";
	case CLIENT_ADDRESS:
		return "command: {node: client, run: \"ip address flush dev wg0 || true\"}";
	case NAMES_SILENCE:
		return "names: {node: dns, answers: silent}";
	case NAMES_REFUSAL:
		return "names: {node: dns, answers: refuse}";
	case NAMES_LIE:
		return arena_printf(arena, "names: {node: dns, set: {gw%u.example: [192.0.2.99]}}",
				    gw);
	case NAT_REBIND:
		return "nat_rebind: box";
	case CLOCK_FORWARD:
		return "clock: 3h";
	case NUISANCES:
		break;
	}
	return "";
}

/* A reboot is undone by itself. */
static bool needs_for(enum nuisance nuisance)
{
	return lasts(nuisance) && nuisance != GATEWAY_REBOOT && nuisance != CLIENT_REBOOT &&
	       nuisance != CLIENT_REBOOT_LOST;
}

static void put_timeline(struct drawn *drawn)
{
	if (drawn->faults_n)
		put(drawn, "timeline:");
	for (unsigned i = 0; i < drawn->faults_n; i++) {
		const struct drawn_fault *fault = &drawn->faults[i];
		const char *during = "";

		if (needs_for(fault->nuisance))
			during = arena_printf(
				drawn->arena, "for: %s, ",
				duration_text(drawn->arena, fault->until - fault->at));
		put(drawn, "  - {at: %s, %s%s}", duration_text(drawn->arena, fault->at), during,
		    action(fault, drawn->arena));
	}
}

/* Whether no traffic can be expected by this gateway during the fault. */
static bool impairs(const struct drawn_fault *fault, unsigned gateway)
{
	if (is_of_gateway(fault->nuisance))
		return fault->gateway == gateway;
	return true;
}

/* Whenever a gateway was reachable for the time bound, since it or the client was last
 * impaired, traffic must have flown. */
static void put_bounds(struct drawn *drawn, unsigned gateway, msec_t from)
{
	msec_t until = from + drawn->bound;

	if (until > drawn->duration)
		return;
	for (unsigned i = 0; i < drawn->faults_n; i++) {
		const struct drawn_fault *fault = &drawn->faults[i];

		if (impairs(fault, gateway) && fault->at <= until && fault->until > from)
			return;
	}
	put(drawn, "  - {eventually: {answers: inside}, within: %s, after: %s}",
	    duration_text(drawn->arena, drawn->bound), duration_text(drawn->arena, from));
}

static msec_t last_end(const struct drawn *drawn)
{
	msec_t end = 0;

	for (unsigned i = 0; i < drawn->faults_n; i++) {
		if (drawn->faults[i].until > end)
			end = drawn->faults[i].until;
	}
	return end;
}

/* With loss an echo request or its answer may be lost at any time. */
static void put_expectations(struct drawn *drawn)
{
	put(drawn, "probes:");
	put(drawn, "  inside: {from: client, to: 10.9.0.1}");
	put(drawn, "expect:");
	put(drawn, "  - {invariants: all}");
	put(drawn, "  - {%s: {answers: inside}, within: %s, after: %s}",
	    drawn->loss ? "eventually" : "settles", duration_text(drawn->arena, drawn->bound),
	    duration_text(drawn->arena, last_end(drawn)));
	put(drawn, "  - {holds: {converged: client}, at: end}");
	for (unsigned gateway = 1; gateway <= drawn->gateways; gateway++) {
		put_bounds(drawn, gateway, 0);
		for (unsigned i = 0; i < drawn->faults_n; i++) {
			if (impairs(&drawn->faults[i], gateway))
				put_bounds(drawn, gateway, drawn->faults[i].until);
		}
	}
}

const char *scenario_generate(uint64_t seed, struct arena *arena)
{
	struct drawn drawn = { .arena = arena, .text = "" };
	unsigned faults;

	random_seed(&drawn.random, seed);
	draw_world(&drawn);
	faults = draw(&drawn, 1, FAULTS_MAX);
	for (unsigned i = 0; i < faults; i++)
		draw_fault(&drawn);
	put(&drawn, "# A random world; traffic has to flow within %s.",
	    duration_text(arena, drawn.bound));
	put(&drawn, "version: 1");
	put(&drawn, "description: Random world %llu.", (unsigned long long)seed);
	put(&drawn, "seed: %llu", (unsigned long long)seed);
	put(&drawn, "duration: %s", duration_text(arena, drawn.duration));
	put(&drawn, "variables: {gateways: %u}", drawn.gateways);
	put_links(&drawn);
	put_client(&drawn);
	put_selector(&drawn);
	put_gateways(&drawn);
	put_timeline(&drawn);
	put_expectations(&drawn);
	return drawn.text;
}
