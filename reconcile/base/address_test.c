/* SPDX-License-Identifier: MIT */
#include "address.h"
#include "test/unit.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert_msg(prefix_parse(text, &prefix), "%s", text);
	return prefix;
}

static struct ip ip_of(const char *text)
{
	struct ip ip;

	ck_assert_msg(ip_parse(text, &ip), "%s", text);
	return ip;
}

START_TEST(test_ip)
{
	/* NULL: must be refused. */
	static const char *const table[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "fe80::1", "fe80::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "192.0.2.1 ", NULL },
		{ " 192.0.2.1", NULL },
		{ "0x7f.1", NULL },
		{ "fe80::1%eth0", NULL },
		{ "[fe80::1]", NULL },
		{ "1::2::3", NULL },
		{ "12345::", NULL },
		{ "gw.example.com", NULL },
	};
	char text[IP_TEXT_MAX];
	struct ip ip;

	for (int i = 0; i < COUNT(table); i++) {
		ck_assert_msg(ip_parse(table[i][0], &ip) == !!table[i][1], "%s", table[i][0]);
		ck_assert_str_eq(ip_text(&ip, text), table[i][1] ? table[i][1] : "");
		ck_assert_msg((ip.family == FAMILY_NONE) == !table[i][1], "%s", table[i][0]);
	}
}
END_TEST

START_TEST(test_prefix)
{
	/* Text, as it is printed, as it is printed when masked. */
	static const char *const table[][3] = {
		{ "10.1.2.3/8", "10.1.2.3/8", "10.0.0.0/8" },
		{ "10.1.2.3", "10.1.2.3/32", "10.1.2.3/32" },
		{ "10.1.2.3/32", "10.1.2.3/32", "10.1.2.3/32" },
		{ "255.255.255.255/31", "255.255.255.255/31", "255.255.255.254/31" },
		{ "255.255.255.255/1", "255.255.255.255/1", "128.0.0.0/1" },
		{ "10.1.2.3/0", "10.1.2.3/0", "0.0.0.0/0" },
		{ "fe80::1/64", "fe80::1/64", "fe80::/64" },
		{ "fe80::1", "fe80::1/128", "fe80::1/128" },
		{ "fe80::1/127", "fe80::1/127", "fe80::/127" },
		{ "ffff::/9", "ffff::/9", "ff80::/9" },
		{ "::/0", "::/0", "::/0" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
		{ "10.0.0.0/33", NULL, NULL },
		{ "fe80::/129", NULL, NULL },
		{ "10.0.0.0/", NULL, NULL },
		{ "10.0.0.0/-1", NULL, NULL },
		{ "10.0.0.0/+8", NULL, NULL },
		{ "10.0.0.0/08", NULL, NULL },
		{ "10.0.0.0/ 8", NULL, NULL },
		{ "10.0.0.0/8/8", NULL, NULL },
		{ "10.0.0.0/4294967304", NULL, NULL },
		{ "10.0.0.0/255.0.0.0", NULL, NULL },
		{ "/8", NULL, NULL },
		{ "", NULL, NULL },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555555555555/1", NULL, NULL },
	};
	char text[PREFIX_TEXT_MAX];
	struct prefix prefix, masked;

	for (int i = 0; i < COUNT(table); i++) {
		ck_assert_msg(prefix_parse(table[i][0], &prefix) == !!table[i][1], "%s",
			      table[i][0]);
		if (!table[i][1]) {
			ck_assert_int_eq(prefix.ip.family, FAMILY_NONE);
			continue;
		}
		ck_assert_str_eq(prefix_text(&prefix, text), table[i][1]);
		masked = prefix_mask(prefix);
		ck_assert_str_eq(prefix_text(&masked, text), table[i][2]);
		ck_assert_int_eq(prefix_has_host_bits(&prefix),
				 strcmp(table[i][1], table[i][2]) != 0);
		ck_assert(!prefix_has_host_bits(&masked));
	}
}
END_TEST

START_TEST(test_endpoint_split)
{
	static const struct {
		const char *text;
		const char *host; /* NULL: must be refused */
		uint16_t port;
	} table[] = {
		{ "gw.example.com:51820", "gw.example.com", 51820 },
		{ "192.0.2.1:1", "192.0.2.1", 1 },
		{ "[2001:db8::1]:65535", "2001:db8::1", 65535 },
		{ "[fe80::1%eth0]:51820", "fe80::1%eth0", 51820 },
		{ "fifteen.example:1", "fifteen.example", 1 },
		{ "sixteen.example.:1", NULL, 0 },
		{ "gw.example.com", NULL, 0 },
		{ "gw.example.com:", NULL, 0 },
		{ "gw.example.com:0", NULL, 0 },
		{ "gw.example.com:65536", NULL, 0 },
		{ "gw.example.com:051", NULL, 0 },
		{ "gw.example.com:+51", NULL, 0 },
		{ "gw.example.com:51 ", NULL, 0 },
		{ "gw.example.com:99999999999999999999", NULL, 0 },
		{ ":51820", NULL, 0 },
		{ "", NULL, 0 },
		{ "[]:51820", NULL, 0 },
		{ "[gw]:51820", NULL, 0 },
		{ "[192.0.2.1]:51820", NULL, 0 },
		{ "[2001:db8::1]", NULL, 0 },
		{ "[2001:db8::1]51820", NULL, 0 },
		{ "[2001:db8::1:51820", NULL, 0 },
		{ "2001:db8::1:51820", NULL, 0 },
	};
	char host[16];
	uint16_t port;

	for (int i = 0; i < COUNT(table); i++) {
		ck_assert_msg(endpoint_split(table[i].text, host, sizeof(host), &port) ==
				      !!table[i].host,
			      "%s", table[i].text);
		if (!table[i].host)
			continue;
		ck_assert_str_eq(host, table[i].host);
		ck_assert_uint_eq(port, table[i].port);
	}
}
END_TEST

START_TEST(test_endpoint)
{
	static const char *const good[] = { "192.0.2.1:51820", "[2001:db8::1]:1" };
	static const char *const bad[] = { "gw.example.com:1", "[fe80::1%2]:1", "192.0.2.1", "" };
	struct endpoint endpoint, other;
	char text[ENDPOINT_TEXT_MAX];

	for (int i = 0; i < COUNT(good); i++) {
		ck_assert(endpoint_parse(good[i], &endpoint));
		ck_assert_str_eq(endpoint_text(&endpoint, text), good[i]);
	}
	for (int i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(!endpoint_parse(bad[i], &endpoint), "%s", bad[i]);
		ck_assert_uint_eq(endpoint.port, 0);
	}
	endpoint_parse("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", &endpoint);
	endpoint.scope = UINT32_MAX;
	ck_assert_str_eq(endpoint_text(&endpoint, text),
			 "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
	other = endpoint;
	ck_assert(endpoint_equal(&endpoint, &other));
	other.scope = 0;
	ck_assert(!endpoint_equal(&endpoint, &other));
	other = endpoint;
	other.port = 1;
	ck_assert(!endpoint_equal(&endpoint, &other));
	other = endpoint;
	other.ip.b[15] = 0;
	ck_assert(!endpoint_equal(&endpoint, &other));
}
END_TEST

START_TEST(test_covers)
{
	static const struct {
		const char *prefix;
		const char *ip;
		bool covers;
	} table[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.1.0.7/16", "10.1.9.9", true },
		{ "10.0.0.4/30", "10.0.0.7", true },
		{ "10.0.0.4/30", "10.0.0.8", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "::", false },
		{ "::/0", "0.0.0.0", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1/128", "2001:db8::1", true },
		{ "2001:db8::1/128", "2001:db8::2", false },
	};
	static const struct prefix none;

	for (int i = 0; i < COUNT(table); i++) {
		struct prefix prefix = prefix_of(table[i].prefix);
		struct ip ip = ip_of(table[i].ip);

		ck_assert_msg(prefix_covers(&prefix, &ip) == table[i].covers, "%s %s",
			      table[i].prefix, table[i].ip);
	}
	ck_assert(!prefix_covers(&none, &none.ip));
}
END_TEST

START_TEST(test_link_local)
{
	static const char *const yes[] = { "fe80::1", "febf:ffff::" };
	static const char *const no[] = { "fec0::1", "fe7f::1", "169.254.0.1",
					  "::", "254.128.0.0" };
	struct ip ip;

	for (int i = 0; i < COUNT(yes); i++) {
		ip = ip_of(yes[i]);
		ck_assert_msg(ip_is_link_local(&ip), "%s", yes[i]);
	}
	for (int i = 0; i < COUNT(no); i++) {
		ip = ip_of(no[i]);
		ck_assert_msg(!ip_is_link_local(&ip), "%s", no[i]);
	}
}
END_TEST

START_TEST(test_order)
{
	/* Ascending: each must come before all that follow. */
	static const char *const sorted[] = {
		"0.0.0.0/0",   "10.0.0.0/8", "10.0.0.0/16",   "10.0.0.1/8",    "128.0.0.0/1",
		"255.0.0.0/8", "::/0",	     "2001:db8::/32", "2001:db8::/48", "fe80::/64",
	};

	for (int i = 0; i < COUNT(sorted); i++) {
		for (int j = 0; j < COUNT(sorted); j++) {
			struct prefix a = prefix_of(sorted[i]);
			struct prefix b = prefix_of(sorted[j]);
			int order = prefix_compare(&a, &b);

			ck_assert_msg((order < 0) == (i < j) && (order > 0) == (i > j), "%s %s",
				      sorted[i], sorted[j]);
			ck_assert_int_eq(prefix_order(&a, &b), order);
		}
	}
}
END_TEST

SUITE("address", test_ip, test_prefix, test_endpoint_split, test_endpoint, test_covers,
      test_link_local, test_order)
