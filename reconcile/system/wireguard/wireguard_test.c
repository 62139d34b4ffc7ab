/* SPDX-License-Identifier: MIT */
#include "wireguard.h"

#include "test/unit.h"

#include <stdlib.h>

#define CHANGES_MAX 16

struct list {
	struct arena *arena;
	struct change changes[CHANGES_MAX];
	const struct change *pointers[CHANGES_MAX];
	size_t n;
	struct wg_update update;
};

static void list_init(struct list *list)
{
	*list = (struct list){ .arena = arena_new() };
}

static struct change *add(struct list *list, enum change_kind kind, uint8_t key)
{
	struct change *change = &list->changes[list->n];

	ck_assert_uint_lt(list->n, CHANGES_MAX);
	*change = (struct change){ .kind = kind, .interface = "wg0" };
	change->public_key.b[0] = key;
	list->pointers[list->n++] = change;
	return change;
}

static void add_prefix(struct list *list, enum change_kind kind, uint8_t key, const char *text)
{
	struct change *change = add(list, kind, key);
	struct prefix *prefix = arena_alloc(list->arena, sizeof(*prefix));

	ck_assert(prefix_parse(text, prefix));
	change->allowed_ips = prefix;
	change->allowed_ips_n = 1;
}

static struct wg_update *make(struct list *list)
{
	wg_update_make(&list->update, list->pointers, list->n, list->arena);
	return &list->update;
}

START_TEST(test_which_changes)
{
	static const enum change_kind others[] = {
		CHANGE_LINK_ADD,       CHANGE_LINK_MTU,	    CHANGE_LINK_UP,	CHANGE_ADDRESS_ADD,
		CHANGE_ROUTE_ADD,      CHANGE_RULE_ADD,	    CHANGE_RULE_REMOVE, CHANGE_ROUTE_REMOVE,
		CHANGE_ADDRESS_REMOVE, CHANGE_ADDRESS_MOVE, CHANGE_LINK_REMOVE, CHANGE_LINK_OWNER,
		CHANGE_FILE_WRITE,
	};
	size_t n = 0;

	for (int kind = CHANGE_LINK_ADD; kind <= CHANGE_LINK_REMOVE; kind++)
		n += !wg_change_is((enum change_kind)kind);
	ck_assert_uint_eq(n, sizeof(others) / sizeof(others[0]));
	for (size_t i = 0; i < n; i++)
		ck_assert(!wg_change_is(others[i]));
}
END_TEST

START_TEST(test_nothing)
{
	struct list list;
	struct wg_update *update;

	list_init(&list);
	update = make(&list);
	ck_assert_ptr_null(update->private_key);
	ck_assert_int_eq(update->listen_port, -1);
	ck_assert_int_eq(update->fwmark, -1);
	ck_assert_uint_eq(update->peers.n, 0);
	arena_free(list.arena);
}
END_TEST

START_TEST(test_device)
{
	struct list list;
	struct desired_interface interface = { .private_key = { { 7 } } };
	struct wg_update *update;

	list_init(&list);
	add(&list, CHANGE_DEVICE_PRIVATE_KEY, 0)->desired = &interface;
	add(&list, CHANGE_DEVICE_LISTEN_PORT, 0)->value = 65535;
	add(&list, CHANGE_DEVICE_FWMARK, 0)->value = UINT32_MAX;
	update = make(&list);
	ck_assert_str_eq(update->interface, "wg0");
	ck_assert_ptr_eq(update->private_key, &interface.private_key);
	ck_assert_int_eq(update->listen_port, 65535);
	ck_assert_int_eq(update->fwmark, UINT32_MAX);
	ck_assert_uint_eq(update->peers.n, 0);
	arena_free(list.arena);
}
END_TEST

/* The changes of a standby's promotion become one peer's update. */
START_TEST(test_one_peer_is_one)
{
	struct list list;
	const struct wg_peer_update *peer;

	list_init(&list);
	add(&list, CHANGE_PEER_KEEPALIVE, 2)->value = 11;
	add(&list, CHANGE_PEER_ENDPOINT, 1)->endpoint.port = 99;
	add(&list, CHANGE_PEER_TRIGGER, 1)->value = 25;
	add_prefix(&list, CHANGE_ALLOWED_IP_ADD, 1, "10.1.0.0/16");
	add_prefix(&list, CHANGE_ALLOWED_IP_ADD, 2, "10.2.0.0/16");
	add_prefix(&list, CHANGE_ALLOWED_IP_ADD, 1, "10.3.0.0/16");
	ck_assert_uint_eq(make(&list)->peers.n, 2);
	peer = &list.update.peers.at[0];
	ck_assert_uint_eq(peer->public_key.b[0], 1);
	ck_assert_int_eq(peer->action, WG_PEER_UPDATE);
	ck_assert_uint_eq(peer->endpoint->port, 99);
	ck_assert_int_eq(peer->keepalive, 25);
	ck_assert(peer->trigger);
	ck_assert_ptr_null(peer->preshared_key);
	ck_assert_uint_eq(peer->add.n, 2);
	ck_assert_uint_eq(peer->add.at[1].n, 1);
	ck_assert_uint_eq(peer->add.at[1].at->ip.b[1], 3);
	ck_assert_uint_eq(peer->drop.n, 0);
	peer = &list.update.peers.at[1];
	ck_assert_ptr_null(peer->endpoint);
	ck_assert_int_eq(peer->keepalive, 11);
	ck_assert(!peer->trigger);
	arena_free(list.arena);
}
END_TEST

START_TEST(test_new_peer)
{
	struct list list;
	struct wg_key preshared = { { 5 } };
	struct prefix prefixes[2];
	struct change *change;
	const struct wg_peer_update *peer;

	list_init(&list);
	ck_assert(prefix_parse("10.0.0.0/8", &prefixes[0]));
	ck_assert(prefix_parse("fe80::1/128", &prefixes[1]));
	change = add(&list, CHANGE_PEER_ADD, 1);
	change->preshared_key = &preshared;
	change->value = 25;
	change->allowed_ips = prefixes;
	change->allowed_ips_n = 2;
	add(&list, CHANGE_PEER_ADD, 2);
	add_prefix(&list, CHANGE_ALLOWED_IP_ADD, 2, "10.2.0.0/16");
	ck_assert_uint_eq(make(&list)->peers.n, 2);
	peer = &list.update.peers.at[0];
	ck_assert_int_eq(peer->action, WG_PEER_CREATE);
	ck_assert_ptr_eq(peer->preshared_key, &preshared);
	ck_assert_ptr_null(peer->endpoint);
	ck_assert_int_eq(peer->keepalive, 25);
	ck_assert_uint_eq(peer->add.n, 1);
	ck_assert_ptr_eq(peer->add.at[0].at, prefixes);
	ck_assert_uint_eq(peer->add.at[0].n, 2);
	/* Additions in the same update stay in the addition stage. */
	peer = &list.update.peers.at[1];
	ck_assert_int_eq(peer->action, WG_PEER_CREATE);
	ck_assert_uint_eq(peer->add.n, 1);
	arena_free(list.arena);
}
END_TEST

START_TEST(test_preshared_key_removed)
{
	struct list list;
	struct wg_key zero = { { 0 } };

	list_init(&list);
	add(&list, CHANGE_PEER_PRESHARED_KEY, 1)->preshared_key = &zero;
	add(&list, CHANGE_PEER_PRESHARED_KEY, 2);
	make(&list);
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(list.update.peers.at[i].preshared_key);
		ck_assert(key_is_zero(list.update.peers.at[i].preshared_key));
	}
	arena_free(list.arena);
}
END_TEST

/* First all additions, then all prefix removals, then all peer removals, regardless of keys. */
START_TEST(test_makes_before_it_breaks)
{
	struct list list;
	struct wg_drops drops;
	const struct wg_peer_update *peers;

	list_init(&list);
	add(&list, CHANGE_PEER_REMOVE, 1);
	add_prefix(&list, CHANGE_ALLOWED_IP_REMOVE, 2, "10.0.0.0/8");
	add_prefix(&list, CHANGE_ALLOWED_IP_REMOVE, 3, "10.3.0.0/16");
	add_prefix(&list, CHANGE_ALLOWED_IP_ADD, 3, "10.0.0.0/9");
	ck_assert_uint_eq(make(&list)->peers.n, 4);
	peers = list.update.peers.at;
	ck_assert_uint_eq(peers[0].public_key.b[0], 3);
	ck_assert_uint_eq(peers[0].add.n, 1);
	ck_assert_uint_eq(peers[0].drop.n, 0);
	ck_assert_uint_eq(peers[1].public_key.b[0], 2);
	ck_assert_uint_eq(peers[1].drop.n, 1);
	ck_assert_uint_eq(peers[2].public_key.b[0], 3);
	ck_assert_uint_eq(peers[2].drop.n, 1);
	ck_assert_int_eq(peers[3].action, WG_PEER_REMOVE);
	wg_update_drops(&list.update, &drops, list.arena);
	ck_assert_uint_eq(drops.list.n, 2);
	ck_assert_uint_eq(drops.list.at[0].at->length, 8);
	ck_assert_uint_eq(drops.list.at[1].at->length, 16);
	arena_free(list.arena);
}
END_TEST

START_TEST(test_failure_text)
{
	static const struct {
		int code;
		const char *text;
		const char *expected;
	} cases[] = {
		{ 2, "", "No such file or directory" },
		{ 17, "route", "route: File exists" },
		{ 0, "killed", "killed" },
		{ 110, "the deadline passed", "the deadline passed" },
		{ 1, "evil\x1b[2J\n", "evil\\x1b[2J\\x0a: Operation not permitted" },
	};
	struct arena *arena = arena_new();
	struct failure failure;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert(!failure_set(&failure, cases[i].code, "%s", cases[i].text));
		ck_assert_str_eq(failure_text(&failure, arena), cases[i].expected);
	}
	arena_free(arena);
}
END_TEST

SUITE("wireguard", test_which_changes, test_nothing, test_device, test_one_peer_is_one,
      test_new_peer, test_preshared_key_removed, test_makes_before_it_breaks, test_failure_text)
