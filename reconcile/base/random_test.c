/* SPDX-License-Identifier: MIT */
#include "random.h"
#include "test/unit.h"

#include <stdbool.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define HALF (UINT64_C(1) << 63)

/* The first outputs of the reference implementation, whose state was 1, 2, 3, 4. */
START_TEST(test_xoshiro_known)
{
	static const uint64_t table[] = {
		UINT64_C(11520),
		UINT64_C(0),
		UINT64_C(1509978240),
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576),
	};
	struct random random = { { 1, 2, 3, 4 } };

	/* A power of two divides 2^64: no output is rejected. */
	for (int i = 0; i < COUNT(table); i++)
		ck_assert_uint_eq(random_below(&random, HALF), table[i] % HALF);
}
END_TEST

/* The first outputs of the reference splitmix64. */
START_TEST(test_splitmix_known)
{
	static const uint64_t of_zero[] = {
		UINT64_C(0xe220a8397b1dcdaf),
		UINT64_C(0x6e789e6aa1b965f4),
		UINT64_C(0x06c45d188009454f),
		UINT64_C(0xf88bb8a8724c81ec),
	};
	static const uint64_t of_1234567[] = {
		UINT64_C(6457827717110365317),
		UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423),
		UINT64_C(4593380528125082431),
	};
	struct random random;

	random_seed(&random, 0);
	ck_assert_mem_eq(random.state, of_zero, sizeof(of_zero));
	random_seed(&random, 1234567);
	ck_assert_mem_eq(random.state, of_1234567, sizeof(of_1234567));
}
END_TEST

START_TEST(test_seeds)
{
	struct random a, b, c;
	int differing = 0;

	random_seed(&a, 42);
	random_seed(&b, 42);
	random_seed(&c, 43);
	for (int i = 0; i < 1000; i++) {
		uint64_t number = random_below(&a, 1000000);

		ck_assert_uint_eq(number, random_below(&b, 1000000));
		differing += number != random_below(&c, 1000000);
	}
	ck_assert_int_gt(differing, 990);
}
END_TEST

/* Chi-squared with k - 1 degrees of freedom; its mean is k - 1, its variance twice that. Six
 * standard deviations: a fair generator stays below. */
START_TEST(test_uniform)
{
	static const int sides[] = { 2, 3, 5, 7, 10, 37, 100 };
	enum { ROUNDS = 200000 };

	for (int i = 0; i < COUNT(sides); i++) {
		int k = sides[i], counts[100] = { 0 };
		double expected = (double)ROUNDS / k, chi = 0;
		struct random random;

		random_seed(&random, 1);
		for (int j = 0; j < ROUNDS; j++) {
			uint64_t number = random_below(&random, (uint64_t)k);

			ck_assert_uint_lt(number, (uint64_t)k);
			counts[number]++;
		}
		for (int j = 0; j < k; j++)
			chi += (counts[j] - expected) * (counts[j] - expected) / expected;
		ck_assert_msg((chi - (k - 1)) * (chi - (k - 1)) < 36.0 * 2 * (k - 1),
			      "%d sides: chi squared %f", k, chi);
	}
}
END_TEST

/* With 3 * 2^62, a bare remainder would fall into the first third twice as often
 * as into either of the others. */
START_TEST(test_no_bias)
{
	const uint64_t third = UINT64_C(1) << 62;
	int counts[3] = { 0 };
	struct random random;

	random_seed(&random, 7);
	for (int i = 0; i < 30000; i++)
		counts[random_below(&random, 3 * third) / third]++;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_gt(counts[i], 9500);
		ck_assert_int_lt(counts[i], 10500);
	}
}
END_TEST

START_TEST(test_edges)
{
	struct random random;

	random_seed(&random, 3);
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(random_below(&random, 1), 0);
		ck_assert_uint_eq(random_below(&random, 0), 0);
		ck_assert_uint_lt(random_below(&random, UINT64_MAX), UINT64_MAX);
	}
}
END_TEST

SUITE("random", test_xoshiro_known, test_splitmix_known, test_seeds, test_uniform, test_no_bias,
      test_edges)
