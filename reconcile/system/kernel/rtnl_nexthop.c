/* SPDX-License-Identifier: MIT */
/*
 * Next hop objects. The kernel reports a route's hops besides the id of its object unless
 * net.ipv4.nexthop_compat_mode is 0; then there is only the id.
 */
#include "rtnl_parts.h"

#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

static bool read_group(const struct nlattr *attribute, struct rtnl_nexthops *nexthops,
		       struct rtnl_nexthop *nexthop, struct arena *arena)
{
	size_t n = mnl_attr_get_payload_len(attribute) / sizeof(struct rtnl_group_member);
	const char *payload = mnl_attr_get_payload(attribute);

	if (mnl_attr_get_payload_len(attribute) % sizeof(struct rtnl_group_member))
		return false;
	nexthop->first_member = nexthops->members.n;
	nexthop->members_n = n;
	for (size_t i = 0; i < n; i++) {
		struct rtnl_group_member member;

		memcpy(&member, payload + i * sizeof(member), sizeof(member));
		/* The greatest weight is 65535 (nh_check_attr_group(), net/ipv4/nexthop.c). */
		*vec_push(arena, &nexthops->members) = (struct rtnl_member){
			.id = member.id,
			.weight = (uint16_t)((member.weight_high << 8 | member.weight) + 1),
		};
	}
	return true;
}

static bool read_nexthop_attribute(const struct nlattr *attribute, enum family family,
				   struct rtnl_nexthops *nexthops, struct rtnl_nexthop *nexthop,
				   struct arena *arena)
{
	switch (mnl_attr_get_type(attribute)) {
	case NHA_ID:
		return netlink_u32(attribute, &nexthop->id);
	case NHA_OIF:
		return netlink_u32(attribute, &nexthop->hop.index);
	case NHA_GATEWAY:
		nexthop->hop.gateway.family = family;
		return family && netlink_ip(attribute, &nexthop->hop.gateway);
	case NHA_GROUP:
		return read_group(attribute, nexthops, nexthop, arena);
	default:
		return true;
	}
}

bool rtnl_read_nexthop(const struct nlmsghdr *message, struct rtnl_nexthops *nexthops,
		       struct arena *arena)
{
	const struct nhmsg *header = mnl_nlmsg_get_payload(message);
	struct rtnl_nexthop nexthop = { 0 };
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWNEXTHOP ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header))
		return false;
	nexthop.hop.dead = header->nh_flags & RTNH_F_DEAD;
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		if (!read_nexthop_attribute(attribute, family_of(header->nh_family), nexthops,
					    &nexthop, arena))
			return false;
	}
	*vec_push(arena, &nexthops->list) = nexthop;
	return nexthop.id;
}

static int compare_id(const void *id_, const void *nexthop_)
{
	const uint32_t *id = id_;
	const struct rtnl_nexthop *nexthop = nexthop_;

	return (*id > nexthop->id) - (*id < nexthop->id);
}

/* The kernel lists them by id (nh_rb_insert(), net/ipv4/nexthop.c). */
static const struct rtnl_nexthop *nexthop_find(const struct rtnl_nexthops *nexthops, uint32_t id)
{
	size_t i = vec_place(&nexthops->list, &id, compare_id);

	if (i == nexthops->list.n || nexthops->list.at[i].id != id)
		return NULL;
	return &nexthops->list.at[i];
}

bool rtnl_nexthop_hops(const struct rtnl_nexthops *nexthops, uint32_t id, struct rtnl_hops *hops,
		       struct arena *arena)
{
	const struct rtnl_nexthop *nexthop = nexthop_find(nexthops, id);

	if (!nexthop)
		return false;
	if (!nexthop->members_n)
		*vec_push(arena, &hops->list) = nexthop->hop;
	for (size_t i = 0; i < nexthop->members_n; i++) {
		const struct rtnl_member *member = &nexthops->members.at[nexthop->first_member + i];
		const struct rtnl_nexthop *of = nexthop_find(nexthops, member->id);
		struct rtnl_hop *hop;

		/* Groups have no groups as members. */
		if (!of || of->members_n)
			continue;
		hop = vec_push(arena, &hops->list);
		*hop = of->hop;
		hop->weight = member->weight;
	}
	return true;
}

struct nexthops_reader {
	struct rtnl_nexthops *nexthops;
	struct arena *arena;
};

static void nexthops_begin(void *data)
{
	struct nexthops_reader *reader = data;

	reader->nexthops->list.n = 0;
	reader->nexthops->members.n = 0;
}

static bool nexthops_message(const struct nlmsghdr *message, void *data)
{
	struct nexthops_reader *reader = data;

	return rtnl_read_nexthop(message, reader->nexthops, reader->arena);
}

bool rtnl_nexthops(struct netlink *netlink, struct rtnl_nexthops *nexthops, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure)
{
	struct nexthops_reader reader = { nexthops, arena };
	struct netlink_receiver receiver = { nexthops_begin, nexthops_message, &reader };
	struct nhmsg header = { .nh_family = AF_UNSPEC };
	struct netlink_message message;

	if (netlink_request(netlink,
			    netlink_message_begin(&message, RTM_GETNEXTHOP, NLM_F_DUMP, &header,
						  sizeof(header)),
			    &receiver, deadline, failure))
		return true;
	/* Before Linux 5.3 not supported. */
	return failure->code == EOPNOTSUPP;
}
