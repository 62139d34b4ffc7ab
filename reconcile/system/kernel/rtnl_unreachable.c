/* SPDX-License-Identifier: MIT */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>

bool rtnl_read_unreachable(const struct nlmsghdr *message, struct observed_route *route,
			   bool *wanted)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	*route = (struct observed_route){ .unreachable = true };
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	route->destination.ip.family = family_of(header->rtm_family);
	if (!route->destination.ip.family || header->rtm_type != RTN_UNREACHABLE ||
	    header->rtm_protocol != OWNER_PROTOCOL)
		return true;
	route->destination.length = header->rtm_dst_len;
	route->table = header->rtm_table;
	route->protocol = header->rtm_protocol;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!rtnl_read_route_attribute(attribute, route))
			return false;
	}
	/* IPv6 reports the loopback interface, which is ignored. */
	route->index = 0;
	rtnl_show_metric(route);
	*wanted = true;
	return route->destination.length <= family_bits(route->destination.ip.family);
}

struct unreachable_reader {
	struct reader base;
	uint32_t table;
};

static void unreachable_begin(void *data)
{
	struct unreachable_reader *reader = data;

	reader->base.observed->unreachable.n = reader->base.before;
}

/* Kernels before 4.20 do not filter. */
static bool unreachable_message(const struct nlmsghdr *message, void *data)
{
	struct unreachable_reader *reader = data;
	struct observed *observed = reader->base.observed;
	struct observed_route route;
	bool wanted;

	if (!rtnl_read_unreachable(message, &route, &wanted))
		return false;
	if (wanted && route.table == reader->table)
		*vec_push(observed->arena, &observed->unreachable) = route;
	return true;
}

static bool dump_table(struct netlink *netlink, struct observed *observed, int family,
		       uint32_t table, const struct deadline *deadline, struct failure *failure)
{
	struct rtmsg header = { .rtm_family = (uint8_t)family,
				.rtm_protocol = OWNER_PROTOCOL,
				.rtm_type = RTN_UNREACHABLE };
	struct unreachable_reader reader = {
		.base = { .observed = observed, .before = observed->unreachable.n },
		.table = table,
	};
	struct netlink_receiver receiver = { unreachable_begin, unreachable_message, &reader };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETROUTE, NLM_F_DUMP,
							 &header, sizeof(header));

	netlink_put_u32(request, RTA_TABLE, table);
	if (netlink_request(netlink, request, &receiver, deadline, failure))
		return true;
	/* No such table, or no such family. */
	return failure->code == ENOENT || failure->code == EAFNOSUPPORT ||
	       failure->code == EOPNOTSUPP;
}

bool rtnl_unreachable(struct netlink *netlink, struct observed *observed, const uint32_t *tables,
		      size_t tables_n, const struct deadline *deadline, struct failure *failure)
{
	for (size_t i = 0; i < tables_n; i++)
		if (!dump_table(netlink, observed, AF_INET, tables[i], deadline, failure) ||
		    !dump_table(netlink, observed, AF_INET6, tables[i], deadline, failure))
			return false;
	return true;
}
