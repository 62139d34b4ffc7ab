/* SPDX-License-Identifier: MIT */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>

/* Since Linux 5.18 (include/uapi/linux/if_addr.h). */
#define ATTRIBUTE_IFA_PROTO (IFA_TARGET_NETNSID + 1)

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

/* A message of its own: the kernel ignores the alias of a new link (rtnl_create_link(),
 * net/core/rtnetlink.c). */
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

static int index_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void reader_init(struct reader *reader, struct observed *observed)
{
	size_t n = observed->interfaces.n;
	uint32_t *indexes = arena_alloc(observed->arena, n * sizeof(*indexes));

	for (size_t i = 0; i < n; i++)
		indexes[i] = observed->interfaces.at[i].index;
	if (n)
		qsort(indexes, n, sizeof(*indexes), index_compare);
	*reader = (struct reader){ .observed = observed, .indexes = indexes, .indexes_n = n };
}

bool reader_wants(const struct reader *reader, uint32_t index)
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
	struct ip far = { 0 };
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
	address->secondary = address->prefix.ip.family == FAMILY_IPV4 &&
			     (header->ifa_flags & IFA_F_SECONDARY);
	far.family = address->prefix.ip.family;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		if (type == IFA_LOCAL)
			has_local = netlink_ip(attribute, &address->prefix.ip);
		else if (type == IFA_ADDRESS)
			has_address = netlink_ip(attribute, &far);
		else if (type == ATTRIBUTE_IFA_PROTO && !netlink_u8(attribute, &address->protocol))
			return false;
	}
	*wanted = true;
	/* With both, IFA_ADDRESS is the other end's. */
	if (!has_local)
		address->prefix.ip = far;
	else if (has_address && ip_compare(&far, &address->prefix.ip) != 0)
		address->other_end = far;
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
	if (wanted && reader_wants(reader, address.index))
		*vec_push(reader->observed->arena, &reader->observed->addresses) = address;
	return true;
}

/* index 0: all interfaces. */
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

		/* An interface removed meanwhile has no addresses. */
		if (!dump_addresses(netlink, &one, one.indexes[0], deadline, failure) &&
		    failure->code != ENODEV)
			return false;
	}
	return true;
}

/* The temporary and deprecated addresses of privacy extensions included: a peer may see them. */
static bool host_address_message(const struct nlmsghdr *message, void *data)
{
	struct reader *reader = data;
	struct observed_address address;
	bool wanted;

	if (!rtnl_read_address(message, &address, &wanted))
		return false;
	if (wanted)
		*vec_push(reader->observed->arena,
			  &reader->observed->host_addresses) = (struct observed_host_address){
			.index = address.index, .prefix = address.prefix
		};
	return true;
}

static void host_addresses_begin(void *data)
{
	struct reader *reader = data;

	reader->observed->host_addresses.n = 0;
}

bool rtnl_host_addresses(struct netlink *netlink, struct observed *observed,
			 const struct deadline *deadline, struct failure *failure)
{
	struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	struct reader reader = { .observed = observed };
	struct netlink_receiver receiver = { host_addresses_begin, host_address_message, &reader };
	struct netlink_message message;

	return netlink_request(
		netlink,
		netlink_message_begin(&message, RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header)),
		&receiver, deadline, failure);
}

static struct nlmsghdr *address_message(struct netlink_batch *batch, uint16_t type, uint16_t flags,
					const struct observed_address *address)
{
	struct ifaddrmsg header = { .ifa_family = af_of(address->prefix.ip.family),
				    .ifa_prefixlen = address->prefix.length,
				    .ifa_index = address->index };
	struct nlmsghdr *message = netlink_batch_begin(batch, type, flags, &header, sizeof(header));

	const struct ip *far = address->other_end.family ? &address->other_end
							 : &address->prefix.ip;

	if (message) {
		netlink_put(message, IFA_LOCAL, address->prefix.ip.b,
			    family_bytes(address->prefix.ip.family));
		/* The network distinguishes several with the same IFA_LOCAL. */
		netlink_put(message, IFA_ADDRESS, far->b, family_bytes(far->family));
	}
	return message;
}

bool rtnl_put_address_add(struct netlink_batch *batch, const struct observed_address *address)
{
	struct nlmsghdr *message = address_message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
						   address);

	if (!message)
		return false;
	if (address->protocol)
		netlink_put_u8(message, ATTRIBUTE_IFA_PROTO, address->protocol);
	/* No one else can have it behind WireGuard; packets of facts are sent from it at once. */
	if (ip_is_link_local(&address->prefix.ip))
		netlink_put_u32(message, IFA_FLAGS, IFA_F_NODAD);
	return true;
}

bool rtnl_put_address_guard(struct netlink_batch *batch, const struct observed_address *address)
{
	struct nlmsghdr *message = address_message(batch, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
						   address);

	if (!message)
		return false;
	netlink_put_u32(message, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	return true;
}

bool rtnl_put_promotion(struct netlink_batch *batch, uint32_t index)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };
	struct nlmsghdr *message = netlink_batch_begin(batch, RTM_SETLINK, 0, &header,
						       sizeof(header));
	struct nlattr *families, *family, *settings;

	if (!message)
		return false;
	families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(message, AF_INET);
	settings = mnl_attr_nest_start(message, IFLA_INET_CONF);
	netlink_put_u32(message, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1);
	mnl_attr_nest_end(message, settings);
	mnl_attr_nest_end(message, family);
	mnl_attr_nest_end(message, families);
	return true;
}

bool rtnl_put_address_remove(struct netlink_batch *batch, const struct observed_address *address)
{
	return address_message(batch, RTM_DELADDR, 0, address);
}
