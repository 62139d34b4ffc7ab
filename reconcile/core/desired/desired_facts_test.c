/* SPDX-License-Identifier: MIT */
#include "test/corpus.h"
#include "test/unit.h"

static void assert_list(const char *const *items, size_t n, const char *expected)
{
	char all[100] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			 items[i]);
	ck_assert_str_eq(all, expected);
}

START_TEST(test_values)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags, CORPUS "good/everything_facts.yaml");
	const struct desired_interface *interface = desired->interfaces.at;
	const struct desired_facts *facts = &interface->facts;

	ck_assert(facts->enabled);
	ck_assert_uint_eq(facts->where.line, 5);
	ck_assert_uint_eq(facts->port, 51822);
	ck_assert_uint_eq(facts->port_where.line, 6);
	ck_assert_int_eq(facts->router, ROUTER_YES);
	ck_assert(facts->chatty);
	ck_assert_str_eq(facts->name, "Bürö 1");
	ck_assert_int_eq(facts->trust, TRUST_MEMBERSHIP);
	assert_list(facts->report.at, facts->report.n, "eth* [ew]lan? 5");
	assert_list(facts->hide.at, facts->hide.n, "docker* eth9");
	ck_assert_int_eq(interface[2].facts.router, ROUTER_AUTO);
	ck_assert_int_eq(interface[3].facts.router, ROUTER_NO);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_peers)
{
	static const struct {
		enum trust trust;
		bool facts_exchanger, basic;
	} rows[] = {
		{ TRUST_DELEGATE, true, false },
		{ TRUST_UNTRUSTED, false, true },
		{ TRUST_ENDPOINT, false, false },
		{ TRUST_ALLOWED_IPS, false, false },
	};
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = corpus_parse(&diags, CORPUS "good/everything_facts.yaml");
	const struct desired_interface *interface = desired->interfaces.at;

	ck_assert_uint_eq(interface->peers.n, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < interface->peers.n; i++) {
		const struct desired_peer *peer = &interface->peers.at[i];

		ck_assert_int_eq(peer->trust, rows[i].trust);
		ck_assert(peer->facts_exchanger == rows[i].facts_exchanger);
		ck_assert(peer->basic == rows[i].basic);
	}
	ck_assert_int_eq(interface[2].peers.at[0].trust, TRUST_MEMBERSHIP);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_defaults)
{
	struct diags diags = { .arena = arena_new() };
	const struct desired *desired = parse_text(
		&diags, "version: 1\n"
			"interfaces: {wg0: {facts: , listen_port: 51820, peers: {a: {public_key: "
			"6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE=}}}, wg1: {}}\n");
	const struct desired_interface *interface = desired->interfaces.at;
	const struct desired_facts *facts = &interface->facts;

	ck_assert(facts->enabled);
	ck_assert_uint_eq(facts->port, 0);
	ck_assert_uint_eq(facts->port_where.line, facts->where.line);
	ck_assert_int_eq(facts->router, ROUTER_AUTO);
	ck_assert(!facts->chatty);
	ck_assert_ptr_null(facts->name);
	ck_assert_int_eq(facts->trust, TRUST_UNSET);
	ck_assert_uint_eq(facts->report.n + facts->hide.n, 0);
	ck_assert_int_eq(interface->peers.at[0].trust, TRUST_UNSET);
	ck_assert(!interface->peers.at[0].facts_exchanger && !interface->peers.at[0].basic);
	ck_assert(!interface[1].facts.enabled);
	arena_free(diags.arena);
}
END_TEST

START_TEST(test_port)
{
	static const struct {
		uint16_t own;
		int32_t listen_port;
		uint16_t port;
	} rows[] = {
		{ 0, -1, 0 },	 { 0, 51820, 51821 }, { 0, 65534, 65535 }, { 0, 65535, 0 },
		{ 7, 51820, 7 }, { 7, -1, 7 },	      { 7, 65535, 7 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct desired_interface interface = {
			.listen_port = rows[i].listen_port,
			.facts = { .enabled = true, .port = rows[i].own },
		};

		ck_assert_uint_eq(desired_facts_port(&interface), rows[i].port);
	}
}
END_TEST

SUITE("desired_facts", test_values, test_peers, test_defaults, test_port)
