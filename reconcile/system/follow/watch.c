/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include "base/os/netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* A notification counts as about 1 KiB: enough for a burst of 4,000 routes between reads.
 * Memory is allocated only as needed. */
#define RECEIVE_BUFFER (4 << 20)

/* A flood must not prevent checking the clock: about a millisecond's worth. */
#define DATAGRAMS_AT_ONCE 1024

/* ---- Relevance for a desired state ---- */

static void add_interface(struct watch_scope *scope, struct arena *arena, const char *name,
			  const struct observed *observed, const struct desired_follow *follow)
{
	const struct observed_interface *in_kernel = observed_interface_find(observed, name);
	struct watch_interface *added = vec_push(arena, &scope->interfaces);

	added->name = arena_strdup(arena, name);
	added->index = in_kernel ? in_kernel->index : 0;
	if (!follow || !follow->enabled)
		return;
	scope->follows = true;
	added->follow.enabled = true;
	vec_each (table, &follow->tables)
		*vec_push(arena, &added->follow.tables) = *table;
	vec_each (protocol, &follow->protocols)
		*vec_push(arena, &added->follow.protocols) = *protocol;
}

void watch_scope_make(struct watch_scope *scope, struct arena *arena, const struct desired *desired,
		      const struct observed *observed)
{
	memset(scope, 0, sizeof(*scope));
	vec_each (interface, &desired->interfaces)
		add_interface(scope, arena, interface->name, observed, &interface->follow);
	vec_each (interface, &observed->interfaces)
		if (!desired_interface_find(desired, interface->name))
			add_interface(scope, arena, interface->name, observed, NULL);
}

static const struct watch_interface *by_index(const struct watch_scope *scope, uint32_t index)
{
	vec_each (interface, &scope->interfaces)
		if (index && interface->index == index)
			return interface;
	return NULL;
}

static bool is_name_of_ours(const struct watch_scope *scope, const struct nlattr *attribute)
{
	const char *name = netlink_string(attribute);

	if (!name)
		return true;
	vec_each (interface, &scope->interfaces)
		if (!strcmp(interface->name, name))
			return true;
	return false;
}

/* The fixed part of a message, NULL when it is too short. */
static const void *header_of(const struct nlmsghdr *message, size_t size)
{
	return mnl_nlmsg_get_payload_len(message) < size ? NULL : mnl_nlmsg_get_payload(message);
}

/* By name, too: it may have been created or renamed since the look. */
static bool link_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = header_of(message, sizeof(*header));
	const struct nlattr *attribute;

	if (!header || by_index(scope, (uint32_t)header->ifi_index))
		return true;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
			return is_name_of_ours(scope, attribute);
	}
	return false;
}

static bool address_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *header = header_of(message, sizeof(*header));

	return !header || by_index(scope, header->ifa_index);
}

/* Of rules only this tool's own ones are read. */
static bool rule_is_relevant(const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *header = header_of(message, sizeof(*header));
	const struct nlattr *attribute;

	if (!header)
		return true;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		uint8_t protocol;

		if (mnl_attr_get_type(attribute) == FRA_PROTOCOL)
			return !netlink_u8(attribute, &protocol) || protocol == OWNER_PROTOCOL;
	}
	return false;
}

/* ---- Routes ---- */

struct route_news {
	bool removed;
	uint8_t protocol;
	uint32_t table;
};

/* A route over this interface. Our own ones are only made by us. */
static bool concerns(const struct watch_interface *interface, const struct route_news *news)
{
	if (!interface)
		return false;
	if (news->protocol == OWNER_PROTOCOL)
		return news->removed;
	return desired_follows(&interface->follow, news->table, news->protocol);
}

static bool concerns_any(const struct watch_scope *scope, const struct route_news *news)
{
	vec_each (interface, &scope->interfaces)
		if (concerns(interface, news))
			return true;
	return false;
}

static bool any_hop_concerns(const struct watch_scope *scope, const struct route_news *news,
			     const struct nlattr *multipath)
{
	const char *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const void *)at;
		size_t length = RTNH_ALIGN(hop->rtnh_len);

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left)
			return true;
		if (concerns(by_index(scope, (uint32_t)hop->rtnh_ifindex), news))
			return true;
		if (length >= left)
			return false;
		at += length;
		left -= length;
	}
	return false;
}

/* The hops of a route, from its attributes. */
struct route_way {
	uint32_t index;
	const struct nlattr *multipath;
	bool has_object; /* a next hop object, of which the route may have only the id */
};

static bool read_way(const struct nlattr *attribute, struct route_news *news, struct route_way *way)
{
	switch (mnl_attr_get_type(attribute)) {
	case RTA_TABLE:
		return netlink_u32(attribute, &news->table);
	case RTA_OIF:
		return netlink_u32(attribute, &way->index);
	case RTA_MULTIPATH:
		way->multipath = attribute;
		return true;
	case RTA_NH_ID:
		way->has_object = true;
		return true;
	default:
		return true;
	}
}

static bool route_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message)
{
	const struct rtmsg *header = header_of(message, sizeof(*header));
	struct route_news news = { .removed = message->nlmsg_type == RTM_DELROUTE };
	struct route_way way = { 0 };
	const struct nlattr *attribute;

	if (!header)
		return true;
	if (header->rtm_flags & RTM_F_CLONED || header->rtm_type != RTN_UNICAST)
		return false;
	news.protocol = header->rtm_protocol;
	news.table = header->rtm_table;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_way(attribute, &news, &way))
			return true;
	}
	if (way.multipath)
		return any_hop_concerns(scope, &news, way.multipath);
	if (!way.index && way.has_object)
		return concerns_any(scope, &news);
	return concerns(by_index(scope, way.index), &news);
}

/* For a foreign route with its own hop. This tool's own routes and several hops need a whole
 * run. */
static bool is_of_one_prefix(const struct watch_scope *scope, const struct nlmsghdr *message,
			     struct watch_dirty *dirty)
{
	bool is_route = message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_DELROUTE;
	const struct rtmsg *header = is_route ? header_of(message, sizeof(*header)) : NULL;
	const struct watch_interface *interface;
	struct route_news news = { 0 };
	struct route_way way = { 0 };
	const struct nlattr *attribute;

	if (!header || header->rtm_protocol == OWNER_PROTOCOL)
		return false;
	dirty->prefix = (struct prefix){ { .family = family_of(header->rtm_family) },
					 header->rtm_dst_len };
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_way(attribute, &news, &way))
			return false;
		if (mnl_attr_get_type(attribute) == RTA_DST &&
		    !netlink_ip(attribute, &dirty->prefix.ip))
			return false;
	}
	interface = by_index(scope, way.index);
	dirty->interface = interface ? interface->name : NULL;
	return interface && !way.multipath && !way.has_object &&
	       dirty->prefix.length <= family_bits(dirty->prefix.ip.family);
}

/* A change to a next hop object changes routes, and its removal removes them, mostly without
 * further notifications. */
static bool nexthop_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message)
{
	const struct nhmsg *header = header_of(message, sizeof(*header));
	const struct nlattr *attribute;
	const struct watch_interface *interface;
	uint32_t index = 0;

	if (!scope->follows)
		return false;
	if (!header)
		return true;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		uint16_t type = mnl_attr_get_type(attribute);

		/* The interfaces of a group are not reported. */
		if (type == NHA_GROUP || (type == NHA_OIF && !netlink_u32(attribute, &index)))
			return true;
	}
	interface = by_index(scope, index);
	return interface && interface->follow.enabled;
}

bool watch_is_relevant(const struct watch_scope *scope, const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_is_relevant(scope, message);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return address_is_relevant(scope, message);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_is_relevant(scope, message);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return rule_is_relevant(message);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		return nexthop_is_relevant(scope, message);
	default:
		return false;
	}
}

/* ---- As text ---- */

static const char *link_text(const struct nlmsghdr *message, struct arena *arena)
{
	const struct nlattr *attribute;
	const char *name = NULL;

	mnl_attr_for_each(attribute, message, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attribute) == IFLA_IFNAME)
			name = netlink_string(attribute);
	}
	return arena_printf(arena, "interface %s", name ? text_printable(arena, name) : "?");
}

/* From the attributes after a header of this size. */
static const char *prefix_in(const struct nlmsghdr *message, size_t header_size, uint16_t type,
			     struct prefix prefix, struct arena *arena)
{
	const struct nlattr *attribute;
	char text[PREFIX_TEXT_MAX];

	mnl_attr_for_each(attribute, message, header_size)
	{
		if (mnl_attr_get_type(attribute) == type && !netlink_ip(attribute, &prefix.ip))
			return "?";
	}
	return arena_strdup(arena, prefix_text(&prefix, text));
}

static const char *address_text(const struct watch_scope *scope, const struct nlmsghdr *message,
				struct arena *arena)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct watch_interface *interface = by_index(scope, header->ifa_index);
	struct prefix prefix = { { .family = family_of(header->ifa_family) },
				 header->ifa_prefixlen };
	uint16_t type = header->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS;

	return arena_printf(arena, "address %s of %s",
			    prefix_in(message, sizeof(*header), type, prefix, arena),
			    interface ? interface->name : "?");
}

static const char *route_text(const struct nlmsghdr *message, struct arena *arena)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct prefix prefix = { { .family = family_of(header->rtm_family) }, header->rtm_dst_len };

	return arena_printf(arena, "route %s",
			    prefix_in(message, sizeof(*header), RTA_DST, prefix, arena));
}

static const char *subject_text(const struct watch_scope *scope, const struct nlmsghdr *message,
				struct arena *arena)
{
	size_t size = mnl_nlmsg_get_payload_len(message);

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return link_text(message, arena);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return size < sizeof(struct ifaddrmsg) ? "address"
						       : address_text(scope, message, arena);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return size < sizeof(struct rtmsg) ? "route" : route_text(message, arena);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return "policy rule";
	default:
		return "next hop";
	}
}

const char *watch_text(const struct watch_scope *scope, const struct nlmsghdr *message,
		       struct arena *arena)
{
	/* They come in fours: new, delete, get, set. */
	bool removed = (message->nlmsg_type - RTM_BASE) % 4 == 1;
	bool is_link = message->nlmsg_type == RTM_NEWLINK;

	return arena_printf(arena, "%s %s", subject_text(scope, message, arena),
			    removed   ? "removed"
			    : is_link ? "changed"
				      : "added");
}

/* ---- Settling ---- */

msec_t watch_settled_at(msec_t start, msec_t look_took, msec_t first, msec_t last)
{
	msec_t rest = look_took * WATCH_REST_FACTOR;
	msec_t at = last + WATCH_QUIET_MS;

	if (rest > WATCH_REST_MAX_MS)
		rest = WATCH_REST_MAX_MS;
	rest += look_took;
	if (rest < WATCH_DISTANCE_MS)
		rest = WATCH_DISTANCE_MS;
	if (at > first + WATCH_SETTLE_MAX_MS)
		at = first + WATCH_SETTLE_MAX_MS;
	return at < start + rest ? start + rest : at;
}

/* ---- The kernel's messages ---- */

struct watch {
	struct mnl_socket *socket;
	alignas(struct nlmsghdr) char buffer[NETLINK_BUFFER];
};

static bool subscribe(struct mnl_socket *socket)
{
	static const int groups[] = { RTNLGRP_LINK,	  RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
				      RTNLGRP_IPV6_RULE };
	int later = RTNLGRP_NEXTHOP;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
			return false;
	}
	/* Kernels before 5.3 do not have them. */
	mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &later, sizeof(later));
	return true;
}

/* Less also works: losses are reported, and count as an event. */
static void enlarge_buffer(int fd)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

struct watch *watch_open(struct failure *failure)
{
	struct watch *watch = malloc(sizeof(*watch));

	if (!watch) {
		failure_set(failure, ENOMEM, "notifications");
		return NULL;
	}
	watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (watch->socket && mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    subscribe(watch->socket)) {
		enlarge_buffer(mnl_socket_get_fd(watch->socket));
		return watch;
	}
	failure_set(failure, errno, "notifications of the kernel");
	watch_close(watch);
	return NULL;
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->socket)
		mnl_socket_close(watch->socket);
	free(watch);
}

int watch_descriptor(const struct watch *watch)
{
	return mnl_socket_get_fd(watch->socket);
}

static void add_news(struct watch_news *news, const char *text, bool other)
{
	news->any = true;
	news->other |= other;
	if (!news->text)
		news->text = text;
}

static void add_dirty(struct watch_news *news, const struct watch_dirty *dirty, struct arena *arena)
{
	if (news->dirty.n == WATCH_DIRTY_MAX)
		news->other = true;
	else if (!news->other)
		*vec_push(arena, &news->dirty) = *dirty;
}

static void message_news(const struct watch_scope *scope, const struct nlmsghdr *message,
			 struct watch_news *news, struct arena *arena)
{
	struct watch_dirty dirty;
	bool single;

	if (!watch_is_relevant(scope, message))
		return;
	single = is_of_one_prefix(scope, message, &dirty);
	add_news(news, news->text ? NULL : watch_text(scope, message, arena), !single);
	if (single)
		add_dirty(news, &dirty, arena);
}

void watch_datagram(const struct watch_scope *scope, const void *datagram, size_t size,
		    uint32_t port, struct watch_news *news, struct arena *arena)
{
	const struct nlmsghdr *message;
	size_t at = 0;

	if (port)
		return;
	while ((message = netlink_next(datagram, size, &at)))
		message_news(scope, message, news, arena);
}

bool watch_read(struct watch *watch, const struct watch_scope *scope, struct watch_news *news,
		struct arena *arena, struct failure *failure)
{
	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		struct sockaddr_nl sender = { .nl_family = AF_NETLINK };
		struct iovec vector = { watch->buffer, sizeof(watch->buffer) };
		struct msghdr header = { .msg_name = &sender,
					 .msg_namelen = sizeof(sender),
					 .msg_iov = &vector,
					 .msg_iovlen = 1 };
		ssize_t size = recvmsg(watch_descriptor(watch), &header, MSG_DONTWAIT);

		if (size < 0 && errno == EAGAIN)
			return true;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno != ENOBUFS)
			return failure_set(failure, errno, "notifications of the kernel");
		if (size >= 0 && header.msg_namelen != sizeof(sender))
			continue;
		if (size < 0 || header.msg_flags & MSG_TRUNC)
			add_news(news, "more events than could be read", true);
		else
			watch_datagram(scope, watch->buffer, (size_t)size, sender.nl_pid, news,
				       arena);
	}
	return true;
}
