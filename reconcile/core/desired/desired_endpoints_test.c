/* SPDX-License-Identifier: MIT */
#include "test/corpus.h"
#include "test/unit.h"

#define KEY "6X/iz1GyW9euj9JIdP7PUl14eoWyoQiAa+BDTB38GhE="

/* The keys of a peer, its endpoint, and its other endpoints. */
static const struct {
	const char *keys;
	const char *endpoint;
	bool is_literal;
	const char *candidates;
} rows[] = {
	{ "endpoint: 'a:1'", "a:1", false, "" },
	{ "endpoints: ['b:1', 'a:1', '192.0.2.1:1']", "b:1", false, "192.0.2.1:1 a:1" },
	{ "endpoints: ['[2001:db8::1]:1']", "[2001:db8::1]:1", true, "" },
	{ "endpoints: ['b:1', 'a:1'], endpoint: '192.0.2.1:1'", "192.0.2.1:1", true, "a:1 b:1" },
	{ "endpoint: 'c:1', endpoints: ['[2001:DB8::1]:1', '[2001:db8::1]:2']", "c:1", false,
	  "[2001:DB8::1]:1 [2001:db8::1]:2" },
};

static void check_peer(struct arena *arena, const struct desired_peer *peer, size_t row)
{
	const char *all = "";

	ck_assert_str_eq(peer->endpoint, rows[row].endpoint);
	ck_assert(peer->endpoint_is_literal == rows[row].is_literal);
	ck_assert(!peer->endpoint_is_literal || peer->endpoint_address.port == 1);
	vec_each (candidate, &peer->candidates) {
		struct endpoint address;
		bool is_literal = endpoint_parse(candidate->text, &address);

		ck_assert(candidate->is_literal == is_literal);
		ck_assert(!is_literal || endpoint_equal(&candidate->address, &address));
		ck_assert_int_eq(candidate->declared.origin, ORIGIN_FILE);
		ck_assert_uint_gt(candidate->declared.where.column, 1);
		all = arena_printf(arena, "%s%s%s", all, *all ? " " : "", candidate->text);
	}
	ck_assert_str_eq(all, rows[row].candidates);
}

START_TEST(test_values)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diags diags = { .arena = arena_new() };
		const char *text = arena_printf(
			diags.arena,
			"version: 1\n"
			"interfaces: {wg0: {peers: {a: {public_key: " KEY ", %s}}}, wg1: {}}\n"
			"selectors: {s: {interface: wg1, peers: {m: {public_key: " KEY ", %s}}}}\n",
			rows[i].keys, rows[i].keys);
		const struct desired *desired = parse_text(&diags, text);

		ck_assert_msg(desired != NULL, "%s", errors_text(&diags));
		check_peer(diags.arena, desired->interfaces.at[0].peers.at, i);
		check_peer(diags.arena, desired->selectors.at[0].peers.at, i);
		arena_free(diags.arena);
	}
}
END_TEST

START_TEST(test_equal)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
		{ "a.example:1", "A.Example:1", true },
		{ "a.example:1", "a.example:2", false },
		{ "[2001:db8::1]:1", "[2001:DB8:0::1]:1", true },
		{ "[2001:db8::1]:1", "[2001:db8::1]:2", false },
		{ "192.0.2.1:1", "a:1", false },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct desired_endpoint a = { .text = pairs[i].a }, b = { .text = pairs[i].b };

		a.is_literal = endpoint_parse(a.text, &a.address);
		b.is_literal = endpoint_parse(b.text, &b.address);
		ck_assert(desired_endpoint_equal(&a, &b) == pairs[i].equal);
	}
}
END_TEST

SUITE("desired_endpoints", test_values, test_equal)
