/* SPDX-License-Identifier: MIT */
/*
 * rtnl_parts: shared by the parts of rtnl, and private to them.
 *
 *	rtnl.c          links and addresses
 *	rtnl_route.c    routes, and which are followed
 *	rtnl_unreachable.c  routes that close a table
 *	rtnl_removal.c  routes that dumps of IPv6 routes may omit
 *	rtnl_path.c     the paths of followed routes
 *	rtnl_hop.c      the hops of a route
 *	rtnl_nexthop.c  next hop objects
 *	rtnl_lookup.c   route lookups
 *	rtnl_rule.c     rules
 */
#pragma once

#include "rtnl.h"

/* Up to this many interfaces, a filtered dump for each is less work than one full dump. */
#define FILTERED_DUMPS_MAX 8

/* A member in NHA_GROUP: struct nexthop_grp of include/uapi/linux/nexthop.h. Its second
 * byte of the weight is called resvd1 before Linux 6.12, weight_high since then and in
 * late updates of 6.1. */
struct rtnl_group_member {
	uint32_t id;
	uint8_t weight;
	uint8_t weight_high;
	uint16_t reserved;
};

/* A dump of objects of interfaces. */
struct reader {
	struct observed *observed; /* destination */
	const uint32_t *indexes; /* sorted: of the relevant interfaces */
	size_t indexes_n;
	size_t before; /* existing elements, kept when it is repeated */
};

/* For all of observed's interfaces. */
void reader_init(struct reader *reader, struct observed *observed);
bool reader_wants(const struct reader *reader, uint32_t index);

/* An attribute of both routes and lookup answers. */
bool rtnl_read_route_attribute(const struct nlattr *attribute, struct observed_route *route);

/* Returns IPv6's default metric, 1024, as 0. */
void rtnl_show_metric(struct observed_route *route);

/* RTA_GATEWAY and RTA_VIA; other attributes are ignored. */
bool rtnl_read_gateway(const struct nlattr *attribute, enum family family, struct ip *gateway);

/* RTA_MULTIPATH: adds its hops. */
bool rtnl_read_multipath(const struct nlattr *attribute, enum family family, struct rtnl_hops *hops,
			 struct arena *arena);

/* Subscribes to removals of IPv6 routes; NULL on failure. Close with mnl_socket_close(). */
struct mnl_socket *removals_watch(void);

/* Number of removals since the last call; SIZE_MAX if unknown. */
size_t removals_count(const struct mnl_socket *socket);

/* The paths of an interface, found by content. */
struct path_index {
	struct observed_interface *interface;
	struct arena *arena; /* of the paths */
	struct arena *scratch; /* number of hash slots */
	uint32_t *places;
	size_t places_n; /* a power of two */
	uint32_t latest; /* the last path returned */
};

void path_index_init(struct path_index *index, struct observed_interface *interface,
		     struct arena *arena, struct arena *scratch);

/* Removes all paths except the first paths_n. */
void path_index_reset(struct path_index *index, size_t paths_n);

/* The index of the path, which is added if it is new. */
uint32_t path_index_get(struct path_index *index, const struct observed_path *path);
