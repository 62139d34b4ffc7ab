/* SPDX-License-Identifier: MIT */
/*
 * rtnl: links, addresses, routes and rules, by rtnetlink. Reading requests only the required
 * data; writing appends messages to a batch.
 */
#pragma once

#include "base/os/netlink.h"
#include "core/observed/observed.h"

struct rtnl_link {
	uint32_t index;
	const char *name;
	const char *kind; /* "wireguard", "tun", ...; "" for hardware */
	const char *alias; /* "" when none */
	uint32_t mtu;
	bool up;
};

struct rtnl_links {
	VEC(struct rtnl_link) list;
};

/* All links of this network namespace. */
bool rtnl_links(struct netlink *netlink, struct rtnl_links *links, struct arena *arena,
		const struct deadline *deadline, struct failure *failure);

/* The link of this name; failure->code is ENODEV when there is none. */
bool rtnl_link(struct netlink *netlink, const char *name, struct rtnl_link *link,
	       struct arena *arena, const struct deadline *deadline, struct failure *failure);

/* Adds to observed the addresses and the unicast routes (all tables except local) of
 * observed->interfaces, and this tool's rules. Followed routes go to the interface's paths
 * and via instead. With observed->earlier they are taken from there, and so are all other
 * routes except this tool's and the kernel's own (or all, with observed->routes_untouched),
 * so that the two observations differ only by this tool's changes. */
bool rtnl_addresses(struct netlink *netlink, struct observed *observed,
		    const struct deadline *deadline, struct failure *failure);
/* Sets observed->host_addresses, without the links' names. */
bool rtnl_host_addresses(struct netlink *netlink, struct observed *observed,
			 const struct deadline *deadline, struct failure *failure);
bool rtnl_routes(struct netlink *netlink, struct observed *observed,
		 const struct deadline *deadline, struct failure *failure);
bool rtnl_rules(struct netlink *netlink, struct observed *observed, const struct deadline *deadline,
		struct failure *failure);

/* Adds this tool's unreachable routes in these tables to observed->unreachable. */
bool rtnl_unreachable(struct netlink *netlink, struct observed *observed, const uint32_t *tables,
		      size_t tables_n, const struct deadline *deadline, struct failure *failure);

/* Whether the kernel has a route to this destination for a packet with this mark. Also true
 * if the lookup fails. */
bool rtnl_route_exists(struct netlink *netlink, const struct endpoint *endpoint, uint32_t fwmark,
		       const struct deadline *deadline);

/* The kernel's route to this address for a packet with this mark. Fills all of lookup except
 * the query; a rejecting route and a failed lookup count as none. */
void rtnl_route_lookup(struct netlink *netlink, const struct ip *to, uint32_t fwmark,
		       struct observed_lookup *lookup, struct arena *arena,
		       const struct deadline *deadline);

/* Messages that change something. Each returns false when the batch is full. */
bool rtnl_put_link_add(struct netlink_batch *batch, const char *name, const char *kind);
bool rtnl_put_link_alias(struct netlink_batch *batch, const char *name, const char *alias);
bool rtnl_put_link_mtu(struct netlink_batch *batch, uint32_t index, uint32_t mtu);
bool rtnl_put_link_up(struct netlink_batch *batch, uint32_t index);
bool rtnl_put_link_remove(struct netlink_batch *batch, uint32_t index);

/* An address of protocol 0 has no mark, for kernels before 5.18. */
bool rtnl_put_address_add(struct netlink_batch *batch, const struct observed_address *address);
bool rtnl_put_address_remove(struct netlink_batch *batch, const struct observed_address *address);
/* A second address with the same IPv4 address, with another length and without a route to
 * its network: while it exists, routes with this source stay. */
bool rtnl_put_address_guard(struct netlink_batch *batch, const struct observed_address *address);
/* The interface's other addresses of a network then stay when the primary one is removed
 * (net.ipv4.conf.NAME.promote_secondaries). */
bool rtnl_put_promotion(struct netlink_batch *batch, uint32_t index);
bool rtnl_put_route_add(struct netlink_batch *batch, const struct observed_route *route);
/* Adds, replacing a route with the same destination, table and metric. */
bool rtnl_put_route_replace(struct netlink_batch *batch, const struct observed_route *route);
/* Adds, after a route with the same destination, table and metric. */
bool rtnl_put_route_beside(struct netlink_batch *batch, const struct observed_route *route);
bool rtnl_put_route_remove(struct netlink_batch *batch, const struct observed_route *route);
bool rtnl_put_rule_add(struct netlink_batch *batch, const struct observed_rule *rule);
bool rtnl_put_rule_remove(struct netlink_batch *batch, const struct observed_rule *rule);

/* The pure part of reading, for tests: one message each. False if it is malformed; *wanted:
 * whether it is of a reported kind. */
bool rtnl_read_link(const struct nlmsghdr *message, struct rtnl_link *link, struct arena *arena);
bool rtnl_read_address(const struct nlmsghdr *message, struct observed_address *address,
		       bool *wanted);
bool rtnl_read_rule(const struct nlmsghdr *message, struct observed_rule *rule, bool *wanted);
bool rtnl_read_unreachable(const struct nlmsghdr *message, struct observed_route *route,
			   bool *wanted);

/* A hop of a route. */
struct rtnl_hop {
	uint32_t index; /* of the interface */
	struct ip gateway; /* FAMILY_NONE: directly to the destination */
	uint16_t weight; /* 1 to 65535 of one of several, otherwise 0 */
	bool dead; /* the kernel skips it now */
};

struct rtnl_hops {
	VEC(struct rtnl_hop) list;
};

struct rtnl_route {
	struct observed_route route; /* index is 0 when there are several hops, or none */
	struct rtnl_hops hops;
	uint32_t nexthop; /* number of its next hop object, or 0 */
};

/* hops is emptied before and grows in arena, so that one rtnl_route can be reused for all. */
bool rtnl_read_route(const struct nlmsghdr *message, struct rtnl_route *route, struct arena *arena,
		     bool *wanted);

/* A next hop object: one hop, or a group of others. */
struct rtnl_nexthop {
	uint32_t id;
	struct rtnl_hop hop;
	size_t first_member; /* among the members of all groups */
	size_t members_n; /* 0: not a group */
};

struct rtnl_member {
	uint32_t id;
	uint16_t weight;
};

struct rtnl_nexthops {
	VEC(struct rtnl_nexthop) list; /* sorted by id */
	VEC(struct rtnl_member) members;
};

bool rtnl_read_nexthop(const struct nlmsghdr *message, struct rtnl_nexthops *nexthops,
		       struct arena *arena);

/* All next hop objects; none if the kernel does not support them. */
bool rtnl_nexthops(struct netlink *netlink, struct rtnl_nexthops *nexthops, struct arena *arena,
		   const struct deadline *deadline, struct failure *failure);

/* Adds the hops of the object; false if there is none with this id. */
bool rtnl_nexthop_hops(const struct rtnl_nexthops *nexthops, uint32_t id, struct rtnl_hops *hops,
		       struct arena *arena);
