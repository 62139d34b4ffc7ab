/* SPDX-License-Identifier: MIT */
/*
 * rtnl_parts: what the parts of rtnl share. Not for use outside of them.
 *
 *	rtnl.c        links and addresses
 *	rtnl_route.c  routes, route lookups and rules
 */
#pragma once

#include "rtnl.h"

#include <sys/socket.h>

/* Up to this many interfaces, one filtered dump for each is less work than one
 * of everything. */
#define FILTERED_DUMPS_MAX 8

static inline uint8_t af_of(enum family family)
{
	return family == FAMILY_IPV4 ? AF_INET : AF_INET6;
}

/* FAMILY_NONE for all others. */
static inline enum family family_of(int af)
{
	if (af == AF_INET)
		return FAMILY_IPV4;
	return af == AF_INET6 ? FAMILY_IPV6 : FAMILY_NONE;
}

/* The address, whose family is set, from an attribute of its size. */
static inline bool read_ip(const struct nlattr *attribute, struct ip *ip)
{
	return netlink_bytes(attribute, ip->b, family_bytes(ip->family));
}

/* A dump of what belongs to interfaces. */
struct reader {
	struct observed *observed; /* where it goes */
	const uint32_t *indexes; /* sorted: of the interfaces that count */
	size_t indexes_n;
	size_t before; /* elements that were there before, and stay when it is repeated */
};

/* For all of observed's interfaces. */
void reader_init(struct reader *reader, struct observed *observed);
bool reader_wants(const struct reader *reader, uint32_t index);
