/* SPDX-License-Identifier: MIT */
#include "desired_merge.h"

#include "desired_default.h"

#include "test/corpus.h"
#include "test/unit.h"

/* The key of this number, as named in the files' texts. */
#define KEY_1 "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEY_2 "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define KEY_3 "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="

#define SITE                                                                                       \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    routes: [allowed_ips, {to: 10.9.0.0/16, via_peer: b}]\n"                              \
	"    peers:\n"                                                                             \
	"      a: {public_key: " KEY_1 ", endpoint: \"192.0.2.1:1\",\n"                            \
	"          allowed_ips: [10.1.0.0/16, 10.3.0.0/16]}\n"                                     \
	"      b: {public_key: " KEY_2 ", allowed_ips: [10.2.0.0/16]}\n"                           \
	"  wg1: {table: 100}\n"                                                                    \
	"selectors:\n"                                                                             \
	"  uplink:\n"                                                                              \
	"    interface: wg0\n"                                                                     \
	"    peers:\n"                                                                             \
	"      m: {public_key: " KEY_3 ", endpoint: \"192.0.2.3:3\", allowed_ips: [0.0.0.0/0]}\n"

struct fixture {
	struct diags diags;
	struct desired *desired;
	VEC(struct desired_addition) additions;
};

static void setup(struct fixture *fixture, const char *text)
{
	*fixture = (struct fixture){ .diags.arena = arena_new() };
	fixture->desired = parse_text(&fixture->diags, text);
	ck_assert_msg(fixture->desired != NULL, "%s", errors_text(&fixture->diags));
}

static void merge(struct fixture *fixture)
{
	desired_merge(fixture->desired, fixture->additions.at, fixture->additions.n,
		      &fixture->diags);
	ck_assert_uint_eq(fixture->diags.errors, 0);
}

static void teardown(struct fixture *fixture)
{
	arena_free(fixture->diags.arena);
}

/* Of the key whose bytes are all number. name NULL: of a peer that is declared. */
static struct desired_peer *add(struct fixture *fixture, const char *interface, const char *name,
				uint8_t number, const char *from, msec_t expires)
{
	struct desired_addition *addition = vec_push(fixture->diags.arena, &fixture->additions);

	addition->interface = interface;
	addition->peer = desired_peer_default(false);
	addition->peer.name = name;
	addition->peer.declared = (struct declaration){
		.origin = ORIGIN_FACT,
		.from = from,
		.expires = expires,
	};
	memset(&addition->peer.public_key, number, sizeof(addition->peer.public_key));
	return &addition->peer;
}

static void add_prefix(struct fixture *fixture, struct desired_peer *peer, const char *text)
{
	ck_assert(prefix_parse(text, vec_push(fixture->diags.arena, &peer->allowed_ips)));
}

static void add_candidate(struct fixture *fixture, struct desired_peer *peer, const char *text,
			  msec_t expires)
{
	struct desired_endpoint *candidate = vec_push(fixture->diags.arena, &peer->candidates);

	candidate->declared = peer->declared;
	candidate->declared.expires = expires;
	candidate->text = text;
	candidate->is_literal = endpoint_parse(text, &candidate->address);
}

/* "10.0.0.0/8 file, 10.2.0.0/16 fact from hub until 5" */
static const char *allowed_ips_text(struct fixture *fixture, const struct desired_peer *peer)
{
	struct arena *arena = fixture->diags.arena;
	const char *all = "";

	ck_assert_uint_eq(peer->allowed_ips.n, peer->allowed_ips_declared.n);
	for (size_t i = 0; i < peer->allowed_ips.n; i++) {
		const struct declaration *declared = &peer->allowed_ips_declared.at[i].declared;
		char text[PREFIX_TEXT_MAX];

		all = arena_printf(arena, "%s%s%s %s", all, i ? ", " : "",
				   prefix_text(&peer->allowed_ips.at[i], text),
				   declared->origin == ORIGIN_FILE
					   ? "file"
					   : declaration_text(declared, declared->where, arena));
		if (declared->expires)
			all = arena_printf(arena, "%s until %d", all, (int)declared->expires);
	}
	return all;
}

static const char *candidates_text(struct fixture *fixture, const struct desired_peer *peer)
{
	const char *all = "";

	vec_each (candidate, &peer->candidates)
		all = arena_printf(fixture->diags.arena, "%s%s%s %s until %d", all,
				   *all ? ", " : "", candidate->text, candidate->declared.from,
				   (int)candidate->declared.expires);
	return all;
}

static const struct desired_peer *peer_of(const struct fixture *fixture, const char *name)
{
	vec_each (peer, &desired_interface_find(fixture->desired, "wg0")->peers)
		if (!strcmp(peer->name, name))
			return peer;
	return NULL;
}

START_TEST(nothing_is_added)
{
	struct fixture fixture;

	setup(&fixture, SITE);
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags), "");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "a")),
			 "10.1.0.0/16 file, 10.3.0.0/16 file");
	ck_assert_uint_eq(fixture.desired->interfaces.at[0].peers.n, 2);
	teardown(&fixture);
}
END_TEST

START_TEST(a_peer_is_added)
{
	struct fixture fixture;
	struct desired_peer *peer;
	const struct desired_peer *added;

	setup(&fixture, SITE);
	peer = add(&fixture, "wg0", "new", 4, "hub", 5000);
	peer->endpoint = "192.0.2.4:4";
	add_prefix(&fixture, peer, "10.5.0.0/16");
	add_prefix(&fixture, peer, "10.4.0.0/16");
	add_candidate(&fixture, peer, "192.0.2.9:9", 7000);
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags), "");
	added = peer_of(&fixture, "new");
	ck_assert_ptr_nonnull(added);
	ck_assert_int_eq(added->declared.origin, ORIGIN_FACT);
	ck_assert_str_eq(added->declared.from, "hub");
	ck_assert_int_eq(added->declared.expires, 5000);
	ck_assert_str_eq(added->endpoint, "192.0.2.4:4");
	ck_assert_str_eq(allowed_ips_text(&fixture, added), "10.4.0.0/16 fact from hub until 5000, "
							    "10.5.0.0/16 fact from hub until 5000");
	ck_assert_str_eq(candidates_text(&fixture, added), "192.0.2.9:9 hub until 7000");
	/* The addition itself is unchanged. */
	ck_assert_uint_eq(peer->allowed_ips_declared.n, 0);
	ck_assert_int_eq(peer->allowed_ips.at[0].ip.b[1], 5);
	ck_assert_int_eq(peer_of(&fixture, "a")->declared.origin, ORIGIN_FILE);
	ck_assert_int_eq(peer_of(&fixture, "a")->declared.expires, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(a_declared_peer_is_added_to)
{
	struct fixture fixture;
	struct desired_peer *peer;
	const struct desired_peer *member;

	setup(&fixture, SITE);
	peer = add(&fixture, "wg0", NULL, 1, "hub", 5000);
	add_prefix(&fixture, peer, "10.0.0.0/16");
	add_prefix(&fixture, peer, "10.1.0.0/16"); /* already in the file */
	add_candidate(&fixture, peer, "192.0.2.8:8", 4000);
	add_candidate(&fixture, peer, "192.0.2.1:1", 4000); /* likewise */
	peer = add(&fixture, "wg0", NULL, 3, "office", 0);
	add_prefix(&fixture, peer, "10.7.0.0/16");
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags), "");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "a")),
			 "10.0.0.0/16 fact from hub until 5000, 10.1.0.0/16 file, "
			 "10.3.0.0/16 file");
	ck_assert_str_eq(candidates_text(&fixture, peer_of(&fixture, "a")),
			 "192.0.2.8:8 hub until 4000");
	ck_assert_str_eq(peer_of(&fixture, "a")->endpoint, "192.0.2.1:1");
	member = &fixture.desired->selectors.at[0].peers.at[0];
	ck_assert_str_eq(allowed_ips_text(&fixture, member),
			 "0.0.0.0/0 file, 10.7.0.0/16 fact from office");
	teardown(&fixture);
}
END_TEST

/* Of duplicates, the one valid longest is kept. */
START_TEST(the_longest_expiry_counts)
{
	static const msec_t expires[] = { 100, 300, 200 };
	struct fixture fixture;

	setup(&fixture, SITE);
	for (size_t i = 0; i < 3; i++) {
		struct desired_peer *peer = add(&fixture, "wg0", NULL, 1, "hub", expires[i]);

		add_prefix(&fixture, peer, "10.6.0.0/16");
		add_candidate(&fixture, peer, "192.0.2.8:8", expires[i]);
		peer = add(&fixture, "wg0", NULL, 2, "hub", i == 1 ? 0 : expires[i]);
		add_prefix(&fixture, peer, "10.7.0.0/16");
	}
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags), "");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "a")),
			 "10.1.0.0/16 file, 10.3.0.0/16 file, "
			 "10.6.0.0/16 fact from hub until 300");
	ck_assert_str_eq(candidates_text(&fixture, peer_of(&fixture, "a")),
			 "192.0.2.8:8 hub until 300");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "b")),
			 "10.2.0.0/16 file, 10.7.0.0/16 fact from hub, 10.9.0.0/16 file");
	teardown(&fixture);
}
END_TEST

/* The file's peers, and this many of the other source. */
static void assert_files_stand(struct fixture *fixture, size_t others)
{
	ck_assert_uint_eq(fixture->desired->interfaces.at[0].peers.n, 2 + others);
	ck_assert_str_eq(allowed_ips_text(fixture, peer_of(fixture, "a")),
			 "10.1.0.0/16 file, 10.3.0.0/16 file");
	ck_assert_str_eq(allowed_ips_text(fixture, peer_of(fixture, "b")),
			 "10.2.0.0/16 file, 10.9.0.0/16 file");
}

START_TEST(a_declared_prefix_stands)
{
	struct fixture fixture;
	struct desired_peer *peer;

	setup(&fixture, SITE);
	peer = add(&fixture, "wg0", NULL, 2, "hub", 0);
	add_prefix(&fixture, peer, "10.1.0.0/16"); /* of a */
	peer = add(&fixture, "wg0", "new", 4, "hub", 0);
	add_prefix(&fixture, peer, "0.0.0.0/0"); /* of a selector's member */
	add_prefix(&fixture, peer, "10.9.0.0/16"); /* of a route */
	add_prefix(&fixture, peer, "10.8.0.0/16");
	peer = add(&fixture, "wg0", "newer", 5, "office", 0);
	add_prefix(&fixture, peer, "10.8.0.0/16");
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags),
			 "warning: interfaces.wg0.peers.new: allowed IP 0.0.0.0/0 (fact from hub) "
			 "is left out: it belongs to selectors.uplink.peers.m "
			 "(test.yaml:14:108)\n"
			 "warning: interfaces.wg0.peers.b: allowed IP 10.1.0.0/16 (fact from hub) "
			 "is left out: it belongs to interfaces.wg0.peers.a (test.yaml:7:25)\n"
			 "warning: interfaces.wg0.peers.newer: allowed IP 10.8.0.0/16 (fact from "
			 "office) is left out: it belongs to interfaces.wg0.peers.new (fact from "
			 "hub)\n"
			 "warning: interfaces.wg0.peers.new: allowed IP 10.9.0.0/16 (fact from "
			 "hub) is left out: it belongs to interfaces.wg0.peers.b "
			 "(test.yaml:4:28)\n");
	assert_files_stand(&fixture, 2);
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "new")),
			 "10.8.0.0/16 fact from hub");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "newer")), "");
	teardown(&fixture);
}
END_TEST

START_TEST(a_declared_peer_stands)
{
	struct fixture fixture;
	struct desired_peer *peer;

	setup(&fixture, SITE);
	peer = add(&fixture, "wg0", "other", 1, "hub", 0); /* the key of a */
	add_prefix(&fixture, peer, "10.5.0.0/16");
	add(&fixture, "wg0", "another", 3, "hub", 0); /* the key of a selector's member */
	add(&fixture, "wg0", "b", 4, "hub", 0); /* the name of b */
	peer = add(&fixture, "wg0", "new", 4, "office", 0);
	/* For the one of the two that is kept. */
	peer = add(&fixture, "wg0", NULL, 4, "hub", 0);
	add_prefix(&fixture, peer, "10.6.0.0/16");
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags),
			 "warning: interfaces.wg0.peers.b: the peer (fact from hub) is left out: "
			 "its name is that of interfaces.wg0.peers.b (test.yaml:8:7)\n"
			 "warning: interfaces.wg0.peers.other: the peer (fact from hub) is left "
			 "out: its public key is that of interfaces.wg0.peers.a "
			 "(test.yaml:6:7)\n"
			 "warning: interfaces.wg0.peers.another: the peer (fact from hub) is left "
			 "out: its public key is that of selectors.uplink.peers.m "
			 "(test.yaml:14:7)\n");
	assert_files_stand(&fixture, 1);
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "new")),
			 "10.6.0.0/16 fact from hub");
	teardown(&fixture);
}
END_TEST

START_TEST(unknown_interfaces_and_keys)
{
	struct fixture fixture;

	setup(&fixture, SITE);
	add(&fixture, "wg9", "new", 4, "hub", 0);
	add(&fixture, "wg9", NULL, 1, "hub", 0);
	add(&fixture, "wg0", NULL, 9, "hub", 0);
	add(&fixture, "wg1", NULL, 1, "hub", 0); /* a peer of wg0 has it */
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags),
			 "warning: interfaces.wg9: fact from hub is left out: there is no such "
			 "interface\n"
			 "warning: interfaces.wg9: fact from hub is left out: there is no such "
			 "interface\n"
			 "warning: interfaces.wg0: fact from hub is left out: no peer has this "
			 "public key\n"
			 "warning: interfaces.wg1: fact from hub is left out: no peer has this "
			 "public key\n");
	assert_files_stand(&fixture, 0);
	teardown(&fixture);
}
END_TEST

#define TWO                                                                                        \
	"version: 1\n"                                                                             \
	"interfaces:\n"                                                                            \
	"  wg0:\n"                                                                                 \
	"    peers: {a: {public_key: " KEY_1 "}}\n"                                                \
	"  wg1:\n"                                                                                 \
	"    peers: {b: {public_key: " KEY_2 ", allowed_ips: [10.2.0.0/16]}}\n"

/* The kernel has one route to a prefix, regardless of the order of two interfaces. */
START_TEST(a_declared_route_stands)
{
	struct fixture fixture;
	struct desired_peer *peer;

	setup(&fixture, TWO);
	peer = add(&fixture, "wg0", NULL, 1, "hub", 0);
	add_prefix(&fixture, peer, "10.2.0.0/16");
	add_prefix(&fixture, peer, "10.3.0.0/16");
	peer = add(&fixture, "wg1", NULL, 2, "office", 0);
	add_prefix(&fixture, peer, "10.3.0.0/16");
	merge(&fixture);
	ck_assert_str_eq(errors_text(&fixture.diags),
			 "warning: interfaces.wg0.peers.a: allowed IP 10.2.0.0/16 (fact from hub) "
			 "is left out: its route is in table main, as that of interfaces.wg1 "
			 "(test.yaml:5:3) is\n"
			 "warning: interfaces.wg1.peers.b: allowed IP 10.3.0.0/16 (fact from "
			 "office) is left out: its route is in table main, as that of "
			 "interfaces.wg0 (fact from hub) is\n");
	ck_assert_str_eq(allowed_ips_text(&fixture, peer_of(&fixture, "a")),
			 "10.3.0.0/16 fact from hub");
	ck_assert_str_eq(allowed_ips_text(&fixture, &fixture.desired->interfaces.at[1].peers.at[0]),
			 "10.2.0.0/16 file");
	teardown(&fixture);
}
END_TEST

SUITE("desired_merge", nothing_is_added, a_peer_is_added, a_declared_peer_is_added_to,
      the_longest_expiry_counts, a_declared_prefix_stands, a_declared_peer_stands,
      unknown_interfaces_and_keys, a_declared_route_stands)
