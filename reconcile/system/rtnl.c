/* SPDX-License-Identifier: MIT */
#include "rtnl.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>

/* Up to this many interfaces, one filtered dump for each is less work than one
 * of everything. */
#define FILTERED_DUMPS_MAX 8

/* IP6_RT_PRIO_USER (include/net/ip6_route.h): IPv6 has no metric 0. */
#define IPV6_DEFAULT_METRIC 1024

/* Since Linux 5.18 (include/uapi/linux/if_addr.h). */
#define ATTRIBUTE_IFA_PROTO (IFA_TARGET_NETNSID + 1)

static int af_of(enum family family)
{
	return family == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

static enum family family_of(int af)
{
	if (af == AF_INET)
		return FAMILY_IPV4;
	return af == AF_INET6 ? FAMILY_IPV6 : FAMILY_NONE;
}

static bool read_ip(const struct nlattr *attribute, struct ip *ip)
{
	return netlink_bytes(attribute, ip->b, family_bytes(ip->family));
}

/* Links. */

static bool read_kind(const struct nlattr *nest, struct rtnl_link *link, struct arena *arena)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		const char *kind;

		if (mnl_attr_get_type(attribute) != IFLA_INFO_KIND)
			continue;
		kind = netlink_string(attribute);
		if (!kind)
			return false;
		link->kind = arena_strdup(arena, kind);
	}
	return true;
}

static bool read_link_attribute(const struct nlattr *attribute, struct rtnl_link *link,
				struct arena *arena)
{
	const char *text;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
	case IFLA_IFALIAS:
		text = netlink_string(attribute);
		if (!text)
			return false;
		if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
			link->name = arena_strdup(arena, text);
		else
			link->alias = arena_strdup(arena, text);
		return true;
	case IFLA_MTU:
		return netlink_u32(attribute, &link->mtu);
	case IFLA_LINKINFO:
		return read_kind(attribute, link, arena);
	default:
		return true;
	}
}

bool rtnl_read_link(const struct nlmsghdr *message, struct rtnl_link *link, struct arena *arena)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;

	*link = (struct rtnl_link){ .kind = "", .alias = "" };
	if (message->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	link->index = (uint32_t)header->ifi_index;
	link->up = header->ifi_flags & IFF_UP;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_link_attribute(attribute, link, arena))
			return false;
	}
	return link->name && link->index;
}

struct links_reader {
	struct rtnl_links *links;
	struct arena *arena;
};

static void links_begin(void *data)
{
	struct links_reader *reader = data;

	reader->links->list.n = 0;
}

static bool links_message(const struct nlmsghdr *message, void *data)
{
	struct links_reader *reader = data;

	return rtnl_read_link(message, vec_push(reader->arena, &reader->links->list),
			      reader->arena);
}

static struct nlmsghdr *link_request(struct netlink_message *message, uint16_t flags)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *request = netlink_message_begin(message, RTM_GETLINK, flags, &header,
							 sizeof(header));

	netlink_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return request;
}

bool rtnl_links(struct netlink *netlink, struct rtnl_links *links, struct arena *arena,
		const struct deadline *deadline, struct failure *failure)
{
	struct links_reader reader = { links, arena };
	struct netlink_receiver receiver = { links_begin, links_message, &reader };
	struct netlink_message message;

	return netlink_request(netlink, link_request(&message, NLM_F_DUMP), &receiver, deadline,
			       failure);
}

bool rtnl_link(struct netlink *netlink, const char *name, struct rtnl_link *link,
	       struct arena *arena, const struct deadline *deadline, struct failure *failure)
{
	struct rtnl_links links = { 0 };
	struct links_reader reader = { &links, arena };
	struct netlink_receiver receiver = { links_begin, links_message, &reader };
	struct netlink_message message;
	struct nlmsghdr *request = link_request(&message, NLM_F_ACK);

	netlink_put_string(request, IFLA_IFNAME, name);
	if (!netlink_request(netlink, request, &receiver, deadline, failure))
		return false;
	if (links.list.n != 1)
		return failure_set(failure, ENODEV, "%s", name);
	*link = links.list.at[0];
	return true;
}

bool rtnl_put_link_add(struct netlink_batch *batch, const char *name, const char *kind)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *message = netlink_batch_begin(
		batch, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	struct nlattr *info;

	if (!message)
		return false;
	netlink_put_string(message, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(message, IFLA_LINKINFO);
	netlink_put_string(message, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(message, info);
	return true;
}

/* A message of its own: the kernel ignores the alias of a link that is being made
 * (rtnl_create_link(), net/core/rtnetlink.c). */
bool rtnl_put_link_alias(struct netlink_batch *batch, const char *name, const char *alias)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *message = netlink_batch_begin(batch, RTM_SETLINK, 0, &header,
						       sizeof(header));

	if (!message)
		return false;
	netlink_put_string(message, IFLA_IFNAME, name);
	/* Without its terminator, as the kernel stores and returns it. */
	netlink_put(message, IFLA_IFALIAS, alias, strlen(alias));
	return true;
}

bool rtnl_put_link_mtu(struct netlink_batch *batch, uint32_t index, uint32_t mtu)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct nlmsghdr *message = netlink_batch_begin(batch, RTM_SETLINK, 0, &header,
						       sizeof(header));

	if (!message)
		return false;
	netlink_put_u32(message, IFLA_MTU, mtu);
	return true;
}

bool rtnl_put_link_up(struct netlink_batch *batch, uint32_t index)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC,
				    .ifi_index = (int)index,
				    .ifi_flags = IFF_UP,
				    .ifi_change = IFF_UP };

	return netlink_batch_begin(batch, RTM_SETLINK, 0, &header, sizeof(header));
}

bool rtnl_put_link_remove(struct netlink_batch *batch, uint32_t index)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };

	return netlink_batch_begin(batch, RTM_DELLINK, 0, &header, sizeof(header));
}

/* Dumps of what belongs to interfaces. */

struct reader {
	struct observed *observed;
	const uint32_t *indexes; /* sorted */
	size_t indexes_n;
	size_t before; /* elements that this dump must not touch */
};

static int index_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void reader_init(struct reader *reader, struct observed *observed)
{
	size_t n = observed->interfaces.n;
	uint32_t *indexes = arena_alloc(observed->arena, n * sizeof(*indexes));

	for (size_t i = 0; i < n; i++)
		indexes[i] = observed->interfaces.at[i].index;
	if (n)
		qsort(indexes, n, sizeof(*indexes), index_compare);
	*reader = (struct reader){ .observed = observed, .indexes = indexes, .indexes_n = n };
}

static bool is_wanted(const struct reader *reader, uint32_t index)
{
	return reader->indexes_n &&
	       bsearch(&index, reader->indexes, reader->indexes_n, sizeof(index), index_compare);
}

/* Addresses. */

bool rtnl_read_address(const struct nlmsghdr *message, struct observed_address *address,
		       bool *wanted)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	bool has_local = false;
	bool has_address = false;

	*address = (struct observed_address){ 0 };
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	address->index = header->ifa_index;
	address->prefix.length = header->ifa_prefixlen;
	address->prefix.ip.family = family_of(header->ifa_family);
	if (!address->prefix.ip.family)
		return true;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		/* With both, IFA_ADDRESS is the other end's. */
		if (type == IFA_LOCAL)
			has_local = read_ip(attribute, &address->prefix.ip);
		else if (type == IFA_ADDRESS && !has_local)
			has_address = read_ip(attribute, &address->prefix.ip);
		else if (type == ATTRIBUTE_IFA_PROTO && !netlink_u8(attribute, &address->protocol))
			return false;
	}
	*wanted = true;
	return (has_local || has_address) &&
	       address->prefix.length <= family_bits(address->prefix.ip.family);
}

static void addresses_begin(void *data)
{
	struct reader *reader = data;

	reader->observed->addresses.n = reader->before;
}

static bool addresses_message(const struct nlmsghdr *message, void *data)
{
	struct reader *reader = data;
	struct observed_address address;
	bool wanted;

	if (!rtnl_read_address(message, &address, &wanted))
		return false;
	if (wanted && is_wanted(reader, address.index))
		*vec_push(reader->observed->arena, &reader->observed->addresses) = address;
	return true;
}

/* index 0: of all interfaces. */
static bool dump_addresses(struct netlink *netlink, struct reader *reader, uint32_t index,
			   const struct deadline *deadline, struct failure *failure)
{
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC, .ifa_index = index };
	struct netlink_receiver receiver = { addresses_begin, addresses_message, reader };
	struct netlink_message message;

	reader->before = reader->observed->addresses.n;
	return netlink_request(
		netlink,
		netlink_message_begin(&message, RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header)),
		&receiver, deadline, failure);
}

bool rtnl_addresses(struct netlink *netlink, struct observed *observed,
		    const struct deadline *deadline, struct failure *failure)
{
	struct reader reader;

	reader_init(&reader, observed);
	if (reader.indexes_n > FILTERED_DUMPS_MAX)
		return dump_addresses(netlink, &reader, 0, deadline, failure);
	for (size_t i = 0; i < reader.indexes_n; i++) {
		struct reader one = { .observed = observed,
				      .indexes = &reader.indexes[i],
				      .indexes_n = 1 };

		/* An interface that has gone meanwhile has no addresses. */
		if (!dump_addresses(netlink, &one, one.indexes[0], deadline, failure) &&
		    failure->code != ENODEV)
			return false;
	}
	return true;
}

static struct nlmsghdr *address_message(struct netlink_batch *batch, uint16_t type, uint16_t flags,
					const struct observed_address *address)
{
	struct ifaddrmsg header = { .ifa_family = (uint8_t)af_of(address->prefix.ip.family),
				    .ifa_prefixlen = address->prefix.length,
				    .ifa_index = address->index };
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	if (message)
		netlink_put(message, IFA_LOCAL, address->prefix.ip.b,
			    family_bytes(address->prefix.ip.family));
	return message;
}

bool rtnl_put_address_add(struct netlink_batch *batch, const struct observed_address *address)
{
	struct nlmsghdr *message = address_message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
						   address);

	if (!message)
		return false;
	netlink_put(message, IFA_ADDRESS, address->prefix.ip.b,
		    family_bytes(address->prefix.ip.family));
	if (address->protocol)
		netlink_put_u8(message, ATTRIBUTE_IFA_PROTO, address->protocol);
	return true;
}

bool rtnl_put_address_remove(struct netlink_batch *batch, const struct observed_address *address)
{
	return address_message(batch, RTM_DELADDR, 0, address);
}

/* Routes. */

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
	if (wanted && is_wanted(reader, route.index))
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
	struct rtmsg header = { .rtm_family = (uint8_t)af_of(destination->ip.family),
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

/* Where would a packet go? */

static bool route_type(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	uint8_t *type = data;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	*type = header->rtm_type;
	return true;
}

/* The kernel's ways to say that no route leads there: none at all, an unreachable,
 * a prohibited and a blackhole one, no such family, no such interface. */
static bool says_no_route(int code)
{
	return code == ENETUNREACH || code == EHOSTUNREACH || code == EACCES || code == EINVAL ||
	       code == EAFNOSUPPORT || code == EOPNOTSUPP || code == EADDRNOTAVAIL ||
	       code == ENODEV || code == ENXIO || code == ENETDOWN;
}

bool rtnl_route_exists(struct netlink *netlink, const struct endpoint *endpoint, uint32_t fwmark,
		       const struct deadline *deadline)
{
	struct rtmsg header = { .rtm_family = (uint8_t)af_of(endpoint->ip.family),
				.rtm_dst_len = (uint8_t)family_bits(endpoint->ip.family) };
	uint8_t type = RTN_UNSPEC;
	struct netlink_receiver receiver = { NULL, route_type, &type };
	struct netlink_message message;
	struct failure failure;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETROUTE, NLM_F_ACK, &header,
							 sizeof(header));

	netlink_put(request, RTA_DST, endpoint->ip.b, family_bytes(endpoint->ip.family));
	if (fwmark)
		netlink_put_u32(request, RTA_MARK, fwmark);
	if (endpoint->scope)
		netlink_put_u32(request, RTA_OIF, endpoint->scope);
	if (!netlink_request(netlink, request, &receiver, deadline, &failure))
		return !says_no_route(failure.code);
	return type == RTN_UNICAST || type == RTN_LOCAL;
}

/* Rules. */

static bool read_rule_attribute(const struct nlattr *attribute, struct observed_rule *rule,
				uint8_t *protocol)
{
	uint32_t number;

	switch (mnl_attr_get_type(attribute)) {
	case FRA_PRIORITY:
		return netlink_u32(attribute, &rule->priority);
	case FRA_TABLE:
		return netlink_u32(attribute, &rule->table);
	case FRA_FWMARK:
		return netlink_u32(attribute, &rule->fwmark);
	case FRA_PROTOCOL:
		return netlink_u8(attribute, protocol);
	case FRA_SUPPRESS_PREFIXLEN:
		if (!netlink_u32(attribute, &number))
			return false;
		/* The kernel's "none" is -1, too. */
		rule->suppress_prefix_length = (int32_t)number;
		return true;
	default:
		return true;
	}
}

bool rtnl_read_rule(const struct nlmsghdr *message, struct observed_rule *rule, bool *wanted)
{
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	uint8_t protocol = 0;

	*rule = (struct observed_rule){ .suppress_prefix_length = -1 };
	*wanted = false;
	if (message->nlmsg_type != RTM_NEWRULE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	rule->family = family_of(header->family);
	rule->table = header->table;
	rule->not_fwmark = header->flags & FIB_RULE_INVERT;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_rule_attribute(attribute, rule, &protocol))
			return false;
	}
	*wanted = rule->family && protocol == OWNER_PROTOCOL;
	return true;
}

static void rules_begin(void *data)
{
	struct reader *reader = data;

	reader->observed->rules.n = reader->before;
}

static bool rules_message(const struct nlmsghdr *message, void *data)
{
	struct reader *reader = data;
	struct observed_rule rule;
	bool wanted;

	if (!rtnl_read_rule(message, &rule, &wanted))
		return false;
	if (wanted)
		*vec_push(reader->observed->arena, &reader->observed->rules) = rule;
	return true;
}

static bool dump_rules(struct netlink *netlink, struct observed *observed, int family,
		       const struct deadline *deadline, struct failure *failure)
{
	struct fib_rule_hdr header = { .family = (uint8_t)family };
	struct reader reader = { .observed = observed, .before = observed->rules.n };
	struct netlink_receiver receiver = { rules_begin, rules_message, &reader };
	struct netlink_message message;
	struct nlmsghdr *request = netlink_message_begin(&message, RTM_GETRULE, NLM_F_DUMP, &header,
							 sizeof(header));

	if (netlink_request(netlink, request, &receiver, deadline, failure))
		return true;
	/* A kernel without policy routing for this family has no rules. */
	return failure->code == EAFNOSUPPORT || failure->code == EOPNOTSUPP;
}

bool rtnl_rules(struct netlink *netlink, struct observed *observed, const struct deadline *deadline,
		struct failure *failure)
{
	return dump_rules(netlink, observed, AF_INET, deadline, failure) &&
	       dump_rules(netlink, observed, AF_INET6, deadline, failure);
}

static bool put_rule(struct netlink_batch *batch, uint16_t type, uint16_t flags,
		     const struct observed_rule *rule)
{
	struct fib_rule_hdr header = { .family = (uint8_t)af_of(rule->family),
				       .table = rule->table < 256 ? (uint8_t)rule->table
								  : RT_TABLE_UNSPEC,
				       .action = FR_ACT_TO_TBL,
				       .flags = rule->not_fwmark ? FIB_RULE_INVERT : 0 };
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	if (!message)
		return false;
	netlink_put_u32(message, FRA_PRIORITY, rule->priority);
	netlink_put_u32(message, FRA_TABLE, rule->table);
	netlink_put_u8(message, FRA_PROTOCOL, OWNER_PROTOCOL);
	if (rule->not_fwmark)
		netlink_put_u32(message, FRA_FWMARK, rule->fwmark);
	if (rule->suppress_prefix_length >= 0)
		netlink_put_u32(message, FRA_SUPPRESS_PREFIXLEN,
				(uint32_t)rule->suppress_prefix_length);
	return true;
}

bool rtnl_put_rule_add(struct netlink_batch *batch, const struct observed_rule *rule)
{
	return put_rule(batch, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
}

bool rtnl_put_rule_remove(struct netlink_batch *batch, const struct observed_rule *rule)
{
	return put_rule(batch, RTM_DELRULE, 0, rule);
}
