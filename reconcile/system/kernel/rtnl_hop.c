/* SPDX-License-Identifier: MIT */
/*
 * The hops of a route, and the kernel's next hop objects, to which a route may refer
 * instead.
 */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* RTA_VIA: a gateway of another family than the route's. */
static bool read_via(const struct nlattr *attribute, struct ip *gateway)
{
	size_t length = mnl_attr_get_payload_len(attribute);
	const struct rtvia *via = mnl_attr_get_payload(attribute);

	if (length < sizeof(*via))
		return false;
	gateway->family = family_of(via->rtvia_family);
	/* A non-IP family. */
	if (!gateway->family)
		return true;
	if (length - sizeof(*via) != family_bytes(gateway->family))
		return false;
	memcpy(gateway->b, via->rtvia_addr, family_bytes(gateway->family));
	return true;
}

bool rtnl_read_gateway(const struct nlattr *attribute, enum family family, struct ip *gateway)
{
	switch (mnl_attr_get_type(attribute)) {
	case RTA_GATEWAY:
		gateway->family = family;
		return netlink_ip(attribute, gateway);
	case RTA_VIA:
		return read_via(attribute, gateway);
	default:
		return true;
	}
}

/* The whole struct rtnexthop at the beginning of size bytes, or NULL. */
static const struct rtnexthop *whole_hop(const char *at, size_t size)
{
	const struct rtnexthop *hop = (const void *)at;

	if (size < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > size)
		return NULL;
	return hop;
}

static bool read_hop(const struct rtnexthop *from, enum family family, struct rtnl_hop *hop)
{
	const struct nlattr *attr = NULL; /* the name used by libmnl's macro */

	*hop = (struct rtnl_hop){ .index = (uint32_t)from->rtnh_ifindex,
				  .weight = (uint16_t)(from->rtnh_hops + 1),
				  .dead = from->rtnh_flags & RTNH_F_DEAD };
	mnl_attr_for_each_payload((const void *)(from + 1), from->rtnh_len - sizeof(*from))
	{
		if (!rtnl_read_gateway(attr, family, &hop->gateway))
			return false;
	}
	return true;
}

bool rtnl_read_multipath(const struct nlattr *attribute, enum family family, struct rtnl_hops *hops,
			 struct arena *arena)
{
	const char *at = mnl_attr_get_payload(attribute);
	size_t left = mnl_attr_get_payload_len(attribute);

	while (left) {
		const struct rtnexthop *hop = whole_hop(at, left);
		size_t aligned;

		if (!hop || !read_hop(hop, family, vec_push(arena, &hops->list)))
			return false;
		aligned = RTNH_ALIGN((size_t)hop->rtnh_len);
		if (aligned >= left)
			return true;
		at += aligned;
		left -= aligned;
	}
	return true;
}
