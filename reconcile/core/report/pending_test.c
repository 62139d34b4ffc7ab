/* SPDX-License-Identifier: MIT */
#include "pending.h"

#include "test/fixture.h"
#include "test/unit.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))
#define PREFIXES_MAX 4

/* One change, as text. */
struct row {
	enum change_kind kind;
	const char *interface;
	const char *selector;
	uint8_t key;
	uint32_t number; /* value, table, metric or priority, by kind */
	const char *prefixes[PREFIXES_MAX];
};

static void add(struct changes *changes, const struct row *row)
{
	struct change *change = change_add(changes, row->kind, row->interface);
	struct prefix *prefixes = arena_alloc(changes->arena, sizeof(*prefixes) * PREFIXES_MAX);
	size_t n = 0;

	change->selector = row->selector;
	change->public_key.b[0] = row->key;
	change->table = row->number;
	for (; n < PREFIXES_MAX && row->prefixes[n]; n++)
		prefixes[n] = prefix_of(row->prefixes[n]);
	if (row->kind == CHANGE_ROUTE_ADD) {
		change->prefix = prefixes[0];
		return;
	}
	change->allowed_ips = prefixes;
	change->allowed_ips_n = n;
}

static void fill(struct changes *changes, const struct row *rows, struct arena *arena)
{
	memset(changes, 0, sizeof(*changes));
	changes->arena = arena;
	for (; rows->interface; rows++)
		add(changes, rows);
}

#define ROWS_MAX 4

static uint64_t digest_of(const struct row *rows)
{
	struct plan plan = { .arena = arena_new() };
	uint64_t digest;

	fill(&plan.changes, rows, plan.arena);
	digest = pending_digest(&plan);
	arena_free(plan.arena);
	return digest;
}

#define A "10.1.0.0/16"
#define B "10.2.0.0/16"
#define C "2001:db8::/32"

START_TEST(digests)
{
	static const struct {
		struct row a[ROWS_MAX], b[ROWS_MAX];
		bool same;
	} rows[] = {
		{ { { 0 } }, { { 0 } }, true },
		{ { { 0 } }, { { CHANGE_LINK_ADD, "wg0", NULL, 0, 0, { 0 } } }, false },
		/* Neither their order nor their grouping. */
		{ { { CHANGE_LINK_UP, "wg0", NULL, 0, 0, { 0 } },
		    { CHANGE_LINK_UP, "wg1", NULL, 0, 0, { 0 } } },
		  { { CHANGE_LINK_UP, "wg1", NULL, 0, 0, { 0 } },
		    { CHANGE_LINK_UP, "wg0", NULL, 0, 0, { 0 } } },
		  true },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B, C } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B } },
		    { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, C } } },
		  true },
		/* Everything else matters. */
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 2, 0, { A } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } },
		    { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 2, 0, { B } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B } },
		    { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 2, 0, { A } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } } },
		  { { CHANGE_ALLOWED_IP_REMOVE, "wg0", NULL, 1, 0, { A } } },
		  false },
		{ { { CHANGE_ROUTE_ADD, "wg0", NULL, 0, 254, { A } } },
		  { { CHANGE_ROUTE_ADD, "wg0", NULL, 0, 254, { B } } },
		  false },
		{ { { CHANGE_ROUTE_ADD, "wg0", NULL, 0, 254, { A } } },
		  { { CHANGE_ROUTE_ADD, "wg0", NULL, 0, 100, { A } } },
		  false },
		{ { { CHANGE_ROUTE_ADD, "wg0", NULL, 0, 254, { A } } },
		  { { CHANGE_ROUTE_ADD, "wg1", NULL, 0, 254, { A } } },
		  false },
	};

	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_msg((digest_of(rows[i].a) == digest_of(rows[i].b)) == rows[i].same,
			      "row %d", i);
	ck_assert_uint_eq(digest_of(rows[0].a), 0);
}
END_TEST

START_TEST(something_to_record)
{
	struct plan plan = { .arena = NULL };
	uint64_t alone;

	ck_assert_uint_eq(pending_digest(&plan), 0);
	plan.recorded_changed = true;
	alone = pending_digest(&plan);
	ck_assert_uint_ne(alone, 0);
	plan.arena = arena_new();
	plan.changes.arena = plan.arena;
	change_add(&plan.changes, CHANGE_LINK_UP, "wg0");
	ck_assert_uint_ne(pending_digest(&plan), alone);
	plan.recorded_changed = false;
	ck_assert_uint_ne(pending_digest(&plan), alone);
	arena_free(plan.arena);
}
END_TEST

START_TEST(endpoints)
{
	struct plan plan = { .arena = arena_new() };
	struct changes look = { .arena = plan.arena };
	struct change *change;
	uint64_t before;

	plan.changes.arena = plan.arena;
	change = change_add(&plan.changes, CHANGE_PEER_ENDPOINT, "wg0");
	change->has_endpoint = true;
	ck_assert(endpoint_parse("192.0.2.1:51820", &change->endpoint));
	before = pending_digest(&plan);
	change->endpoint.port++;
	ck_assert_uint_ne(pending_digest(&plan), before);
	/* The run resolved a name, the look does not. */
	change_add(&look, CHANGE_PEER_ENDPOINT, "wg0");
	ck_assert(pending_was_tried(&look, &plan.changes));
	arena_free(plan.arena);
}
END_TEST

START_TEST(files)
{
	static const struct desired_file a = { .path = "/etc/a" }, b = { .path = "/etc/b" };
	struct plan plan = { .arena = arena_new() };
	struct changes look = { .arena = plan.arena };
	struct change *change, *seen;
	uint64_t before;

	plan.changes.arena = plan.arena;
	change = change_add(&plan.changes, CHANGE_FILE_WRITE, NULL);
	change->file = &a;
	change->digest = 1;
	before = pending_digest(&plan);
	change->digest = 2;
	ck_assert_uint_ne(pending_digest(&plan), before);
	change->digest = 1;
	change->file = &b;
	ck_assert_uint_ne(pending_digest(&plan), before);
	seen = change_add(&look, CHANGE_FILE_WRITE, NULL);
	seen->file = &b;
	seen->digest = 1;
	ck_assert(pending_was_tried(&look, &plan.changes));
	seen->file = &a;
	ck_assert(!pending_was_tried(&look, &plan.changes));
	arena_free(plan.arena);
}
END_TEST

START_TEST(tried)
{
	static const struct {
		struct row pending[ROWS_MAX], tried[ROWS_MAX];
		bool was;
	} rows[] = {
		{ { { 0 } }, { { 0 } }, true },
		{ { { CHANGE_LINK_UP, "wg0", NULL, 0, 0, { 0 } } }, { { 0 } }, false },
		{ { { CHANGE_LINK_UP, "wg0", NULL, 0, 0, { 0 } } },
		  { { CHANGE_LINK_UP, "wg1", NULL, 0, 0, { 0 } },
		    { CHANGE_LINK_UP, "wg0", NULL, 0, 0, { 0 } } },
		  true },
		/* A step of a selector may be the next one. */
		{ { { CHANGE_PEER_ADD, "wg0", "uplink", 1, 0, { A } } }, { { 0 } }, true },
		/* Some of those that were tried are left. */
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B, C } } },
		  true },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, C } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B, C } } },
		  true },
		/* A new one meanwhile: before, between and after them. */
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B, C } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B, C } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, C } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B, C } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A, B } } },
		  false },
		/* The same prefixes of another peer, and vice versa. */
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 2, 0, { A } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } } },
		  false },
		{ { { CHANGE_ALLOWED_IP_REMOVE, "wg0", NULL, 1, 0, { A } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } } },
		  false },
		/* Moved from two peers: two changes that differ only in prefixes. */
		{ { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { C } } },
		  { { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { A } },
		    { CHANGE_ALLOWED_IP_ADD, "wg0", NULL, 1, 0, { B, C } } },
		  true },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct changes pending, made;

		fill(&pending, rows[i].pending, arena);
		fill(&made, rows[i].tried, arena);
		ck_assert_msg(pending_was_tried(&pending, &made) == rows[i].was, "row %d", i);
		arena_free(arena);
	}
}
END_TEST

START_TEST(texts)
{
	static const char *const unusable[] = { "",
						"12345678",
						"0000000000000001 ",
						"000000000000000g\n",
						"+000000000000012\n",
						"00000000000000012" };
	static const uint64_t usable[] = { 1, 7, UINT64_C(1) << 63, UINT64_MAX };
	struct arena *arena = arena_new();

	for (int i = 0; i < COUNT(unusable); i++)
		ck_assert_uint_eq(pending_decode(unusable[i], strlen(unusable[i])), 0);
	for (int i = 0; i < COUNT(usable); i++) {
		const char *text = pending_encode(usable[i], arena);

		ck_assert_uint_eq(strlen(text), 17);
		ck_assert_uint_eq(pending_decode(text, strlen(text)), usable[i]);
	}
	arena_free(arena);
}
END_TEST

SUITE("pending", digests, something_to_record, endpoints, files, tried, texts)
