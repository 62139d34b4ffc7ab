/* SPDX-License-Identifier: MIT */
/*
 * fuzz_routes: a kernel datagram with next hop objects and routes that refer to them, parsed
 * as netlink, with all messages for our request. The routes' hops are looked up in the
 * objects, and their paths are kept.
 */
#include "system/kernel/rtnl_parts.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DATAGRAM_MAX 65536

struct target {
	struct arena *arena;
	struct rtnl_nexthops nexthops;
	struct rtnl_route route;
	struct observed_interface interface;
	struct path_index index;
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void check_hop(struct target *target, const struct rtnl_hop *hop)
{
	const struct observed_route *route = &target->route.route;
	struct observed_path path = { .gateway = hop->gateway,
				      .table = route->table,
				      .metric = route->metric,
				      .nexthop = target->route.nexthop,
				      .weight = hop->weight };
	uint32_t number = path_index_get(&target->index, &path);

	check(hop->gateway.family == FAMILY_NONE || hop->gateway.family == FAMILY_IPV4 ||
	      hop->gateway.family == FAMILY_IPV6);
	check(number < target->interface.paths.n);
	check(target->interface.paths.at[number].weight == hop->weight);
	check(path_index_get(&target->index, &path) == number);
}

static bool read_route(const struct nlmsghdr *message, struct target *target)
{
	struct rtnl_route *route = &target->route;
	bool wanted;

	if (!rtnl_read_route(message, route, target->arena, &wanted))
		return false;
	if (!wanted)
		return true;
	check(route->route.destination.ip.family == FAMILY_IPV4 ||
	      route->route.destination.ip.family == FAMILY_IPV6);
	check(route->route.destination.length <= family_bits(route->route.destination.ip.family));
	check(route->hops.list.n || route->nexthop);
	if (!route->hops.list.n)
		rtnl_nexthop_hops(&target->nexthops, route->nexthop, &route->hops, target->arena);
	vec_each (hop, &route->hops.list)
		check_hop(target, hop);
	return true;
}

static bool read_message(const struct nlmsghdr *message, struct target *target)
{
	if (message->nlmsg_type == RTM_NEWNEXTHOP)
		return rtnl_read_nexthop(message, &target->nexthops, target->arena);
	return read_route(message, target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target target = { 0 };
	const struct nlmsghdr *message;
	size_t at = 0;
	char *datagram;

	if (size > DATAGRAM_MAX)
		return 0;
	/* An aligned copy of exact size, so that the sanitizer detects its end. */
	datagram = malloc(size ? size : 1);
	if (!datagram)
		return 0;
	memcpy(datagram, data, size);
	target.arena = arena_new();
	path_index_init(&target.index, &target.interface, target.arena, target.arena);
	while ((message = netlink_next(datagram, size, &at)) && read_message(message, &target))
		continue;
	arena_free(target.arena);
	free(datagram);
	return 0;
}
