/* SPDX-License-Identifier: MIT */
/*
 * Route lookups.
 */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

/* Since Linux 4.20 (include/uapi/linux/rtnetlink.h): the answer is the table's entry, not
 * the resolved route for this address. Older kernels ignore it. */
#define FLAG_FIB_MATCH 0x2000

/* The answer has the entry's table. IPv6's always has, and rejects the flag
 * (inet6_rtm_valid_getroute_req(), net/ipv6/route.c). */
static unsigned table_flag(const struct ip *to)
{
	return to->family == FAMILY_IPV4 ? RTM_F_LOOKUP_TABLE : 0;
}

struct answer {
	uint8_t type; /* RTN_* */
	struct observed_route route;
	struct ip gateway;
	uint32_t mtu; /* 0: not set */
	bool has_hops;
};

static bool read_metrics(const struct nlattr *attribute, struct answer *answer)
{
	const struct nlattr *metric;

	if (mnl_attr_get_type(attribute) != RTA_METRICS)
		return true;
	mnl_attr_for_each_nested(metric, attribute)
	{
		if (mnl_attr_get_type(metric) == RTAX_MTU && !netlink_u32(metric, &answer->mtu))
			return false;
	}
	return true;
}

static bool read_answer(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct answer *answer = data;
	const struct nlattr *attribute;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	answer->type = header->rtm_type;
	answer->route = (struct observed_route){ .table = header->rtm_table,
						 .protocol = header->rtm_protocol };
	answer->route.destination.ip.family = family_of(header->rtm_family);
	answer->route.destination.length = header->rtm_dst_len;
	if (!answer->route.destination.ip.family ||
	    header->rtm_dst_len > family_bits(answer->route.destination.ip.family))
		return false;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		if (!rtnl_read_route_attribute(attribute, &answer->route) ||
		    !rtnl_read_gateway(attribute, answer->route.destination.ip.family,
				       &answer->gateway) ||
		    !read_metrics(attribute, answer))
			return false;
		answer->has_hops |= type == RTA_MULTIPATH || type == RTA_NH_ID;
	}
	rtnl_show_metric(&answer->route);
	return true;
}

static bool ask(struct netlink *netlink, const struct ip *to, uint32_t scope, uint32_t fwmark,
		unsigned flags, struct answer *answer, const struct deadline *deadline,
		struct failure *failure)
{
	struct rtmsg header = { .rtm_family = af_of(to->family),
				.rtm_dst_len = (uint8_t)family_bits(to->family),
				.rtm_flags = flags | table_flag(to) };
	struct netlink_receiver receiver = { NULL, read_answer, answer };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETROUTE, NLM_F_ACK, &header,
							 sizeof(header));

	*answer = (struct answer){ .type = RTN_UNSPEC };
	netlink_put(request, RTA_DST, to->b, family_bytes(to->family));
	if (fwmark)
		netlink_put_u32(request, RTA_MARK, fwmark);
	if (scope)
		netlink_put_u32(request, RTA_OIF, scope);
	return netlink_request(netlink, request, &receiver, deadline, failure);
}

static bool leads_somewhere(const struct answer *answer)
{
	return answer->type == RTN_UNICAST || answer->type == RTN_LOCAL;
}

/* The kernel's error codes for no route: none at all, an unreachable, a prohibited and a
 * blackhole one, no such family, no such interface. */
static bool says_no_route(int code)
{
	return code == ENETUNREACH || code == EHOSTUNREACH || code == EACCES || code == EINVAL ||
	       code == EAFNOSUPPORT || code == EOPNOTSUPP || code == EADDRNOTAVAIL ||
	       code == ENODEV || code == ENXIO || code == ENETDOWN;
}

bool rtnl_route_exists(struct netlink *netlink, const struct endpoint *endpoint, uint32_t fwmark,
		       const struct deadline *deadline)
{
	struct failure failure;
	struct answer answer;

	if (!ask(netlink, &endpoint->ip, endpoint->scope, fwmark, 0, &answer, deadline, &failure))
		return !says_no_route(failure.code);
	return leads_somewhere(&answer);
}

/* Two requests: only the plain one returns the chosen one of several hops, and only the
 * other one the table's entry. */
void rtnl_route_lookup(struct netlink *netlink, const struct ip *to, uint32_t fwmark,
		       struct observed_lookup *lookup, struct arena *arena,
		       const struct deadline *deadline)
{
	char name[IF_NAMESIZE];
	struct failure failure;
	struct answer answer;

	lookup->device = "";
	if (!to->family || !ask(netlink, to, 0, fwmark, 0, &answer, deadline, &failure))
		return;
	lookup->found = leads_somewhere(&answer) && answer.route.index;
	if (!lookup->found)
		return;
	lookup->index = answer.route.index;
	if (if_indextoname(lookup->index, name))
		lookup->device = arena_strdup(arena, name);
	/* The route may have been removed in between: then the first answer is used. */
	if (!ask(netlink, to, 0, fwmark, FLAG_FIB_MATCH, &answer, deadline, &failure)) {
		answer.route.destination = (struct prefix){ .ip = *to };
		answer.route.destination.length = (uint8_t)family_bits(to->family);
	}
	lookup->destination = answer.route.destination;
	lookup->table = answer.route.table;
	lookup->metric = answer.route.metric;
	lookup->protocol = answer.route.protocol;
	lookup->gateway = answer.gateway;
	lookup->mtu = answer.mtu;
	lookup->has_hops = answer.has_hops;
}
