/* SPDX-License-Identifier: MIT */
#include "state_line.h"

#include "test/unit.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *line;
	bool good;
	const char *interface, *prefix;
	bool ours;
} addresses[] = {
	{ "wg0 10.9.0.2/32 wgreconcile", true, "wg0", "10.9.0.2/32", true },
	{ "eth0 2001:db8::1/64", true, "eth0", "2001:db8::1/64", false },
	{ "eth0 192.0.2.1/24 dynamic", true, "eth0", "192.0.2.1/24", false },
	{ "eth0", false, NULL, NULL, false },
	{ "eth0 none", false, NULL, NULL, false },
	{ "a-name-that-is-too-long 192.0.2.1/24", false, NULL, NULL, false },
	{ "", false, NULL, NULL, false },
};

START_TEST(reads_addresses)
{
	struct address_line address;
	char text[PREFIX_TEXT_MAX];

	ck_assert_int_eq(address_line_read(addresses[_i].line, &address), addresses[_i].good);
	if (!addresses[_i].good)
		return;
	ck_assert_str_eq(address.interface, addresses[_i].interface);
	ck_assert_str_eq(prefix_text(&address.prefix, text), addresses[_i].prefix);
	ck_assert_int_eq(address.ours, addresses[_i].ours);
}
END_TEST

static const struct {
	const char *line;
	bool good;
	const char *to, *interface;
	bool ours;
	uint32_t table, metric;
} routes[] = {
	{ "10.9.0.0/24 wg0 wgreconcile", true, "10.9.0.0/24", "wg0", true, 254, 0 },
	{ "::/0 eth0 kernel metric 256", true, "::/0", "eth0", false, 254, 256 },
	{ "10.9.0.0/24 wg0 wgreconcile table 123 metric 5", true, "10.9.0.0/24", "wg0", true, 123,
	  5 },
	{ "10.9.0.0/24 wg0 77 table 123", true, "10.9.0.0/24", "wg0", false, 123, 0 },
	{ "10.9.0.0/24 wg0 77 table", false, NULL, NULL, false, 0, 0 },
	{ "10.9.0.0/24 wg0", false, NULL, NULL, false, 0, 0 },
	{ "wg0 10.9.0.0/24 kernel", false, NULL, NULL, false, 0, 0 },
	{ "", false, NULL, NULL, false, 0, 0 },
};

START_TEST(reads_routes)
{
	struct route_line route;
	char text[PREFIX_TEXT_MAX];

	ck_assert_int_eq(route_line_read(routes[_i].line, &route), routes[_i].good);
	if (!routes[_i].good)
		return;
	ck_assert_str_eq(prefix_text(&route.to, text), routes[_i].to);
	ck_assert_str_eq(route.interface, routes[_i].interface);
	ck_assert_int_eq(route.ours, routes[_i].ours);
	ck_assert_uint_eq(route.table, routes[_i].table);
	ck_assert_uint_eq(route.metric, routes[_i].metric);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("state_line");
	TCase *tests = tcase_create("state_line");

	tcase_add_loop_test(tests, reads_addresses, 0, COUNT(addresses));
	tcase_add_loop_test(tests, reads_routes, 0, COUNT(routes));
	suite_add_tcase(made, tests);
	return made;
}
