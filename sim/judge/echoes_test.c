/* SPDX-License-Identifier: MIT */
#include "echoes.h"

#include "base/random.h"
#include "test/unit.h"

#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STREAMS 300
#define WINDOWS 50

static const struct probe probe = { .name = "inside", .every = 1000, .timeout = 1000 };

static void add(struct echoes *echoes, unsigned sequence, msec_t sent, double rtt,
		struct arena *arena)
{
	const struct record_echo record = { "inside", sequence, sent, rtt };

	echoes_add(echoes, &record, arena);
}

/* One request a second: '.' is answered, 'x' is not, ' ' was not sent. */
static struct echoes stream(const char *pattern, struct arena *arena)
{
	struct echoes echoes = { .probe = &probe };
	unsigned sequence = 0;

	for (unsigned i = 0; pattern[i]; i++) {
		if (pattern[i] != ' ')
			add(&echoes, sequence++, (msec_t)i * 1000, pattern[i] == '.' ? 20 : -1,
			    arena);
	}
	return echoes;
}

static const struct {
	const char *pattern;
	msec_t from, until;
	msec_t begin, length;
} outages[] = {
	{ "", 0, 900, 0, 0 },
	{ "......", 0, 5500, 0, 0 },
	{ "..x...", 0, 5500, 2000, 1000 },
	{ "..x.xx..", 0, 8000, 4000, 2000 },
	{ "..xx.xx..", 0, 9000, 2000, 2000 },
	/* From its beginning on. */
	{ "xx....", 0, 5500, 0, 2000 },
	/* It continues: until the next request, whose result is not known yet. */
	{ "...xx", 0, 5500, 3000, 2000 },
	{ "...xx", 0, 4500, 3000, 1500 },
	{ "xxxxx", 0, 5500, 0, 5000 },
	/* No sender: until the time before which a loss would be known. */
	{ "...", 0, 4000, 0, 0 },
	{ "...", 0, 4800, 0, 0 },
	{ "...", 0, 10000, 3000, 5000 },
	{ "", 0, 10000, 0, 8000 },
	{ "...     ..", 0, 10000, 3000, 5000 },
	{ "...x    ..", 0, 10000, 3000, 5000 },
	/* Windows cut it. */
	{ "..xxxx..", 3500, 8000, 3500, 2500 },
	{ "..xxxx..", 0, 3500, 2000, 1500 },
	{ "..xxxx..", 3000, 4500, 3000, 1500 },
	{ "..xxxx..", 6000, 8000, 6000, 0 },
	{ "..xxxx..", 0, 2000, 0, 0 },
};

START_TEST(finds_the_longest_outage)
{
	struct arena *arena = arena_new();
	struct echoes echoes = stream(outages[_i].pattern, arena);
	struct outage outage = echoes_outage(&echoes, outages[_i].from, outages[_i].until);

	ck_assert_int_eq(outage.begin, outages[_i].begin);
	ck_assert_int_eq(outage.length, outages[_i].length);
	arena_free(arena);
}
END_TEST

/* Real clocks are a little late at times; that is no outage. */
START_TEST(late_requests_are_no_outage)
{
	struct arena *arena = arena_new();
	struct echoes echoes = { .probe = &probe };

	add(&echoes, 0, 0, 20, arena);
	add(&echoes, 1, 1003, 20, arena);
	add(&echoes, 2, 2400, 20, arena);
	ck_assert_int_eq(echoes_outage(&echoes, 0, 3000).length, 0);
	add(&echoes, 3, 4000, 20, arena);
	ck_assert_int_eq(echoes_outage(&echoes, 0, 4500).length, 600);
	arena_free(arena);
}
END_TEST

START_TEST(counts)
{
	struct arena *arena = arena_new();
	struct echoes echoes = stream("..xx.x", arena);
	struct echo_count count = echoes_count(&echoes, 0, 10000);

	ck_assert_uint_eq(count.sent, 6);
	ck_assert_uint_eq(count.lost, 3);
	/* Both ends are in the window. */
	count = echoes_count(&echoes, 3000, 5000);
	ck_assert_uint_eq(count.sent, 3);
	ck_assert_uint_eq(count.lost, 2);
	count = echoes_count(&echoes, 3001, 4999);
	ck_assert_uint_eq(count.sent, 1);
	ck_assert_uint_eq(count.lost, 0);
	count = echoes_count(&echoes, 20000, 30000);
	ck_assert_uint_eq(count.sent, 0);
	count = echoes_count(&echoes, 5000, 4000);
	ck_assert_uint_eq(count.sent, 0);
	arena_free(arena);
}
END_TEST

START_TEST(knows_the_latest)
{
	struct arena *arena = arena_new();
	struct echoes echoes = stream("..xx", arena);

	ck_assert_ptr_null(echoes_latest(&echoes, -1));
	ck_assert_int_eq(echoes_latest(&echoes, 0)->sent, 0);
	ck_assert_int_eq(echoes_latest(&echoes, 2999)->sent, 2000);
	ck_assert_int_eq(echoes_latest(&echoes, 90000)->sent, 3000);
	ck_assert_int_eq(echoes_unanswered_since(&echoes, echoes_latest(&echoes, 90000)), 2000);
	echoes = stream("xx", arena);
	ck_assert_int_eq(echoes_unanswered_since(&echoes, echoes_latest(&echoes, 90000)), 0);
	arena_free(arena);
}
END_TEST

START_TEST(takes_the_median)
{
	static const double rtts[] = { 30, -1, 10, 50, 20 };
	struct arena *arena = arena_new();
	struct echoes echoes = { .probe = &probe };

	for (unsigned i = 0; i < COUNT(rtts); i++)
		add(&echoes, i, (msec_t)i * 1000, rtts[i], arena);
	ck_assert(echoes_median(&echoes, 0, 10000, arena) == 25);
	ck_assert(echoes_median(&echoes, 0, 3000, arena) == 30);
	ck_assert(echoes_median(&echoes, 4000, 4000, arena) == 20);
	ck_assert(isnan(echoes_median(&echoes, 1000, 1999, arena)));
	ck_assert(isnan(echoes_median(&echoes, 20000, 30000, arena)));
	arena_free(arena);
}
END_TEST

/* ---- Against a simple algorithm ---- */

static struct echoes random_stream(struct random *random, struct arena *arena)
{
	unsigned n = 1 + (unsigned)random_below(random, 60);
	struct echoes echoes = { .probe = &probe };
	unsigned held = 0;

	/* Some answers arrive before the timeout of the previous request. */
	for (unsigned i = 0; i < n; i++) {
		double rtt = random_below(random, 3) ? (double)random_below(random, 900) : -1;

		if (held) {
			add(&echoes, i, (msec_t)i * 1000, rtt, arena);
			add(&echoes, i - 1, (msec_t)(i - 1) * 1000, -1, arena);
			held = 0;
		} else if (rtt < 0 && i + 1 < n && random_below(random, 2)) {
			held = 1;
		} else {
			add(&echoes, i, (msec_t)i * 1000, rtt, arena);
		}
	}
	return echoes;
}

static void assert_same_as_plain(const struct echoes *echoes, msec_t from, msec_t until)
{
	unsigned sent = 0, lost = 0;
	msec_t longest = 0, begin = -1;
	struct echo_count count = echoes_count(echoes, from, until);

	for (size_t i = 0; i < echoes->list.n; i++) {
		const struct echo *echo = &echoes->list.at[i];
		msec_t end;

		ck_assert_uint_eq(echo->sequence, i);
		sent += echo->sent >= from && echo->sent <= until;
		lost += echo->sent >= from && echo->sent <= until && echo->rtt < 0;
		if (echo->rtt < 0 && begin < 0)
			begin = echo->sent;
		if (echo->rtt < 0 && i + 1 < echoes->list.n)
			continue;
		end = echo->rtt < 0 ? echo->sent + 1000 : echo->sent;
		if (begin >= 0 && begin < from)
			begin = from;
		if (end > until)
			end = until;
		if (begin >= 0 && end - begin > longest)
			longest = end - begin;
		begin = -1;
	}
	ck_assert_uint_eq(count.sent, sent);
	ck_assert_uint_eq(count.lost, lost);
	ck_assert_int_eq(echoes_outage(echoes, from, until).length, longest);
}

START_TEST(is_the_same_as_gone_through)
{
	struct random random;

	random_seed(&random, 1);
	for (unsigned i = 0; i < STREAMS; i++) {
		struct arena *arena = arena_new();
		struct echoes echoes = random_stream(&random, arena);
		msec_t end = (msec_t)echoes.list.n * 1000;

		for (unsigned j = 0; j < WINDOWS; j++) {
			msec_t from = (msec_t)random_below(&random, (uint64_t)end);

			assert_same_as_plain(
				&echoes, from,
				from + (msec_t)random_below(&random, (uint64_t)(end - from)));
		}
		arena_free(arena);
	}
}
END_TEST

/* A restarted sender repeats its numbers. */
START_TEST(numbers_may_repeat)
{
	struct arena *arena = arena_new();
	struct echoes echoes = { .probe = &probe };

	for (unsigned i = 0; i < 6; i++)
		add(&echoes, i % 2, (msec_t)i * 1000, i < 4 ? -1 : 20, arena);
	ck_assert_uint_eq(echoes_count(&echoes, 1500, 4500).sent, 3);
	ck_assert_uint_eq(echoes_count(&echoes, 1500, 4500).lost, 2);
	ck_assert_int_eq(echoes_latest(&echoes, 2500)->sent, 2000);
	arena_free(arena);
}
END_TEST

Suite *suite(void)
{
	Suite *made = suite_create("echoes");
	TCase *tests = tcase_create("echoes");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, finds_the_longest_outage, 0, COUNT(outages));
	tcase_add_test(tests, late_requests_are_no_outage);
	tcase_add_test(tests, counts);
	tcase_add_test(tests, knows_the_latest);
	tcase_add_test(tests, numbers_may_repeat);
	tcase_add_test(tests, takes_the_median);
	tcase_add_test(tests, is_the_same_as_gone_through);
	suite_add_tcase(made, tests);
	return made;
}
