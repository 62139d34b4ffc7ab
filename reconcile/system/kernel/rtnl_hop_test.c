/* SPDX-License-Identifier: MIT */
/*
 * Hops of routes, in messages as sent by the kernel and in malformed ones. kernel_route_test
 * tests the real kernel.
 */
#include "rtnl_parts.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* Values of attributes, in pieces. */
struct bytes {
	uint8_t at[512];
	size_t n;
};

struct made {
	alignas(struct nlmsghdr) uint8_t buffer[2048];
};

static struct nlmsghdr *begin_route(struct made *made, int family, unsigned flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(made->buffer);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));
	const uint8_t destination[16] = { 10, 9 };

	message->nlmsg_type = RTM_NEWROUTE;
	*header = (struct rtmsg){ .rtm_family = (uint8_t)family,
				  .rtm_dst_len = 16,
				  .rtm_table = RT_TABLE_MAIN,
				  .rtm_protocol = RTPROT_STATIC,
				  .rtm_type = RTN_UNICAST,
				  .rtm_flags = flags };
	mnl_attr_put(message, RTA_DST, family == AF_INET ? 4 : 16, destination);
	return message;
}

static void add(struct bytes *bytes, const void *data, size_t size)
{
	ck_assert_uint_le(bytes->n + size, sizeof(bytes->at));
	memcpy(bytes->at + bytes->n, data, size);
	bytes->n += size;
}

/* The value of an RTA_VIA, or with family 0 of an RTA_GATEWAY. */
static struct bytes gateway_of(int family, const char *text)
{
	uint16_t number = (uint16_t)family;
	struct bytes bytes = { .n = 0 };
	struct ip ip;

	ck_assert(ip_parse(text, &ip));
	if (family)
		add(&bytes, &number, sizeof(number));
	add(&bytes, ip.b, family_bytes(ip.family));
	return bytes;
}

/* A struct rtnexthop with its attributes. */
static void add_hop(struct bytes *bytes, int index, unsigned weight, unsigned flags, uint16_t type,
		    const struct bytes *value)
{
	size_t attribute_size = value ? MNL_ALIGN(sizeof(struct nlattr) + value->n) : 0;
	struct rtnexthop hop = { .rtnh_len = (uint16_t)(sizeof(hop) + attribute_size),
				 .rtnh_flags = (uint8_t)flags,
				 .rtnh_hops = (uint8_t)(weight - 1),
				 .rtnh_ifindex = index };
	struct nlattr attribute = { .nla_type = type };

	add(bytes, &hop, sizeof(hop));
	if (!value)
		return;
	attribute.nla_len = (uint16_t)(sizeof(attribute) + value->n);
	add(bytes, &attribute, sizeof(attribute));
	add(bytes, value->at, value->n);
	bytes->n = MNL_ALIGN(bytes->n);
}

/* "3>10.0.0.2 w2 dead, ...": the hops. */
static const char *hops_text(const struct rtnl_hops *hops, struct arena *arena)
{
	const char *text = "";

	vec_each (hop, &hops->list) {
		char gateway[IP_TEXT_MAX] = "-";

		if (hop->gateway.family)
			ip_text(&hop->gateway, gateway);
		text = arena_printf(arena, "%s%s%u>%s", text, *text ? ", " : "", hop->index,
				    gateway);
		if (hop->weight)
			text = arena_printf(arena, "%s w%u", text, hop->weight);
		if (hop->dead)
			text = arena_printf(arena, "%s dead", text);
	}
	return text;
}

static void check_hops(const struct nlmsghdr *message, const char *expected)
{
	struct arena *arena = arena_new();
	struct rtnl_route route = { 0 };
	bool wanted;

	/* Earlier hops are removed. */
	vec_push(arena, &route.hops.list)->index = 77;
	route.nexthop = 7;
	ck_assert_msg(rtnl_read_route(message, &route, arena, &wanted), "%s", expected);
	ck_assert_uint_eq(wanted, *expected != '\0');
	ck_assert_str_eq(hops_text(&route.hops, arena), expected);
	ck_assert_uint_eq(route.nexthop, 0);
	arena_free(arena);
}

START_TEST(test_one_hop)
{
	static const struct {
		int family;
		uint16_t type;
		int via;
		const char *gateway;
		unsigned flags;
		const char *expected;
	} cases[] = {
		{ AF_INET, RTA_GATEWAY, 0, "10.0.0.2", 0, "3>10.0.0.2" },
		{ AF_INET, RTA_GATEWAY, 0, "10.0.0.2", RTNH_F_ONLINK, "3>10.0.0.2" },
		{ AF_INET, RTA_GATEWAY, 0, "10.0.0.2", RTNH_F_LINKDOWN, "3>10.0.0.2" },
		{ AF_INET, RTA_GATEWAY, 0, "10.0.0.2", RTNH_F_DEAD | RTNH_F_LINKDOWN,
		  "3>10.0.0.2 dead" },
		{ AF_INET, RTA_VIA, AF_INET6, "fe80::2", 0, "3>fe80::2" },
		{ AF_INET, RTA_VIA, AF_INET, "10.0.0.2", 0, "3>10.0.0.2" },
		{ AF_INET6, RTA_GATEWAY, 0, "2001:db8::2", 0, "3>2001:db8::2" },
		/* Of a family that is not IP's: MPLS. */
		{ AF_INET, RTA_VIA, AF_MPLS, "10.0.0.2", 0, "3>-" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes value = gateway_of(cases[i].via, cases[i].gateway);
		struct made made;
		struct nlmsghdr *message = begin_route(&made, cases[i].family, cases[i].flags);

		mnl_attr_put(message, cases[i].type, value.n, value.at);
		mnl_attr_put_u32(message, RTA_OIF, 3);
		check_hops(message, cases[i].expected);
	}
}
END_TEST

START_TEST(test_many_hops)
{
	struct bytes ipv4 = gateway_of(0, "10.0.0.2"), via = gateway_of(AF_INET6, "fe80::2");
	struct bytes ipv6 = gateway_of(0, "2001:db8::2");
	struct bytes hops = { .n = 0 };
	struct nlmsghdr *message;
	struct made made;

	add_hop(&hops, 3, 2, 0, RTA_GATEWAY, &ipv4);
	add_hop(&hops, 4, 256, 0, RTA_VIA, &via);
	add_hop(&hops, 3, 1, RTNH_F_DEAD, RTA_GATEWAY, &ipv4);
	add_hop(&hops, 5, 1, RTNH_F_LINKDOWN, 0, NULL);
	message = begin_route(&made, AF_INET, 0);
	mnl_attr_put(message, RTA_MULTIPATH, hops.n, hops.at);
	check_hops(message, "3>10.0.0.2 w2, 4>fe80::2 w256, 3>10.0.0.2 w1 dead, 5>- w1");

	hops.n = 0;
	add_hop(&hops, 3, 1, 0, RTA_GATEWAY, &ipv6);
	message = begin_route(&made, AF_INET6, 0);
	mnl_attr_put(message, RTA_MULTIPATH, hops.n, hops.at);
	check_hops(message, "3>2001:db8::2 w1");

	/* None at all. */
	message = begin_route(&made, AF_INET, 0);
	mnl_attr_put(message, RTA_MULTIPATH, 0, hops.at);
	check_hops(message, "");
}
END_TEST

START_TEST(test_source_and_object)
{
	struct arena *arena = arena_new();
	struct bytes source = gateway_of(0, "10.0.0.1");
	struct rtnl_route route = { 0 };
	struct nlmsghdr *message;
	struct made made;
	char text[IP_TEXT_MAX];
	bool wanted;

	message = begin_route(&made, AF_INET, 0);
	mnl_attr_put(message, RTA_PREFSRC, source.n, source.at);
	mnl_attr_put_u32(message, RTA_NH_ID, 4000000000);
	ck_assert(rtnl_read_route(message, &route, arena, &wanted));
	ck_assert(wanted);
	ck_assert_str_eq(ip_text(&route.route.source, text), "10.0.0.1");
	ck_assert_uint_eq(route.nexthop, 4000000000);
	ck_assert_uint_eq(route.hops.list.n, 0);
	ck_assert_uint_eq(route.route.index, 0);
	arena_free(arena);
}
END_TEST

static bool reads_with(uint16_t type, const void *value, size_t size)
{
	struct arena *arena = arena_new();
	struct rtnl_route route = { 0 };
	struct nlmsghdr *message;
	struct made made;
	bool wanted, good;

	message = begin_route(&made, AF_INET, 0);
	mnl_attr_put(message, type, size, value);
	good = rtnl_read_route(message, &route, arena, &wanted);
	arena_free(arena);
	return good;
}

START_TEST(test_malformed)
{
	static const uint8_t zeroes[32];
	static const struct {
		uint16_t type;
		size_t size;
	} cases[] = {
		{ RTA_GATEWAY, 3 }, { RTA_GATEWAY, 16 }, { RTA_PREFSRC, 16 },
		{ RTA_PREFSRC, 0 }, { RTA_NH_ID, 2 },	 { RTA_VIA, 1 },
	};
	struct bytes via;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(!reads_with(cases[i].type, zeroes, cases[i].size), "case %zu", i);
	via = gateway_of(AF_INET6, "fe80::2");
	ck_assert(reads_with(RTA_VIA, via.at, via.n));
	ck_assert(!reads_with(RTA_VIA, via.at, via.n - 1));
	ck_assert(!reads_with(RTA_VIA, via.at, via.n + 4));
	ck_assert(!reads_with(RTA_VIA, via.at, 2));
}
END_TEST

/* Hops with too large or too small lengths, and truncated ones. */
START_TEST(test_malformed_hops)
{
	static const int lengths[] = { 0, 1, 7, 17, 18, 100, 65535 };
	struct bytes gateway = gateway_of(0, "10.0.0.2"), short_one = gateway;
	struct bytes hops = { .n = 0 };
	struct rtnexthop *first = (struct rtnexthop *)hops.at;
	struct nlattr *attribute = (struct nlattr *)(hops.at + sizeof(*first));

	add_hop(&hops, 3, 1, 0, RTA_GATEWAY, &gateway);
	ck_assert_uint_eq(hops.n, 16);
	ck_assert(reads_with(RTA_MULTIPATH, hops.at, hops.n));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		first->rtnh_len = (uint16_t)lengths[i];
		ck_assert_msg(!reads_with(RTA_MULTIPATH, hops.at, hops.n), "%d", lengths[i]);
	}
	first->rtnh_len = 16;
	for (size_t n = 1; n < 16; n++)
		ck_assert_msg(!reads_with(RTA_MULTIPATH, hops.at, n), "%zu", n);
	/* A truncated second one. */
	add_hop(&hops, 4, 1, 0, RTA_GATEWAY, &gateway);
	for (size_t n = 17; n < 32; n++)
		ck_assert_msg(!reads_with(RTA_MULTIPATH, hops.at, n), "%zu", n);
	/* An attribute longer than its hop is ignored; it would overlap the next hop. */
	attribute->nla_len = 200;
	ck_assert(reads_with(RTA_MULTIPATH, hops.at, hops.n));
	hops.n = 0;
	short_one.n = 3;
	add_hop(&hops, 3, 1, 0, RTA_GATEWAY, &short_one);
	ck_assert(!reads_with(RTA_MULTIPATH, hops.at, hops.n));
}
END_TEST

/* ---- Next hop objects ---- */

static struct nlmsghdr *begin_nexthop(struct made *made, int family, uint32_t id)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(made->buffer);
	struct nhmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

	message->nlmsg_type = RTM_NEWNEXTHOP;
	*header = (struct nhmsg){ .nh_family = (unsigned char)family };
	mnl_attr_put_u32(message, NHA_ID, id);
	return message;
}

static void put_nexthop(struct rtnl_nexthops *nexthops, uint32_t id, uint32_t index,
			const char *gateway, struct arena *arena)
{
	struct bytes value = gateway_of(0, gateway);
	struct nlmsghdr *message;
	struct made made;

	message = begin_nexthop(&made, value.n == 4 ? AF_INET : AF_INET6, id);
	mnl_attr_put_u32(message, NHA_OIF, index);
	mnl_attr_put(message, NHA_GATEWAY, value.n, value.at);
	ck_assert(rtnl_read_nexthop(message, nexthops, arena));
}

static const char *object_text(const struct rtnl_nexthops *nexthops, uint32_t id,
			       struct arena *arena)
{
	struct rtnl_hops hops = { 0 };

	if (!rtnl_nexthop_hops(nexthops, id, &hops, arena))
		return "unknown";
	return hops_text(&hops, arena);
}

START_TEST(test_objects)
{
	const struct rtnl_group_member group[] = {
		{ .id = 3, .weight = 7 },
		{ .id = 99 },
		{ .id = 5, .weight = 255, .weight_high = 1 },
		/* No kernel makes a group in a group. */
		{ .id = 9 },
	};
	struct arena *arena = arena_new();
	struct rtnl_nexthops nexthops = { 0 };
	struct nlmsghdr *message;
	struct made made;

	put_nexthop(&nexthops, 3, 7, "10.0.0.2", arena);
	put_nexthop(&nexthops, 5, 8, "fe80::2", arena);
	message = begin_nexthop(&made, AF_UNSPEC, 9);
	mnl_attr_put(message, NHA_GROUP, sizeof(group), group);
	ck_assert(rtnl_read_nexthop(message, &nexthops, arena));
	message = begin_nexthop(&made, AF_INET, 4000000000);
	mnl_attr_put(message, NHA_BLACKHOLE, 0, NULL);
	ck_assert(rtnl_read_nexthop(message, &nexthops, arena));

	ck_assert_str_eq(object_text(&nexthops, 3, arena), "7>10.0.0.2");
	ck_assert_str_eq(object_text(&nexthops, 5, arena), "8>fe80::2");
	ck_assert_str_eq(object_text(&nexthops, 9, arena), "7>10.0.0.2 w8, 8>fe80::2 w512");
	ck_assert_str_eq(object_text(&nexthops, 4000000000, arena), "0>-");
	ck_assert_str_eq(object_text(&nexthops, 4, arena), "unknown");
	ck_assert_str_eq(object_text(&nexthops, 0, arena), "unknown");
	arena_free(arena);
}
END_TEST

static bool reads_object(int family, uint32_t id, uint16_t type, size_t size)
{
	static const uint8_t zeroes[64];
	struct arena *arena = arena_new();
	struct rtnl_nexthops nexthops = { 0 };
	struct nlmsghdr *message;
	struct made made;
	bool good;

	message = begin_nexthop(&made, family, id);
	mnl_attr_put(message, type, size, zeroes);
	good = rtnl_read_nexthop(message, &nexthops, arena);
	arena_free(arena);
	return good;
}

START_TEST(test_malformed_objects)
{
	ck_assert(reads_object(AF_INET, 1, NHA_OIF, 4));
	ck_assert(!reads_object(AF_INET, 0, NHA_OIF, 4));
	ck_assert(!reads_object(AF_INET, 1, NHA_OIF, 2));
	ck_assert(!reads_object(AF_INET, 1, NHA_ID, 2));
	ck_assert(!reads_object(AF_INET, 1, NHA_GATEWAY, 16));
	ck_assert(!reads_object(AF_INET6, 1, NHA_GATEWAY, 4));
	ck_assert(!reads_object(AF_UNSPEC, 1, NHA_GATEWAY, 4));
	ck_assert(reads_object(AF_UNSPEC, 1, NHA_GROUP, 16));
	ck_assert(!reads_object(AF_UNSPEC, 1, NHA_GROUP, 12));
}
END_TEST

/* ---- Paths ---- */

static struct observed_path path_of(uint32_t i)
{
	struct observed_path path = { .gateway.family = FAMILY_IPV4,
				      .table = 254 + i % 3,
				      .metric = i % 7 };

	memcpy(path.gateway.b, &i, sizeof(i));
	return path;
}

/* Each is kept once, with an index in order of addition. */
START_TEST(test_paths)
{
	enum { PATHS = 10000, KEPT = 5000 };
	struct arena *arena = arena_new();
	struct observed_interface interface = { 0 };
	struct path_index index;

	path_index_init(&index, &interface, arena, arena);
	for (int again = 0; again < 3; again++) {
		for (uint32_t i = 0; i < PATHS; i++) {
			struct observed_path path = path_of(i);

			ck_assert_uint_eq(path_index_get(&index, &path), i);
			ck_assert_uint_eq(path_index_get(&index, &path), i);
		}
		ck_assert_uint_eq(interface.paths.n, PATHS);
		ck_assert_uint_le(2 * PATHS, index.places_n);
	}
	/* As when a dump is restarted: the others get new indexes. */
	path_index_reset(&index, KEPT);
	ck_assert_uint_eq(interface.paths.n, KEPT);
	for (uint32_t i = PATHS; i-- > KEPT;) {
		struct observed_path path = path_of(i);

		ck_assert_uint_eq(path_index_get(&index, &path), KEPT + PATHS - 1 - i);
	}
	/* Earlier ones are found. */
	path_index_init(&index, &interface, arena, arena);
	for (uint32_t i = 0; i < KEPT; i++) {
		struct observed_path path = path_of(i);

		ck_assert_uint_eq(path_index_get(&index, &path), i);
	}
	ck_assert_uint_eq(interface.paths.n, PATHS);
	arena_free(arena);
}
END_TEST

/* Each field makes a different path. */
START_TEST(test_paths_differ)
{
	struct arena *arena = arena_new();
	struct observed_interface interface = { 0 };
	const struct observed_path first = path_of(1);
	struct observed_path paths[] = { first, first, first, first, first, first };
	struct path_index index;

	paths[1].gateway.b[0]++;
	paths[2].table++;
	paths[3].metric++;
	paths[4].nexthop++;
	paths[5].weight++;
	path_index_init(&index, &interface, arena, arena);
	for (uint32_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ck_assert_uint_eq(path_index_get(&index, &paths[i]), i);
	ck_assert_uint_eq(path_index_get(&index, &first), 0);
	arena_free(arena);
}
END_TEST

SUITE("rtnl_hop", test_one_hop, test_many_hops, test_source_and_object, test_malformed,
      test_malformed_hops, test_objects, test_malformed_objects, test_paths, test_paths_differ)
