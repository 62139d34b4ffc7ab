/* SPDX-License-Identifier: MIT */
/*
 * Reading foreign routes, made by ip(8) on the real kernel: followed ones with their next
 * hops, and others. Each test in a network namespace of its own.
 */
#include "kernel.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUN_MS 20000
#define INSTANCE "kernel_route_test"

struct machine {
	struct arena *arena;
	struct kernel *kernel;
	struct desired desired;
	struct observed observed;
	struct deadline deadline;
};

/* A link for routes: a dummy, or one end of a pair. */
static void make_link(const char *name)
{
	fixture_shell("ip link add %s type dummy 2>/dev/null ||"
		      " { ip link add %s type veth peer name %s.far && ip link set %s.far up; }",
		      name, name, name, name);
	fixture_shell("ip link set %s up", name);
}

static void make_links(void)
{
	static const char *const names[] = { "wg0", "other0" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		make_link(names[i]);
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

/* ---- Results as text ---- */

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

/* Likewise of the routes that are not followed, except the kernel's own. */
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
	  "ip link set lo up; ip nexthop add id 7 blackhole; ip route add 10.9.0.0/16 nhid 7", "",
	  "" },
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

/* ---- Which are followed ---- */

START_TEST(test_tables_and_protocols)
{
	static const uint32_t tables[] = { 100, 70000 };
	static const uint8_t protocols[] = { 12, 186 };
	struct machine machine;
	struct desired_interface *wg0;

	if (!machine_init(&machine))
		return;
	fixture_shell("ip route add 10.1.1.0/24 via 10.0.0.2 proto 12;"
		      " ip route add 10.1.2.0/24 via 10.0.0.2 proto 12 table 100;"
		      " ip route add 10.1.3.0/24 via 10.0.0.2 proto 186 table 70000 metric 4;"
		      " ip route add 10.1.4.0/24 via 10.0.0.2 proto 4 table 100;"
		      " ip route add 10.1.5.0/24 via 10.0.0.2 proto 12 table 300;"
		      " ip route add 2001:db8:5::/48 via 2001:db8::2 proto 186 table 100");
	wg0 = declare(&machine, "wg0", true);
	wg0->follow.tables.n = 0;
	for (int i = 0; i < 2; i++) {
		*vec_push(machine.arena, &wg0->follow.tables) = tables[i];
		*vec_push(machine.arena, &wg0->follow.protocols) = protocols[i];
	}
	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "wg0"),
			 "10.1.2.0/24>10.0.0.2 t100, 10.1.3.0/24>10.0.0.2 t70000 m4, "
			 "2001:db8:5::/48>2001:db8::2 t100");
	ck_assert_str_eq(others(&machine.observed),
			 "10.1.5.0/24 t300 m0 p12, 10.1.4.0/24 t100 m0 p4, "
			 "10.1.1.0/24 t254 m0 p12");
	/* The same without following: none is lost. */
	wg0->follow.enabled = false;
	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "wg0"), "");
	ck_assert_ptr_nonnull(strstr(others(&machine.observed), "10.1.2.0/24 t100 m0 p12"));
	ck_assert_ptr_nonnull(strstr(others(&machine.observed), "2001:db8:5::/48 t100 m0 p186"));
	machine_done(&machine);
}
END_TEST

/* A link without carrier is skipped by the kernel only if configured. */
START_TEST(test_dead_hops)
{
	struct machine machine;

	if (!machine_init(&machine))
		return;
	fixture_shell("ip route add 10.9.0.0/16 via 10.0.0.2;"
		      " ip route add 10.8.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2");
	fixture_shell("ip link set wg0 carrier off 2>/dev/null || ip link set wg0.far down");
	fixture_shell("n=0; until ip route | grep -q linkdown; do"
		      " n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.05; done");
	declare(&machine, "wg0", true);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "wg0"),
			 "10.8.0.0/16>10.0.0.2 w1, 10.9.0.0/16>10.0.0.2");
	fixture_shell("echo 1 >/proc/sys/net/ipv4/conf/wg0/ignore_routes_with_linkdown");
	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "wg0"), "");
	machine_done(&machine);
}
END_TEST

/* Past the number of interfaces for which dumps are filtered one by one. */
static void check_many_interfaces(bool compat)
{
	struct machine machine;
	char name[16];

	if (!machine_init(&machine))
		return;
	fixture_shell("echo %d >/proc/sys/net/ipv4/nexthop_compat_mode", compat);
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "net%d", i);
		make_link(name);
		fixture_shell("ip address add 10.2.%d.1/24 dev %s", i, name);
		fixture_shell("ip route add 10.3.%d.0/24 via 10.2.%d.2 dev %s onlink", i, i, name);
		declare(&machine, arena_strdup(machine.arena, name), i != 5);
	}
	fixture_shell("ip route add 10.9.0.0/16 nexthop via 10.2.3.3 dev net3 onlink"
		      " nexthop via 10.2.4.3 dev net4 onlink weight 2"
		      " nexthop via 10.2.5.3 dev net5 onlink");
	fixture_shell("ip nexthop add id 7 via 10.2.4.7 dev net4 onlink;"
		      " ip nexthop add id 6 via 10.2.3.6 dev net3 onlink;"
		      " ip nexthop add id 9 group 6/7; ip route add 10.7.0.0/16 nhid 9;"
		      " ip route add 10.6.0.0/16 nhid 6");
	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "net0"), "10.3.0.0/24>10.2.0.2");
	ck_assert_str_eq(followed(&machine.observed, "net3"),
			 "10.3.3.0/24>10.2.3.2, 10.6.0.0/16>10.2.3.6, 10.7.0.0/16>10.2.3.6 w1, "
			 "10.9.0.0/16>10.2.3.3 w1");
	ck_assert_str_eq(followed(&machine.observed, "net4"),
			 "10.3.4.0/24>10.2.4.2, 10.7.0.0/16>10.2.4.7 w1, "
			 "10.9.0.0/16>10.2.4.3 w2");
	ck_assert_str_eq(followed(&machine.observed, "net5"), "");
	ck_assert_str_eq(others(&machine.observed), "10.3.5.0/24 t254 m0 p3");
	machine_done(&machine);
}

START_TEST(test_many_interfaces)
{
	check_many_interfaces(true);
	check_many_interfaces(false);
}
END_TEST

/* Thousands of routes and of next hops. */
START_TEST(test_many_routes)
{
	struct machine machine;
	const struct observed_interface *wg0;

	if (!machine_init(&machine))
		return;
	fixture_shell("for i in $(seq 0 19999); do"
		      " echo route add 10.$((16 + i / 256)).$((i %% 256)).0/24"
		      " via 10.0.$((i %% 5000 / 250)).$((2 + i %% 250)) dev wg0 onlink;"
		      " done | ip -batch -");
	fixture_shell("for i in $(seq 0 4999); do"
		      " echo route add 2001:db8:$((i + 10))::/48 via fe80::$((2 + i %% 9)) dev wg0;"
		      " done | ip -6 -batch -");
	declare(&machine, "wg0", true);
	observe(&machine, &machine.observed);
	wg0 = observed_interface_find(&machine.observed, "wg0");
	ck_assert_uint_eq(wg0->via.n, 25000);
	ck_assert_uint_eq(wg0->paths.n, 5009);
	for (size_t i = 0; i < wg0->via.n; i++) {
		const struct prefix *destination = &wg0->via.at[i].destination;
		const struct ip *gateway = &wg0->paths.at[wg0->via.at[i].path].gateway;

		if (i)
			ck_assert_int_lt(
				prefix_compare(&wg0->via.at[i - 1].destination, destination), 0);
		ck_assert_uint_eq(gateway->family, destination->ip.family);
		if (destination->ip.family == FAMILY_IPV4) {
			unsigned number = (destination->ip.b[1] - 16U) * 256 + destination->ip.b[2];

			ck_assert_uint_eq(gateway->b[2], number % 5000 / 250);
			ck_assert_uint_eq(gateway->b[3], 2 + number % 250);
		}
	}
	machine_done(&machine);
}
END_TEST

static size_t count_stable(const struct observed *observed)
{
	const struct observed_interface *wg0 = observed_interface_find(observed, "wg0");
	size_t n = 0;

	vec_each (via, &wg0->via)
		n += via->destination.ip.b[1] == 0x01;
	return n;
}

/* Routes that stay are read each time, regardless of changes to others. */
START_TEST(test_ipv6_routes_that_flap)
{
	enum { STABLE = 20000 };
	struct machine machine;
	pid_t flapping;

	if (!machine_init(&machine))
		return;
	fixture_shell("for i in $(seq 0 %d); do"
		      " echo route add 2001:$((i / 100)):$((i %% 100))::/48"
		      " via 2001:db8::2 dev wg0; done | ip -6 -batch -",
		      STABLE - 1);
	fixture_shell("mkdir -p /run/flap; for i in $(seq 1 1000); do"
		      " echo route del 2000:$((i * 7919 %% 1000))::/48;"
		      " echo route replace 2000:$((i * 104729 %% 1000))::/48"
		      " via 2001:db8::2 dev wg0; done >/run/flap/batch");
	declare(&machine, "wg0", true);
	flapping = fixture_fork();
	if (flapping == 0) {
		execl("/bin/sh", "sh", "-c",
		      "while :; do ip -6 -force -batch /run/flap/batch; ${SMALL:+sleep 1};"
		      " done 2>/dev/null",
		      (char *)NULL);
		_exit(1);
	}
	for (int i = 0; i < 20; i++) {
		observe(&machine, &machine.observed);
		ck_assert_uint_eq(count_stable(&machine.observed), STABLE);
	}
	fixture_kill(flapping);
	machine_done(&machine);
}
END_TEST

/* ---- Reading back ---- */

static void carry_out(struct machine *machine, const struct change *change)
{
	struct changes changes = { .arena = machine->arena };

	*vec_push(machine->arena, &changes.list) = *change;
	kernel_apply(machine->kernel, INSTANCE, &machine->observed, &changes, &machine->deadline);
	ck_assert_msg(changes.list.at[0].result == CHANGE_DONE, "%s", changes.list.at[0].error);
}

/* Changes by others in between are not read, those of this tool are. */
START_TEST(test_read_back)
{
	struct machine machine;
	struct observed again;
	struct change change = { .kind = CHANGE_ROUTE_ADD,
				 .interface = "wg0",
				 .prefix = prefix_of("10.5.0.0/16"),
				 .table = 254 };

	if (!machine_init(&machine))
		return;
	fixture_shell("ip route add 10.8.0.0/16 dev wg0; ip route add 10.9.0.0/16 via 10.0.0.2");
	declare(&machine, "wg0", true);
	declare(&machine, "other0", false);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(others(&machine.observed), "10.8.0.0/16 t254 m0 p3");
	carry_out(&machine, &change);
	fixture_shell("ip route add 10.7.0.0/16 via 10.0.0.3; ip route del 10.9.0.0/16;"
		      " ip route del 10.8.0.0/16; ip address add 10.4.0.1/24 dev wg0");

	again = (struct observed){ .arena = machine.arena, .earlier = &machine.observed };
	observe(&machine, &again);
	ck_assert_str_eq(followed(&again, "wg0"), "10.9.0.0/16>10.0.0.2");
	ck_assert_str_eq(others(&again), "10.8.0.0/16 t254 m0 p3, 10.5.0.0/16 t254 m0 p87");
	ck_assert_uint_gt(again.routes.n, machine.observed.routes.n);
	observed_forget_allowed_ips(&again);

	again = (struct observed){ .arena = machine.arena,
				   .earlier = &machine.observed,
				   .routes_untouched = true };
	observe(&machine, &again);
	ck_assert_str_eq(followed(&again, "wg0"), "10.9.0.0/16>10.0.0.2");
	ck_assert_str_eq(others(&again), "10.8.0.0/16 t254 m0 p3");
	ck_assert_uint_eq(again.routes.n, machine.observed.routes.n);
	observed_forget_allowed_ips(&again);

	observe(&machine, &machine.observed);
	ck_assert_str_eq(followed(&machine.observed, "wg0"), "10.7.0.0/16>10.0.0.3");
	machine_done(&machine);
}
END_TEST

/* Another interface with the name of the first one does not take over its followed routes. */
START_TEST(test_read_back_another_interface)
{
	struct machine machine;
	struct observed again;

	if (!machine_init(&machine))
		return;
	fixture_shell("ip route add 10.9.0.0/16 via 10.0.0.2");
	declare(&machine, "wg0", true);
	observe(&machine, &machine.observed);
	fixture_shell("ip link del wg0; ip link set other0 down; ip link set other0 name wg0");
	again = (struct observed){ .arena = machine.arena, .earlier = &machine.observed };
	observe(&machine, &again);
	ck_assert_str_eq(followed(&again, "wg0"), "");
	observed_forget_allowed_ips(&again);
	machine_done(&machine);
}
END_TEST

/* ---- Routes of this tool's ---- */

static const char *source_of(const struct machine *machine, const char *destination,
			     struct arena *arena)
{
	struct prefix prefix = prefix_of(destination);
	char text[IP_TEXT_MAX];

	vec_each (route, &machine->observed.routes) {
		if (prefix_compare(&route->destination, &prefix) ||
		    route->protocol != OWNER_PROTOCOL)
			continue;
		return route->source.family ? arena_strdup(arena, ip_text(&route->source, text))
					    : "";
	}
	return "none";
}

static void check_source(const char *destination, const char *first, const char *second)
{
	struct machine machine;
	struct change change = { .kind = CHANGE_ROUTE_ADD,
				 .interface = "wg0",
				 .prefix = prefix_of(destination),
				 .table = 70000,
				 .metric = 5 };

	if (!machine_init(&machine))
		return;
	fixture_shell("ip address add 10.0.0.9/24 dev wg0;"
		      " ip address add 2001:db8::9/64 dev wg0 nodad");
	declare(&machine, "wg0", false);
	observe(&machine, &machine.observed);
	ck_assert(ip_parse(first, &change.source));
	carry_out(&machine, &change);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(source_of(&machine, destination, machine.arena), first);
	/* In one step: there is always a route. */
	ck_assert(ip_parse(second, &change.source));
	change.replaces = true;
	carry_out(&machine, &change);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(source_of(&machine, destination, machine.arena), second);
	change.source = (struct ip){ 0 };
	carry_out(&machine, &change);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(source_of(&machine, destination, machine.arena), "");
	/* It is identified only by destination, table and metric. */
	change.kind = CHANGE_ROUTE_REMOVE;
	ck_assert(ip_parse(first, &change.source));
	carry_out(&machine, &change);
	observe(&machine, &machine.observed);
	ck_assert_str_eq(source_of(&machine, destination, machine.arena), "none");
	machine_done(&machine);
}

START_TEST(test_source)
{
	check_source("10.5.0.0/16", "10.0.0.9", "10.0.0.1");
	check_source("2001:db8:5::/48", "2001:db8::9", "2001:db8::1");
}
END_TEST

/* ---- Lookups ---- */

static const char *looked_up(struct machine *machine, const char *to, uint32_t mark)
{
	struct observed_lookup lookup = { 0 };
	char prefix[PREFIX_TEXT_MAX];

	ck_assert(ip_parse(to, &lookup.to));
	kernel_route_lookup(machine->kernel, &lookup.to, mark, &lookup, machine->arena);
	ck_assert_ptr_nonnull(lookup.device);
	if (!lookup.found)
		return "none";
	ck_assert_uint_ne(lookup.index, 0);
	return arena_printf(machine->arena, lookup.mtu ? "%s %s t%u m%u mtu %u" : "%s %s t%u m%u",
			    lookup.device, prefix_text(&lookup.destination, prefix), lookup.table,
			    lookup.metric, lookup.mtu);
}

START_TEST(test_lookups)
{
	static const struct {
		const char *to;
		uint32_t mark;
		const char *expected;
	} cases[] = {
		{ "198.51.100.1", 0, "other0 0.0.0.0/0 t254 m9" },
		{ "10.9.1.1", 0, "wg0 10.9.0.0/16 t254 m3" },
		{ "10.0.0.77", 0, "wg0 10.0.0.0/24 t254 m0" },
		{ "10.0.0.1", 0, "lo 10.0.0.1/32 t255 m0" },
		{ "10.7.0.1", 0, "none" },
		{ "10.6.0.1", 0, "none" },
		{ "10.5.0.1", 0, "none" },
		{ "10.4.0.1", 0, "wg0 10.4.0.0/16 t254 m0" },
		{ "198.51.100.1", 7, "wg0 198.51.0.0/16 t70000 m0" },
		{ "10.2.0.1", 0, "wg0 10.2.0.0/16 t254 m0 mtu 1300" },
		{ "2001:db8:5::1", 0, "wg0 2001:db8:5::/48 t254 m0 mtu 1290" },
		{ "2001:db8:9::1", 0, "wg0 2001:db8:9::/48 t254 m0" },
		{ "2001:db8:8::1", 0, "other0 2001:db8:8::/48 t254 m5" },
		{ "2001:db8:7::1", 0, "none" },
		{ "2001:db8:6::1", 0, "none" },
		{ "2001:db8:6::1", 7, "wg0 ::/0 t70000 m0" },
	};
	struct machine machine;

	if (!machine_init(&machine))
		return;
	fixture_shell("ip link set lo up; ip route add default via 10.1.0.2 metric 9;"
		      " ip route add 10.9.0.0/16 via 10.0.0.2 metric 3;"
		      " ip route add unreachable 10.7.0.0/16; ip route add blackhole 10.6.0.0/16;"
		      " ip route add prohibit 10.5.0.0/16;"
		      " ip route add 10.4.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3;"
		      " ip route add 10.2.0.0/16 via 10.0.0.2 mtu 1300;"
		      " ip route add 2001:db8:5::/48 via fe80::2 dev wg0 mtu 1290;"
		      " ip route add 2001:db8:9::/48 via fe80::2 dev wg0;"
		      " ip route add 2001:db8:8::/48 via fe80::2 dev other0 metric 5;"
		      " ip route add unreachable 2001:db8:7::/48;"
		      " ip rule add fwmark 7 table 70000; ip -6 rule add fwmark 7 table 70000;"
		      " ip route add 198.51.0.0/16 dev wg0 table 70000;"
		      " ip route add default via fe80::2 dev wg0 table 70000");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(looked_up(&machine, cases[i].to, cases[i].mark),
				 cases[i].expected);
	/* The hop depends on the address, and neither lookup returns the entry's hops. */
	fixture_shell("echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode;"
		      " ip nexthop add id 7 via 10.0.0.2 dev wg0; ip route add 10.3.0.0/16 nhid 7");
	ck_assert_str_eq(looked_up(&machine, "10.3.0.1", 0), "wg0 10.3.0.0/16 t254 m0");
	machine_done(&machine);
}
END_TEST

SUITE("kernel_route", test_follow, test_follow_without_compatibility, test_tables_and_protocols,
      test_dead_hops, test_many_interfaces, test_many_routes, test_ipv6_routes_that_flap,
      test_read_back, test_read_back_another_interface, test_source, test_lookups)
