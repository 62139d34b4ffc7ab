/* SPDX-License-Identifier: MIT */
#include "change.h"

#include "test/unit.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	ck_assert_msg(prefix_parse(text, &prefix), "%s", text);
	return prefix;
}

/* 10.0.0.0/24, 10.0.1.0/24, ... */
static const struct prefix *prefixes_of(struct arena *arena, size_t n)
{
	struct prefix *prefixes = arena_alloc(arena, n * sizeof(*prefixes));

	for (size_t i = 0; i < n; i++)
		prefixes[i] = prefix_of(arena_printf(arena, "10.%zu.%zu.0/24", i / 256, i % 256));
	return prefixes;
}

START_TEST(groups)
{
	static const struct {
		enum change_kind kind;
		size_t n;
		const char *from;
		const char *text;
		const char *last; /* of change_text_of() */
	} rows[] = {
		{ CHANGE_ALLOWED_IP_ADD, 1, NULL, "peer office allowed IP 10.0.0.0/24",
		  "peer office allowed IP 10.0.0.0/24" },
		{ CHANGE_ALLOWED_IP_ADD, 1, "home", "peer office allowed IP 10.0.0.0/24, from home",
		  "peer office allowed IP 10.0.0.0/24, from home" },
		{ CHANGE_ALLOWED_IP_REMOVE, 2, NULL,
		  "peer office 2 allowed IPs 10.0.0.0/24, 10.0.1.0/24",
		  "peer office allowed IP 10.0.1.0/24" },
		{ CHANGE_ALLOWED_IP_REMOVE, 3, NULL,
		  "peer office 3 allowed IPs 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24",
		  "peer office allowed IP 10.0.2.0/24" },
		{ CHANGE_ALLOWED_IP_ADD, 4, "\033[1m",
		  "peer office 4 allowed IPs 10.0.0.0/24, 10.0.1.0/24, ... 10.0.3.0/24, "
		  "from \\x1b[1m",
		  "peer office allowed IP 10.0.3.0/24, from \\x1b[1m" },
		{ CHANGE_ALLOWED_IP_ADD, 10000, NULL,
		  "peer office 10,000 allowed IPs 10.0.0.0/24, 10.0.1.0/24, ... 10.39.15.0/24",
		  "peer office allowed IP 10.39.15.0/24" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct change change = {
			.kind = rows[i].kind,
			.peer = "office",
			.allowed_ips = prefixes_of(arena, rows[i].n),
			.allowed_ips_n = rows[i].n,
			.from_peer = rows[i].from,
		};

		ck_assert(change_is_group(&change));
		ck_assert_uint_eq(change_count(&change), rows[i].n);
		ck_assert_str_eq(change_text(&change, arena), rows[i].text);
		ck_assert_str_eq(change_text_of(&change, rows[i].n - 1, arena), rows[i].last);
		arena_free(arena);
	}
}
END_TEST

START_TEST(peers)
{
	static const struct wg_key psk = { .b = { 1 } };
	static const struct {
		size_t n;
		bool has_psk;
		const char *text;
	} rows[] = {
		{ 0, false, "peer office, no allowed IPs" },
		{ 0, true, "peer office, no allowed IPs, preshared key" },
		{ 2, true, "peer office, allowed IPs 10.0.0.0/24, 10.0.1.0/24, preshared key" },
		{ 8, false,
		  "peer office, allowed IPs 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24, "
		  "10.0.4.0/24, 10.0.5.0/24, 10.0.6.0/24, 10.0.7.0/24" },
		{ 9, false,
		  "peer office, allowed IPs 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, "
		  "... 5 more, 10.0.8.0/24" },
		{ 10000, true,
		  "peer office, allowed IPs 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, "
		  "... 9,996 more, 10.39.15.0/24, preshared key" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct change change = {
			.kind = CHANGE_PEER_ADD,
			.peer = "office",
			.allowed_ips = prefixes_of(arena, rows[i].n),
			.allowed_ips_n = rows[i].n,
			.preshared_key = rows[i].has_psk ? &psk : NULL,
		};
		struct change_frame frame = change_frame(&change, arena);

		ck_assert(!change_is_group(&change));
		ck_assert_uint_eq(change_count(&change), 1);
		ck_assert_str_eq(change_text(&change, arena), rows[i].text);
		ck_assert_str_eq(change_text_of(&change, 0, arena), rows[i].text);
		ck_assert_int_eq(strncmp(rows[i].text, frame.before, strlen(frame.before)), 0);
		ck_assert_str_eq(rows[i].text + strlen(rows[i].text) - strlen(frame.after),
				 frame.after);
		arena_free(arena);
	}
}
END_TEST

START_TEST(routes)
{
	static const struct {
		uint32_t table, metric;
		const char *source;
		const char *text;
	} rows[] = {
		{ TABLE_MAIN, 0, NULL, "route 10.9.0.0/16" },
		{ 100, 5, NULL, "route 10.9.0.0/16 table 100 metric 5" },
		{ TABLE_MAIN, 0, "10.0.0.2", "route 10.9.0.0/16 src 10.0.0.2" },
		{ 100, 5, "fd00::2", "route 10.9.0.0/16 table 100 metric 5 src fd00::2" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct change change = {
			.kind = CHANGE_ROUTE_ADD,
			.prefix = prefix_of("10.9.0.0/16"),
			.table = rows[i].table,
			.metric = rows[i].metric,
		};

		if (rows[i].source)
			ck_assert(ip_parse(rows[i].source, &change.source));
		ck_assert_uint_eq(change_count(&change), 1);
		ck_assert_str_eq(change_text(&change, arena), rows[i].text);
		arena_free(arena);
	}
}
END_TEST

/* No file content, and for a secret file not even the digest. */
START_TEST(files)
{
	static const struct {
		const char *path, *text, *load;
		unsigned mode;
		const char *shown;
	} rows[] = {
		{ "/etc/bird/wg.conf", "a secret\n", NULL, 0644,
		  "file /etc/bird/wg.conf (9 bytes, digest 0123456789abcdef)" },
		{ "/etc/bird/wg.conf", "", "birdc", 0644,
		  "file /etc/bird/wg.conf (0 bytes, digest 0123456789abcdef), then birdc" },
		{ "/etc/\033[1m", "x", "a\nb", 0755,
		  "file /etc/\\x1b[1m (1 byte, digest 0123456789abcdef), then a\\x0ab" },
		{ "/etc/key", "a secret\n", "birdc", 0640,
		  "file /etc/key (9 bytes, secret), then birdc" },
		{ "/etc/key", "a secret\n", NULL, 0600, "file /etc/key (9 bytes, secret)" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		struct desired_file file = { .path = rows[i].path,
					     .text = rows[i].text,
					     .length = strlen(rows[i].text),
					     .mode = rows[i].mode };
		struct change change = { .kind = CHANGE_FILE_WRITE,
					 .file = &file,
					 .digest = 0x0123456789abcdef };

		if (rows[i].load)
			*vec_push(arena, &file.load) = rows[i].load;
		ck_assert_uint_eq(change_count(&change), 1);
		ck_assert_str_eq(change_text(&change, arena), rows[i].shown);
		arena_free(arena);
	}
}
END_TEST

/* By kind, within one kind in the order of addition. */
START_TEST(order)
{
	struct arena *arena = arena_new();
	struct changes changes = { .arena = arena };
	static const enum change_kind kinds[] = { CHANGE_PEER_REMOVE, CHANGE_ROUTE_ADD,
						  CHANGE_LINK_ADD, CHANGE_ROUTE_ADD };

	for (int i = 0; i < COUNT(kinds); i++)
		change_add(&changes, kinds[i], "wg0")->value = (uint32_t)i;
	changes_sort(&changes);
	ck_assert_uint_eq(changes.list.at[0].value, 2);
	ck_assert_uint_eq(changes.list.at[1].value, 1);
	ck_assert_uint_eq(changes.list.at[2].value, 3);
	ck_assert_uint_eq(changes.list.at[3].value, 0);
	arena_free(arena);
}
END_TEST

/* The sources of a peer, an endpoint and allowed IPs, of which some are the file's. */
START_TEST(origins)
{
	static const struct {
		enum change_kind kind;
		enum origin peer;
		const char *endpoint;
		size_t i;
		const char *origin;
	} rows[] = {
		{ CHANGE_PEER_ADD, ORIGIN_FACT, NULL, 0, "fact from hub" },
		{ CHANGE_PEER_ADD, ORIGIN_FILE, NULL, 0, NULL },
		{ CHANGE_PEER_ADD, ORIGIN_FILE, "192.0.2.2:2", 0, "fact from bob" },
		{ CHANGE_PEER_ENDPOINT, ORIGIN_FACT, "192.0.2.2:2", 0, "fact from bob" },
		{ CHANGE_PEER_ENDPOINT, ORIGIN_FACT, "192.0.2.1:1", 0, NULL },
		{ CHANGE_PEER_ENDPOINT, ORIGIN_FACT, "192.0.2.3:3", 0, NULL },
		{ CHANGE_ALLOWED_IP_ADD, ORIGIN_FILE, NULL, 0, NULL },
		{ CHANGE_ALLOWED_IP_ADD, ORIGIN_FILE, NULL, 1, "fact from hub" },
		/* Derived from the key. */
		{ CHANGE_ALLOWED_IP_ADD, ORIGIN_FILE, NULL, 2, NULL },
		/* Of a route, not declared. */
		{ CHANGE_ALLOWED_IP_ADD, ORIGIN_FILE, NULL, 3, NULL },
		{ CHANGE_ALLOWED_IP_REMOVE, ORIGIN_FACT, NULL, 1, NULL },
		{ CHANGE_PEER_KEEPALIVE, ORIGIN_FACT, NULL, 0, NULL },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct arena *arena = arena_new();
		const struct declaration of_hub = { .origin = ORIGIN_FACT, .from = "hub" };
		struct desired_peer peer = {
			.declared = { .origin = rows[i].peer, .from = "hub" },
			.endpoint_is_literal = true,
		};
		struct change change = {
			.kind = rows[i].kind,
			.declared = &peer,
			.allowed_ips = prefixes_of(arena, 4),
			.allowed_ips_n = 4,
			.has_endpoint = rows[i].endpoint,
		};

		ck_assert(endpoint_parse("192.0.2.1:1", &peer.endpoint_address));
		if (rows[i].endpoint)
			ck_assert(endpoint_parse(rows[i].endpoint, &change.endpoint));
		*vec_push(arena, &peer.candidates) = (struct desired_endpoint){
			.declared = { .origin = ORIGIN_FACT, .from = "bob" },
			.is_literal = true,
		};
		ck_assert(endpoint_parse("192.0.2.2:2", &peer.candidates.at[0].address));
		for (size_t prefix = 0; prefix < 3; prefix++) {
			*vec_push(arena, &peer.allowed_ips) = change.allowed_ips[prefix];
			vec_push(arena, &peer.allowed_ips_declared);
		}
		peer.allowed_ips_declared.at[1].declared = of_hub;
		peer.allowed_ips_declared.at[2].declared.origin = ORIGIN_FACT;
		ck_assert_pstr_eq(change_origin(&change, rows[i].i, arena), rows[i].origin);
		arena_free(arena);
	}
}
END_TEST

/* A change without a declaration. */
START_TEST(no_origin)
{
	const struct change change = { .kind = CHANGE_PEER_ADD };

	ck_assert_ptr_null(change_origin(&change, 0, NULL));
}
END_TEST

SUITE("change", groups, peers, routes, files, order, origins, no_origin)
