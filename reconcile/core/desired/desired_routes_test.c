/* SPDX-License-Identifier: MIT */
#include "desired_yaml.h"

#include "test/corpus.h"
#include "test/unit.h"

#include <time.h>

#define KEY_A "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="

/* Those of good/routes_via.yaml, in sorted order. */
static const struct {
	const char *to, *via_peer;
	uint32_t table, metric;
	const char *source;
	uint32_t line;
} routes[] = {
	{ "0.0.0.0/0", "off, really", TABLE_MAIN, 20, "10.0.0.1", 15 },
	{ "10.1.0.0/16", "office", 51820, 50, "", 20 },
	{ "10.8.0.0/16", "true", 51820, 20, "", 24 },
	{ "10.9.0.0/16", "office", 100, 0, "", 14 },
	{ "10.9.0.0/16", "office", 51820, 20, "", 13 },
	{ "10.9.1.0/24", "5", 51820, 32, "", 21 },
	{ "192.0.2.7/32", "5", 51820, 20, "", 22 },
	{ "2001:db8::/32", "5", UINT32_MAX, UINT32_MAX, "fd00::1", 11 },
};

static const struct {
	const char *peer;
	const char *prefixes[5]; /* NULL ends them */
} allowed_ips[] = {
	{ "office", { "10.0.0.1/32", "10.1.0.0/16", "10.9.0.0/16" } },
	{ "5", { "10.8.0.0/16", "10.9.1.0/24", "192.0.2.7/32", "2001:db8::/32" } },
	{ "off, really", { "0.0.0.0/0" } },
	{ "true", { "10.8.0.0/16" } },
};

static void check_allowed_ips(const struct desired_peer *peer, size_t row)
{
	char text[PREFIX_TEXT_MAX];
	size_t n = 0;

	ck_assert_str_eq(peer->name, allowed_ips[row].peer);
	for (; allowed_ips[row].prefixes[n]; n++) {
		ck_assert_uint_lt(n, peer->allowed_ips.n);
		ck_assert_str_eq(prefix_text(&peer->allowed_ips.at[n], text),
				 allowed_ips[row].prefixes[n]);
	}
	ck_assert_uint_eq(peer->allowed_ips.n, n);
}

START_TEST(test_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags, CORPUS "good/routes_via.yaml");
	const struct desired_interface *interface = &desired->interfaces.at[0];
	size_t n = sizeof(routes) / sizeof(routes[0]);

	ck_assert_int_eq(interface->routes, ROUTES_ALLOWED_IPS);
	ck_assert_uint_eq(interface->via_routes.n, n);
	for (size_t i = 0; i < n; i++) {
		const struct desired_route *route = &interface->via_routes.at[i];
		char prefix[PREFIX_TEXT_MAX], ip[IP_TEXT_MAX];

		ck_assert_str_eq(prefix_text(&route->to, prefix), routes[i].to);
		ck_assert_str_eq(route->via_peer, routes[i].via_peer);
		ck_assert_uint_eq(route->table, routes[i].table);
		ck_assert_uint_eq(route->metric, routes[i].metric);
		ck_assert_str_eq(ip_text(&route->source, ip), routes[i].source);
		ck_assert_uint_eq(route->where.line, routes[i].line);
	}
	for (size_t i = 0; i < interface->peers.n; i++)
		check_allowed_ips(&interface->peers.at[i], i);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_policy)
{
	static const struct {
		enum route_policy policy;
		size_t routes;
	} expected[] = {
		{ ROUTES_NONE, 0 }, { ROUTES_ALLOWED_IPS, 0 }, { ROUTES_NONE, 1 },
		{ ROUTES_NONE, 0 }, { ROUTES_ALLOWED_IPS, 0 },
	};
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags, CORPUS "good/routes_lists.yaml");

	ck_assert_uint_eq(desired->interfaces.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < desired->interfaces.n; i++) {
		ck_assert_int_eq(desired->interfaces.at[i].routes, expected[i].policy);
		ck_assert_uint_eq(desired->interfaces.at[i].via_routes.n, expected[i].routes);
	}
	arena_free(diags.arena);
}
END_TEST

/* Routes in one file, their peers in a later one. */
START_TEST(test_two_files)
{
	static const char first[] = "version: 1\ninterfaces: {wg0: {routes: [{to: 10.9.0.0/16, "
				    "via_peer: a}]}}\n";
	static const char second[] = "interfaces: {wg0: {table: 7, peers: {a: {public_key: " KEY_A
				     "}}}}\n";
	struct source sources[] = { { "0.yaml", first, sizeof(first) - 1 },
				    { "1.yaml", second, sizeof(second) - 1 } };
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = desired_parse(sources, 2, "test", &diags);

	ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
	ck_assert_uint_eq(desired->interfaces.at[0].via_routes.at[0].table, 7);
	ck_assert_uint_eq(desired->interfaces.at[0].peers.at[0].allowed_ips.n, 1);
	arena_free(diags.arena);
}
END_TEST

#define FEW 4000
#define MANY 32000

/* n peers with a route through each, or one peer with all routes. known: whether the names
 * are valid. Returns the processor time of reading. */
static clock_t parse_many(unsigned n, bool one_peer, bool known)
{
	struct diags diags = { .arena = arena_new() };
	char *text = arena_alloc(diags.arena, 1000 + n * (size_t)200);
	char *at = stpcpy(text, "version: 1\ninterfaces: {wg0: {routes: [\n");
	const struct desired *desired;
	clock_t taken;

	for (unsigned i = n; i--;)
		at += sprintf(at, "{to: 10.%u.%u.0/24, via_peer: %s%u},\n", i >> 8, i & 255,
			      known ? "p" : "unknown", one_peer ? 0 : i);
	at = stpcpy(at, "], peers: {\n");
	for (unsigned i = 0; i < n; i++) {
		struct wg_key key = { { 1, (uint8_t)i, (uint8_t)(i >> 8) } };
		char encoded[KEY_TEXT_MAX];

		at += sprintf(at, "p%u: {public_key: %s},\n", i, key_text(&key, encoded));
	}
	strcpy(at, "}}}\n");
	taken = clock();
	desired = parse_text(&diags, text);
	taken = clock() - taken;
	ck_assert((desired != NULL) == known);
	ck_assert_uint_eq(diags.errors, known ? 0 : n);
	if (known)
		ck_assert_uint_eq(desired->interfaces.at[0].via_routes.n, n);
	arena_free(diags.arena);
	return taken;
}

/* Eight times the routes may take eight times as long, plus cache effects, but not 64 times. */
START_TEST(test_many)
{
	for (int one_peer = 0; one_peer < 2; one_peer++) {
		for (int known = 0; known < 2; known++) {
			clock_t few = parse_many(FEW, one_peer, known);
			clock_t many = parse_many(MANY, one_peer, known);

			ck_assert_int_lt(many, 30 * few + CLOCKS_PER_SEC / 10);
		}
	}
}
END_TEST

SUITE("desired_routes", test_values, test_policy, test_two_files, test_many)
