/* SPDX-License-Identifier: MIT */
/*
 * fuzz_wgdump: a kernel datagram, parsed as netlink and by the readers of WireGuard's and
 * rtnetlink's dumps. The input's first byte selects the reader; the rest is the datagram,
 * with all messages for our request.
 */
#include "base/os/netlink.h"
#include "system/kernel/rtnl.h"
#include "system/wireguard/wg_kernel.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEQUENCE 1
#define PORT 2
#define DATAGRAM_MAX 65536

struct target {
	struct arena *arena;
	struct observed_interface interface;
	uint8_t which;
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_prefix(const struct prefix *prefix)
{
	check(prefix->ip.family == FAMILY_IPV4 || prefix->ip.family == FAMILY_IPV6);
	check(prefix->length <= family_bits(prefix->ip.family));
}

static void check_route(const struct rtnl_route *route)
{
	check_prefix(&route->route.destination);
	check(route->hops.list.n || route->nexthop);
	vec_each (hop, &route->hops.list)
		check(hop->gateway.family == FAMILY_NONE || hop->gateway.family == FAMILY_IPV4 ||
		      hop->gateway.family == FAMILY_IPV6);
}

static bool read_rtnl(const struct nlmsghdr *message, struct target *target)
{
	struct observed_address address;
	struct rtnl_route route = { 0 };
	struct observed_rule rule;
	struct rtnl_link link;
	bool wanted = false;
	bool good;

	switch (target->which % 5) {
	case 1:
		good = rtnl_read_link(message, &link, target->arena);
		check(!good || (link.name && link.kind && link.alias));
		return good;
	case 2:
		good = rtnl_read_address(message, &address, &wanted);
		if (good && wanted)
			check_prefix(&address.prefix);
		return good;
	case 3:
		good = rtnl_read_route(message, &route, target->arena, &wanted);
		if (good && wanted)
			check_route(&route);
		return good;
	default:
		return rtnl_read_rule(message, &rule, &wanted);
	}
}

static bool read_message(const struct nlmsghdr *message, void *data)
{
	struct target *target = data;
	bool good;

	if (target->which % 5)
		return read_rtnl(message, target);
	good = wg_kernel_read(message, &target->interface, target->arena, target->arena);
	if (!good)
		return false;
	vec_each (peer, &target->interface.peers) {
		vec_each (prefix, &peer->allowed_ips)
			check_prefix(prefix);
	}
	return true;
}

/* Sequence and port are the same for all, so that the fuzzer does not have to guess them. */
static void address_to_us(char *datagram, size_t size)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	while ((message = netlink_next(datagram, size, &at))) {
		struct nlmsghdr *ours = (struct nlmsghdr *)(datagram +
							    ((const char *)message - datagram));

		ours->nlmsg_seq = SEQUENCE;
		ours->nlmsg_pid = PORT;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target target = { 0 };
	struct netlink_receiver receiver = { NULL, read_message, &target };
	struct netlink_answer answer = { SEQUENCE, PORT, false, &receiver };
	struct failure failure = { 0 };
	char *datagram;

	if (size < 1 || size > DATAGRAM_MAX)
		return 0;
	/* An aligned copy of exact size, so that the sanitizer detects its end. */
	datagram = malloc(size > 1 ? size - 1 : 1);
	if (!datagram)
		return 0;
	memcpy(datagram, data + 1, size - 1);
	target.arena = arena_new();
	target.which = data[0];
	address_to_us(datagram, size - 1);
	netlink_answer_read(&answer, datagram, size - 1, &failure);
	arena_free(target.arena);
	free(datagram);
	return 0;
}
