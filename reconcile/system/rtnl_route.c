/* SPDX-License-Identifier: MIT */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

/* IP6_RT_PRIO_USER (include/net/ip6_route.h): IPv6 has no metric 0. */
#define IPV6_DEFAULT_METRIC 1024

static bool read_route_attribute(const struct nlattr *attribute, struct observed_route *route)
{
	switch (mnl_attr_get_type(attribute)) {
	case RTA_DST:
		return read_ip(attribute, &route->destination.ip);
	case RTA_TABLE:
		return netlink_u32(attribute, &route->table);
	case RTA_PRIORITY:
		return netlink_u32(attribute, &route->metric);
	case RTA_OIF:
		return netlink_u32(attribute, &route->index);
	default:
		return true;
	}
}

bool rtnl_read_route(const struct nlmsghdr *message, struct observed_route *route, bool *wanted)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	*route = (struct observed_route){ 0 };
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	route->destination.ip.family = family_of(header->rtm_family);
	if (!route->destination.ip.family || header->rtm_type != RTN_UNICAST ||
	    header->rtm_flags & RTM_F_CLONED)
		return true;
	route->destination.length = header->rtm_dst_len;
	route->table = header->rtm_table;
	route->protocol = header->rtm_protocol;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_route_attribute(attribute, route))
			return false;
	}
	if (route->destination.ip.family == FAMILY_IPV6 && route->metric == IPV6_DEFAULT_METRIC)
		route->metric = 0;
	*wanted = route->index && route->table != RT_TABLE_LOCAL;
	return route->destination.length <= family_bits(route->destination.ip.family);
}

static void routes_begin(void *data)
{
	struct reader *reader = data;

	reader->observed->routes.n = reader->before;
}

static bool routes_message(const struct nlmsghdr *message, void *data)
{
	struct reader *reader = data;
	struct observed_route route;
	bool wanted;

	if (!rtnl_read_route(message, &route, &wanted))
		return false;
	if (wanted && reader_wants(reader, route.index))
		*vec_push(reader->observed->arena, &reader->observed->routes) = route;
	return true;
}

/* index 0: of all interfaces. */
static bool dump_routes(struct netlink *netlink, struct reader *reader, int family, uint32_t index,
			const struct deadline *deadline, struct failure *failure)
{
	struct rtmsg header = { .rtm_family = (uint8_t)family };
	struct netlink_receiver receiver = { routes_begin, routes_message, reader };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETROUTE, NLM_F_DUMP,
							 &header, sizeof(header));

	if (index)
		netlink_put_u32(request, RTA_OIF, index);
	reader->before = reader->observed->routes.n;
	return netlink_request(netlink, request, &receiver, deadline, failure);
}

static bool dump_routes_of(struct netlink *netlink, const struct reader *all, int family,
			   const struct deadline *deadline, struct failure *failure)
{
	struct reader reader = *all;

	if (all->indexes_n > FILTERED_DUMPS_MAX)
		return dump_routes(netlink, &reader, family, 0, deadline, failure);
	reader.indexes_n = 1;
	for (size_t i = 0; i < all->indexes_n; i++) {
		reader.indexes = &all->indexes[i];
		if (!dump_routes(netlink, &reader, family, reader.indexes[0], deadline, failure) &&
		    failure->code != ENODEV)
			return false;
	}
	return true;
}

/* Not AF_UNSPEC: that would also make the kernel list multicast routing. */
bool rtnl_routes(struct netlink *netlink, struct observed *observed,
		 const struct deadline *deadline, struct failure *failure)
{
	struct reader reader;

	reader_init(&reader, observed);
	return dump_routes_of(netlink, &reader, AF_INET, deadline, failure) &&
	       dump_routes_of(netlink, &reader, AF_INET6, deadline, failure);
}

static struct nlmsghdr *route_message(struct netlink_batch *batch, uint16_t type, uint16_t flags,
				      const struct observed_route *route)
{
	const struct prefix *destination = &route->destination;
	bool ipv4 = destination->ip.family == FAMILY_IPV4;
	struct rtmsg header = { .rtm_family = af_of(destination->ip.family),
				.rtm_dst_len = destination->length,
				.rtm_table = route->table < 256 ? (uint8_t)route->table
								: RT_TABLE_UNSPEC,
				.rtm_protocol = route->protocol,
				.rtm_scope = ipv4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
				.rtm_type = RTN_UNICAST };
	uint32_t metric = route->metric ? route->metric : ipv4 ? 0 : IPV6_DEFAULT_METRIC;
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	if (!message)
		return NULL;
	netlink_put(message, RTA_DST, destination->ip.b, family_bytes(destination->ip.family));
	netlink_put_u32(message, RTA_TABLE, route->table);
	netlink_put_u32(message, RTA_OIF, route->index);
	if (metric)
		netlink_put_u32(message, RTA_PRIORITY, metric);
	return message;
}

bool rtnl_put_route_add(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route);
}

bool rtnl_put_route_remove(struct netlink_batch *batch, const struct observed_route *route)
{
	return route_message(batch, RTM_DELROUTE, 0, route);
}

