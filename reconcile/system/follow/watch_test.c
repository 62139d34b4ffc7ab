/* SPDX-License-Identifier: MIT */
/*
 * Messages have the kernel's format, which is verified in a separate namespace, and in the
 * integration test.
 */
#include "watch.h"

#include "base/os/netlink.h"
#include "test/fixture.h"
#include "test/unit.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

/* wg0 has 5 and follows tables 254 and 100; wg1 does not exist; wg2 has 7 and follows
 * protocols 12 and 186; old has 9, and is no longer declared. */
static void scope_make(struct watch_scope *scope, struct arena *arena)
{
	struct desired desired = { .arena = arena };
	struct observed observed = { .arena = arena };
	static const char *const names[] = { "wg0", "wg1", "wg2" };
	static const struct observed_interface there[] = {
		{ .name = "wg0", .index = 5 },
		{ .name = "wg2", .index = 7 },
		{ .name = "old", .index = 9 },
	};

	for (int i = 0; i < COUNT(names); i++) {
		struct desired_interface *interface = vec_push(arena, &desired.interfaces);

		interface->name = names[i];
		interface->follow.enabled = i != 1;
		*vec_push(arena, &interface->follow.tables) = 254;
		if (i == 0)
			*vec_push(arena, &interface->follow.tables) = 100;
		if (i == 2) {
			*vec_push(arena, &interface->follow.protocols) = 12;
			*vec_push(arena, &interface->follow.protocols) = 186;
		}
	}
	for (int i = 0; i < COUNT(there); i++)
		*vec_push(arena, &observed.interfaces) = there[i];
	watch_scope_make(scope, arena, &desired, &observed);
}

struct made {
	struct arena *arena;
	struct watch_scope scope;
	struct netlink_message message;
};

static void setup(struct made *made)
{
	made->arena = arena_new();
	scope_make(&made->scope, made->arena);
}

static void check_relevant(struct made *made, struct nlmsghdr *message, bool relevant, int row)
{
	ck_assert_msg(watch_is_relevant(&made->scope, message) == relevant, "row %d", row);
}

START_TEST(scope)
{
	struct made made;

	setup(&made);
	ck_assert_uint_eq(made.scope.interfaces.n, 4);
	ck_assert(made.scope.follows);
	ck_assert_str_eq(made.scope.interfaces.at[1].name, "wg1");
	ck_assert_uint_eq(made.scope.interfaces.at[1].index, 0);
	ck_assert_uint_eq(made.scope.interfaces.at[2].index, 7);
	ck_assert_str_eq(made.scope.interfaces.at[3].name, "old");
	ck_assert(!made.scope.interfaces.at[3].follow.enabled);
	arena_free(made.arena);
}
END_TEST

START_TEST(links)
{
	static const struct {
		uint16_t type;
		int index;
		const char *name;
		bool relevant;
		const char *text;
	} rows[] = {
		{ RTM_NEWLINK, 5, "wg0", true, "interface wg0 changed" },
		{ RTM_DELLINK, 5, "wg0", true, "interface wg0 removed" },
		{ RTM_NEWLINK, 77, "wg0", true, "interface wg0 changed" },
		/* It appears, or gets its name. */
		{ RTM_NEWLINK, 6, "wg1", true, "interface wg1 changed" },
		/* It has got another one. */
		{ RTM_NEWLINK, 7, "foo", true, "interface foo changed" },
		{ RTM_NEWLINK, 9, "old", true, "interface old changed" },
		{ RTM_NEWLINK, 6, "wg", false, NULL },
		{ RTM_NEWLINK, 6, "wg11", false, NULL },
		{ RTM_DELLINK, 6, "eth0", false, NULL },
		{ RTM_NEWLINK, 0, NULL, false, NULL },
	};
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct ifinfomsg header = { .ifi_index = rows[i].index };
		struct nlmsghdr *message = netlink_message_begin(&made.message, rows[i].type, 0,
								 &header, sizeof(header));

		netlink_put_u32(message, IFLA_MTU, 1420);
		if (rows[i].name)
			netlink_put_string(message, IFLA_IFNAME, rows[i].name);
		check_relevant(&made, message, rows[i].relevant, i);
		if (rows[i].text)
			ck_assert_str_eq(watch_text(&made.scope, message, made.arena),
					 rows[i].text);
	}
	arena_free(made.arena);
}
END_TEST

START_TEST(addresses)
{
	static const struct {
		uint16_t type;
		uint32_t index;
		bool relevant;
		const char *text;
	} rows[] = {
		{ RTM_NEWADDR, 5, true, "address 10.0.0.1/24 of wg0 added" },
		{ RTM_DELADDR, 7, true, "address 10.0.0.1/24 of wg2 removed" },
		{ RTM_NEWADDR, 6, false, NULL },
		{ RTM_NEWADDR, 0, false, NULL },
	};
	static const uint8_t ip[] = { 10, 0, 0, 1 };
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct ifaddrmsg header = { .ifa_family = AF_INET,
					    .ifa_prefixlen = 24,
					    .ifa_index = rows[i].index };
		struct nlmsghdr *message = netlink_message_begin(&made.message, rows[i].type, 0,
								 &header, sizeof(header));

		netlink_put(message, IFA_LOCAL, ip, sizeof(ip));
		check_relevant(&made, message, rows[i].relevant, i);
		if (rows[i].text)
			ck_assert_str_eq(watch_text(&made.scope, message, made.arena),
					 rows[i].text);
	}
	arena_free(made.arena);
}
END_TEST

START_TEST(rules)
{
	static const struct {
		uint16_t type;
		int protocol; /* -1: not given */
		bool relevant;
	} rows[] = {
		{ RTM_DELRULE, OWNER_PROTOCOL, true },
		{ RTM_NEWRULE, OWNER_PROTOCOL, true },
		{ RTM_DELRULE, RTPROT_KERNEL, false },
		{ RTM_NEWRULE, RTPROT_BOOT, false },
		{ RTM_NEWRULE, -1, false },
	};
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct fib_rule_hdr header = { .family = AF_INET };
		struct nlmsghdr *message = netlink_message_begin(&made.message, rows[i].type, 0,
								 &header, sizeof(header));

		netlink_put_u32(message, FRA_PRIORITY, 30000);
		if (rows[i].protocol >= 0)
			netlink_put_u8(message, FRA_PROTOCOL, (uint8_t)rows[i].protocol);
		check_relevant(&made, message, rows[i].relevant, i);
	}
	arena_free(made.arena);
}
END_TEST

#define BIRD 12
#define BABEL 42

static struct nlmsghdr *route_message(struct made *made, uint16_t type, uint8_t protocol,
				      uint32_t table)
{
	static const uint8_t ip[] = { 10, 0, 0, 0 };
	struct rtmsg header = { .rtm_family = AF_INET,
				.rtm_dst_len = 8,
				.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_COMPAT,
				.rtm_protocol = protocol,
				.rtm_type = RTN_UNICAST };
	struct nlmsghdr *message = netlink_message_begin(&made->message, type, 0, &header,
							 sizeof(header));

	netlink_put(message, RTA_DST, ip, sizeof(ip));
	netlink_put_u32(message, RTA_TABLE, table);
	return message;
}

START_TEST(routes)
{
	static const struct {
		uint16_t type;
		uint8_t protocol;
		uint32_t table;
		uint32_t index; /* 0: none */
		bool relevant;
	} rows[] = {
		{ RTM_NEWROUTE, BIRD, 254, 5, true },
		{ RTM_DELROUTE, BIRD, 254, 5, true },
		{ RTM_NEWROUTE, RTPROT_STATIC, 100, 5, true },
		/* In a table that is not followed. */
		{ RTM_NEWROUTE, BIRD, 101, 5, false },
		{ RTM_NEWROUTE, BIRD, 356, 5, false },
		/* Over a foreign interface. */
		{ RTM_NEWROUTE, BIRD, 254, 6, false },
		{ RTM_NEWROUTE, BIRD, 254, 0, false },
		/* The kernel's own and learned ones. */
		{ RTM_NEWROUTE, RTPROT_KERNEL, 254, 5, false },
		{ RTM_NEWROUTE, RTPROT_REDIRECT, 254, 5, false },
		{ RTM_NEWROUTE, RTPROT_RA, 254, 5, false },
		/* Ours. */
		{ RTM_NEWROUTE, OWNER_PROTOCOL, 254, 5, false },
		{ RTM_DELROUTE, OWNER_PROTOCOL, 254, 5, true },
		{ RTM_DELROUTE, OWNER_PROTOCOL, 51820, 5, true },
		{ RTM_DELROUTE, OWNER_PROTOCOL, 254, 9, true },
		{ RTM_DELROUTE, OWNER_PROTOCOL, 254, 6, false },
		/* Without follow_routes. */
		{ RTM_DELROUTE, BIRD, 254, 9, false },
		/* With some protocols followed. */
		{ RTM_NEWROUTE, BIRD, 254, 7, true },
		{ RTM_NEWROUTE, 186, 254, 7, true },
		{ RTM_NEWROUTE, BABEL, 254, 7, false },
		{ RTM_NEWROUTE, BIRD, 100, 7, false },
		{ RTM_DELROUTE, OWNER_PROTOCOL, 254, 7, true },
	};
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct nlmsghdr *message = route_message(&made, rows[i].type, rows[i].protocol,
							 rows[i].table);

		if (rows[i].index)
			netlink_put_u32(message, RTA_OIF, rows[i].index);
		check_relevant(&made, message, rows[i].relevant, i);
		ck_assert_str_eq(watch_text(&made.scope, message, made.arena),
				 rows[i].type == RTM_NEWROUTE ? "route 10.0.0.0/8 added"
							      : "route 10.0.0.0/8 removed");
	}
	arena_free(made.arena);
}
END_TEST

START_TEST(routes_that_do_not_count)
{
	static const struct {
		uint8_t type;
		uint32_t flags;
		bool relevant;
	} rows[] = {
		{ RTN_UNICAST, 0, true },
		{ RTN_UNICAST, RTM_F_CLONED, false },
		{ RTN_LOCAL, 0, false },
		{ RTN_MULTICAST, 0, false },
	};
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct nlmsghdr *message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
		struct rtmsg *header = mnl_nlmsg_get_payload(message);

		header->rtm_type = rows[i].type;
		header->rtm_flags = rows[i].flags;
		netlink_put_u32(message, RTA_OIF, 5);
		check_relevant(&made, message, rows[i].relevant, i);
	}
	arena_free(made.arena);
}
END_TEST

/* Hops as in rtnexthop(7), each followed by a gateway of 4 bytes. */
static void put_hops(struct nlmsghdr *message, const int *indexes, int n)
{
	struct nlattr *nest = mnl_attr_nest_start(message, RTA_MULTIPATH);

	for (int i = 0; i < n; i++) {
		struct rtnexthop hop = { .rtnh_len = sizeof(hop) + 8, .rtnh_ifindex = indexes[i] };
		struct nlattr gateway = { .nla_len = 8, .nla_type = RTA_GATEWAY };
		char *at = mnl_nlmsg_get_payload_tail(message);

		memcpy(at, &hop, sizeof(hop));
		memcpy(at + sizeof(hop), &gateway, sizeof(gateway));
		memset(at + sizeof(hop) + sizeof(gateway), 10, 4);
		message->nlmsg_len += sizeof(hop) + 8;
	}
	mnl_attr_nest_end(message, nest);
}

START_TEST(multipath)
{
	static const struct {
		int indexes[3];
		int n;
		bool relevant;
	} rows[] = {
		{ { 6, 8, 5 }, 3, true },  { { 5, 6 }, 2, true },  { { 5 }, 1, true },
		{ { 6, 8, 4 }, 3, false }, { { 6, 9 }, 2, false }, { { 0 }, 0, false },
	};
	struct made made;
	struct nlmsghdr *message;
	struct rtnexthop *hop;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
		put_hops(message, rows[i].indexes, rows[i].n);
		check_relevant(&made, message, rows[i].relevant, i);
	}
	/* One that is longer than the whole attribute is malformed; so is an empty one. */
	for (int i = 0; i < 2; i++) {
		message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
		put_hops(message, (const int[]){ 6 }, 1);
		hop = (void *)((char *)mnl_nlmsg_get_payload_tail(message) - sizeof(*hop) - 8);
		hop->rtnh_len = i ? 0 : 17;
		check_relevant(&made, message, true, i);
	}
	arena_free(made.arena);
}
END_TEST

START_TEST(next_hop_objects)
{
	static const struct {
		uint16_t attribute; /* 0: only the id */
		uint32_t value;
		bool relevant;
	} rows[] = {
		{ NHA_OIF, 5, true },	{ NHA_OIF, 6, false }, { NHA_OIF, 9, false },
		{ NHA_GROUP, 1, true }, { 0, 0, false },
	};
	struct watch_scope nobody = { .follows = false };
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct nhmsg header = { .nh_family = AF_INET };
		struct nlmsghdr *message = netlink_message_begin(&made.message, RTM_DELNEXTHOP, 0,
								 &header, sizeof(header));

		netlink_put_u32(message, NHA_ID, 1);
		if (rows[i].attribute)
			netlink_put_u32(message, rows[i].attribute, rows[i].value);
		check_relevant(&made, message, rows[i].relevant, i);
		ck_assert(!watch_is_relevant(&nobody, message));
		ck_assert_str_eq(watch_text(&made.scope, message, made.arena), "next hop removed");
	}
	/* A route with only the id of its next hop. */
	for (int i = 0; i < 2; i++) {
		struct nlmsghdr *message = route_message(&made, RTM_NEWROUTE, BIRD, i ? 101 : 254);

		netlink_put_u32(message, RTA_NH_ID, 1);
		check_relevant(&made, message, i == 0, i);
	}
	arena_free(made.arena);
}
END_TEST

/* Malformed messages trigger a look; unrequested types do not. */
START_TEST(unclear)
{
	static const struct {
		uint16_t type;
		bool relevant;
	} rows[] = {
		{ RTM_NEWLINK, true },	   { RTM_DELADDR, true },    { RTM_NEWROUTE, true },
		{ RTM_NEWRULE, true },	   { RTM_NEWNEXTHOP, true }, { RTM_NEWNEIGH, false },
		{ RTM_NEWTFILTER, false }, { NLMSG_ERROR, false },   { NLMSG_DONE, false },
	};
	struct made made;

	setup(&made);
	for (int i = 0; i < COUNT(rows); i++) {
		struct nlmsghdr *message = mnl_nlmsg_put_header(made.message.buffer);

		message->nlmsg_type = rows[i].type;
		check_relevant(&made, message, rows[i].relevant, i);
		if (rows[i].relevant)
			ck_assert_str_ne(watch_text(&made.scope, message, made.arena), "");
	}
	arena_free(made.arena);
}
END_TEST

/* The news of one datagram. */
static struct watch_news news_of(struct made *made, const void *datagram, size_t size,
				 uint32_t port)
{
	struct watch_news news = { 0 };

	watch_datagram(&made->scope, datagram, size, port, &news, made->arena);
	ck_assert(news.any == (news.text != NULL));
	return news;
}

START_TEST(datagrams)
{
	alignas(struct nlmsghdr) char datagram[1024];
	struct watch_news news = { .text = "something else" };
	struct nlmsghdr *message;
	struct made made;
	size_t size;

	setup(&made);
	message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
	netlink_put_u32(message, RTA_OIF, 6);
	size = message->nlmsg_len;
	memcpy(datagram, message, size);
	ck_assert(!news_of(&made, datagram, size, 0).any);
	message = route_message(&made, RTM_DELROUTE, BIRD, 254);
	netlink_put_u32(message, RTA_OIF, 5);
	memcpy(datagram + size, message, message->nlmsg_len);
	size += message->nlmsg_len;
	/* From another process: any process may send to a port. */
	ck_assert(!news_of(&made, datagram, size, 4711).any);
	ck_assert_str_eq(news_of(&made, datagram, size, 0).text, "route 10.0.0.0/8 removed");
	/* The first one is reported. */
	watch_datagram(&made.scope, datagram, size, 0, &news, made.arena);
	ck_assert_str_eq(news.text, "something else");
	/* A truncated one ends it. */
	ck_assert(!news_of(&made, datagram, size - 4, 0).any);
	ck_assert(!news_of(&made, datagram, 3, 0).any);
	arena_free(made.arena);
}
END_TEST

/* Prefixes are distinguished from all changes that need a whole run. */
START_TEST(dirty_prefixes)
{
	struct watch_news news = { 0 };
	struct nlmsghdr *message;
	struct made made;

	setup(&made);
	message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
	netlink_put_u32(message, RTA_OIF, 5);
	for (size_t i = 0; i < WATCH_DIRTY_MAX; i++)
		watch_datagram(&made.scope, message, message->nlmsg_len, 0, &news, made.arena);
	ck_assert_uint_eq(news.dirty.n, WATCH_DIRTY_MAX);
	ck_assert(!news.other);
	ck_assert_str_eq(news.dirty.at[0].interface, "wg0");
	ck_assert_uint_eq(news.dirty.at[0].prefix.length, 8);
	ck_assert_uint_eq(news.dirty.at[0].prefix.ip.b[0], 10);
	/* One more, and they are no longer collected. */
	watch_datagram(&made.scope, message, message->nlmsg_len, 0, &news, made.arena);
	ck_assert(news.other);
	ck_assert_uint_eq(news.dirty.n, WATCH_DIRTY_MAX);

	/* One of this tool's own, removed by another program. */
	message = route_message(&made, RTM_DELROUTE, OWNER_PROTOCOL, 254);
	netlink_put_u32(message, RTA_OIF, 5);
	news = news_of(&made, message, message->nlmsg_len, 0);
	ck_assert(news.any && news.other && !news.dirty.n);

	/* Of a next hop object. */
	message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
	netlink_put_u32(message, RTA_OIF, 5);
	netlink_put_u32(message, RTA_NH_ID, 7);
	news = news_of(&made, message, message->nlmsg_len, 0);
	ck_assert(news.any && news.other && !news.dirty.n);
	arena_free(made.arena);
}
END_TEST

START_TEST(settling)
{
	static const struct {
		msec_t start, look_took, first, last, at;
	} rows[] = {
		/* Long after the beginning: quiet for 20 ms, 60 ms in all. */
		{ 0, 0, 1000, 1000, 1020 },
		{ 0, 0, 1000, 1030, 1050 },
		{ 0, 0, 1000, 1059, 1060 },
		{ 0, 0, 1000, 1500, 1060 },
		/* Soon after it: not before 80 ms. */
		{ 0, 0, 0, 0, 80 },
		{ 0, 5, 10, 10, 80 },
		{ 0, 5, 10, 500, 80 },
		{ 0, 5, 30, 68, 88 },
		{ 100, 0, 120, 125, 180 },
		/* A long look is not repeated immediately. */
		{ 0, 100, 100, 100, 300 },
		{ 0, 100, 290, 290, 310 },
		{ 0, 1500, 1500, 1500, 3500 },
		{ 0, 1500, 3490, 3495, 3515 },
	};

	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_msg(watch_settled_at(rows[i].start, rows[i].look_took, rows[i].first,
					       rows[i].last) == rows[i].at,
			      "row %d", i);
}
END_TEST

/* ---- The kernel ---- */

struct live {
	struct arena *arena;
	struct watch *watch;
	struct watch_scope scope;
};

static bool live_begin(struct live *live)
{
	struct failure failure;

	if (!fixture_unshare(CLONE_NEWNET))
		return false;
	live->arena = arena_new();
	scope_make(&live->scope, live->arena);
	live->watch = watch_open(&failure);
	ck_assert_msg(live->watch != NULL, "%s", failure.text);
	return true;
}

static void live_end(struct live *live)
{
	watch_close(live->watch);
	arena_free(live->arena);
}

/* The pending news; NULL: nothing relevant. */
static const char *news(struct live *live)
{
	struct watch_news news = { 0 };
	struct failure failure;

	ck_assert(watch_read(live->watch, &live->scope, &news, live->arena, &failure));
	ck_assert(news.any == (news.text != NULL));
	return news.text;
}

START_TEST(of_the_kernel)
{
	struct live live;

	if (!live_begin(&live))
		return;
	ck_assert_ptr_null(news(&live));
	fixture_shell("ip link set lo up");
	fixture_shell("ip link add name other type bridge");
	ck_assert_ptr_null(news(&live));
	fixture_shell("ip link add name wg1 type bridge");
	ck_assert_str_eq(news(&live), "interface wg1 changed");
	live.scope.interfaces.at[0].index = if_nametoindex("wg1");
	fixture_shell("ip link set wg1 up");
	ck_assert_str_eq(news(&live), "interface wg1 changed");
	fixture_shell("ip address add 10.5.0.1/24 dev wg1");
	ck_assert_str_eq(news(&live), "address 10.5.0.1/24 of wg0 added");
	fixture_shell("ip route add 10.6.0.0/16 via 10.5.0.7");
	ck_assert_str_eq(news(&live), "route 10.6.0.0/16 added");
	fixture_shell("ip route add 10.6.0.0/16 via 10.5.0.7 table 77");
	ck_assert_ptr_null(news(&live));
	fixture_shell("ip route add 10.7.0.0/16 nexthop via 10.5.0.7 nexthop via 10.5.0.8");
	ck_assert_str_eq(news(&live), "route 10.7.0.0/16 added");
	fixture_shell("ip route del 10.6.0.0/16");
	ck_assert_str_eq(news(&live), "route 10.6.0.0/16 removed");
	fixture_shell("ip rule add priority 20 table 20 protocol 87");
	ck_assert_str_eq(news(&live), "policy rule added");
	fixture_shell("ip rule add priority 21 table 20");
	ck_assert_ptr_null(news(&live));
	fixture_shell("ip nexthop add id 1 via 10.5.0.9 dev wg1");
	ck_assert_str_eq(news(&live), "next hop added");
	fixture_shell("ip link del wg1");
	ck_assert_ptr_nonnull(news(&live));
	live_end(&live);
}
END_TEST

START_TEST(overflow)
{
	int small = 1;
	struct live live;

	if (!live_begin(&live))
		return;
	ck_assert_int_eq(setsockopt(watch_descriptor(live.watch), SOL_SOCKET, SO_RCVBUF, &small,
				    sizeof(small)),
			 0);
	fixture_shell("for i in 1 2 3 4 5 6; do ip link add name other$i type bridge; done");
	ck_assert_str_eq(news(&live), "more events than could be read");
	ck_assert_ptr_null(news(&live));
	live_end(&live);
}
END_TEST

/* Another process sends what looks like a relevant message. */
START_TEST(of_another_process)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(to);
	struct nlmsghdr *message;
	struct pollfd pollfd;
	struct live live;
	struct made made;
	int socket_of_another;

	if (!live_begin(&live))
		return;
	setup(&made);
	message = route_message(&made, RTM_NEWROUTE, BIRD, 254);
	netlink_put_u32(message, RTA_OIF, 5);
	pollfd = (struct pollfd){ .fd = watch_descriptor(live.watch), .events = POLLIN };
	ck_assert_int_eq(getsockname(pollfd.fd, (struct sockaddr *)&to, &size), 0);
	socket_of_another = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ck_assert_int_ge(socket_of_another, 0);
	ck_assert_int_eq(sendto(socket_of_another, message, message->nlmsg_len, 0,
				(struct sockaddr *)&to, sizeof(to)),
			 (int)message->nlmsg_len);
	ck_assert_int_eq(poll(&pollfd, 1, 1000), 1);
	ck_assert_ptr_null(news(&live));
	ck_assert_int_eq(poll(&pollfd, 1, 0), 0);
	close(socket_of_another);
	arena_free(made.arena);
	live_end(&live);
}
END_TEST

SUITE("watch", scope, links, addresses, rules, routes, routes_that_do_not_count, multipath,
      next_hop_objects, unclear, datagrams, dirty_prefixes, settling, of_the_kernel, overflow,
      of_another_process)
