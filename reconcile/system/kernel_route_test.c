/* SPDX-License-Identifier: MIT */
/*
 * Routes of others, as ip(8) makes them on the real kernel, and how they are read:
 * those that are followed with their next hops, and the others. Each test in a
 * network namespace of its own.
 */
#include "kernel.h"

#include "../test/fixture.h"
#include "../test/unit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define RUN_MS 20000
#define INSTANCE "kernel_route_test"

struct machine {
	struct arena *arena;
	struct kernel *kernel;
	struct desired desired;
	struct observed observed;
	struct deadline deadline;
};

/* Links on which routes can be made: dummies, or ends of pairs. */
static void make_links(void)
{
	static const char *const names[] = { "wg0", "other0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fixture_shell("ip link add %s type dummy 2>/dev/null ||"
			      " { ip link add %s type veth peer name %s.far &&"
			      " ip link set %s.far up; }",
			      names[i], names[i], names[i], names[i]);
		fixture_shell("ip link set %s up", names[i]);
	}
	fixture_shell("ip address add 10.0.0.1/24 dev wg0 &&"
		      " ip address add 2001:db8::1/64 dev wg0 nodad &&"
		      " ip address add 10.1.0.1/24 dev other0 &&"
		      " ip address add 2001:db8:1::1/64 dev other0 nodad");
}

static bool machine_init(struct machine *machine)
{
	if (!fixture_unshare(CLONE_NEWNET | CLONE_NEWNS))
		return false;
	fixture_empty_run();
	*machine = (struct machine){ .arena = arena_new(),
				     .kernel = kernel_open(),
				     .deadline = deadline_in(RUN_MS) };
	machine->desired.arena = machine->arena;
	machine->desired.name = INSTANCE;
	machine->observed.arena = machine->arena;
	make_links();
	return true;
}

static void machine_done(struct machine *machine)
{
	kernel_close(machine->kernel);
	observed_forget_allowed_ips(&machine->observed);
	arena_free(machine->arena);
}

static struct desired_interface *declare(struct machine *machine, const char *name, bool follow)
{
	struct desired_interface *interface = vec_push(machine->arena,
						       &machine->desired.interfaces);

	interface->name = name;
	interface->listen_port = -1;
	interface->fwmark = -1;
	interface->follow.enabled = follow;
	if (follow)
		*vec_push(machine->arena, &interface->follow.tables) = 254;
	return interface;
}

static void observe(struct machine *machine, struct observed *observed)
{
	const char *error = NULL;

	ck_assert_msg(kernel_observe(machine->kernel, &machine->desired, NULL, observed,
				     &machine->deadline, &error),
		      "%s", error);
}

/* ---- What was read, as text ---- */

static const char *via_text(const struct observed_interface *interface,
			    const struct observed_via *via, struct arena *arena)
{
	const struct observed_path *path = &interface->paths.at[via->path];
	char prefix[PREFIX_TEXT_MAX], gateway[IP_TEXT_MAX] = "?";
	const char *text;

	if (path->gateway.family)
		ip_text(&path->gateway, gateway);
	text = arena_printf(arena, "%s>%s", prefix_text(&via->destination, prefix), gateway);
	if (path->table != 254)
		text = arena_printf(arena, "%s t%u", text, path->table);
	if (path->metric)
		text = arena_printf(arena, "%s m%u", text, path->metric);
	if (path->weight)
		text = arena_printf(arena, "%s w%u", text, path->weight);
	if (path->nexthop)
		text = arena_printf(arena, "%s n%u", text, path->nexthop);
	return text;
}

/* "10.9.0.0/16>10.0.0.2 m5, ...": the followed routes in their order. */
static const char *followed(const struct observed *observed, const char *name)
{
	const struct observed_interface *interface = observed_interface_find(observed, name);
	const char *text = "";

	ck_assert_ptr_nonnull(interface);
	vec_each (via, &interface->via)
		text = arena_printf(observed->arena, "%s%s%s", text, *text ? ", " : "",
				    via_text(interface, via, observed->arena));
	return text;
}

/* Likewise of the routes that are not followed, but for the kernel's own. */
static const char *others(const struct observed *observed)
{
	const char *text = "";

	vec_each (route, &observed->routes) {
		char prefix[PREFIX_TEXT_MAX];

		if (route->protocol == 2)
			continue;
		text = arena_printf(observed->arena, "%s%s%s t%u m%u p%u", text, *text ? ", " : "",
				    prefix_text(&route->destination, prefix), route->table,
				    route->metric, route->protocol);
	}
	return text;
}

/* ---- Followed routes ---- */

struct follow_case {
	const char *what;
	const char *commands;
	const char *via;
	const char *others;
};

static const struct follow_case follow_cases[] = {
	{ "nothing", "true", "", "" },
	{ "a gateway", "ip route add 10.9.0.0/16 via 10.0.0.2 metric 7", "10.9.0.0/16>10.0.0.2 m7",
	  "" },
	{ "onlink", "ip route add 10.9.0.0/16 via 192.0.2.9 dev wg0 onlink",
	  "10.9.0.0/16>192.0.2.9", "" },
	{ "a default route", "ip route add default via 10.0.0.2", "0.0.0.0/0>10.0.0.2", "" },
	{ "IPv6, whose default metric is shown as none",
	  "ip route add 2001:db8:9::/48 via 2001:db8::2;"
	  " ip route add 2001:db8:8::/48 via fe80::2 dev wg0 metric 5;"
	  " ip route add default via fe80::3 dev wg0",
	  "::/0>fe80::3, 2001:db8:8::/48>fe80::2 m5, 2001:db8:9::/48>2001:db8::2", "" },
	{ "IPv4 through IPv6", "ip route add 10.9.0.0/16 via inet6 fe80::2 dev wg0",
	  "10.9.0.0/16>fe80::2", "" },
	{ "several hops, and weights",
	  "ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3",
	  "10.9.0.0/16>10.0.0.2 w2, 10.9.0.0/16>10.0.0.3 w1", "" },
	{ "several hops of both families",
	  "ip route add 10.9.0.0/16 nexthop via inet6 fe80::2 dev wg0 weight 256"
	  " nexthop via 192.0.2.9 dev wg0 onlink",
	  "10.9.0.0/16>fe80::2 w256, 10.9.0.0/16>192.0.2.9 w1", "" },
	{ "a hop that leads elsewhere",
	  "ip route add 10.9.0.0/16 nexthop via 10.1.0.2 nexthop via 10.0.0.3 weight 3",
	  "10.9.0.0/16>10.0.0.3 w3", "" },
	{ "several hops by IPv6",
	  "ip route add 2001:db8:9::/48 nexthop via 2001:db8::2"
	  " nexthop via fe80::3 dev wg0 weight 2 nexthop via 2001:db8:1::2",
	  "2001:db8:9::/48>2001:db8::2 w1, 2001:db8:9::/48>fe80::3 w2", "" },
	{ "hops that were appended",
	  "ip route add 2001:db8:9::/48 via 2001:db8::2;"
	  " ip route append 2001:db8:9::/48 via 2001:db8::3",
	  "2001:db8:9::/48>2001:db8::2 w1, 2001:db8:9::/48>2001:db8::3 w1", "" },
	{ "two metrics",
	  "ip route add 10.9.0.0/16 via 10.0.0.3 metric 20;"
	  " ip route add 10.9.0.0/16 via 10.0.0.2 metric 10",
	  "10.9.0.0/16>10.0.0.2 m10, 10.9.0.0/16>10.0.0.3 m20", "" },
	{ "without next hop, and through another interface",
	  "ip route add 10.9.0.0/16 dev wg0; ip route add 10.8.0.0/16 via 10.1.0.2;"
	  " ip route add blackhole 10.7.0.0/16",
	  "", "10.9.0.0/16 t254 m0 p3" },
	{ "another table", "ip route add 10.9.0.0/16 via 10.0.0.2 table 100", "",
	  "10.9.0.0/16 t100 m0 p3" },
	{ "by whom",
	  "ip route add 10.2.0.0/16 via 10.0.0.2 proto kernel;"
	  " ip route add 10.3.0.0/16 via 10.0.0.2 proto redirect;"
	  " ip route add 10.4.0.0/16 via 10.0.0.2 proto ra;"
	  " ip route add 10.5.0.0/16 via 10.0.0.2 proto 0x57;"
	  " ip route add 10.6.0.0/16 via 10.0.0.2 proto static;"
	  " ip route add 10.7.0.0/16 via 10.0.0.2 proto 186",
	  "10.6.0.0/16>10.0.0.2, 10.7.0.0/16>10.0.0.2",
	  "10.3.0.0/16 t254 m0 p1, 10.4.0.0/16 t254 m0 p9, 10.5.0.0/16 t254 m0 p87" },
	{ "next hop objects",
	  "ip nexthop add id 7 via 10.0.0.2 dev wg0; ip nexthop add id 8 via fe80::2 dev wg0;"
	  " ip nexthop add id 6 dev wg0;"
	  " ip route add 10.7.0.0/16 nhid 7; ip route add 10.8.0.0/16 nhid 8;"
	  " ip route add 10.6.0.0/16 nhid 6;"
	  " ip route add 2001:db8:8::/48 nhid 8",
	  "10.7.0.0/16>10.0.0.2, 10.8.0.0/16>fe80::2, 2001:db8:8::/48>fe80::2",
	  "10.6.0.0/16 t254 m0 p3" },
	{ "groups of next hop objects",
	  "ip nexthop add id 7 via 10.0.0.2 dev wg0; ip nexthop add id 3 via 10.0.0.3 dev wg0;"
	  " ip nexthop add id 8 via 10.1.0.2 dev other0; ip nexthop add id 2 group 8/7,5/3;"
	  " ip route add 10.9.0.0/16 nhid 2",
	  "10.9.0.0/16>10.0.0.2 w5, 10.9.0.0/16>10.0.0.3 w1", "" },
	{ "a next hop object that drops",
	  "ip link set lo up; ip nexthop add id 7 blackhole; ip route add 10.9.0.0/16 nhid 7", "", "" },
};

static void check_follow(const struct follow_case *test, bool compat)
{
	struct machine machine;
	struct observed *observed = &machine.observed;

	if (!machine_init(&machine))
		return;
	fixture_shell("echo %d >/proc/sys/net/ipv4/nexthop_compat_mode", compat);
	fixture_shell("%s", test->commands);
	declare(&machine, "wg0", true);
	observe(&machine, observed);
	ck_assert_msg(!strcmp(followed(observed, "wg0"), test->via), "%s: %s", test->what,
		      followed(observed, "wg0"));
	ck_assert_msg(!strcmp(others(observed), test->others), "%s: %s", test->what,
		      others(observed));
	machine_done(&machine);
}

START_TEST(test_follow)
{
	for (size_t i = 0; i < sizeof(follow_cases) / sizeof(follow_cases[0]); i++)
		check_follow(&follow_cases[i], true);
}
END_TEST

START_TEST(test_follow_without_compatibility)
{
	for (size_t i = 0; i < sizeof(follow_cases) / sizeof(follow_cases[0]); i++)
		check_follow(&follow_cases[i], false);
}
END_TEST

SUITE("kernel_route", test_follow, test_follow_without_compatibility)
