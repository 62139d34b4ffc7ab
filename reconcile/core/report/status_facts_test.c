/* SPDX-License-Identifier: MIT */
#include "core/facts/fact_member.h"
#include "status.h"
#include "test/corpus.h"
#include "test/unit.h"

/* An hour after boot, some day in 2023. */
#define NOW_BOOT ((msec_t)3600 * 1000)
#define NOW_WALL (INT64_C(1700000000) * 1000)

static const char boot_id[] = "4c7fcd6e-6f0f-4f0e-8d0a-1d0ad0a5a7b3";

/* Numbers of keys. */
enum { HUB = 1, BOB, CAROL, STRANGER, SELF };

/* A leaf with the peers hub, a router, and carol, which are declared, and bob, which the hub
 * has reported. */
struct scene {
	struct arena *arena;
	struct recorded recorded;
	struct samples samples;
	struct observed observed;
	struct observed_interface *wg0;
	struct facts_store before;
	struct facts_link *link;
	struct desired *desired;
	struct facts facts;
	struct plan plan;
	struct status status;
};

static struct wg_key key_number(unsigned number)
{
	return (struct wg_key){ .b = { (uint8_t)number, 1 } };
}

static const char *key_word(struct scene *scene, unsigned number)
{
	struct wg_key key = key_number(number);
	char text[KEY_TEXT_MAX];

	return arena_strdup(scene->arena, key_text(&key, text));
}

static struct observed_peer *add_peer(struct scene *scene, unsigned number, const char *endpoint,
				      msec_t handshake_age)
{
	struct observed_peer *peer = vec_push(scene->arena, &scene->wg0->peers);

	peer->public_key = key_number(number);
	if (endpoint) {
		peer->has_endpoint = true;
		ck_assert(endpoint_parse(endpoint, &peer->endpoint));
	}
	if (handshake_age != AGE_NONE)
		peer->handshake.sec = (NOW_WALL - handshake_age) / 1000;
	return peer;
}

static struct facts_note note_of(unsigned source, unsigned subject, enum fact_attribute attribute,
				 msec_t left)
{
	return (struct facts_note){
		.fact = { .attribute = attribute, .subject = key_number(subject) },
		.source = key_number(source),
		.expires = NOW_BOOT + left,
		.since = NOW_BOOT - 1000,
	};
}

static void receive_endpoint(struct scene *scene, unsigned subject, const char *text, msec_t left)
{
	struct facts_note note = note_of(HUB, subject, FACT_ENDPOINT_V4, left);

	ck_assert(endpoint_parse(text, &note.fact.endpoint));
	*vec_push(scene->arena, &scene->link->received.list) = note;
}

static void receive_allowed_ip(struct scene *scene, unsigned subject, const char *text)
{
	struct facts_note note = note_of(HUB, subject, FACT_ALLOWED_IP_V4, 100000);

	ck_assert(prefix_parse(text, &note.fact.prefix));
	*vec_push(scene->arena, &scene->link->received.list) = note;
}

static void receive_member(struct scene *scene, unsigned subject, const char *name, msec_t left)
{
	const struct fact_member member = { .name = name };
	struct facts_note note = note_of(HUB, subject, FACT_MEMBER_METADATA, left);

	note.fact.metadata = fact_member_encode(&member, scene->arena);
	*vec_push(scene->arena, &scene->link->received.list) = note;
}

static struct facts_peer *note_peer(struct scene *scene, unsigned number, msec_t alive_left)
{
	struct facts_peer *peer = vec_push(scene->arena, &scene->link->peers);

	peer->public_key = key_number(number);
	peer->alive_until = alive_left ? NOW_BOOT + alive_left : 0;
	return peer;
}

static struct scene *scene_new(void)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	recorded_init(&scene->recorded, arena);
	samples_init(&scene->samples, arena);
	scene->observed.arena = arena;
	scene->observed.now = (struct now){ .boot = NOW_BOOT, .wall = NOW_WALL };
	strcpy(scene->observed.now.boot_id, boot_id);
	scene->wg0 = vec_push(arena, &scene->observed.interfaces);
	scene->wg0->name = "wg0";
	scene->wg0->kind = LINK_WIREGUARD;
	scene->wg0->up = scene->wg0->has_private_key = true;
	scene->wg0->alias = "";
	scene->wg0->listen_port = 51820;
	scene->wg0->private_key = scene->wg0->public_key = key_number(SELF);
	facts_store_init(&scene->before, arena);
	strcpy(scene->before.boot_id, boot_id);
	scene->before.at = NOW_BOOT - 5000;
	scene->link = vec_push(arena, &scene->before.links);
	scene->link->interface = "wg0";
	scene->link->since = NOW_BOOT - 600000;
	return scene;
}

static void scene_free(struct scene *scene)
{
	arena_free(scene->arena);
}

static void take_facts(struct scene *scene, struct diags *diags)
{
	const struct facts_packets none = { 0 };
	const struct facts_input input = {
		.desired = scene->desired,
		.samples = &scene->samples,
		.observed = &scene->observed,
		.before = &scene->before,
		.packets = &none,
	};

	facts_notes_tidy(&scene->link->received);
	facts_step(&scene->facts, scene->arena, &input);
	desired_merge(scene->desired, scene->facts.additions.at, scene->facts.additions.n, diags);
	ck_assert_uint_eq(diags->errors, 0);
	facts_apply(&scene->facts, &input);
}

/* As in a read-only run. */
static const struct status *look(struct scene *scene)
{
	struct plan_input input = { NULL, &scene->recorded, &scene->samples, &scene->observed, 1 };
	struct diags diags = { .arena = scene->arena };
	const char *text = arena_printf(
		scene->arena,
		"version: 1\n"
		"interfaces:\n"
		"  wg0:\n"
		"    create: false\n"
		"    routes: none\n"
		"    listen_port: 51820\n"
		"    facts: {}\n"
		"    peers:\n"
		"      hub: {public_key: %s, endpoint: \"192.0.2.1:51820\",\n"
		"            allowed_ips: [10.9.0.0/24], persistent_keepalive: 25}\n"
		"      carol: {public_key: %s, allowed_ips: [10.9.0.4/32],\n"
		"              endpoints: [\"carol.example:51820\"], persistent_keepalive: 25}\n",
		key_word(scene, HUB), key_word(scene, CAROL));

	scene->desired = parse_text(&diags, text);
	ck_assert_msg(scene->desired != NULL, "%s", errors_text(&diags));
	observed_sort(&scene->observed);
	take_facts(scene, &diags);
	input.desired = scene->desired;
	scene->observed.out_of_time = true;
	plan_make(&scene->plan, scene->arena, &input);
	status_of_peers(&scene->status, scene->arena, &input, &scene->plan, &scene->facts);
	return &scene->status;
}

static const struct status_peer *peer_of(const struct status *status, unsigned number)
{
	const struct wg_key key = key_number(number);

	vec_each (peer, &status->interfaces.at[0].peers)
		if (key_compare(&peer->public_key, &key) == 0)
			return peer;
	ck_abort_msg("no peer %u", number);
	return NULL;
}

static const struct status_link *link_of(const struct status *status, unsigned number)
{
	const struct status_link *link = peer_of(status, number)->link;

	ck_assert_ptr_nonnull(link);
	return link;
}

/* ---- How a peer is reached ---- */

/* What wirelink calls it, and the way of its traffic. */
START_TEST(states)
{
	static const struct {
		msec_t hub_handshake, bob_handshake, bob_alive;
		bool direct;
		const char *router;
		const char *word;
	} rows[] = {
		{ 10000, 10000, 100000, true, NULL, "healthy and alive" },
		{ 10000, 10000, 0, false, "hub", "healthy but not alive" },
		{ 10000, 200000, 100000, false, "hub", "unhealthy but alive?" },
		{ 10000, AGE_NONE, 0, false, "hub", "unhealthy" },
		{ AGE_NONE, AGE_NONE, 0, false, "hub", "unhealthy" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *scene = scene_new();
		const struct status_link *link;

		add_peer(scene, HUB, "192.0.2.1:51820", rows[i].hub_handshake);
		add_peer(scene, BOB, "198.51.100.3:51820", rows[i].bob_handshake);
		ck_assert(
			prefix_parse("10.9.0.0/24",
				     vec_push(scene->arena, &scene->wg0->peers.at[0].allowed_ips)));
		receive_member(scene, BOB, "bob", 180000);
		receive_allowed_ip(scene, BOB, "10.9.0.3/32");
		note_peer(scene, HUB, 100000);
		note_peer(scene, BOB, rows[i].bob_alive);
		link = link_of(look(scene), BOB);
		ck_assert_msg(link->direct == rows[i].direct, "row %zu", i);
		ck_assert_pstr_eq(link->router, rows[i].router);
		ck_assert_int_eq(link->router_healthy,
				 link->router && rows[i].hub_handshake != AGE_NONE);
		ck_assert_str_eq(status_link_word(link), rows[i].word);
		ck_assert_int_eq(link->alive_left,
				 rows[i].bob_alive ? rows[i].bob_alive : AGE_NONE);
		ck_assert_str_eq(link->origin, "fact from hub");
		ck_assert_int_eq(link->origin_left, 180000);
		ck_assert_str_eq(link->trust_reason, "the default");
		ck_assert_str_eq(peer_of(&scene->status, BOB)->name, "bob");
		ck_assert(link_of(&scene->status, HUB)->is_router);
		ck_assert_ptr_null(link_of(&scene->status, HUB)->origin);
		ck_assert_ptr_null(link_of(&scene->status, HUB)->router);
		scene_free(scene);
	}
}
END_TEST

/* No router has a wider prefix. */
START_TEST(no_way)
{
	struct scene *scene = scene_new();

	add_peer(scene, HUB, "192.0.2.1:51820", 10000);
	add_peer(scene, BOB, NULL, AGE_NONE);
	receive_member(scene, BOB, "bob", 180000);
	receive_allowed_ip(scene, BOB, "10.8.0.3/32");
	note_peer(scene, HUB, 100000);
	note_peer(scene, BOB, 0);
	ck_assert_ptr_null(link_of(look(scene), BOB)->router);
	scene_free(scene);
}
END_TEST

/* A member whose fact has expired stays for the present, when the hub is out of reach. */
START_TEST(kept_member)
{
	struct scene *scene = scene_new();

	add_peer(scene, HUB, "192.0.2.1:51820", AGE_NONE);
	add_peer(scene, BOB, NULL, AGE_NONE);
	receive_member(scene, BOB, "bob", -60000);
	note_peer(scene, HUB, 0);
	note_peer(scene, BOB, 0);
	ck_assert_str_eq(link_of(look(scene), BOB)->origin, "fact from hub");
	ck_assert_int_eq(link_of(&scene->status, BOB)->origin_left, 0);
	scene_free(scene);
}
END_TEST

/* A peer that a working router forwards to is not degraded; without it, it is. */
START_TEST(degraded)
{
	for (int hub_works = 0; hub_works < 2; hub_works++) {
		struct scene *scene = scene_new();
		const struct status *status;

		add_peer(scene, HUB, "192.0.2.1:51820", hub_works ? 10000 : 600000);
		add_peer(scene, CAROL, NULL, AGE_NONE);
		note_peer(scene, HUB, 100000);
		note_peer(scene, CAROL, 0);
		status = look(scene);
		ck_assert_str_eq(link_of(status, CAROL)->router, "hub");
		ck_assert_int_eq(status_is_degraded(status), !hub_works);
		if (!hub_works) {
			ck_assert_uint_eq(status->reasons.n, 2);
			ck_assert_str_eq(status->reasons.at[0],
					 "interface wg0: peer hub: no handshake for 10 m");
			ck_assert_str_eq(status->reasons.at[1],
					 "interface wg0: peer carol: no handshake yet");
		}
		scene_free(scene);
	}
}
END_TEST

/* ---- Endpoints ---- */

static void expect_endpoint(const struct status_link *link, size_t i, const char *text,
			    const char *origin, msec_t left, bool near, bool in_use)
{
	const struct status_endpoint *endpoint = &link->endpoints.at[i];

	ck_assert_uint_lt(i, link->endpoints.n);
	ck_assert_str_eq(endpoint->text, text);
	ck_assert_str_eq(endpoint->origin, origin);
	ck_assert_int_eq(endpoint->left, left);
	ck_assert_int_eq(endpoint->near, near);
	ck_assert_int_eq(endpoint->in_use, in_use);
}

static void add_host_address(struct scene *scene, const char *link, const char *text)
{
	struct observed_host_address *address = vec_push(scene->arena,
							 &scene->observed.host_addresses);

	address->link = link;
	address->up = true;
	ck_assert(prefix_parse(text, &address->prefix));
}

START_TEST(endpoints)
{
	struct scene *scene = scene_new();
	const struct status_link *link;
	struct sample *sample;

	add_host_address(scene, "eth0", "198.51.100.2/24");
	add_peer(scene, HUB, "203.0.113.7:51820", 10000);
	add_peer(scene, BOB, "203.0.113.3:51820", AGE_NONE);
	add_peer(scene, CAROL, NULL, AGE_NONE);
	receive_member(scene, BOB, "bob", 180000);
	receive_endpoint(scene, BOB, "198.51.100.3:51820", 170000);
	receive_endpoint(scene, BOB, "203.0.113.3:51820", 160000);
	receive_endpoint(scene, CAROL, "203.0.113.4:51820", 150000);
	note_peer(scene, HUB, 100000);
	note_peer(scene, BOB, 0);
	note_peer(scene, CAROL, 0);
	sample = vec_push(scene->arena, &scene->samples.list);
	sample->interface = "wg0";
	sample->public_key = key_number(BOB);
	sample->tried_at = NOW_BOOT - 3000;
	scene->samples.at = NOW_BOOT - 5000;
	strcpy(scene->samples.boot_id, boot_id);
	link = link_of(look(scene), BOB);
	ck_assert_uint_eq(link->endpoints.n, 2);
	expect_endpoint(link, 0, "198.51.100.3:51820", "fact from hub", 170000, true, false);
	expect_endpoint(link, 1, "203.0.113.3:51820", "fact from hub", 160000, false, true);
	ck_assert(link->trying);
	link = link_of(&scene->status, HUB);
	ck_assert_uint_eq(link->endpoints.n, 2);
	expect_endpoint(link, 0, "192.0.2.1:51820", "declared", AGE_NONE, false, false);
	expect_endpoint(link, 1, "203.0.113.7:51820", "learned from packets, or of a name",
			AGE_NONE, false, true);
	ck_assert(!link->trying);
	link = link_of(&scene->status, CAROL);
	ck_assert_uint_eq(link->endpoints.n, 2);
	expect_endpoint(link, 0, "carol.example:51820", "declared", AGE_NONE, false, false);
	expect_endpoint(link, 1, "203.0.113.4:51820", "fact from hub", 150000, false, false);
	ck_assert(!link->trying);
	scene_free(scene);
}
END_TEST

/* Of the changes that add a reported peer with its endpoint. */
START_TEST(planned)
{
	struct scene *scene = scene_new();
	const char *origin = NULL;

	add_peer(scene, HUB, "192.0.2.1:51820", 10000);
	receive_member(scene, BOB, "bob", 180000);
	receive_endpoint(scene, CAROL, "203.0.113.4:51820", 150000);
	note_peer(scene, HUB, 100000);
	look(scene);
	vec_each (change, &scene->plan.changes.list) {
		if (change->kind != CHANGE_PEER_ADD)
			continue;
		origin = change_origin(change, 0, scene->arena);
		ck_assert_str_eq(origin, "fact from hub");
		ck_assert_int_eq(change->has_endpoint, strcmp(change->peer, "carol") == 0);
	}
	ck_assert_ptr_nonnull(origin);
	ck_assert_str_eq(scene->status.interfaces.at[0].exchange->received.list.at[1].subject,
			 "bob");
	scene_free(scene);
}
END_TEST

/* ---- Facts ---- */

static void expect_fact(struct scene *scene, const struct status_fact *fact, const char *subject,
			const char *kind, const char *value, const char *source, msec_t left,
			const char *reason)
{
	const struct status_exchange *exchange = scene->status.interfaces.at[0].exchange;

	ck_assert_pstr_eq(fact->subject, subject);
	ck_assert_str_eq(status_fact_kind(fact), kind);
	ck_assert_pstr_eq(status_fact_value(fact, scene->arena), value);
	ck_assert_pstr_eq(fact->source, source);
	ck_assert_int_eq(fact->left, left);
	ck_assert_str_eq(status_fact_reason(exchange, fact, scene->arena), reason);
}

START_TEST(facts_of_all_kinds)
{
	static const char router[] = "trust membership (a router, and no trust is declared)";
	struct scene *scene = scene_new();
	const struct status_exchange *exchange;
	struct facts_note note = note_of(CAROL, STRANGER, FACT_ENDPOINT_V4, 90000);
	const struct status_fact *facts;

	add_peer(scene, HUB, "192.0.2.1:51820", 10000);
	add_peer(scene, BOB, NULL, AGE_NONE);
	add_peer(scene, CAROL, NULL, AGE_NONE);
	receive_member(scene, BOB, "bob", 180000);
	receive_endpoint(scene, BOB, "198.51.100.3:51820", 170000);
	receive_allowed_ip(scene, BOB, "10.9.0.3/32");
	note_peer(scene, HUB, 100000);
	note_peer(scene, BOB, 0);
	note_peer(scene, CAROL, 0);
	ck_assert(endpoint_parse("203.0.113.9:9", &note.fact.endpoint));
	note.verdict = FACTS_UNKNOWN_SUBJECT;
	*vec_push(scene->arena, &scene->link->refused) = note;
	scene->link->bad_packets = 3;
	scene->link->bad_reason = "not authentic";
	exchange = look(scene)->interfaces.at[0].exchange;
	ck_assert_ptr_nonnull(exchange);
	ck_assert_uint_eq(exchange->received.list.n, 4);
	facts = exchange->received.list.at;
	expect_fact(scene, &facts[0], "hub", "alive", NULL, "hub", 100000, "about its source");
	expect_fact(scene, &facts[1], "bob", "member", "bob", "hub", 180000, router);
	expect_fact(scene, &facts[2], "bob", "allowed_ip", "10.9.0.3/32", "hub", 100000, router);
	expect_fact(scene, &facts[3], "bob", "endpoint", "198.51.100.3:51820", "hub", 170000,
		    router);
	ck_assert_uint_eq(exchange->refused.list.n, 1);
	expect_fact(scene, &exchange->refused.list.at[0], NULL, "endpoint", "203.0.113.9:9",
		    "carol", 90000,
		    "about no peer of this interface: needs trust membership, has endpoint (the "
		    "default)");
	/* The endpoint of the hub, and of both declared peers name and allowed IPs. */
	ck_assert_uint_eq(exchange->own.list.n, 5);
	expect_fact(scene, &exchange->own.list.at[0], "hub", "member", "hub", NULL, AGE_NONE,
		    "this node's own");
	ck_assert_uint_eq(exchange->bad_packets, 3);
	ck_assert_str_eq(exchange->bad_reason, "not authentic");
	scene_free(scene);
}
END_TEST

SUITE("status_facts", states, no_way, kept_member, degraded, endpoints, planned, facts_of_all_kinds)
