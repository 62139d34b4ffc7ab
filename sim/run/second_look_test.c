/* SPDX-License-Identifier: MIT */
#include "second_look.h"

#include "test/unit.h"

#include <string.h>

/* RFC 7748, section 6.1: Alice's and Bob's public keys. */
#define OWN "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
#define PEER "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="
#define SECRET "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo="

#define DUMP                                                                                       \
	"wg0\t" SECRET "\t" OWN "\t51820\t0x51\n"                                                  \
	"wg0\t" PEER                                                                               \
	"\t(none)\t[fe80::1%eth0]:51820\tfd09::/64,10.9.0.0/24\t1700000000\t5\t6\t25\n"
#define ADDRESSES                                                                                  \
	"[{\"ifname\":\"eth0\",\"addr_info\":[]},{\"ifname\":\"wg0\",\"addr_info\":["              \
	"{\"family\":\"inet\",\"local\":\"10.9.0.2\",\"prefixlen\":32}]}]"
#define ROUTES4                                                                                    \
	"[{\"dst\":\"default\",\"gateway\":\"192.0.2.1\",\"dev\":\"eth0\",\"flags\":[]},"          \
	"{\"dst\":\"10.9.0.0/24\",\"dev\":\"wg0\",\"table\":\"51820\",\"protocol\":\"87\"},"       \
	"{\"type\":\"2\",\"dst\":\"127.0.0.1\",\"dev\":\"lo\",\"table\":\"255\"},"                 \
	"{\"type\":\"7\",\"dst\":\"10.0.0.0/8\",\"protocol\":\"87\"},"                             \
	"{\"dst\":\"10.8.0.1\",\"metric\":5,\"nexthops\":[{\"dev\":\"eth0\"},{\"dev\":\"wg0\"}]}]"
#define ROUTES6 "[{\"dst\":\"fd09::/64\",\"dev\":\"wg0\",\"protocol\":\"87\",\"metric\":1024}]"

static const struct second_look good = { DUMP, ADDRESSES, ROUTES4, ROUTES6 };

static void add_route(struct observed *observed, uint32_t index, const char *destination,
		      uint32_t table, uint8_t protocol)
{
	struct observed_route *route = vec_push(observed->arena, &observed->routes);

	*route = (struct observed_route){ .index = index, .table = table, .protocol = protocol };
	ck_assert(prefix_parse(destination, &route->destination));
}

static struct observed observed_state(struct arena *arena)
{
	struct observed observed = { .arena = arena };
	struct observed_address *address;
	struct observed_interface *wg0;
	struct observed_peer *peer;

	*vec_push(arena, &observed.interfaces) = (struct observed_interface){ .name = "eth0",
									      .index = 2 };
	wg0 = vec_push(arena, &observed.interfaces);
	*wg0 = (struct observed_interface){ .name = "wg0",
					    .index = 3,
					    .kind = LINK_WIREGUARD,
					    .has_private_key = true,
					    .listen_port = 51820,
					    .fwmark = 0x51 };
	ck_assert(key_parse(OWN, &wg0->public_key));
	peer = vec_push(arena, &wg0->peers);
	*peer = (struct observed_peer){ .has_endpoint = true,
					.persistent_keepalive = 25,
					.handshake = { 1700000000, 7 } };
	ck_assert(key_parse(PEER, &peer->public_key));
	peer->endpoint = (struct endpoint){ .port = 51820, .scope = 2 };
	ck_assert(ip_parse("fe80::1", &peer->endpoint.ip));
	ck_assert(prefix_parse("10.9.0.0/24", vec_push(arena, &peer->allowed_ips)));
	ck_assert(prefix_parse("fd09::/64", vec_push(arena, &peer->allowed_ips)));
	address = vec_push(arena, &observed.addresses);
	*address = (struct observed_address){ .index = 3 };
	ck_assert(prefix_parse("10.9.0.2/32", &address->prefix));
	add_route(&observed, 2, "0.0.0.0/0", 254, 3);
	add_route(&observed, 3, "10.9.0.0/24", 51820, 87);
	add_route(&observed, 3, "fd09::/64", 254, 87);
	return observed;
}

/* The text with the first FROM in it replaced. */
static const char *altered(const char *text, const char *from, const char *to, struct arena *arena)
{
	const char *at = strstr(text, from);

	return at ? arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
		  : text;
}

START_TEST(the_same)
{
	struct arena *arena = arena_new();
	struct observed observed = observed_state(arena);
	const char *found = second_look(&observed, &good, arena);

	ck_assert_msg(!found, "%s", found);
	/* One of its hops was read. */
	add_route(&observed, 3, "10.8.0.1/32", 254, 3);
	observed.routes.at[observed.routes.n - 1].metric = 5;
	ck_assert_ptr_null(second_look(&observed, &good, arena));
	arena_free(arena);
}
END_TEST

START_TEST(each_difference_is_found)
{
	static const struct {
		const char *from, *to, *found;
	} rows[] = {
		{ OWN, PEER, "interface wg0" },
		{ "\t51820\t", "\t51821\t", "interface wg0" },
		{ "0x51", "off", "mark 81" },
		{ "[fe80::1%eth0]", "[fe80::2%eth0]", "endpoint [fe80::1]:51820" },
		{ "fd09::/64,", "", "allowed IPs 10.9.0.0/24,fd09::/64" },
		{ "1700000000", "1700000001", "handshake 1700000000" },
		{ "\t25\n", "\toff\n", "keepalive 25" },
		{ "wg0\t" PEER, "wg1\t" PEER, "of wg0" },
		{ "10.9.0.2", "10.9.0.3", "address 10.9.0.2/32 at wg0" },
		{ "{\"family\"", "{\"local\":\"10.9.0.4\",\"prefixlen\":24},{\"family\"",
		  "ip shows what was not read: address 10.9.0.4/24 at wg0" },
		{ "\"51820\"", "\"51821\"", "route 10.9.0.0/24 by wg0, table 51820" },
		{ "{\"type\":\"7\",", "{\"dev\":\"eth0\",",
		  "ip shows what was not read: route 10.0.0.0/8 by eth0" },
		{ "\"metric\":1024", "\"metric\":7", "route fd09::/64 by wg0" },
		{ "wg0\t" SECRET, "wg0", "unknown form" },
		{ "[{\"dst\":\"fd09", "[{", "not JSON" },
	};
	struct arena *arena = arena_new();
	struct observed observed = observed_state(arena);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct second_look printed = {
			altered(DUMP, rows[i].from, rows[i].to, arena),
			altered(ADDRESSES, rows[i].from, rows[i].to, arena),
			altered(ROUTES4, rows[i].from, rows[i].to, arena),
			altered(ROUTES6, rows[i].from, rows[i].to, arena),
		};
		const char *found = second_look(&observed, &printed, arena);

		ck_assert_msg(found && strstr(found, rows[i].found), "row %zu: %s", i, found);
		ck_assert_ptr_null(strstr(found, SECRET));
	}
	arena_free(arena);
}
END_TEST

SUITE("second_look", the_same, each_difference_is_found)
