/* SPDX-License-Identifier: MIT */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* IP6_RT_PRIO_USER (include/net/ip6_route.h): IPv6 has no metric 0. */
#define IPV6_DEFAULT_METRIC 1024

/* Disturbed dumps are repeated until the expected number of routes omitted by all of them is
 * less than this, */
#define LEFT_OUT_MAX 1e-6
/* but at most this many times. */
#define DISTURBED_DUMPS_MAX 8

/* ---- One route ---- */

bool rtnl_read_route_attribute(const struct nlattr *attribute, struct observed_route *route)
{
	switch (mnl_attr_get_type(attribute)) {
	case RTA_DST:
		return netlink_ip(attribute, &route->destination.ip);
	case RTA_TABLE:
		return netlink_u32(attribute, &route->table);
	case RTA_PRIORITY:
		return netlink_u32(attribute, &route->metric);
	case RTA_OIF:
		return netlink_u32(attribute, &route->index);
	case RTA_PREFSRC:
		route->source.family = route->destination.ip.family;
		return netlink_ip(attribute, &route->source);
	default:
		return true;
	}
}

void rtnl_show_metric(struct observed_route *route)
{
	if (route->destination.ip.family == FAMILY_IPV6 && route->metric == IPV6_DEFAULT_METRIC)
		route->metric = 0;
}

static bool read_attribute(const struct nlattr *attribute, struct rtnl_route *route,
			   struct ip *gateway, struct arena *arena)
{
	enum family family = route->route.destination.ip.family;

	switch (mnl_attr_get_type(attribute)) {
	case RTA_GATEWAY:
	case RTA_VIA:
		return rtnl_read_gateway(attribute, family, gateway);
	case RTA_MULTIPATH:
		return rtnl_read_multipath(attribute, family, &route->hops, arena);
	case RTA_NH_ID:
		return netlink_u32(attribute, &route->nexthop);
	default:
		return rtnl_read_route_attribute(attribute, &route->route);
	}
}

bool rtnl_read_route(const struct nlmsghdr *message, struct rtnl_route *route, struct arena *arena,
		     bool *wanted)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct observed_route *read = &route->route;
	const struct nlattr *attribute;
	struct ip gateway = { 0 };

	*read = (struct observed_route){ 0 };
	route->hops.list.n = 0;
	route->nexthop = 0;
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	read->destination.ip.family = family_of(header->rtm_family);
	if (!read->destination.ip.family || header->rtm_type != RTN_UNICAST ||
	    header->rtm_flags & RTM_F_CLONED)
		return true;
	read->destination.length = header->rtm_dst_len;
	read->table = header->rtm_table;
	read->protocol = header->rtm_protocol;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_attribute(attribute, route, &gateway, arena))
			return false;
	}
	rtnl_show_metric(read);
	if (read->index)
		*vec_push(arena, &route->hops.list) = (struct rtnl_hop){ .index = read->index,
									 .gateway = gateway,
									 .dead = header->rtm_flags &
										 RTNH_F_DEAD };
	*wanted = read->table != RT_TABLE_LOCAL && (route->hops.list.n || route->nexthop);
	return read->destination.length <= family_bits(read->destination.ip.family);
}

/* ---- Which are followed ---- */

/* An interface that follows routes, during reading. */
struct follower {
	uint32_t index;
	struct observed_interface *interface;
	struct path_index paths;
	size_t paths_before; /* number before this dump; kept when it is repeated */
	size_t via_before;
};

struct route_reader {
	struct reader base;
	struct arena *scratch;
	uint8_t protocol; /* 0: all */
	struct follower *followers; /* sorted by index */
	size_t followers_n;
	struct rtnl_nexthops nexthops;
	struct rtnl_route route; /* the latest one */
};

static int follower_compare(const void *a_, const void *b_)
{
	const struct follower *a = a_;
	const struct follower *b = b_;

	return a->index < b->index ? -1 : a->index > b->index;
}

static struct follower *follower_of(const struct route_reader *reader, uint32_t index)
{
	struct follower wanted = { .index = index };

	if (!reader->followers_n)
		return NULL;
	return bsearch(&wanted, reader->followers, reader->followers_n, sizeof(wanted),
		       follower_compare);
}

/* Whether the route is followed by the interface of this hop. */
static bool follow_hop(struct route_reader *reader, const struct rtnl_hop *hop, uint32_t nexthop)
{
	const struct observed_route *route = &reader->route.route;
	struct follower *follower = follower_of(reader, hop->index);
	struct observed_path path = { .gateway = hop->gateway,
				      .table = route->table,
				      .metric = route->metric,
				      .nexthop = nexthop,
				      .weight = hop->weight };
	struct observed_via *via;

	if (!follower || hop->dead ||
	    !desired_follows(follower->interface->follow, route->table, route->protocol))
		return false;
	via = vec_push(reader->base.observed->arena, &follower->interface->via);
	via->destination = route->destination;
	via->path = path_index_get(&follower->paths, &path);
	return true;
}

/* The hops of a route with only a next hop object; false if the object is unknown: just created. */
static bool resolve_nexthop(struct route_reader *reader)
{
	struct rtnl_route *route = &reader->route;

	if (route->hops.list.n || !route->nexthop)
		return true;
	if (!rtnl_nexthop_hops(&reader->nexthops, route->nexthop, &route->hops, reader->scratch))
		return false;
	if (route->hops.list.n == 1)
		route->route.index = route->hops.list.at[0].index;
	return true;
}

/* A dump for one interface has only its routes. */
static bool follow_unknown(struct route_reader *reader)
{
	struct rtnl_hop hop = { .index = reader->base.indexes[0] };

	return reader->base.indexes_n == 1 && follow_hop(reader, &hop, reader->route.nexthop);
}

static void take_route(struct route_reader *reader)
{
	struct observed *observed = reader->base.observed;
	const struct observed_route *route = &reader->route.route;
	bool followed = false;

	if (!resolve_nexthop(reader))
		followed = follow_unknown(reader);
	vec_each (hop, &reader->route.hops.list)
		if (hop->gateway.family)
			followed |= follow_hop(reader, hop, 0);
	if (!followed && reader_wants(&reader->base, route->index))
		*vec_push(observed->arena, &observed->routes) = *route;
}

/* ---- Dumps ---- */

static void routes_begin(void *data)
{
	struct route_reader *reader = data;

	reader->base.observed->routes.n = reader->base.before;
	for (size_t i = 0; i < reader->followers_n; i++) {
		struct follower *follower = &reader->followers[i];

		path_index_reset(&follower->paths, follower->paths_before);
		follower->interface->via.n = follower->via_before;
	}
}

static bool routes_message(const struct nlmsghdr *message, void *data)
{
	struct route_reader *reader = data;
	bool wanted;

	if (!rtnl_read_route(message, &reader->route, reader->scratch, &wanted))
		return false;
	/* Kernels before 4.20 do not filter. */
	if (wanted && (!reader->protocol || reader->protocol == reader->route.route.protocol))
		take_route(reader);
	return true;
}

/* One attempt; routes found by earlier ones are kept. index 0: all interfaces. */
static bool dump_once(struct netlink *netlink, struct route_reader *reader, int family,
		      uint32_t index, const struct deadline *deadline, struct failure *failure)
{
	struct rtmsg header = { .rtm_family = (uint8_t)family, .rtm_protocol = reader->protocol };
	struct netlink_receiver receiver = { routes_begin, routes_message, reader };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETROUTE, NLM_F_DUMP,
							 &header, sizeof(header));

	if (index)
		netlink_put_u32(request, RTA_OIF, index);
	for (size_t i = 0; i < reader->followers_n; i++) {
		reader->followers[i].paths_before = reader->followers[i].interface->paths.n;
		reader->followers[i].via_before = reader->followers[i].interface->via.n;
	}
	return netlink_request(netlink, request, &receiver, deadline, failure);
}

static size_t count_via(const struct route_reader *reader)
{
	size_t n = 0;

	for (size_t i = 0; i < reader->followers_n; i++)
		n += reader->followers[i].interface->via.n;
	return n;
}

/* Omitted routes are at the beginning of a part: so each dump is split at different
 * positions. The kernel uses at most 32 KiB (netlink_recvmsg(), net/netlink/af_netlink.c). */
static size_t room_of(int dump)
{
	return dump ? NETLINK_ROOM_MIN + (size_t)dump * 7919 % (24 << 10) : NETLINK_BUFFER;
}

/* A followed route omitted by a dump would appear to be removed. If that may have happened
 * the dump is repeated, and the union of the routes is used: the next run handles routes
 * removed meanwhile. Each removal hides at most one route, so the probability of a hidden
 * route is at most removals / routes, independently in each dump. */
static bool dump_watched(struct netlink *netlink, struct route_reader *reader, uint32_t index,
			 const struct deadline *deadline, struct failure *failure)
{
	struct mnl_socket *socket = removals_watch();
	size_t before = count_via(reader);
	double routes = 0, left_out = 0;
	int dumps = 0;
	bool done;

	do {
		double removals;

		netlink_set_room(netlink, room_of(dumps));
		done = dump_once(netlink, reader, AF_INET6, index, deadline, failure);
		removals = (double)removals_count(socket);
		if (dumps == 0)
			left_out = routes = (double)(count_via(reader) - before) + 1;
		left_out *= removals < routes ? removals / routes : 1;
	} while (done && left_out > LEFT_OUT_MAX && ++dumps < DISTURBED_DUMPS_MAX);
	netlink_set_room(netlink, NETLINK_BUFFER);
	if (socket)
		mnl_socket_close(socket);
	return done;
}

static bool dump_routes(struct netlink *netlink, struct route_reader *reader, int family,
			uint32_t index, const struct deadline *deadline, struct failure *failure)
{
	reader->base.before = reader->base.observed->routes.n;
	if (family == AF_INET6 && reader->followers_n)
		return dump_watched(netlink, reader, index, deadline, failure);
	return dump_once(netlink, reader, family, index, deadline, failure);
}

/* Of each interface, or of all at once. */
static bool dump_family(struct netlink *netlink, const struct route_reader *all, int family,
			const struct deadline *deadline, struct failure *failure)
{
	struct route_reader reader = *all;

	if (all->base.indexes_n > FILTERED_DUMPS_MAX)
		return dump_routes(netlink, &reader, family, 0, deadline, failure);
	reader.base.indexes_n = 1;
	for (size_t i = 0; i < all->base.indexes_n; i++) {
		reader.base.indexes = &all->base.indexes[i];
		reader.followers = follower_of(all, reader.base.indexes[0]);
		reader.followers_n = reader.followers ? 1 : 0;
		if (!dump_routes(netlink, &reader, family, reader.base.indexes[0], deadline,
				 failure) &&
		    failure->code != ENODEV)
			return false;
	}
	return true;
}

/* Not AF_UNSPEC: that would also make the kernel list multicast routing. */
static bool dump_families(struct netlink *netlink, const struct route_reader *reader,
			  const struct deadline *deadline, struct failure *failure)
{
	return dump_family(netlink, reader, AF_INET, deadline, failure) &&
	       dump_family(netlink, reader, AF_INET6, deadline, failure);
}

/* ---- Entry point ---- */

static void find_followers(struct route_reader *reader)
{
	struct observed *observed = reader->base.observed;

	reader->followers = arena_alloc(reader->scratch,
					observed->interfaces.n * sizeof(*reader->followers));
	vec_each (interface, &observed->interfaces) {
		struct follower *follower = &reader->followers[reader->followers_n];

		if (!interface->follow)
			continue;
		follower->index = interface->index;
		follower->interface = interface;
		path_index_init(&follower->paths, interface, observed->arena, reader->scratch);
		reader->followers_n++;
	}
	if (reader->followers_n)
		qsort(reader->followers, reader->followers_n, sizeof(*reader->followers),
		      follower_compare);
}

static bool read_all(struct netlink *netlink, struct route_reader *reader,
		     const struct deadline *deadline, struct failure *failure)
{
	find_followers(reader);
	if (reader->followers_n &&
	    !rtnl_nexthops(netlink, &reader->nexthops, reader->scratch, deadline, failure))
		return false;
	return dump_families(netlink, reader, deadline, failure);
}

static bool any_follows(const struct observed *observed)
{
	vec_each (interface, &observed->interfaces)
		if (interface->follow)
			return true;
	return false;
}

/* The interface may have been removed, and another one created with its name. */
static void take_earlier_paths(struct observed *observed)
{
	vec_each (interface, &observed->interfaces) {
		const struct observed_interface *before = observed_interface_find(observed->earlier,
										  interface->name);

		if (!interface->follow || !before || before->index != interface->index)
			continue;
		interface->paths = before->paths;
		interface->via = before->via;
	}
}

/* The kernel adds and removes its own with addresses. */
static bool is_read_again(const struct observed *observed, uint8_t protocol)
{
	return !observed->routes_untouched &&
	       (protocol == OWNER_PROTOCOL || protocol == RTPROT_KERNEL);
}

static bool read_again(struct netlink *netlink, struct route_reader *reader,
		       const struct deadline *deadline, struct failure *failure)
{
	struct observed *observed = reader->base.observed;

	take_earlier_paths(observed);
	vec_each (route, &observed->earlier->routes)
		if (!is_read_again(observed, route->protocol) &&
		    reader_wants(&reader->base, route->index))
			*vec_push(observed->arena, &observed->routes) = *route;
	if (observed->routes_untouched)
		return true;
	reader->protocol = OWNER_PROTOCOL;
	if (!dump_families(netlink, reader, deadline, failure))
		return false;
	reader->protocol = RTPROT_KERNEL;
	return dump_families(netlink, reader, deadline, failure);
}

bool rtnl_routes(struct netlink *netlink, struct observed *observed,
		 const struct deadline *deadline, struct failure *failure)
{
	struct route_reader reader = { .scratch = arena_new() };
	bool done;

	reader_init(&reader.base, observed);
	if (observed->earlier && any_follows(observed))
		done = read_again(netlink, &reader, deadline, failure);
	else
		done = read_all(netlink, &reader, deadline, failure);
	arena_free(reader.scratch);
	return done;
}

/* ---- Writing ---- */

static struct nlmsghdr *route_message(struct netlink_batch *batch, uint16_t type, uint16_t flags,
				      const struct observed_route *route)
{
	const struct prefix *destination = &route->destination;
	bool ipv4 = destination->ip.family == FAMILY_IPV4;
	struct rtmsg header = {
		.rtm_family = af_of(destination->ip.family),
		.rtm_dst_len = destination->length,
		.rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol,
		.rtm_scope = ipv4 && !route->unreachable ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = route->unreachable ? RTN_UNREACHABLE : RTN_UNICAST
	};
	uint32_t metric = route->metric ? route->metric : ipv4 ? 0 : IPV6_DEFAULT_METRIC;
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	if (!message)
		return NULL;
	netlink_put(message, RTA_DST, destination->ip.b, family_bytes(destination->ip.family));
	netlink_put_u32(message, RTA_TABLE, route->table);
	if (!route->unreachable)
		netlink_put_u32(message, RTA_OIF, route->index);
	if (metric)
		netlink_put_u32(message, RTA_PRIORITY, metric);
	if (route->source.family && type == RTM_NEWROUTE)
		netlink_put(message, RTA_PREFSRC, route->source.b,
			    family_bytes(route->source.family));
	return message;
}

bool rtnl_put_route_add(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

bool rtnl_put_route_replace(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
}

bool rtnl_put_route_beside(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, route);
}

bool rtnl_put_route_remove(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_DELROUTE, 0, route);
}
