/* SPDX-License-Identifier: MIT */
/*
 * Against the real machine, each test with its own network namespace and /run. Kernel
 * WireGuard is tested if such links can be created, and userspace WireGuard if wireguard-go
 * and /dev/net/tun exist.
 */
#include "kernel.h"

#include "rtnl.h"
#include "system/wireguard/wg_user.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* For the control sockets of wireguard-go and similar programs. */
#define PROGRAMS "/run/wireguard"
#define RUN_MS 60000
#define INSTANCE "kernel_test"

struct machine {
	struct arena *arena;
	struct kernel *kernel;
	struct netlink *netlink;
	struct desired desired;
	struct observed observed;
	struct changes changes;
	struct deadline deadline;
};

static bool machine_init(struct machine *machine)
{
	if (!fixture_unshare(CLONE_NEWNET | CLONE_NEWNS))
		return false;
	fixture_empty_run();
	*machine = (struct machine){ .arena = arena_new(),
				     .kernel = kernel_open(),
				     .netlink = netlink_open(NETLINK_ROUTE),
				     .deadline = deadline_in(RUN_MS) };
	machine->desired.arena = machine->arena;
	machine->desired.name = INSTANCE;
	machine->observed.arena = machine->arena;
	machine->changes.arena = machine->arena;
	return true;
}

static void machine_done(struct machine *machine)
{
	kernel_close(machine->kernel);
	netlink_close(machine->netlink);
	observed_forget_allowed_ips(&machine->observed);
	arena_free(machine->arena);
}

static bool make_link(struct machine *machine, const char *name, const char *kind)
{
	struct netlink_batch *batch = netlink_batch_new(machine->arena);
	struct failure failure;

	ck_assert(rtnl_put_link_add(batch, name, kind));
	return netlink_batch_send(machine->netlink, batch, &machine->deadline, &failure);
}

/* A link that is not WireGuard's. */
static void make_plain_link(struct machine *machine, const char *name)
{
	ck_assert(make_link(machine, name, "dummy") || make_link(machine, name, "veth") ||
		  make_link(machine, name, "ifb") || make_link(machine, name, "bridge"));
}

static struct desired_interface *declare(struct machine *machine, const char *name)
{
	struct desired_interface *interface = vec_push(machine->arena,
						       &machine->desired.interfaces);

	interface->name = name;
	interface->create = true;
	interface->listen_port = -1;
	interface->fwmark = -1;
	return interface;
}

static struct change *add(struct machine *machine, enum change_kind kind, const char *interface)
{
	struct change *change = vec_push(machine->arena, &machine->changes.list);

	change->kind = kind;
	change->interface = interface;
	return change;
}

static void add_address(struct machine *machine, enum change_kind kind, const char *interface,
			const char *text)
{
	add(machine, kind, interface)->prefix = prefix_of(text);
}

static void add_route(struct machine *machine, enum change_kind kind, const char *interface,
		      const char *text, uint32_t table, uint32_t metric)
{
	struct change *change = add(machine, kind, interface);

	change->prefix = prefix_of(text);
	change->table = table;
	change->metric = metric;
}

static void observe(struct machine *machine, const struct desired *desired)
{
	const char *error = NULL;

	ck_assert_msg(kernel_observe(machine->kernel, desired, NULL, &machine->observed,
				     &machine->deadline, &error),
		      "%s", error);
}

/* Applies the changes, discards them, and observes. */
static void apply(struct machine *machine)
{
	kernel_apply(machine->kernel, INSTANCE, &machine->observed, &machine->changes,
		     &machine->deadline);
	vec_each (change, &machine->changes.list)
		ck_assert_msg(change->result == CHANGE_DONE, "kind %d on %s: result %d, %s",
			      change->kind, change->interface, change->result, change->error);
	machine->changes.list.n = 0;
	observe(machine, &machine->desired);
}

static const struct observed_interface *seen(const struct machine *machine, const char *name)
{
	const struct observed_interface *interface = observed_interface_find(&machine->observed,
									     name);

	ck_assert_msg(interface, "%s is not there", name);
	return interface;
}

static unsigned count_addresses(const struct machine *machine, const char *text, uint8_t protocol)
{
	struct prefix prefix = prefix_of(text);
	unsigned n = 0;

	vec_each (address, &machine->observed.addresses)
		n += !prefix_compare(&address->prefix, &prefix) && address->protocol == protocol;
	return n;
}

static unsigned count_routes(const struct machine *machine, const char *text, uint32_t table,
			     uint32_t metric, uint8_t protocol)
{
	struct prefix prefix = prefix_of(text);
	unsigned n = 0;

	vec_each (route, &machine->observed.routes)
		n += !prefix_compare(&route->destination, &prefix) && route->table == table &&
		     route->metric == metric && route->protocol == protocol;
	return n;
}

static unsigned count_own_routes(const struct machine *machine)
{
	unsigned n = 0;

	vec_each (route, &machine->observed.routes)
		n += route->protocol == OWNER_PROTOCOL;
	return n;
}

/* Links, addresses, routes. */

START_TEST(test_addresses)
{
	struct machine machine;

	if (!machine_init(&machine))
		return;
	make_plain_link(&machine, "net0");
	declare(&machine, "net0");
	observe(&machine, &machine.desired);
	ck_assert(seen(&machine, "net0")->kind != LINK_WIREGUARD);
	ck_assert(!seen(&machine, "net0")->up);

	add(&machine, CHANGE_LINK_MTU, "net0")->value = 1380;
	add(&machine, CHANGE_LINK_UP, "net0");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "10.0.0.2/24");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "10.0.0.3/24");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "2001:db8::2/64");
	apply(&machine);
	ck_assert_uint_eq(seen(&machine, "net0")->mtu, 1380);
	ck_assert(seen(&machine, "net0")->up);
	ck_assert_uint_eq(count_addresses(&machine, "10.0.0.2/24", OWNER_PROTOCOL), 1);
	ck_assert_uint_eq(count_addresses(&machine, "10.0.0.3/24", OWNER_PROTOCOL), 1);
	ck_assert_uint_eq(count_addresses(&machine, "2001:db8::2/64", OWNER_PROTOCOL), 1);

	/* Existing ones, and a missing one to remove, are as desired. */
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "10.0.0.2/24");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "2001:db8::2/64");
	add_address(&machine, CHANGE_ADDRESS_REMOVE, "net0", "10.0.0.3/24");
	add_address(&machine, CHANGE_ADDRESS_REMOVE, "net0", "10.9.9.9/24");
	add_address(&machine, CHANGE_ADDRESS_REMOVE, "net0", "2001:db8:9::9/64");
	apply(&machine);
	ck_assert_uint_eq(count_addresses(&machine, "10.0.0.2/24", OWNER_PROTOCOL), 1);
	ck_assert_uint_eq(count_addresses(&machine, "10.0.0.3/24", OWNER_PROTOCOL), 0);
	machine_done(&machine);
}
END_TEST

START_TEST(test_routes)
{
	static const struct {
		const char *destination;
		uint32_t table;
		uint32_t metric;
	} routes[] = {
		{ "10.1.0.0/16", 254, 0 },	 { "10.1.0.0/16", 254, 50 },
		{ "10.1.0.0/16", 70000, 0 },	 { "0.0.0.0/0", 51820, 7 },
		{ "2001:db8:1::/48", 254, 0 },	 { "2001:db8:1::/48", 254, 50 },
		{ "2001:db8:1::/48", 70000, 0 }, { "::/0", 51820, 0 },
		{ "fe80::1/128", 254, 0 },
	};
	size_t n = sizeof(routes) / sizeof(routes[0]);
	struct machine machine;

	if (!machine_init(&machine))
		return;
	make_plain_link(&machine, "net0");
	declare(&machine, "net0");
	observe(&machine, &machine.desired);
	add(&machine, CHANGE_LINK_UP, "net0");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "10.0.0.2/24");
	for (size_t i = 0; i < n; i++)
		add_route(&machine, CHANGE_ROUTE_ADD, "net0", routes[i].destination,
			  routes[i].table, routes[i].metric);
	apply(&machine);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(count_routes(&machine, routes[i].destination, routes[i].table,
					       routes[i].metric, OWNER_PROTOCOL),
				  1);
	/* The kernel's own (RTPROT_KERNEL is 2) are reported, table local is not. */
	ck_assert_uint_eq(count_routes(&machine, "10.0.0.0/24", 254, 0, 2), 1);
	ck_assert_uint_eq(count_routes(&machine, "10.0.0.2/32", 255, 0, 2), 0);
	ck_assert_uint_eq(count_own_routes(&machine), n);

	for (size_t i = 0; i < n; i++)
		add_route(&machine, CHANGE_ROUTE_REMOVE, "net0", routes[i].destination,
			  routes[i].table, routes[i].metric);
	add_route(&machine, CHANGE_ROUTE_REMOVE, "net0", "10.77.0.0/16", 254, 0);
	add_route(&machine, CHANGE_ROUTE_REMOVE, "net0", "2001:db8:77::/64", 254, 0);
	apply(&machine);
	ck_assert_uint_eq(count_own_routes(&machine), 0);
	ck_assert_uint_eq(count_routes(&machine, "10.0.0.0/24", 254, 0, 2), 1);
	machine_done(&machine);
}
END_TEST

START_TEST(test_route_in_the_way)
{
	struct machine machine;
	struct change *changes;

	if (!machine_init(&machine))
		return;
	make_plain_link(&machine, "net0");
	make_plain_link(&machine, "net1");
	declare(&machine, "net0");
	declare(&machine, "net1");
	observe(&machine, &machine.desired);
	add(&machine, CHANGE_LINK_UP, "net0");
	add(&machine, CHANGE_LINK_UP, "net1");
	add_address(&machine, CHANGE_ADDRESS_ADD, "net0", "10.0.0.2/24");
	add_route(&machine, CHANGE_ROUTE_ADD, "net1", "10.1.0.0/16", 254, 0);
	add_route(&machine, CHANGE_ROUTE_ADD, "net1", "2001:db8:1::/48", 254, 0);
	/* The kernel's route for the address is accepted. */
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "10.0.0.0/24", 254, 0);
	apply(&machine);

	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "10.1.0.0/16", 254, 0);
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "2001:db8:1::/48", 254, 0);
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "10.2.0.0/16", 254, 0);
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
		     &machine.deadline);
	changes = machine.changes.list.at;
	ck_assert_int_eq(changes[0].result, CHANGE_FAILED);
	ck_assert_ptr_nonnull(strstr(changes[0].error, "somebody else"));
	ck_assert_int_eq(changes[1].result, CHANGE_FAILED);
	ck_assert_ptr_nonnull(strstr(changes[1].error, "somebody else"));
	ck_assert_int_eq(changes[2].result, CHANGE_DONE);
	machine_done(&machine);
}
END_TEST

START_TEST(test_many_routes)
{
	struct machine machine;
	char text[64];

	if (!machine_init(&machine))
		return;
	make_plain_link(&machine, "net0");
	declare(&machine, "net0");
	observe(&machine, &machine.desired);
	add(&machine, CHANGE_LINK_UP, "net0");
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 250, i % 250);
		add_route(&machine, CHANGE_ROUTE_ADD, "net0", text, 254, 0);
	}
	apply(&machine);
	ck_assert_uint_eq(count_own_routes(&machine), 1000);
	for (int i = 0; i < 1000; i += 2) {
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 250, i % 250);
		add_route(&machine, CHANGE_ROUTE_REMOVE, "net0", text, 254, 0);
	}
	apply(&machine);
	ck_assert_uint_eq(count_own_routes(&machine), 500);
	machine_done(&machine);
}
END_TEST

/* Past the number of interfaces for which dumps are filtered one by one. */
START_TEST(test_many_interfaces)
{
	struct machine machine;
	char name[16];

	if (!machine_init(&machine))
		return;
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "net%d", i);
		make_plain_link(&machine, name);
		if (i < 11)
			declare(&machine, arena_strdup(machine.arena, name));
	}
	declare(&machine, "missing0");
	observe(&machine, &machine.desired);
	ck_assert_uint_eq(machine.observed.interfaces.n, 11);
	vec_each (interface, &machine.observed.interfaces) {
		char text[32];

		add(&machine, CHANGE_LINK_UP, interface->name);
		snprintf(text, sizeof(text), "10.9.%u.1/24", interface->index);
		add_address(&machine, CHANGE_ADDRESS_ADD, interface->name, text);
		snprintf(text, sizeof(text), "10.8.%u.0/24", interface->index);
		add_route(&machine, CHANGE_ROUTE_ADD, interface->name, text, 1000, 0);
	}
	apply(&machine);
	ck_assert_uint_eq(count_own_routes(&machine), 11);
	vec_each (interface, &machine.observed.interfaces) {
		char text[32];

		snprintf(text, sizeof(text), "10.9.%u.1/24", interface->index);
		ck_assert_uint_eq(count_addresses(&machine, text, OWNER_PROTOCOL), 1);
	}
	machine_done(&machine);
}
END_TEST

START_TEST(test_rules)
{
	static const struct observed_rule rules[] = {
		{ FAMILY_IPV4, 30000, 254, false, 0, 0, { { 0 }, 0 } },
		{ FAMILY_IPV4, 30001, 51820, true, 51820, -1, { { 0 }, 0 } },
		{ FAMILY_IPV6, 30000, 254, false, 0, 0, { { 0 }, 0 } },
		{ FAMILY_IPV6, 30001, 100, true, 1, -1, { { 0 }, 0 } },
	};
	size_t n = sizeof(rules) / sizeof(rules[0]);
	struct machine machine;
	struct change *change;

	if (!machine_init(&machine))
		return;
	observe(&machine, &machine.desired);
	ck_assert_uint_eq(machine.observed.rules.n, 0);
	for (size_t i = 0; i < n; i++)
		add(&machine, CHANGE_RULE_ADD, "wg0")->rule = rules[i];
	apply(&machine);
	ck_assert_uint_eq(machine.observed.rules.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct observed_rule *rule = &machine.observed.rules.at[i];

		ck_assert_uint_eq(rule->family, rules[i].family);
		ck_assert_uint_eq(rule->priority, rules[i].priority);
		ck_assert_uint_eq(rule->table, rules[i].table);
		ck_assert_uint_eq(rule->not_fwmark, rules[i].not_fwmark);
		ck_assert_uint_eq(rule->fwmark, rules[i].fwmark);
		ck_assert_int_eq(rule->suppress_prefix_length, rules[i].suppress_prefix_length);
	}

	change = add(&machine, CHANGE_RULE_ADD, "wg0");
	change->rule = rules[1];
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
		     &machine.deadline);
	ck_assert_int_eq(machine.changes.list.at[0].result, CHANGE_FAILED);
	machine.changes.list.n = 0;

	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < n; i++)
			add(&machine, CHANGE_RULE_REMOVE, "wg0")->rule = rules[i];
		apply(&machine);
		ck_assert_uint_eq(machine.observed.rules.n, 0);
	}
	machine_done(&machine);
}
END_TEST

START_TEST(test_route_exists)
{
	struct machine machine;
	struct endpoint ipv4, ipv6, local;

	if (!machine_init(&machine))
		return;
	ck_assert(endpoint_parse("192.0.2.1:51820", &ipv4));
	ck_assert(endpoint_parse("[2001:db8:1::1]:51820", &ipv6));
	ck_assert(endpoint_parse("[fe80::1]:51820", &local));
	ck_assert(!kernel_route_exists(machine.kernel, &ipv4, 0));
	ck_assert(!kernel_route_exists(machine.kernel, &ipv6, 0));

	make_plain_link(&machine, "net0");
	declare(&machine, "net0");
	observe(&machine, &machine.desired);
	local.scope = seen(&machine, "net0")->index;
	add(&machine, CHANGE_LINK_UP, "net0");
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "192.0.2.0/24", 254, 0);
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "fe80::/64", 254, 0);
	apply(&machine);
	ck_assert(kernel_route_exists(machine.kernel, &ipv4, 0));
	ck_assert(kernel_route_exists(machine.kernel, &local, 0));
	ck_assert(!kernel_route_exists(machine.kernel, &ipv6, 0));

	/* Only marked packets use the other table. */
	add_route(&machine, CHANGE_ROUTE_ADD, "net0", "2001:db8:1::/48", 1000, 0);
	add(&machine, CHANGE_RULE_ADD, NULL)->rule = (struct observed_rule){ FAMILY_IPV6, 100, 1000,
									     true,	  7,   -1,
									     { { 0 }, 0 } };
	apply(&machine);
	ck_assert(kernel_route_exists(machine.kernel, &ipv6, 0));
	ck_assert(!kernel_route_exists(machine.kernel, &ipv6, 7));
	machine_done(&machine);
}
END_TEST

/* Failures. */

START_TEST(test_missing_interface)
{
	struct machine machine;
	struct change *changes;

	if (!machine_init(&machine))
		return;
	observe(&machine, &machine.desired);
	add(&machine, CHANGE_PEER_REMOVE, "wg0");
	add_address(&machine, CHANGE_ADDRESS_ADD, "wg0", "10.0.0.1/24");
	add_address(&machine, CHANGE_ADDRESS_ADD, "lo", "10.0.0.1/32");
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
		     &machine.deadline);
	changes = machine.changes.list.at;
	ck_assert_int_eq(changes[0].result, CHANGE_SKIPPED);
	ck_assert_str_eq(changes[0].error, "interface wg0 does not exist");
	ck_assert_int_eq(changes[1].result, CHANGE_SKIPPED);
	ck_assert_int_eq(changes[2].result, CHANGE_DONE);
	machine_done(&machine);
}
END_TEST

static void add_link(struct machine *machine, const struct desired_interface *interface)
{
	struct change *change = add(machine, CHANGE_LINK_ADD, interface->name);

	change->desired = interface;
	change->link_kind = LINK_WIREGUARD;
}

static void add_interface(struct machine *machine, const struct desired_interface *interface)
{
	add_link(machine, interface);
	add(machine, CHANGE_DEVICE_PRIVATE_KEY, interface->name)->desired = interface;
}

START_TEST(test_interface_that_cannot_be_made)
{
	struct machine machine;
	struct desired_interface *interface;
	struct change *changes;

	if (!machine_init(&machine))
		return;
	interface = declare(&machine, "wg0");
	interface->implementation = IMPLEMENTATION_USERSPACE;
	*vec_push(machine.arena, &interface->program) = "/nonexistent/program";
	observe(&machine, &machine.desired);
	add_interface(&machine, interface);
	add(&machine, CHANGE_LINK_UP, "wg0");
	add(&machine, CHANGE_RULE_ADD, "wg0")->rule = (struct observed_rule){
		FAMILY_IPV4, 30001, 51820, true, 51820, -1, { { 0 }, 0 }
	};
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
		     &machine.deadline);
	changes = machine.changes.list.at;
	ck_assert_int_eq(changes[0].result, CHANGE_FAILED);
	ck_assert_ptr_nonnull(strstr(changes[0].error, "/nonexistent/program cannot be started"));
	for (int i = 1; i < 4; i++) {
		ck_assert_int_eq(changes[i].result, CHANGE_SKIPPED);
		ck_assert_str_eq(changes[i].error, "interface wg0 could not be made");
	}
	machine_done(&machine);
}
END_TEST

/* A program that fails, one that ends, and one that does nothing until the deadline. */
START_TEST(test_program_without_socket)
{
	static const char *const scripts[][2] = { { "exit 1", "sh ended with status 1" },
						  { "kill -9 $$", "sh was killed by signal 9" },
						  { "exit 0", "within its part of the deadline" },
						  { "sleep 60",
						    "within its part of the deadline" } };
	struct machine machine;
	struct desired_interface *interface;

	if (!machine_init(&machine))
		return;
	interface = declare(&machine, "wg0");
	interface->implementation = IMPLEMENTATION_USERSPACE;
	*vec_push(machine.arena, &interface->program) = "sh";
	*vec_push(machine.arena, &interface->program) = "-c";
	vec_push(machine.arena, &interface->program);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct deadline deadline = deadline_in(300);

		interface->program.at[2] = scripts[i][0];
		machine.changes.list.n = 0;
		add_link(&machine, interface);
		kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
			     &deadline);
		ck_assert_int_eq(machine.changes.list.at[0].result, CHANGE_FAILED);
		ck_assert_ptr_nonnull(strstr(machine.changes.list.at[0].error, scripts[i][1]));
	}
	machine_done(&machine);
}
END_TEST

START_TEST(test_kernel_without_wireguard)
{
	struct machine machine;
	struct desired_interface *interface;

	if (!machine_init(&machine))
		return;
	if (make_link(&machine, "wg0", "wireguard")) {
		fixture_skip("this kernel has WireGuard");
		machine_done(&machine);
		return;
	}
	interface = declare(&machine, "wg0");
	observe(&machine, &machine.desired);
	add_interface(&machine, interface);
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes,
		     &machine.deadline);
	ck_assert_int_eq(machine.changes.list.at[0].result, CHANGE_FAILED);
	ck_assert_ptr_nonnull(
		strstr(machine.changes.list.at[0].error, "implementation: userspace"));
	ck_assert_int_eq(machine.changes.list.at[1].result, CHANGE_SKIPPED);
	machine_done(&machine);
}
END_TEST

START_TEST(test_deadline)
{
	struct machine machine;
	struct deadline passed = deadline_in(0);
	const char *error = NULL;

	if (!machine_init(&machine))
		return;
	add(&machine, CHANGE_LINK_UP, "lo");
	add(&machine, CHANGE_PEER_REMOVE, "lo");
	kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes, &passed);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(machine.changes.list.at[i].result, CHANGE_FAILED);
		ck_assert_str_eq(machine.changes.list.at[i].error, "the deadline passed");
	}
	/* Pending messages of that do not affect later requests. */
	kernel_observe(machine.kernel, &machine.desired, NULL, &machine.observed, &passed, &error);
	observe(&machine, &machine.desired);
	machine_done(&machine);
}
END_TEST

/* WireGuard. */

static bool has_kernel_wireguard(struct machine *machine)
{
	struct netlink_batch *batch = netlink_batch_new(machine->arena);
	struct rtnl_link link;
	struct failure failure;

	if (!make_link(machine, "probe0", "wireguard"))
		return fixture_skip("this kernel has no WireGuard");
	ck_assert(rtnl_link(machine->netlink, "probe0", &link, machine->arena, &machine->deadline,
			    &failure));
	rtnl_put_link_remove(batch, link.index);
	return netlink_batch_send(machine->netlink, batch, &machine->deadline, &failure);
}

static bool has_userspace_wireguard(void)
{
	if (system("command -v wireguard-go >/dev/null") != 0 || access("/dev/net/tun", W_OK) < 0)
		return fixture_skip("no wireguard-go, or no /dev/net/tun");
	return true;
}

static struct wg_key key_of(uint8_t first, uint8_t last)
{
	struct wg_key key = { { first } };

	key.b[KEY_LENGTH - 1] = last;
	return key;
}

/* RFC 7748, section 6.1: Alice's and Bob's keys. */
static const char alice_private[] = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=";
static const char alice_public[] = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=";

static const char bob_private[] = "XasIfmJKikt54X+Lg4AO5m87sSkmGLb9HC+LJ/+I4Os=";
static const char bob_public[] = "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=";

static struct wg_key key_parsed(const char *text)
{
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	return key;
}

static struct change *add_peer_change(struct machine *machine, enum change_kind kind,
				      struct wg_key key)
{
	struct change *change = add(machine, kind, "wg0");

	change->public_key = key;
	return change;
}

static void add_allowed_ip(struct machine *machine, enum change_kind kind, struct wg_key key,
			   const char *text)
{
	struct prefix *prefix = arena_alloc(machine->arena, sizeof(*prefix));
	struct change *change = add_peer_change(machine, kind, key);

	*prefix = prefix_of(text);
	change->allowed_ips = prefix;
	change->allowed_ips_n = 1;
}

static const struct observed_peer *seen_peer(const struct machine *machine, struct wg_key key)
{
	const struct observed_peer *peer = observed_peer_find(seen(machine, "wg0"), &key);

	ck_assert_ptr_nonnull(peer);
	return peer;
}

static bool has_allowed_ip(const struct observed_peer *peer, const char *text)
{
	struct prefix wanted = prefix_of(text);

	vec_each (prefix, &peer->allowed_ips) {
		if (!prefix_compare(prefix, &wanted))
			return true;
	}
	return false;
}

/* Makes wg0 with its settings and three peers; the first has 5000 allowed IPs. */
static void wireguard_make(struct machine *machine, enum implementation implementation)
{
	struct desired_interface *interface = declare(machine, "wg0");
	const struct observed_interface *wg0;
	struct prefix *prefixes = arena_alloc(machine->arena, 5000 * sizeof(*prefixes));
	struct wg_key preshared = key_of(9, 9);
	struct change *change;

	interface->implementation = implementation;
	interface->private_key = key_parsed(alice_private);
	observe(machine, &machine->desired);
	add_interface(machine, interface);
	add(machine, CHANGE_LINK_MTU, "wg0")->value = 1400;
	add(machine, CHANGE_DEVICE_LISTEN_PORT, "wg0")->value = 45678;
	add(machine, CHANGE_DEVICE_FWMARK, "wg0")->value = 0xabcdef01;
	for (unsigned i = 0; i < 5000; i++)
		prefixes[i] = (struct prefix){ .ip = { .family = FAMILY_IPV4,
						       .b = { 10, 1, (uint8_t)(i / 250),
							      (uint8_t)(i % 250) } },
					       .length = 32 };
	change = add_peer_change(machine, CHANGE_PEER_ADD, key_of(1, 1));
	change->allowed_ips = prefixes;
	change->allowed_ips_n = 5000;
	change->preshared_key = &preshared;
	change = add_peer_change(machine, CHANGE_PEER_ADD, key_of(2, 2));
	change->has_endpoint = true;
	ck_assert(endpoint_parse("192.0.2.1:51820", &change->endpoint));
	change->value = 25;
	change = add_peer_change(machine, CHANGE_PEER_ADD, key_of(3, 3));
	change->has_endpoint = true;
	ck_assert(endpoint_parse("[2001:db8::1]:51821", &change->endpoint));
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(3, 3), "2001:db8:3::/48");
	add(machine, CHANGE_LINK_UP, "wg0");
	add_address(machine, CHANGE_ADDRESS_ADD, "wg0", "10.200.0.1/24");
	apply(machine);

	wg0 = seen(machine, "wg0");
	ck_assert(wg0->kind == LINK_WIREGUARD);
	ck_assert(wg0->up);
	ck_assert_uint_eq(wg0->mtu, 1400);
	ck_assert_str_eq(wg0->alias, OWNER_ALIAS INSTANCE);
	ck_assert_int_eq(wg0->implementation, implementation);
	ck_assert_uint_eq(wg0->listen_port, 45678);
	ck_assert_uint_eq(wg0->fwmark, 0xabcdef01);
	ck_assert(wg0->has_private_key);
	ck_assert_uint_eq(wg0->peers.n, 3);
	ck_assert_uint_eq(seen_peer(machine, key_of(1, 1))->allowed_ips.n, 5000);
	for (unsigned i = 0; i < 5000; i++)
		ck_assert(!prefix_compare(&seen_peer(machine, key_of(1, 1))->allowed_ips.at[i],
					  &prefixes[i]));
	ck_assert(!key_compare(&seen_peer(machine, key_of(1, 1))->preshared_key, &preshared));
	ck_assert_uint_eq(seen_peer(machine, key_of(2, 2))->persistent_keepalive, 25);
	ck_assert(seen_peer(machine, key_of(2, 2))->has_endpoint);
	ck_assert_uint_eq(seen_peer(machine, key_of(2, 2))->endpoint.port, 51820);
	ck_assert_uint_eq(seen_peer(machine, key_of(3, 3))->endpoint.ip.family, FAMILY_IPV6);
	ck_assert_uint_eq(seen_peer(machine, key_of(3, 3))->allowed_ips.n, 1);
}

/* The standby takes over, peers change, some prefixes are removed. */
static void wireguard_change(struct machine *machine)
{
	static const struct wg_key none;
	struct change *change;

	change = add_peer_change(machine, CHANGE_PEER_PRESHARED_KEY, key_of(1, 1));
	change->preshared_key = &none;
	change = add_peer_change(machine, CHANGE_PEER_ENDPOINT, key_of(2, 2));
	ck_assert(endpoint_parse("192.0.2.9:9", &change->endpoint));
	add_peer_change(machine, CHANGE_PEER_KEEPALIVE, key_of(3, 3))->value = 11;
	add_peer_change(machine, CHANGE_PEER_TRIGGER, key_of(2, 2))->value = 25;
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(2, 2), "10.1.0.0/32");
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(2, 2), "10.1.0.1/32");
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_REMOVE, key_of(1, 1), "10.1.0.2/32");
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_REMOVE, key_of(1, 1), "10.1.0.3/32");
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_REMOVE, key_of(3, 3), "2001:db8:3::/48");
	apply(machine);

	ck_assert_uint_eq(seen(machine, "wg0")->peers.n, 3);
	ck_assert(key_is_zero(&seen_peer(machine, key_of(1, 1))->preshared_key));
	ck_assert_uint_eq(seen_peer(machine, key_of(1, 1))->allowed_ips.n, 4996);
	ck_assert(!has_allowed_ip(seen_peer(machine, key_of(1, 1)), "10.1.0.3/32"));
	ck_assert(has_allowed_ip(seen_peer(machine, key_of(1, 1)), "10.1.0.4/32"));
	ck_assert_uint_eq(seen_peer(machine, key_of(2, 2))->allowed_ips.n, 2);
	ck_assert(has_allowed_ip(seen_peer(machine, key_of(2, 2)), "10.1.0.0/32"));
	ck_assert_uint_eq(seen_peer(machine, key_of(2, 2))->endpoint.port, 9);
	ck_assert_uint_eq(seen_peer(machine, key_of(2, 2))->persistent_keepalive, 25);
	ck_assert_uint_eq(seen_peer(machine, key_of(3, 3))->persistent_keepalive, 11);
	ck_assert_uint_eq(seen_peer(machine, key_of(3, 3))->allowed_ips.n, 0);
}

/* Removes more than one message's worth, and a peer; updates of a removed one do not add it
 * again. */
static void wireguard_remove(struct machine *machine)
{
	const struct observed_peer *first = seen_peer(machine, key_of(1, 1));
	struct change *change;

	change = add_peer_change(machine, CHANGE_ALLOWED_IP_REMOVE, key_of(1, 1));
	change->allowed_ips = first->allowed_ips.at;
	change->allowed_ips_n = first->allowed_ips.n;
	add_peer_change(machine, CHANGE_PEER_REMOVE, key_of(2, 2));
	apply(machine);
	ck_assert_uint_eq(seen(machine, "wg0")->peers.n, 2);
	ck_assert_uint_eq(seen_peer(machine, key_of(1, 1))->allowed_ips.n, 0);

	add_peer_change(machine, CHANGE_PEER_KEEPALIVE, key_of(2, 2))->value = 5;
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(2, 2), "10.5.0.0/16");
	add_peer_change(machine, CHANGE_PEER_REMOVE, key_of(7, 7));
	apply(machine);
	ck_assert_uint_eq(seen(machine, "wg0")->peers.n, 2);
}

/* The view of show, the record of an earlier run, and the owner's alias. */
static void wireguard_find(struct machine *machine)
{
	struct desired nothing = { .arena = machine->arena, .name = INSTANCE };
	struct desired other = { .arena = machine->arena, .name = "other" };
	struct recorded recorded = { .arena = machine->arena };
	const char *error = NULL;

	make_plain_link(machine, "net0");
	observe(machine, NULL);
	ck_assert_uint_eq(machine->observed.interfaces.n, 1);
	ck_assert(seen(machine, "wg0")->kind == LINK_WIREGUARD);
	ck_assert_uint_eq(count_addresses(machine, "10.200.0.1/24", OWNER_PROTOCOL), 1);
	observe(machine, &nothing);
	ck_assert_uint_eq(machine->observed.interfaces.n, 1);
	observe(machine, &other);
	ck_assert_uint_eq(machine->observed.interfaces.n, 0);
	vec_push(machine->arena, &recorded.interfaces)->name = "net0";
	ck_assert(kernel_observe(machine->kernel, &other, &recorded, &machine->observed,
				 &machine->deadline, &error));
	ck_assert_uint_eq(machine->observed.interfaces.n, 1);
	ck_assert(seen(machine, "net0")->kind != LINK_WIREGUARD);
}

/* In one list with valid changes, only the invalid one fails. */
static void wireguard_blame(struct machine *machine)
{
	struct prefix too_long = { prefix_of("10.7.0.0/16").ip, 77 };
	struct change *changes;

	observe(machine, &machine->desired);
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1), "10.6.0.0/16");
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1), "10.7.0.0/16");
	machine->changes.list.at[1].allowed_ips = &too_long;
	add_allowed_ip(machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1), "10.8.0.0/16");
	kernel_apply(machine->kernel, INSTANCE, &machine->observed, &machine->changes,
		     &machine->deadline);
	changes = machine->changes.list.at;
	ck_assert_int_eq(changes[0].result, CHANGE_DONE);
	ck_assert_int_eq(changes[1].result, CHANGE_FAILED);
	ck_assert_ptr_nonnull(changes[1].error);
	ck_assert_int_eq(changes[2].result, CHANGE_DONE);
	machine->changes.list.n = 0;
	observe(machine, &machine->desired);
	ck_assert_uint_eq(seen_peer(machine, key_of(1, 1))->allowed_ips.n, 2);
}

static void wireguard_delete(struct machine *machine)
{
	add(machine, CHANGE_LINK_REMOVE, "wg0");
	apply(machine);
	ck_assert_ptr_null(observed_interface_find(&machine->observed, "wg0"));
	ck_assert(!wg_user_exists(PROGRAMS, "wg0"));
}

static void wireguard_all(struct machine *machine, enum implementation implementation)
{
	wireguard_make(machine, implementation);
	wireguard_change(machine);
	wireguard_remove(machine);
	wireguard_find(machine);
	wireguard_blame(machine);
	wireguard_delete(machine);
}

START_TEST(test_kernel_wireguard)
{
	struct machine machine;
	struct wg_key public_key = key_parsed(alice_public);

	if (!machine_init(&machine))
		return;
	if (has_kernel_wireguard(&machine)) {
		wireguard_make(&machine, IMPLEMENTATION_KERNEL);
		ck_assert(!key_compare(&seen(&machine, "wg0")->public_key, &public_key));
		wireguard_delete(&machine);
		machine.desired.interfaces.n = 0;
		wireguard_all(&machine, IMPLEMENTATION_KERNEL);
	}
	machine_done(&machine);
}
END_TEST

START_TEST(test_userspace_wireguard)
{
	struct machine machine;

	if (!machine_init(&machine))
		return;
	if (has_userspace_wireguard())
		wireguard_all(&machine, IMPLEMENTATION_USERSPACE);
	machine_done(&machine);
}
END_TEST

/* A tunnel from this machine to itself. */

static void add_end(struct machine *machine, const char *name, enum implementation implementation,
		    const char *private_key, uint16_t port, const char *peer, const char *endpoint,
		    uint16_t keepalive)
{
	struct desired_interface *interface = declare(machine, name);
	struct change *change;

	interface->implementation = implementation;
	interface->private_key = key_parsed(private_key);
	add_interface(machine, interface);
	add(machine, CHANGE_DEVICE_LISTEN_PORT, name)->value = port;
	change = add(machine, CHANGE_PEER_ADD, name);
	change->public_key = key_parsed(peer);
	change->value = keepalive;
	change->has_endpoint = true;
	ck_assert(endpoint_parse(endpoint, &change->endpoint));
	add(machine, CHANGE_LINK_UP, name);
}

static const struct observed_peer *only_peer(struct machine *machine, const char *name)
{
	observe(machine, &machine->desired);
	ck_assert_uint_eq(seen(machine, name)->peers.n, 1);
	return &seen(machine, name)->peers.at[0];
}

/* Waits until the peer has a handshake, or has sent more than this. */
static void wait_for_peer(struct machine *machine, const char *name, uint64_t sent)
{
	for (;;) {
		const struct observed_peer *peer = only_peer(machine, name);

		if (!handshake_is_none(peer->handshake) && peer->tx_bytes > sent)
			return;
		ck_assert(!deadline_passed(&machine->deadline));
		poll(NULL, 0, 20);
	}
}

/* In a live session, a triggered peer sends a keepalive at once, not at the end of its
 * interval of 25 s: 32 bytes, which confirm the handshake. */
static void check_provocation(struct machine *machine, enum implementation implementation)
{
	struct deadline soon;
	uint64_t sent;

	machine->desired.interfaces.n = 0;
	observe(machine, &machine->desired);
	add(machine, CHANGE_LINK_UP, "lo");
	add_end(machine, "wg1", implementation, bob_private, 45002, alice_public, "127.0.0.1:45001",
		0);
	add_end(machine, "wg0", implementation, alice_private, 45001, bob_public, "127.0.0.1:45002",
		25);
	changes_sort(&machine->changes);
	apply(machine);
	wait_for_peer(machine, "wg0", 0);
	poll(NULL, 0, 500);
	sent = only_peer(machine, "wg0")->tx_bytes;
	soon = deadline_in(2000);
	add_peer_change(machine, CHANGE_PEER_TRIGGER, key_parsed(bob_public))->value = 25;
	apply(machine);
	wait_for_peer(machine, "wg0", sent);
	ck_assert(!deadline_passed(&soon));
	ck_assert_uint_eq(only_peer(machine, "wg0")->tx_bytes, sent + 32);
	ck_assert_uint_eq(only_peer(machine, "wg0")->persistent_keepalive, 25);
	add(machine, CHANGE_LINK_REMOVE, "wg0");
	add(machine, CHANGE_LINK_REMOVE, "wg1");
	apply(machine);
}

START_TEST(test_provocation)
{
	struct machine machine;

	if (!machine_init(&machine))
		return;
	if (has_kernel_wireguard(&machine))
		check_provocation(&machine, IMPLEMENTATION_KERNEL);
	if (has_userspace_wireguard())
		check_provocation(&machine, IMPLEMENTATION_USERSPACE);
	machine_done(&machine);
}
END_TEST

/* A device without private key has the public key zero, and wireguard-go skips a peer with
 * the device's own key: prefixes must be removed nevertheless. */
START_TEST(test_userspace_without_key)
{
	struct machine machine;
	struct desired_interface *interface;

	if (!machine_init(&machine))
		return;
	if (!has_userspace_wireguard()) {
		machine_done(&machine);
		return;
	}
	interface = declare(&machine, "wg0");
	interface->implementation = IMPLEMENTATION_USERSPACE;
	observe(&machine, &machine.desired);
	add_link(&machine, interface);
	add_peer_change(&machine, CHANGE_PEER_ADD, key_of(1, 1));
	add_allowed_ip(&machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1), "10.1.0.0/16");
	add_allowed_ip(&machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1), "10.2.0.0/16");
	apply(&machine);
	ck_assert_uint_eq(seen_peer(&machine, key_of(1, 1))->allowed_ips.n, 2);
	add_allowed_ip(&machine, CHANGE_ALLOWED_IP_REMOVE, key_of(1, 1), "10.1.0.0/16");
	apply(&machine);
	ck_assert_uint_eq(seen_peer(&machine, key_of(1, 1))->allowed_ips.n, 1);
	ck_assert_uint_eq(seen(&machine, "wg0")->peers.n, 1);
	wireguard_delete(&machine);
	machine_done(&machine);
}
END_TEST

/* The program must not hold the lock of the run that started it. */
START_TEST(test_lock_is_not_inherited)
{
	struct machine machine;
	struct desired_interface *interface;
	int lock, again;

	if (!machine_init(&machine))
		return;
	if (!has_userspace_wireguard()) {
		machine_done(&machine);
		return;
	}
	lock = open("/run/lock-test", O_CREAT | O_RDWR, 0600);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	interface = declare(&machine, "wg0");
	interface->implementation = IMPLEMENTATION_USERSPACE;
	observe(&machine, &machine.desired);
	add_link(&machine, interface);
	apply(&machine);
	close(lock);
	again = open("/run/lock-test", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(again, 0);
	ck_assert_int_eq(flock(again, LOCK_EX | LOCK_NB), 0);
	close(again);
	wireguard_delete(&machine);
	machine_done(&machine);
}
END_TEST

/* A socket that accepts connections and does not answer, on a link that is not WireGuard's;
 * and one whose program is dead. */
START_TEST(test_silent_program)
{
	struct machine machine;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct deadline deadline;
	const char *error = NULL;
	int listener;

	if (!machine_init(&machine))
		return;
	make_plain_link(&machine, "wg0");
	declare(&machine, "wg0");
	ck_assert_int_eq(mkdir(PROGRAMS, 0700), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/wg0%s", PROGRAMS, WG_USER_SUFFIX);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	deadline = deadline_in(600);
	ck_assert_msg(kernel_observe(machine.kernel, &machine.desired, NULL, &machine.observed,
				     &deadline, &error),
		      "%s", error);
	ck_assert(seen(&machine, "wg0")->kind != LINK_WIREGUARD);
	ck_assert(!deadline_passed(&deadline));
	close(listener);
	ck_assert(wg_user_exists(PROGRAMS, "wg0"));
	observe(&machine, &machine.desired);
	ck_assert(seen(&machine, "wg0")->kind != LINK_WIREGUARD);
	wg_user_forget(PROGRAMS, "wg0");
	ck_assert(!wg_user_exists(PROGRAMS, "wg0"));
	machine_done(&machine);
}
END_TEST

/* If the deadline passes during a large update (in real time only; simulated work takes no
 * time), the finished part stays, and the result matches it. */
START_TEST(test_deadline_in_between)
{
	enum { PREFIXES = 400000 };
	struct machine machine;
	struct prefix *prefixes;
	msec_t time = 10;
	size_t had = 0;

	if (!machine_init(&machine))
		return;
	if (!has_kernel_wireguard(&machine)) {
		machine_done(&machine);
		return;
	}
	ck_assert(make_link(&machine, "wg0", "wireguard"));
	declare(&machine, "wg0");
	observe(&machine, &machine.desired);
	add_peer_change(&machine, CHANGE_PEER_ADD, key_of(1, 1));
	apply(&machine);
	prefixes = arena_alloc(machine.arena, PREFIXES * sizeof(*prefixes));
	for (uint32_t i = 0; i < PREFIXES; i++) {
		prefixes[i] = prefix_of("10.0.0.0/32");
		prefixes[i].ip.b[1] = (uint8_t)(i >> 16);
		prefixes[i].ip.b[2] = (uint8_t)(i >> 8);
		prefixes[i].ip.b[3] = (uint8_t)i;
	}
	while (had < PREFIXES) {
		struct deadline soon = deadline_in(time);
		struct change *change;
		size_t has;

		change = add_peer_change(&machine, CHANGE_ALLOWED_IP_ADD, key_of(1, 1));
		change->allowed_ips = prefixes + had;
		change->allowed_ips_n = PREFIXES - had;
		kernel_apply(machine.kernel, INSTANCE, &machine.observed, &machine.changes, &soon);
		change = &machine.changes.list.at[0];
		observe(&machine, &machine.desired);
		has = seen_peer(&machine, key_of(1, 1))->allowed_ips.n;
		ck_assert_uint_ge(has, had);
		/* On a busy machine even the first message may be too late. */
		if (has == had)
			time *= 2;
		if (change->result == CHANGE_DONE)
			ck_assert_uint_eq(has, PREFIXES);
		else if (has > had || strcmp(change->error, "the deadline passed") != 0)
			ck_assert_str_eq(
				change->error,
				arena_printf(machine.arena,
					     "the deadline passed after %zu of %zu allowed IPs",
					     has - had, PREFIXES - had));
		had = has;
		machine.changes.list.n = 0;
	}
	wireguard_delete(&machine);
	machine_done(&machine);
}
END_TEST

SUITE("kernel", test_addresses, test_routes, test_route_in_the_way, test_many_routes,
      test_many_interfaces, test_rules, test_route_exists, test_missing_interface,
      test_interface_that_cannot_be_made, test_program_without_socket,
      test_kernel_without_wireguard, test_deadline, test_kernel_wireguard, test_userspace_wireguard,
      test_provocation, test_userspace_without_key, test_lock_is_not_inherited, test_silent_program,
      test_deadline_in_between)
