/* SPDX-License-Identifier: MIT */
#include "core/plan/plan.h"
#include "test/import_support.h"

static struct observed observed;
static struct observed_interface *wg0;

static struct wg_key key_of(const char *text)
{
	struct wg_key key;

	ck_assert(key_parse(text, &key));
	return key;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert_msg(prefix_parse(text, &prefix), "%s", text);
	return prefix;
}

static void observed_begin(void)
{
	begin();
	observed = (struct observed){ .arena = arena, .now = { .boot = 1000000, .wall = 1 } };
	wg0 = vec_push(arena, &observed.interfaces);
	wg0->name = "wg0";
	wg0->index = 7;
	wg0->kind = LINK_WIREGUARD;
	wg0->up = true;
	wg0->mtu = 1420;
	wg0->alias = "";
	wg0->has_private_key = true;
	wg0->private_key = key_of(SECRET);
	wg0->public_key = key_of(KEY_C);
	wg0->listen_port = 51820;
}

static struct observed_peer *peer_add(const char *key, const char *allowed_ip)
{
	struct observed_peer *peer = vec_push(arena, &wg0->peers);

	peer->public_key = key_of(key);
	if (allowed_ip)
		*vec_push(arena, &peer->allowed_ips) = prefix_of(allowed_ip);
	return peer;
}

static void address_add(const char *address, uint8_t protocol)
{
	*vec_push(arena, &observed.addresses) = (struct observed_address){
		.index = 7, .prefix = prefix_of(address), .protocol = protocol
	};
}

static void route_add(const char *destination, uint32_t table, uint32_t metric, uint8_t protocol)
{
	*vec_push(arena, &observed.routes) = (struct observed_route){
		.index = 7,
		.destination = prefix_of(destination),
		.table = table,
		.metric = metric,
		.protocol = protocol,
	};
}

static void rule_add(enum family family, uint32_t priority, uint32_t table, uint32_t fwmark)
{
	*vec_push(arena, &observed.rules) = (struct observed_rule){
		.family = family,
		.priority = priority,
		.table = table,
		.not_fwmark = fwmark != 0,
		.fwmark = fwmark,
		.suppress_prefix_length = fwmark ? -1 : 0,
	};
}

/* No change, no query and no problem. */
static void plan_is_empty(const struct import *import)
{
	struct recorded recorded = { .arena = arena };
	struct samples samples = { .arena = arena };
	const struct desired *desired = read_back(import);
	const struct plan_input input = { desired, &recorded, &samples, &observed, 1 };
	struct plan plan;

	plan_make(&plan, arena, &input);
	vec_each (change, &plan.changes.list)
		ck_abort_msg("%s\n%s", change_text(change, arena), written(import));
	ck_assert(queries_none(&plan.queries));
	ck_assert_uint_eq(plan.events.problems, 0);
}

static struct import *show(void)
{
	struct import *import;

	observed_sort(&observed);
	wg0 = observed.interfaces.at;
	import = import_observed(&observed, "", false, arena);
	plan_is_empty(import);
	return import;
}

START_TEST(show_whole)
{
	struct observed_peer *peer;
	struct import *import;

	observed_begin();
	wg0->fwmark = 0x12;
	wg0->mtu = 1380;
	address_add("10.0.0.2/24", 0);
	address_add("fd00::2/64", OWNER_PROTOCOL);
	address_add("10.0.0.2/24", 0);
	peer = peer_add(KEY_A, "10.1.0.0/16");
	*vec_push(arena, &peer->allowed_ips) = prefix_of("10.0.0.0/24");
	peer->preshared_key = key_of(SECRET_2);
	peer->has_endpoint = true;
	endpoint_parse("192.0.2.1:51820", &peer->endpoint);
	peer->persistent_keepalive = 25;
	peer_add(KEY_B, NULL);
	route_add("10.1.0.0/16", TABLE_MAIN, 0, 3);
	import = show();
	same_text(desired_write(import->desired, import->remarks.at, import->remarks.n, arena),
		  "version: 1\n"
		  "interfaces:\n"
		  "  # The private key is the kernel's; to make the interface anew, add "
		  "private_key_file.\n"
		  "  # The endpoints are those in use now: remove that of a peer which comes to us "
		  "from changing addresses.\n"
		  "  wg0:\n"
		  "    listen_port: 51820\n"
		  "    fwmark: 0x12\n"
		  "    mtu: 1380\n"
		  "    addresses: [10.0.0.2/24, fd00::2/64]\n"
		  "    peers:\n"
		  "      TrMvSoP4:\n"
		  "        public_key: " KEY_B "\n"
		  "      xTIBA5rb:\n"
		  "        public_key: " KEY_A "\n"
		  "        preshared_key: keep\n"
		  "        endpoint: 192.0.2.1:51820\n"
		  "        allowed_ips: [10.0.0.0/24, 10.1.0.0/16]\n"
		  "        persistent_keepalive: 25\n");
	ck_assert_uint_eq(import->secrets.n, 0);
	import = import_observed(&observed, "/etc/k", true, arena);
	read_back(import);
	ck_assert_uint_eq(import->secrets.n, 2);
	secret_is(import, 0, "/etc/k/wg0.key", SECRET);
	secret_is(import, 1, "/etc/k/wg0-xTIBA5rb.psk", SECRET_2);
	ck_assert_str_eq(import->desired->interfaces.at[0].private_key_file, "/etc/k/wg0.key");
	ck_assert_ptr_null(strstr(written_with_remarks(import), "keep\n"));
	end();
}
END_TEST

/* Allowed IPs 10.1.0.0/16 of one peer, and 10.2.0.0/16 and fd01::/16 of another. */
static const struct route_case {
	struct {
		const char *destination;
		uint32_t table, metric;
	} routes[5];
	const char *expected; /* lines between listen_port and peers */
} route_cases[] = {
	{ { { "10.1.0.0/16", 254, 0 }, { "10.2.0.0/16", 254, 0 }, { "fd01::/16", 254, 0 } }, "" },
	{ { { "10.1.0.0/16", 7, 0 }, { "10.2.0.0/16", 7, 0 }, { "fd01::/16", 7, 0 } },
	  "    table: 7\n" },
	{ { { "10.1.0.0/16", 254, 5 }, { "10.2.0.0/16", 254, 5 }, { "fd01::/16", 254, 5 } },
	  "    metric: 5\n" },
	/* One metric of several cannot be declared, but any is accepted. */
	{ { { "10.1.0.0/16", 254, 5 }, { "10.2.0.0/16", 254, 6 }, { "fd01::/16", 254, 5 } }, "" },
	{ { { "10.1.0.0/16", 254, 5 }, { "10.2.0.0/16", 254, 0 }, { "fd01::/16", 254, 0 } }, "" },
	/* One is missing, or different. */
	{ { { "10.1.0.0/16", 254, 0 }, { "10.2.0.0/16", 254, 0 } }, "    routes: none\n" },
	{ { { "10.1.0.0/16", 254, 0 }, { "10.2.0.0/16", 7, 0 }, { "fd01::/16", 254, 0 } },
	  "    routes: none\n" },
	{ { { "10.1.0.0/17", 254, 0 }, { "10.2.0.0/16", 254, 0 }, { "fd01::/16", 254, 0 } },
	  "    routes: none\n" },
	{ { { NULL, 0, 0 } }, "    routes: none\n" },
	/* Further ones do not matter. */
	{ { { "10.1.0.0/16", 8, 0 },
	    { "10.1.0.0/16", 9, 0 },
	    { "10.2.0.0/16", 9, 0 },
	    { "fd01::/16", 9, 0 },
	    { "192.0.2.0/24", 254, 0 } },
	  "    table: 9\n" },
};

START_TEST(show_routes)
{
	for (size_t i = 0; i < COUNT(route_cases); i++) {
		const char *text, *from, *to;
		struct observed_peer *peer;

		observed_begin();
		peer_add(KEY_A, "10.1.0.0/16");
		peer = peer_add(KEY_B, "fd01::/16");
		*vec_push(arena, &peer->allowed_ips) = prefix_of("10.2.0.0/16");
		for (size_t n = 0; n < 5 && route_cases[i].routes[n].destination; n++)
			route_add(route_cases[i].routes[n].destination,
				  route_cases[i].routes[n].table, route_cases[i].routes[n].metric,
				  3);
		text = written(show());
		from = strstr(text, "listen_port: 51820\n") + strlen("listen_port: 51820\n");
		to = strstr(text, "    peers:\n");
		ck_assert_msg(!strcmp(arena_strndup(arena, from, (size_t)(to - from)),
				      route_cases[i].expected),
			      "row %zu:\n%s", i, text);
		end();
	}
}
END_TEST

/* The route to an address's own network is made by the kernel, in table main only. */
START_TEST(show_connected_routes)
{
	observed_begin();
	address_add("10.1.0.1/16", 0);
	peer_add(KEY_A, "10.1.0.0/16");
	ck_assert_ptr_null(strstr(written(show()), "routes:"));
	end();
	observed_begin();
	address_add("10.1.0.1/16", 0);
	peer_add(KEY_A, "10.1.0.0/16");
	peer_add(KEY_B, "10.2.0.0/16");
	route_add("10.2.0.0/16", 7, 0, 3);
	ck_assert_ptr_nonnull(strstr(written(show()), "routes: none"));
	end();
	observed_begin();
	address_add("10.1.0.1/16", 0);
	peer_add(KEY_A, "10.1.0.0/16");
	peer_add(KEY_B, "10.2.0.0/16");
	route_add("10.1.0.0/16", 254, 0, 2);
	route_add("10.2.0.0/16", 254, 9, OWNER_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(written(show()), "metric: 9"));
	end();
}
END_TEST

START_TEST(show_rules)
{
	const struct import *import;

	/* The rules of this tool for a default route, as by wg-quick. */
	observed_begin();
	wg0->fwmark = 51820;
	address_add("10.0.0.2/24", 0);
	peer_add(KEY_A, "0.0.0.0/0");
	route_add("0.0.0.0/0", 51820, 0, OWNER_PROTOCOL);
	rule_add(FAMILY_IPV4, 30000, TABLE_MAIN, 0);
	rule_add(FAMILY_IPV4, 30001, 51820, 51820);
	ck_assert_ptr_nonnull(strstr(written(show()), "    table: 51820\n    rules: fwmark\n"));
	/* At another priority, besides those of another instance's interface. */
	observed.rules.at[1].fwmark = 1;
	*vec_push(arena, &observed.others) = (struct observed_other){ .name = "wg9", .fwmark = 1 };
	rule_add(FAMILY_IPV4, 20000, TABLE_MAIN, 0);
	rule_add(FAMILY_IPV4, 20001, 51820, 51820);
	ck_assert_ptr_nonnull(strstr(written(show()), "    rule_priority: 20000\n"));
	end();
	/* The pair of one family is not enough where both are used; it may be another
	 * instance's. */
	observed_begin();
	wg0->fwmark = 51820;
	*vec_push(arena, &observed.others) = (struct observed_other){ .name = "wg9",
								      .fwmark = 51820 };
	peer_add(KEY_A, "0.0.0.0/0");
	peer_add(KEY_B, "::/0");
	route_add("0.0.0.0/0", 51820, 0, OWNER_PROTOCOL);
	route_add("::/0", 51820, 0, OWNER_PROTOCOL);
	rule_add(FAMILY_IPV4, 30000, TABLE_MAIN, 0);
	rule_add(FAMILY_IPV4, 30001, 51820, 51820);
	ck_assert_ptr_null(strstr(written(show()), "rules"));
	rule_add(FAMILY_IPV6, 30000, TABLE_MAIN, 0);
	rule_add(FAMILY_IPV6, 30001, 51820, 51820);
	ck_assert_ptr_nonnull(strstr(written(show()), "rules: fwmark"));
	end();
	/* Without our rules, others are ignored. */
	observed_begin();
	wg0->fwmark = 51820;
	peer_add(KEY_A, "0.0.0.0/0");
	route_add("0.0.0.0/0", 51820, 0, 3);
	import = show();
	ck_assert_ptr_null(strstr(written(import), "rules"));
	ck_assert_ptr_nonnull(strstr(written_with_remarks(import), "Policy rules that lead to"));
	end();
}
END_TEST

START_TEST(show_names)
{
	static const char *const keys[] = {
		"abcdefgh0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"abcdefgh1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"a/cdefgh0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"a+cdefgh0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	static const char *const names[] = { "a_cdefgh", "a_cdefgh-2", "abcdefgh", "abcdefgh-2" };
	const struct import *import;

	observed_begin();
	for (size_t i = 0; i < COUNT(keys); i++)
		peer_add(keys[i], NULL);
	import = show();
	for (size_t i = 0; i < COUNT(names); i++) {
		bool found = false;

		vec_each (peer, &import->desired->interfaces.at[0].peers)
			found = found || !strcmp(peer->name, names[i]);
		ck_assert_msg(found, "%s", names[i]);
	}
	end();
}
END_TEST

START_TEST(show_keeps_the_order)
{
	observed_begin();
	/* The kernel puts a new IPv6 address before the others, so that fd00::5 was first. */
	address_add("10.8.0.2/32", 0);
	address_add("10.7.0.1/24", 0);
	address_add("10.7.0.9/24", 0);
	address_add("10.7.0.3/24", 0);
	address_add("fd00::1/64", 0);
	address_add("fd00::5/64", 0);
	address_add("172.20.1.1/32", 0);
	ip_parse("172.20.2.2", &observed.addresses.at[6].other_end);
	ck_assert_ptr_nonnull(strstr(written(show()), "    addresses:\n"
						      "      - 10.8.0.2/32\n"
						      "      - 10.7.0.1/24\n"
						      "      - 10.7.0.9/24\n"
						      "      - 10.7.0.3/24\n"
						      "      - {address: 172.20.1.1, peer: "
						      "172.20.2.2/32}\n"
						      "      - fd00::5/64\n"
						      "      - fd00::1/64\n"));
	end();
}
END_TEST

START_TEST(show_addresses_and_zones)
{
	struct observed_peer *peer;
	const struct import *import;

	observed_begin();
	/* The kernel adds a link-local address to links of userspace programs. */
	wg0->implementation = IMPLEMENTATION_USERSPACE;
	address_add("fe80::7/64", 3);
	address_add("fe80::8/64", 0);
	address_add("fe80::8/64", 0);
	observed.addresses.at[2].index = 8;
	peer = peer_add(KEY_A, "fe80::1/128");
	peer->has_endpoint = true;
	endpoint_parse("[fe80::1]:5", &peer->endpoint);
	peer->endpoint.scope = 99;
	observed_sort(&observed);
	import = import_observed(&observed, "", false, arena);
	same_text(written(import), "version: 1\n"
				   "interfaces:\n"
				   "  wg0:\n"
				   "    listen_port: 51820\n"
				   "    addresses: [fe80::8/64]\n"
				   "    implementation: userspace\n"
				   "    routes: none\n"
				   "    peers:\n"
				   "      xTIBA5rb:\n"
				   "        public_key: " KEY_A "\n"
				   "        endpoint: \"[fe80::1%99]:5\"\n"
				   "        allowed_ips: [fe80::1/128]\n");
	observed.interfaces.at[0].peers.at[0].endpoint.scope = 7;
	*vec_push(arena, &observed.links) = (struct observed_link){ .index = 7, .name = "eth3" };
	ck_assert_ptr_nonnull(strstr(written(import_observed(&observed, "", false, arena)),
				     "endpoint: \"[fe80::1%eth3]:5\""));
	observed.interfaces.at[0].peers.at[0].endpoint.port = 0;
	ck_assert_ptr_null(
		strstr(written(import_observed(&observed, "", false, arena)), "endpoint"));
	end();
}
END_TEST

START_TEST(show_what_cannot_be_declared)
{
	static const char *const remarks[] = {
		"interface \"a b\" cannot be declared by that name",
		"has the alias \"mine\"",
		"has no private key",
		"has an MTU of 100, which is left",
		"has a peer whose key is all zeros, which cannot be declared",
	};
	struct observed_interface *other;
	struct import *import;

	observed_begin();
	wg0->alias = "mine";
	wg0->has_private_key = false;
	wg0->mtu = 100;
	wg0->listen_port = 0;
	peer_add(ZEROS, NULL);
	other = vec_push(arena, &observed.interfaces);
	*other = (struct observed_interface){ .name = "eth0", .index = 2, .alias = "" };
	other = vec_push(arena, &observed.interfaces);
	*other = (struct observed_interface){
		.name = "a b", .index = 3, .alias = "", .kind = LINK_WIREGUARD
	};
	import = show();
	same_text(written(import), "version: 1\n"
				   "interfaces:\n"
				   "  wg0:\n"
				   "    unmanaged_peers: keep\n");
	for (size_t i = 0; i < COUNT(remarks); i++)
		ck_assert_msg(strstr(written_with_remarks(import), remarks[i]) != NULL, "%s",
			      remarks[i]);
	end();
	observed_begin();
	wg0->up = false;
	wg0->alias = OWNER_ALIAS "x";
	import = import_observed(&observed, "", false, arena);
	ck_assert_ptr_nonnull(strstr(written_with_remarks(import), "is down"));
	ck_assert_ptr_null(strstr(written_with_remarks(import), "alias"));
	observed.interfaces.n = 0;
	same_text(written(import_observed(&observed, "", true, arena)),
		  "version: 1\ninterfaces: {}\n");
	end();
}
END_TEST

/* As both are down, or were: it can be declared for one of them only. */
START_TEST(show_one_port_of_two)
{
	struct observed_interface *wg1;
	struct import *import;

	observed_begin();
	wg1 = vec_push(arena, &observed.interfaces);
	wg0 = observed.interfaces.at;
	*wg1 = *wg0;
	wg1->name = "wg1";
	wg1->index = 8;
	import = show();
	same_text(written(import), "version: 1\n"
				   "interfaces:\n"
				   "  wg0:\n"
				   "    listen_port: 51820\n"
				   "  wg1: {}\n");
	ck_assert_ptr_nonnull(
		strstr(written_with_remarks(import), "has the port of wg0, 51820, which is left"));
	end();
}
END_TEST

SUITE("import_observed", show_whole, show_routes, show_connected_routes, show_rules, show_names,
      show_keeps_the_order, show_addresses_and_zones, show_what_cannot_be_declared,
      show_one_port_of_two)
