/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include "test/unit.h"

#define NAME "a.example:51820"
#define NOW 100000

/* Shared by the tests of one peer. */
struct setting {
	struct arena *arena;
	struct observed observed;
	struct desired_peer peer;
	struct observed_peer in_kernel;
	struct recorded_endpoint before;
	struct endpoint_request request;
	struct queries queries;
	struct endpoint_choice choice;
};

static struct endpoint address_of(const char *text)
{
	struct endpoint endpoint;

	ck_assert(endpoint_parse(text, &endpoint));
	return endpoint;
}

static struct setting *setting_new(const char *endpoint)
{
	struct arena *arena = arena_new();
	struct setting *setting = arena_alloc(arena, sizeof(*setting));

	setting->arena = arena;
	setting->observed.arena = arena;
	setting->observed.now.boot = NOW;
	setting->peer = (struct desired_peer){ .name = "a", .endpoint = endpoint };
	setting->peer.endpoint_is_literal = endpoint_parse(endpoint,
							   &setting->peer.endpoint_address);
	setting->before.endpoint = endpoint;
	setting->request = (struct endpoint_request){ .peer = &setting->peer,
						      .interface = "wg0",
						      .observed = &setting->observed };
	return setting;
}

static void in_kernel_at(struct setting *setting, const char *endpoint)
{
	setting->in_kernel.has_endpoint = true;
	setting->in_kernel.endpoint = address_of(endpoint);
	setting->request.in_kernel = &setting->in_kernel;
}

static void answer_with(struct setting *setting, const char *const *addresses)
{
	struct observed_answer *answer = vec_push(setting->arena, &setting->observed.answers);

	answer->endpoint = setting->peer.endpoint;
	for (; *addresses; addresses++)
		*vec_push(setting->arena, &answer->addresses) = address_of(*addresses);
}

static void untried_before(struct setting *setting, const char *const *addresses)
{
	for (; *addresses; addresses++)
		*vec_push(setting->arena, &setting->before.untried) = address_of(*addresses);
	setting->request.before = &setting->before;
}

static enum endpoint_result choose(struct setting *setting)
{
	return endpoint_choose(&setting->request, &setting->queries, setting->arena,
			       &setting->choice);
}

static void check_chosen(struct setting *setting, const char *address, enum endpoint_origin origin)
{
	char text[ENDPOINT_TEXT_MAX];

	ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
	ck_assert_str_eq(endpoint_text(&setting->choice.chosen.address, text), address);
	ck_assert_int_eq(setting->choice.chosen.origin, origin);
	ck_assert(queries_none(&setting->queries));
}

/* The untried addresses as text, in order, with a blank after each. */
static const char *untried(struct setting *setting, const struct recorded_endpoint *record)
{
	char text[ENDPOINT_TEXT_MAX];
	const char *list = "";

	vec_each (address, &record->untried)
		list = arena_printf(setting->arena, "%s%s ", list, endpoint_text(address, text));
	return list;
}

/* ---- Order of candidates ---- */

static const struct endpoint_candidate *next(struct arena *arena,
					     const struct endpoint_candidate *candidates, size_t n,
					     const struct endpoint_turn *turn,
					     struct recorded_endpoint *record)
{
	struct endpoint_candidates list = { 0 };

	for (size_t i = 0; i < n; i++)
		*vec_push(arena, &list.list) = candidates[i];
	return endpoint_next(&list, turn, record, arena);
}

START_TEST(each_address_is_tried_once_before_any_twice)
{
	struct arena *arena = arena_new();
	struct recorded_endpoint record = { 0 };
	struct endpoint_candidate candidates[5];
	struct endpoint in_use;
	unsigned tried[5] = { 0 };

	for (unsigned i = 0; i < 5; i++)
		candidates[i] = (struct endpoint_candidate){
			.address = { .ip = { .family = FAMILY_IPV4,
					     .b = { 192, 0, 2, (uint8_t)i } },
				     .port = 1 },
			.origin = ENDPOINT_NAME,
		};
	for (unsigned attempt = 0; attempt < 50; attempt++) {
		const struct endpoint_turn turn = { .in_use = attempt ? &in_use : NULL,
						    .draw = attempt };
		struct endpoint chosen = next(arena, candidates, 5, &turn, &record)->address;

		ck_assert_uint_eq(tried[chosen.ip.b[3]]++, attempt / 5);
		ck_assert_uint_eq(record.untried.n, 4 - attempt % 5);
		ck_assert(!attempt || !endpoint_equal(&chosen, &in_use));
		in_use = chosen;
	}
	arena_free(arena);
}
END_TEST

START_TEST(what_has_expired_is_no_candidate)
{
	const struct endpoint_candidate candidates[] = {
		{ address_of("192.0.2.1:1"), ENDPOINT_NAME, .expires = NOW },
		{ address_of("192.0.2.2:1"), ENDPOINT_NAME, .expires = 0 },
		{ address_of("192.0.2.3:1"), ENDPOINT_NAME, .expires = NOW + 1 },
		{ address_of("192.0.2.4:1"), ENDPOINT_ROAMED, .expires = 0 },
	};
	struct endpoint_turn turn = { .now = NOW };
	struct recorded_endpoint record = { 0 };
	struct arena *arena = arena_new();
	unsigned seen = 0;

	for (turn.draw = 0; turn.draw < 100; turn.draw++) {
		record.untried.n = 0;
		seen |= 1U << next(arena, candidates, 4, &turn, &record)->address.ip.b[3];
		ck_assert_uint_eq(record.untried.n, 1);
	}
	ck_assert_uint_eq(seen, 1 << 2 | 1 << 3);
	/* Without an expiry it remains; without alternatives the roamed one remains, too;
	 * otherwise there is none. */
	turn.now = INT64_MAX;
	ck_assert_uint_eq(next(arena, candidates, 4, &turn, &record)->address.ip.b[3], 2);
	ck_assert_int_eq(next(arena, &candidates[2], 2, &turn, &record)->origin, ENDPOINT_ROAMED);
	ck_assert_ptr_null(next(arena, &candidates[2], 1, &turn, &record));
	ck_assert_uint_eq(record.untried.n, 0);
	arena_free(arena);
}
END_TEST

/* Expiry of an untried one ends the round. */
START_TEST(expired_untried_is_forgotten)
{
	const struct endpoint_candidate candidates[] = {
		{ address_of("192.0.2.1:1"), ENDPOINT_NAME, .expires = NOW },
		{ address_of("192.0.2.2:1"), ENDPOINT_NAME, .expires = 0 },
	};
	const struct endpoint_turn turn = { .now = NOW };
	struct recorded_endpoint record = { 0 };
	struct arena *arena = arena_new();

	*vec_push(arena, &record.untried) = candidates[0].address;
	ck_assert_uint_eq(next(arena, candidates, 2, &turn, &record)->address.ip.b[3], 2);
	ck_assert_uint_eq(record.untried.n, 0);
	arena_free(arena);
}
END_TEST

START_TEST(earlier_origins_and_the_preferred_family_come_first)
{
	const struct endpoint_candidate candidates[] = {
		{ address_of("192.0.2.3:1"), ENDPOINT_NAME, 0 },
		{ address_of("[2001:db8::2]:1"), ENDPOINT_NAME, 0 },
		{ address_of("192.0.2.1:1"), ENDPOINT_LITERAL, 0 },
	};
	const uint8_t last[] = { 1, 2, 3, 1, 2, 3 };
	struct recorded_endpoint record = { 0 };
	struct arena *arena = arena_new();
	struct endpoint in_use;

	for (unsigned i = 0; i < 6; i++) {
		const struct endpoint_turn turn = { .in_use = i ? &in_use : NULL,
						    .prefer = FAMILY_IPV6,
						    .draw = i };

		in_use = next(arena, candidates, 3, &turn, &record)->address;
		ck_assert_uint_eq(in_use.ip.b[in_use.ip.family == FAMILY_IPV6 ? 15 : 3], last[i]);
	}
	arena_free(arena);
}
END_TEST

/* ---- The candidates of a peer ---- */

START_TEST(literal_is_set_without_a_question)
{
	struct setting *setting = setting_new("192.0.2.1:1");

	check_chosen(setting, "192.0.2.1:1", ENDPOINT_LITERAL);
	ck_assert_int_eq(setting->choice.record.at, NOW);
	ck_assert_str_eq(setting->choice.record.endpoint, "192.0.2.1:1");
	ck_assert_uint_eq(setting->choice.record.untried.n, 0);
	arena_free(setting->arena);
}
END_TEST

START_TEST(literal_beside_a_roamed_endpoint)
{
	struct setting *setting = setting_new("192.0.2.1:1");

	setting->before.at = 70;
	setting->request.before = &setting->before;
	in_kernel_at(setting, "203.0.113.9:999");
	setting->request.keep = true;
	check_chosen(setting, "203.0.113.9:999", ENDPOINT_ROAMED);
	ck_assert_int_eq(setting->choice.record.at, 70);
	setting->request.keep = false;
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_LITERAL);
	ck_assert_int_eq(setting->choice.record.at, NOW);
	/* The endpoint in use is not set again. */
	in_kernel_at(setting, "192.0.2.1:1");
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_LITERAL);
	ck_assert_int_eq(setting->choice.record.at, 70);
	/* There is nothing to keep. */
	setting->in_kernel.has_endpoint = false;
	setting->request.keep = true;
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_LITERAL);
	arena_free(setting->arena);
}
END_TEST

START_TEST(routed_literal_is_asked_for)
{
	struct setting *setting = setting_new("192.0.2.1:1");

	setting->request.routed = true;
	ck_assert_int_eq(choose(setting), ENDPOINT_ASKED);
	ck_assert_uint_eq(setting->queries.names.n, 1);
	setting->queries.names.n = 0;
	answer_with(setting, (const char *[]){ "192.0.2.1:1", NULL });
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_LITERAL);
	setting->observed.answers.at[0].addresses.n = 0;
	ck_assert_int_eq(choose(setting), ENDPOINT_NO_ROUTE);
	arena_free(setting->arena);
}
END_TEST

START_TEST(name_is_asked_for)
{
	struct setting *setting = setting_new(NAME);
	struct observed_answer *answer;

	/* A roamed endpoint does not replace an answer. */
	in_kernel_at(setting, "203.0.113.9:999");
	ck_assert_int_eq(choose(setting), ENDPOINT_ASKED);
	ck_assert_uint_eq(setting->queries.names.n, 1);
	ck_assert_str_eq(setting->queries.names.at[0].endpoint, NAME);
	ck_assert_str_eq(setting->queries.names.at[0].interface, "wg0");
	setting->queries.names.n = 0;
	setting->observed.out_of_time = true;
	ck_assert_int_eq(choose(setting), ENDPOINT_OUT_OF_TIME);
	ck_assert(queries_none(&setting->queries));
	ck_assert_ptr_null(setting->choice.problem);
	answer = vec_push(setting->arena, &setting->observed.answers);
	answer->endpoint = NAME;
	ck_assert_int_eq(choose(setting), ENDPOINT_NO_ROUTE);
	ck_assert_str_eq(setting->choice.problem, "no route to any of its addresses");
	answer->error = "no such name";
	ck_assert_int_eq(choose(setting), ENDPOINT_UNRESOLVED);
	ck_assert_str_eq(setting->choice.problem, "no such name");
	answer->error = NULL;
	*vec_push(setting->arena, &answer->addresses) = address_of("192.0.2.1:1");
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_NAME);
	ck_assert_ptr_null(setting->choice.problem);
	arena_free(setting->arena);
}
END_TEST

START_TEST(untried_addresses_serve_until_asked_anew)
{
	struct setting *setting = setting_new(NAME);

	untried_before(setting, (const char *[]){ "192.0.2.2:1", NULL });
	check_chosen(setting, "192.0.2.2:1", ENDPOINT_NAME);
	ck_assert_uint_eq(setting->choice.record.untried.n, 0);
	setting->request.anew = true;
	ck_assert_int_eq(choose(setting), ENDPOINT_ASKED);
	arena_free(setting->arena);
}
END_TEST

/* Untried addresses of an earlier answer are tried first; addresses missing in the new
 * answer are not tried. */
START_TEST(new_answer_ends_no_turn)
{
	struct setting *setting = setting_new(NAME);

	untried_before(setting, (const char *[]){ "192.0.2.2:1", "192.0.2.9:1", NULL });
	answer_with(setting, (const char *[]){ "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1", NULL });
	check_chosen(setting, "192.0.2.2:1", ENDPOINT_NAME);
	ck_assert_str_eq(untried(setting, &setting->choice.record), "");
	setting->before = setting->choice.record;
	in_kernel_at(setting, "192.0.2.2:1");
	ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
	ck_assert(!endpoint_equal(&setting->choice.chosen.address, &setting->in_kernel.endpoint));
	ck_assert_uint_eq(setting->choice.record.untried.n, 2);
	arena_free(setting->arena);
}
END_TEST

START_TEST(untried_addresses_of_another_declaration_are_none)
{
	struct setting *setting = setting_new(NAME);

	untried_before(setting, (const char *[]){ "192.0.2.2:1", NULL });
	setting->before.endpoint = "b.example:51820";
	ck_assert_int_eq(choose(setting), ENDPOINT_ASKED);
	setting->queries.names.n = 0;
	answer_with(setting, (const char *[]){ "192.0.2.1:1", NULL });
	check_chosen(setting, "192.0.2.1:1", ENDPOINT_NAME);
	ck_assert_str_eq(setting->choice.record.endpoint, NAME);
	arena_free(setting->arena);
}
END_TEST

/* Which one depends on the seed and the key, and not on earlier random choices. */
START_TEST(all_are_drawn)
{
	struct setting *setting = setting_new(NAME);
	unsigned by_seed = 0, by_key = 0;

	answer_with(setting, (const char *[]){ "192.0.2.0:1", "192.0.2.1:1", "192.0.2.2:1", NULL });
	for (unsigned i = 0; i < 100; i++) {
		uint8_t first;

		setting->request.seed = i;
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		first = setting->choice.chosen.address.ip.b[3];
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		ck_assert_uint_eq(setting->choice.chosen.address.ip.b[3], first);
		by_seed |= 1U << first;
	}
	for (unsigned i = 0; i < 100; i++) {
		setting->peer.public_key.b[0] = (uint8_t)i;
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		by_key |= 1U << setting->choice.chosen.address.ip.b[3];
	}
	ck_assert_uint_eq(by_seed, 7);
	ck_assert_uint_eq(by_key, 7);
	setting->request.in_order = true;
	for (unsigned i = 0; i < 10; i++) {
		setting->request.seed = i;
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		ck_assert_uint_eq(setting->choice.chosen.address.ip.b[3], 0);
	}
	arena_free(setting->arena);
}
END_TEST

/* As requested by plan for plain peers, and by select for members. */
START_TEST(plain_peers_and_members_choose_alike)
{
	for (unsigned i = 0; i < 50; i++) {
		struct setting *setting = setting_new(NAME);
		struct endpoint_choice of_plain;

		setting->request.seed = i;
		answer_with(setting, (const char *[]){ "192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1",
						       "[2001:db8::4]:1", NULL });
		if (i % 2)
			untried_before(setting,
				       (const char *[]){ "192.0.2.3:1", "192.0.2.1:1", NULL });
		if (i % 3)
			in_kernel_at(setting, "192.0.2.1:1");
		setting->peer.prefer_family = i % 5 ? FAMILY_NONE : FAMILY_IPV6;
		setting->request.anew = true;
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		of_plain = setting->choice;
		setting->request.anew = false;
		setting->request.routed = true;
		ck_assert_int_eq(choose(setting), ENDPOINT_CHOSEN);
		ck_assert(
			endpoint_equal(&of_plain.chosen.address, &setting->choice.chosen.address));
		ck_assert_str_eq(untried(setting, &of_plain.record),
				 untried(setting, &setting->choice.record));
		arena_free(setting->arena);
	}
}
END_TEST

SUITE("endpoint", each_address_is_tried_once_before_any_twice, what_has_expired_is_no_candidate,
      expired_untried_is_forgotten, earlier_origins_and_the_preferred_family_come_first,
      literal_is_set_without_a_question, literal_beside_a_roamed_endpoint,
      routed_literal_is_asked_for, name_is_asked_for, untried_addresses_serve_until_asked_anew,
      new_answer_ends_no_turn, untried_addresses_of_another_declaration_are_none, all_are_drawn,
      plain_peers_and_members_choose_alike)
