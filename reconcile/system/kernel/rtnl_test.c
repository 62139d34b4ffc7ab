/* SPDX-License-Identifier: MIT */
/*
 * Encoding and decoding on bytes. kernel_test tests the real kernel.
 */
#include "rtnl.h"

#include "test/fixture.h"
#include "test/unit.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A message of this type with this payload, as hexadecimal digits. */
struct recorded_message {
	alignas(struct nlmsghdr) uint8_t buffer[2048];
};

static const struct nlmsghdr *from_hex(struct recorded_message *message, uint16_t type,
				       const char *hex)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(message->buffer);
	size_t n = strlen(hex) / 2;

	ck_assert_uint_le(NLMSG_HDRLEN + n, sizeof(message->buffer));
	for (size_t i = 0; i < n; i++) {
		char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		message->buffer[NLMSG_HDRLEN + i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	header->nlmsg_type = type;
	header->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + n);
	return header;
}

static bool is_little_endian(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one == 1;
}

/* As recorded from Linux 6.18, IFLA_STATS omitted. */
START_TEST(test_recorded_link)
{
	struct arena *arena = arena_new();
	struct recorded_message message;
	struct rtnl_link link;

	if (!is_little_endian())
		return;
	ck_assert(rtnl_read_link(from_hex(&message, RTM_NEWLINK,
					  "00000100030000000310000000000000090003006e65743000000000"
					  "08000d00e803000005001000020000000800040078050000"
					  "1200140077677265636f6e63696c653a78000000"
					  "140012800e000100776972656775617264000000"),
				 &link, arena));
	ck_assert_uint_eq(link.index, 3);
	ck_assert(link.up);
	ck_assert_str_eq(link.name, "net0");
	ck_assert_str_eq(link.alias, "wgreconcile:x");
	ck_assert_str_eq(link.kind, "wireguard");
	ck_assert_uint_eq(link.mtu, 1400);
	/* The loopback has neither alias nor kind. */
	ck_assert(rtnl_read_link(
		from_hex(&message, RTM_NEWLINK, "00000403010000000800000000000000070003006c6f0000"),
		&link, arena));
	ck_assert(!link.up);
	ck_assert_str_eq(link.alias, "");
	ck_assert_str_eq(link.kind, "");
	arena_free(arena);
}
END_TEST

START_TEST(test_recorded_address)
{
	static const struct {
		const char *hex;
		const char *prefix;
		uint8_t protocol;
	} cases[] = {
		{ "0218800003000000080001000a000002080002000a000002090003006e65743000000000"
		  "080008008000000014000600ffffffffffffffff669a0500669a0500",
		  "10.0.0.2/24", 0 },
		{ "0218800003000000080001000a000002080002000a00000205000b0057000000", "10.0.0.2/24",
		  OWNER_PROTOCOL },
		{ "0a40c000030000001400010020010db800000000000000000000000214000600ffffffff"
		  "ffffffff669a0500669a050008000800c0000000",
		  "2001:db8::2/64", 0 },
		/* A point-to-point link: our end is IFA_LOCAL, in either order. */
		{ "0220800003000000080001000a0000ff080002000a000002", "10.0.0.2/32", 0 },
		{ "0220800003000000080002000a000002080001000a0000ff", "10.0.0.2/32", 0 },
	};
	struct recorded_message message;
	struct observed_address address;
	bool wanted;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix prefix = prefix_of(cases[i].prefix);

		ck_assert(rtnl_read_address(from_hex(&message, RTM_NEWADDR, cases[i].hex), &address,
					    &wanted));
		ck_assert(wanted);
		ck_assert_int_eq(prefix_compare(&address.prefix, &prefix), 0);
		ck_assert_uint_eq(address.protocol, cases[i].protocol);
		if (is_little_endian())
			ck_assert_uint_eq(address.index, 3);
	}
	/* Of an unrequested family. */
	ck_assert(rtnl_read_address(from_hex(&message, RTM_NEWADDR, "2d18800003000000"), &address,
				    &wanted));
	ck_assert(!wanted);
}
END_TEST

static const char *source_text(const struct observed_route *route, char text[IP_TEXT_MAX])
{
	return route->source.family ? ip_text(&route->source, text) : "";
}

START_TEST(test_recorded_route)
{
	static const struct {
		const char *hex;
		const char *destination;
		uint32_t table, metric;
		uint8_t protocol;
		bool wanted;
		const char *source;
	} cases[] = {
		{ "02100000fc57fd011000000008000f0070110100080001000a010000080006003200000008"
		  "00040003000000",
		  "10.1.0.0/16", 70000, 50, OWNER_PROTOCOL, true, "" },
		{ "02180000fe02fd011000000008000f00fe000000080001000a000000080007000a00000208"
		  "00040003000000",
		  "10.0.0.0/24", 254, 0, 2, true, "10.0.0.2" },
		/* IPv6's 1024 means no metric. */
		{ "0a300000fe5700011000000008000f00fe0000001400010020010db8000100000000000000"
		  "0000000800060000040000080004000300000024000c00000000000000000000000000000"
		  "0000000000000000000000000000000000000000500140000000000",
		  "2001:db8:1::/48", 254, 0, OWNER_PROTOCOL, true, "" },
		{ "0a400000fe0200011000000008000f00fe0000001400010020010db80000000000000000000"
		  "00000080006000001000008000400030000000500140000000000",
		  "2001:db8::/64", 254, 256, 2, true, "" },
		/* A default route has no RTA_DST. */
		{ "02000000fe0300010000000008000f00fe0000000800040003000000", "0.0.0.0/0", 254, 0,
		  3, true, "" },
		/* Table local, multicast, a clone, and one without a single link. */
		{ "02200000ff02fe010000000008000f00ff000000080001000a0000020800040003000000",
		  "10.0.0.2/32", 255, 0, 2, false, "" },
		{ "0a080000ff0200051000000008000f00ff00000014000100ff00000000000000000000000000"
		  "00000800060000010000080004000300000005001400000000",
		  NULL, 0, 0, 0, false, "" },
		{ "02200000fe02000100020000080001000a0000020800040003000000", NULL, 0, 0, 0, false,
		  "" },
		{ "02180000fe0300010000000008000f00fe000000080001000a000000", NULL, 0, 0, 0, false,
		  "" },
	};
	struct arena *arena = arena_new();
	struct recorded_message message;
	struct rtnl_route read = { 0 };
	const struct observed_route *route = &read.route;
	char text[IP_TEXT_MAX];
	bool wanted;

	if (!is_little_endian())
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct prefix prefix;

		ck_assert_msg(rtnl_read_route(from_hex(&message, RTM_NEWROUTE, cases[i].hex), &read,
					      arena, &wanted),
			      "case %zu", i);
		ck_assert_msg(wanted == cases[i].wanted, "case %zu", i);
		if (!wanted)
			continue;
		prefix = prefix_of(cases[i].destination);
		ck_assert_int_eq(prefix_compare(&route->destination, &prefix), 0);
		ck_assert_uint_eq(route->table, cases[i].table);
		ck_assert_uint_eq(route->metric, cases[i].metric);
		ck_assert_uint_eq(route->protocol, cases[i].protocol);
		ck_assert_str_eq(source_text(route, text), cases[i].source);
		ck_assert_uint_eq(route->index, 3);
		/* Directly to the destination. */
		ck_assert_uint_eq(read.hops.list.n, 1);
		ck_assert_uint_eq(read.hops.list.at[0].index, 3);
		ck_assert_uint_eq(read.hops.list.at[0].gateway.family, FAMILY_NONE);
		ck_assert_uint_eq(read.hops.list.at[0].weight, 0);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_recorded_rule)
{
	struct recorded_message message;
	struct observed_rule rule;
	bool wanted;

	if (!is_little_endian())
		return;
	ck_assert(rtnl_read_rule(from_hex(&message, RTM_NEWRULE,
					  "02000000fc0000010200000008000f006cca000008000e00ffffffff"
					  "0500150057000000080006003175000008000a006cca000008001000"
					  "ffffffff"),
				 &rule, &wanted));
	ck_assert(wanted);
	ck_assert_uint_eq(rule.family, FAMILY_IPV4);
	ck_assert_uint_eq(rule.priority, 30001);
	ck_assert_uint_eq(rule.table, 51820);
	ck_assert(rule.not_fwmark);
	ck_assert_uint_eq(rule.fwmark, 51820);
	ck_assert_int_eq(rule.suppress_prefix_length, -1);
	ck_assert(rtnl_read_rule(from_hex(&message, RTM_NEWRULE,
					  "02000000fe0000010000000008000f00fe00000008000e0000000000"
					  "05001500570000000800060030750000"),
				 &rule, &wanted));
	ck_assert(wanted);
	ck_assert(!rule.not_fwmark);
	ck_assert_int_eq(rule.suppress_prefix_length, 0);
	/* The kernel's own, protocol 2. */
	ck_assert(rtnl_read_rule(from_hex(&message, RTM_NEWRULE,
					  "0a000000fe0000010000000008000f00fe00000008000e00ffffffff"
					  "050015000200000008000600fe7f0000"),
				 &rule, &wanted));
	ck_assert(!wanted);
}
END_TEST

/* Wrong types, cut headers, attributes of a wrong size, impossible lengths. */
START_TEST(test_malformed)
{
	static const char *const addresses[] = {
		"02188000030000", /* cut */
		"0218800003000000", /* without address */
		"0221800003000000080002000a000002", /* /33 */
		"0218800003000000060002000a000000", /* two bytes */
		"0218800003000000080002000a00000206000b0057000000",
		"0a18800003000000080001000a000002",
	};
	static const char *const routes[] = {
		"02100000fc57fd01100000", /* cut */
		"02210000fe57fd0110000000080001000a0100000800040003000000", /* /33 */
		"02100000fe57fd0110000000060001000a0100000800040003000000",
		"02100000fe57fd01100000000600040003000000",
		"02100000fe57fd011000000006000f0003000000",
		"02100000fe57fd01100000000600060003000000",
	};
	static const char *const rules[] = {
		"02000000fc000001020000", /* cut */
		"02000000fc000001020000000600060003000000",
		"02000000fc0000010200000006000f0003000000",
		"02000000fc0000010200000006000a0003000000",
		"02000000fc000001020000000600150003000000",
		"02000000fc0000010200000006000e0003000000",
	};
	static const char *const links[] = {
		"000001000300000003100000000000", /* cut */
		"00000100030000000310000000000000", /* without name */
		"00000100000000000310000000000000090003006e65743000000000", /* index 0 */
		"00000100030000000310000000000000080003006e657430", /* name without end */
		"00000100030000000310000000000000090003006e65743000000000060004000100000000",
		"00000100030000000310000000000000090003006e6574300000000008001400ffffffff",
		/* kind without end */
		"00000100030000000310000000000000060003006e0000000c0012800800010061626364",
	};
	struct arena *arena = arena_new();
	struct recorded_message message;
	struct observed_address address;
	struct rtnl_route route = { 0 };
	struct observed_rule rule;
	struct rtnl_link link;
	bool wanted;

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		ck_assert_msg(!rtnl_read_address(from_hex(&message, RTM_NEWADDR, addresses[i]),
						 &address, &wanted),
			      "%s", addresses[i]);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		ck_assert_msg(!rtnl_read_route(from_hex(&message, RTM_NEWROUTE, routes[i]), &route,
					       arena, &wanted),
			      "%s", routes[i]);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		ck_assert_msg(
			!rtnl_read_rule(from_hex(&message, RTM_NEWRULE, rules[i]), &rule, &wanted),
			"%s", rules[i]);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		ck_assert_msg(
			!rtnl_read_link(from_hex(&message, RTM_NEWLINK, links[i]), &link, arena),
			"%s", links[i]);
	ck_assert(!rtnl_read_link(from_hex(&message, RTM_NEWADDR, ""), &link, arena));
	ck_assert(!rtnl_read_address(from_hex(&message, RTM_NEWROUTE, ""), &address, &wanted));
	ck_assert(!rtnl_read_route(from_hex(&message, RTM_NEWRULE, ""), &route, arena, &wanted));
	ck_assert(!rtnl_read_rule(from_hex(&message, RTM_NEWLINK, ""), &rule, &wanted));
	arena_free(arena);
}
END_TEST

/* Sent messages can be parsed; requests are similar to answers. */

START_TEST(test_write_routes)
{
	static const struct {
		const char *destination;
		uint32_t table, metric;
		uint8_t scope;
	} cases[] = {
		{ "10.1.0.0/16", 254, 0, RT_SCOPE_LINK },
		{ "0.0.0.0/0", 70000, 7, RT_SCOPE_LINK },
		{ "2001:db8::/32", 254, 0, RT_SCOPE_UNIVERSE },
		{ "::/0", 300, 50, RT_SCOPE_UNIVERSE },
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct netlink_batch *batch = netlink_batch_new(arena);
		struct observed_route route = { .index = 5,
						.destination = prefix_of(cases[i].destination),
						.table = cases[i].table,
						.metric = cases[i].metric,
						.protocol = OWNER_PROTOCOL };
		struct rtnl_route answer = { 0 };
		const struct observed_route *read = &answer.route;
		const struct rtmsg *header;
		bool wanted;

		ck_assert(rtnl_put_route_add(batch, &route));
		ck_assert_uint_eq(batch->open->nlmsg_flags,
				  NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
		header = mnl_nlmsg_get_payload(batch->open);
		ck_assert_uint_eq(header->rtm_scope, cases[i].scope);
		ck_assert_uint_eq(header->rtm_table,
				  cases[i].table < 256 ? cases[i].table : RT_TABLE_UNSPEC);
		ck_assert(rtnl_read_route(batch->open, &answer, arena, &wanted));
		ck_assert(wanted);
		ck_assert_int_eq(prefix_compare(&read->destination, &route.destination), 0);
		ck_assert_uint_eq(read->table, route.table);
		ck_assert_uint_eq(read->metric, route.metric);
		ck_assert_uint_eq(read->protocol, OWNER_PROTOCOL);
		ck_assert_uint_eq(read->index, 5);
		ck_assert(rtnl_put_route_remove(batch, &route));
		ck_assert_uint_eq(batch->open->nlmsg_type, RTM_DELROUTE);
		ck_assert_uint_eq(batch->open->nlmsg_flags, NLM_F_REQUEST);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_write_addresses)
{
	static const char *const cases[] = { "10.0.0.2/24", "fe80::1/64" };
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct observed_address address = { .index = 5,
						    .prefix = prefix_of(cases[i]),
						    .protocol = OWNER_PROTOCOL };
		struct observed_address read;
		uint32_t marked;
		bool wanted;

		ck_assert(rtnl_put_address_add(batch, &address));
		marked = batch->open->nlmsg_len;
		ck_assert(rtnl_read_address(batch->open, &read, &wanted));
		ck_assert(wanted);
		ck_assert_int_eq(prefix_compare(&read.prefix, &address.prefix), 0);
		ck_assert_uint_eq(read.protocol, OWNER_PROTOCOL);
		ck_assert_uint_eq(read.index, 5);
		address.protocol = 0;
		ck_assert(rtnl_put_address_add(batch, &address));
		ck_assert_uint_eq(batch->open->nlmsg_len, marked - 8);
		ck_assert(rtnl_put_address_remove(batch, &address));
		ck_assert_uint_eq(batch->open->nlmsg_type, RTM_DELADDR);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_write_rules)
{
	static const struct observed_rule rules[] = {
		{ FAMILY_IPV4, 30000, 254, false, 0, 0, { .length = 0 } },
		{ FAMILY_IPV6, 30001, 51820, true, 51820, -1, { .length = 0 } },
		{ FAMILY_IPV4, 1, 100, true, 0xffffffff, 8, { .length = 0 } },
	};
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct observed_rule read;
		bool wanted;

		ck_assert(rtnl_put_rule_add(batch, &rules[i]));
		ck_assert(rtnl_read_rule(batch->open, &read, &wanted));
		ck_assert(wanted);
		ck_assert_uint_eq(read.family, rules[i].family);
		ck_assert_uint_eq(read.priority, rules[i].priority);
		ck_assert_uint_eq(read.table, rules[i].table);
		ck_assert_uint_eq(read.not_fwmark, rules[i].not_fwmark);
		ck_assert_uint_eq(read.fwmark, rules[i].fwmark);
		ck_assert_int_eq(read.suppress_prefix_length, rules[i].suppress_prefix_length);
		ck_assert(rtnl_put_rule_remove(batch, &rules[i]));
		ck_assert_uint_eq(batch->open->nlmsg_type, RTM_DELRULE);
	}
	arena_free(arena);
}
END_TEST

START_TEST(test_write_links)
{
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);
	const struct ifinfomsg *header;

	ck_assert(rtnl_put_link_add(batch, "wg0", "wireguard"));
	ck_assert_uint_eq(batch->open->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
	ck_assert(rtnl_put_link_alias(batch, "wg0", OWNER_ALIAS "main"));
	ck_assert(rtnl_put_link_mtu(batch, 7, 1420));
	ck_assert(rtnl_put_link_up(batch, 7));
	header = mnl_nlmsg_get_payload(batch->open);
	ck_assert_uint_eq(header->ifi_flags, IFF_UP);
	ck_assert_uint_eq(header->ifi_change, IFF_UP);
	ck_assert_int_eq(header->ifi_index, 7);
	ck_assert(rtnl_put_link_remove(batch, 7));
	ck_assert_uint_eq(batch->open->nlmsg_type, RTM_DELLINK);
	ck_assert_uint_eq(batch->messages, 5);
	arena_free(arena);
}
END_TEST

START_TEST(test_full_batch)
{
	struct arena *arena = arena_new();
	struct netlink_batch *batch = netlink_batch_new(arena);
	unsigned n = 0;

	while (rtnl_put_link_up(batch, 7))
		n++;
	ck_assert_uint_eq(n, NETLINK_BATCH_MESSAGES);
	ck_assert(!rtnl_put_link_up(batch, 7));
	ck_assert_uint_eq(batch->messages, NETLINK_BATCH_MESSAGES);
	netlink_batch_clear(batch);
	ck_assert(rtnl_put_link_up(batch, 7));
	arena_free(arena);
}
END_TEST

SUITE("rtnl", test_recorded_link, test_recorded_address, test_recorded_route, test_recorded_rule,
      test_malformed, test_write_routes, test_write_addresses, test_write_rules, test_write_links,
      test_full_batch)
